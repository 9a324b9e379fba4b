import type { TerminalBody } from '../terminal/body.ts';
import type { Port } from './line-device.ts';

/**
 * The cable between the terminal and its receipt printer, with the rig in the printer's place: ESC/POS out of the
 * terminal, status answers (`DLE EOT n`, `GS r n`) into it. Bytes pass as they are.
 */
export function attachPrinterLine(
  port: Port,
  terminal: Pick<TerminalBody, 'onPrinterBytes' | 'printerReceives'>,
): void {
  terminal.onPrinterBytes((bytes) => port.write(bytes));
  port.onData((bytes) => terminal.printerReceives(bytes));
}
