/**
 * What can be told of a line of a journal without taking it apart. The rig writes the running number first, then the time,
 * the scenario and the type, all before anything that a device said; quotes within texts are escaped.
 */
const TYPE = Buffer.from(',"type":"');
const START = Buffer.from('{"n":');
const BYTES = Buffer.from('bytes"');
const SCENARIO = Buffer.from(',"type":"scenario.');
const RUN_END = Buffer.from(',"type":"run.end"');
const QUOTE = 0x22;
const COMMA = 0x2c;

const startsAt = (line: Buffer, from: number, wanted: Buffer): boolean => {
  for (let i = 0; i < wanted.length; i++) if (line[from + i] !== wanted[i]) return false;
  return true;
};

/** Type of an event without taking it apart; undefined when it does not begin as the one with that number. */
export function typeOf(line: Buffer, number: number): string | undefined {
  const type = line.indexOf(TYPE);
  if (type < 0 || numberOf(line) !== number) return undefined;
  const from = type + TYPE.length;
  // Most are of this type, and reading a text costs more than comparing it.
  return startsAt(line, from, BYTES) ? 'bytes' : line.toString('latin1', from, line.indexOf(QUOTE, from));
}

/** The running number with which a line begins; NaN when it does not. */
export function numberOf(line: Buffer): number {
  if (!startsAt(line, 0, START)) return Number.NaN;
  let number = 0;
  for (let i = START.length; line[i] !== COMMA; i++) {
    const digit = (line[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Where in a block the next event begins or ends a scenario, or ends the run: a place within its line; -1 when none does. */
export function nextMark(block: Buffer, from: number): number {
  const scenario = block.indexOf(SCENARIO, from);
  const end = (scenario < 0 ? block : block.subarray(0, scenario)).indexOf(RUN_END, from);
  return end < 0 ? scenario : end;
}

/** Sentence about a line with a number that is not its own. */
export const wrongNumber = (line: number, number: number | undefined): string =>
  `Line ${line} has number ${number}: events are missing or were put in`;
