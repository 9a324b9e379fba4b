import { hash } from 'node:crypto';

/**
 * The hash chain of a journal. Every line ends with a link: SHA-256, in base64url, over the text of the link before it
 * (43 letters A before the first) followed by the line without its own link, as UTF-8. So no record can be changed, put in,
 * taken out or moved without the chain breaking there. A cut tail breaks nothing: only the head, kept elsewhere (seal,
 * signature, report), shows it.
 */
export class Chain {
  #head = FIRST;
  #scratch: Buffer = Buffer.allocUnsafe(1 << 12);

  /** The newest link: it stands for everything written so far. */
  get head(): string {
    return this.#head;
  }

  /** The line, without its LF, of a record that is given as the text of a JSON object with at least one member. */
  link(record: string): string {
    this.#head = following(this.#head, record);
    return `${record.slice(0, -1)}${BEFORE}${this.#head}${AFTER}`;
  }

  /**
   * Takes a line as it stands in a file, without its LF: as bytes, because text would have to become bytes again. False
   * when its link is missing or not the one that belongs here; the head stays then.
   */
  accepts(line: Buffer): boolean {
    const end = endOfRecord(line);
    if (end === undefined) return false;
    const length = FIRST.length + end + 1;
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(2 * length);
    const scratch = this.#scratch;
    for (let i = 0; i < FIRST.length; i++) scratch[i] = this.#head.charCodeAt(i);
    line.copy(scratch, FIRST.length, 0, end);
    scratch[length - 1] = CLOSING;
    const next = hash('sha256', scratch.subarray(0, length), 'base64url');
    if (!spells(line, end + BEFORE.length, next)) return false;
    this.#head = next;
    return true;
  }
}

const FIRST = 'A'.repeat(43);
const BEFORE = ',"hash":"';
const AFTER = '"}';

/** Where in a line's bytes its record ends and its link begins; undefined for a line that carries no link. */
export function endOfRecord(line: Buffer): number | undefined {
  const end = line.length - AFTER.length - FIRST.length - BEFORE.length;
  return end >= 2 && spells(line, line.length - AFTER.length, AFTER) && spells(line, end, BEFORE)
    ? end
    : undefined;
}

/** Whether a Latin text stands at a place: comparing letters costs less than making a text of them. */
function spells(line: Buffer, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (line[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** `}`: what ends a record instead of its link. */
export const CLOSING = 0x7d;

const following = (head: string, record: string): string => hash('sha256', head + record, 'base64url');
