import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';
import { declarePrinter, declareReceipts } from './printer-declare.ts';

/** What printers add to posrig: the driver `escpos-serial` and the verbs `printer`, `receipts` and `decode escpos`. */
export const printer: Manifest = {
  drivers: [
    {
      name: 'escpos-serial',
      plane: 'printer',
      summary: "captures what the terminal prints on a serial line, in its printer's place (ESC/POS)",
      load: () => import('./escpos-serial.ts'),
    },
  ],
  declare: (program) => {
    declarePrinter(program);
    declareReceipts(program);
  },
  declareDecode,
};
