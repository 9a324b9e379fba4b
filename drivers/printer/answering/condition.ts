/** What can be wrong with a receipt printer, as its status tells. */
export const PRINTER_FAULTS = {
  'near-end': 'the roll is nearly at its end; it still prints',
  'paper-out': 'no paper',
  'cover-open': 'the cover is open',
  overheated: 'the print head is too hot; it goes on by itself when it has cooled down',
  cutter: 'the cutter is jammed, until the sender asks to recover (DLE ENQ)',
  'hard-error': 'an error that only switching off clears',
  offline: 'off line, for no reason that it tells',
  busy: 'takes no data, and says nothing about it',
  slow: 'prints a few hundred bytes a second',
} as const;
export type PrinterFault = keyof typeof PRINTER_FAULTS;

export const isPrinterFault = (name: string): name is PrinterFault => name in PRINTER_FAULTS;

/** What is wrong at a moment. */
export type Condition = ReadonlySet<PrinterFault>;

const SILENT: readonly PrinterFault[] = ['near-end', 'slow', 'busy'];

/** Whether the printer is off line: it prints nothing, and says so. */
export const isOffline = (condition: Condition): boolean =>
  [...condition].some((fault) => !SILENT.includes(fault));

/** Whether what has been received waits. */
export const isStopped = (condition: Condition): boolean => condition.has('busy') || isOffline(condition);

const bits = (...values: readonly (number | false)[]): number =>
  values.reduce<number>((sum, value) => sum | (value === false ? 0 : value), 0);
const when = (condition: Condition, fault: PrinterFault, bit: number) => condition.has(fault) && bit;

/** `DLE EOT n`: one byte whose bits 1 and 4 are always set. Source: command reference of the TM family. */
export function realTimeStatus(n: number, condition: Condition): number {
  const c = condition;
  switch (n) {
    case 1: // printer: drawer pin low, on line
      return bits(0x12, isOffline(c) && 0x08, when(c, 'cutter', 0x20));
    case 2: // why it is off line
      return bits(
        0x12,
        when(c, 'cover-open', 0x04),
        when(c, 'paper-out', 0x20),
        (c.has('overheated') || c.has('cutter') || c.has('hard-error')) && 0x40,
      );
    case 3: // which error
      return bits(0x12, when(c, 'cutter', 0x08), when(c, 'hard-error', 0x20), when(c, 'overheated', 0x40));
    case 4: // paper sensors of the roll: near its end, at its end
      return bits(0x12, (c.has('near-end') || c.has('paper-out')) && 0x0c, when(c, 'paper-out', 0x60));
    default: // slip, validation, ink, cheque reader, interface: nothing is the matter
      return 0x12;
  }
}

/** `GS r 1` and `ESC v`: the paper sensors. */
export const paperStatus = (condition: Condition): number =>
  bits((condition.has('near-end') || condition.has('paper-out')) && 0x03, when(condition, 'paper-out', 0x0c));

/** Automatic status back (`GS a`), and `DLE DC4 7 1`: printer, errors, paper sensors, and a last byte of fixed bits. */
export function automaticStatus(condition: Condition): Uint8Array {
  const c = condition;
  return Uint8Array.of(
    bits(0x10, isOffline(c) && 0x08, when(c, 'cover-open', 0x20)),
    bits(when(c, 'cutter', 0x08), when(c, 'hard-error', 0x20), when(c, 'overheated', 0x40)),
    paperStatus(c),
    0x0f,
  );
}

/** Whether `GS a n` asks to be told of a change from one condition to another: on line, errors, paper. */
export function isToldOf(mask: number, before: Condition, after: Condition): boolean {
  const [old, now] = [automaticStatus(before), automaticStatus(after)];
  const changed = (byte: number, of = 0xff) => (((old[byte] ?? 0) ^ (now[byte] ?? 0)) & of) !== 0;
  return (
    ((mask & 0x02) !== 0 && changed(0)) ||
    ((mask & 0x04) !== 0 && changed(1)) ||
    ((mask & 0x08) !== 0 && changed(2))
  );
}
