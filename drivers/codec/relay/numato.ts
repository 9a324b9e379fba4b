/**
 * Relay and output boards of the Numato kind: text over a CDC serial port. A command ends with CR and is echoed; the
 * answer, if any, stands on the next line, and `>` says that the board is ready again. Outputs count from 0; above 9 they
 * are letters (A is 10, V is 31). Source: the maker's user guides (`relay on 0`, `relay read 0`, `ver`).
 */

/** Most outputs that have a name. */
export const NUMATO_OUTPUTS = 32;
/** What says that the board is ready for the next command. */
export const NUMATO_PROMPT = '>';

/** How an output is called: 0 to 9, then A to V. @param output counted from 1 */
export function numatoName(output: number): string {
  if (!Number.isInteger(output) || output < 1 || output > NUMATO_OUTPUTS)
    throw new RangeError(`a board of this kind has outputs 1 to ${NUMATO_OUTPUTS}`);
  const index = output - 1;
  return index < 10 ? String(index) : String.fromCharCode(0x41 + index - 10);
}

/** The output (counted from 1) of a name; undefined when it is none. */
export function numatoOutput(name: string): number | undefined {
  const index = /^[0-9]$/.test(name) ? Number(name) : /^[A-V]$/.test(name) ? name.charCodeAt(0) - 55 : -1;
  return index < 0 ? undefined : index + 1;
}

export const numatoSwitch = (output: number, on: boolean): string =>
  `relay ${on ? 'on' : 'off'} ${numatoName(output)}`;
export const numatoRead = (output: number): string => `relay read ${numatoName(output)}`;
/** Switches all outputs off at once. @param outputs how many the board has */
export const numatoAllOff = (outputs: number): string =>
  `relay writeall ${'0'.repeat(Math.max(2, Math.ceil(outputs / 4)))}`;

/** The answer in what came until the prompt: without the echo and line ends. Undefined when the echo is not that of `command`. */
export function numatoAnswer(command: string, said: string): string | undefined {
  const lines = said
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines[0] === command ? lines.slice(1).join(' ') : undefined;
}
