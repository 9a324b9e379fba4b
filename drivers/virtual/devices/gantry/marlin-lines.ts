/** How Marlin reads a line: number, checksum, command, words. Pure. Source: Marlin's host protocol notes. */

export type MarlinLine =
  /** Nothing that it answers: empty, or a comment. */
  | { readonly kind: 'nothing' }
  /** Damaged or out of turn: why, as it says it. */
  | { readonly kind: 'again'; readonly why: string }
  | {
      readonly kind: 'command';
      /** `G28`, `M110`. */
      readonly code: string;
      /** Values by letter; a letter without a number stands for itself (`G28 X`). */
      readonly words: ReadonlyMap<string, number | undefined>;
      /** Number of the line, if it had one. */
      readonly number?: number;
      readonly text: string;
    };

const sumOf = (text: string): number => {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i);
  return sum & 0xff;
};

/** @param last number of the last line that was taken */
export function readMarlinLine(line: string, last: number): MarlinLine {
  const text = (/^[^;]*/.exec(line)?.[0] ?? '').trim();
  if (text === '') return { kind: 'nothing' };
  const parts = /^N(-?\d{1,9}) ?([^*]*)(?:\*(\d{1,3}))?$/.exec(text);
  const command = (parts ? (parts[2] ?? '') : text).trim();
  let number: number | undefined;
  if (parts) {
    const renumber = /^M110\b/.test(command);
    number = Number(/N(-?\d{1,9})/.exec(renumber ? command : text)?.[1] ?? parts[1]);
    if (!renumber && number !== last + 1)
      return { kind: 'again', why: 'Line Number is not Last Line Number+1' };
    if (parts[3] === undefined) return { kind: 'again', why: 'No Checksum with line number' };
    if (Number(parts[3]) !== sumOf(text.slice(0, text.lastIndexOf('*')))) {
      return { kind: 'again', why: 'checksum mismatch' };
    }
  } else if (text.includes('*')) return { kind: 'again', why: 'No Line Number with checksum' };
  const code = /^([GMT]\d{1,4})(?!\d)/.exec(command)?.[1] ?? '';
  const words = new Map<string, number | undefined>();
  for (const [, letter = '', value = ''] of command
    .slice(code.length)
    .matchAll(/([A-Z]) ?([+-]?(?:\d+\.?\d*|\.\d+))?/g)) {
    words.set(letter, value === '' ? undefined : Number(value));
  }
  return { kind: 'command', code, words, text: command, ...(number === undefined ? {} : { number }) };
}
