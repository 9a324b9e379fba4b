import type { PseudoTerminal } from '../pty.ts';

/**
 * The small devices of the bench speak lines: ASCII, ended by LF, one command a line, one answer a line, in order. What
 * cannot be understood or done is answered `error <reason>`. Memory is bounded whatever comes in.
 */

/** A device's answer to one command; throw `Refusal` for `error <reason>`. */
export type LineHandler = (words: readonly string[]) => string | Promise<string>;

/** Said to the other end as `error <reason>`. */
export class Refusal extends Error {}

export type Port = Pick<PseudoTerminal, 'write' | 'onData'>;

/** Longest command, characters. */
export const MAX_LINE = 80;
/** Commands that may wait for their turn. */
export const MAX_WAITING = 32;

/** Splits a byte stream into lines; a line too long or with other than printable ASCII comes out as `undefined`. */
export function makeLineSplitter(longest = MAX_LINE): (bytes: Uint8Array) => (string | undefined)[] {
  let line = '';
  let spoilt = false;
  return (bytes) => {
    const lines: (string | undefined)[] = [];
    for (const byte of bytes) {
      if (byte === 0x0a) {
        lines.push(spoilt ? undefined : line);
        line = '';
        spoilt = false;
      } else if (byte === 0x0d) {
        // a terminal program's CR before LF is forgiven
      } else if (byte < 0x20 || byte > 0x7e || line.length >= longest) spoilt = true;
      else line += String.fromCharCode(byte);
    }
    return lines;
  };
}

/**
 * Serves a device on a port. Commands are done one after the other, answers come in their order.
 * @param longest command, characters
 * @returns sends an unasked line, e.g. `event …` or `screen …`
 */
export function serveLines(port: Port, handle: LineHandler, longest = MAX_LINE): (line: string) => void {
  const split = makeLineSplitter(longest);
  const say = (line: string) => port.write(Buffer.from(`${line}\n`, 'latin1'));
  const waiting: (string | undefined)[] = [];
  let working = false;

  const answerTo = async (line: string | undefined): Promise<string> => {
    if (line === undefined) return 'error line not understood';
    try {
      return await handle(line.trim().split(/ +/));
    } catch (refusal) {
      if (refusal instanceof Refusal) return `error ${refusal.message}`;
      throw refusal;
    }
  };

  const work = async () => {
    if (working) return;
    working = true;
    while (waiting.length > 0) say(await answerTo(waiting.shift()));
    working = false;
  };

  port.onData((bytes) => {
    for (const line of split(bytes)) {
      if (line?.trim() === '') continue;
      if (waiting.length < MAX_WAITING) waiting.push(line);
      else say('error too many commands');
    }
    void work();
  });
  return say;
}

/** The number of a slot or channel, 1 to `max`. */
export function numberIn(word: string | undefined, what: string, max: number): number {
  const number = /^\d{1,3}$/.test(word ?? '') ? Number(word) : 0;
  if (number < 1 || number > max) throw new Refusal(`no ${what} ${(word ?? '').slice(0, 12) || 'named'}`);
  return number;
}

/** For a command that is none. */
export const unknownCommand = (word: string | undefined): Refusal =>
  new Refusal(`unknown command ${(word ?? '').slice(0, 20)}`);
