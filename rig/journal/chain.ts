import { hash } from 'node:crypto';

/**
 * The hash chain of a journal. Every line ends with a link: SHA-256, in base64url, over the text of the link before it
 * (43 letters A before the first) followed by the line without its own link, as UTF-8. So no record can be changed, put in,
 * taken out or moved without the chain breaking there. A cut tail breaks nothing: only the head, kept elsewhere (seal,
 * signature, report), shows it.
 */
export class Chain {
  #head = FIRST;

  /** The newest link: it stands for everything written so far. */
  get head(): string {
    return this.#head;
  }

  /** The line, without its LF, of a record that is given as the text of a JSON object with at least one member. */
  link(record: string): string {
    this.#head = following(this.#head, record);
    return `${record.slice(0, -1)}${BEFORE}${this.#head}${AFTER}`;
  }

  /** Takes a line, without its LF (`record`: its `recordOf`, where that is at hand). False when its link is missing or not the one that belongs here; the head stays then. */
  accepts(line: string, record = recordOf(line)): boolean {
    if (record === undefined) return false;
    const next = following(this.#head, record);
    if (!line.endsWith(`${BEFORE}${next}${AFTER}`)) return false;
    this.#head = next;
    return true;
  }
}

const FIRST = 'A'.repeat(43);
const BEFORE = ',"hash":"';
const AFTER = '"}';

/** The record of a line as it was before it was linked; undefined for a line that carries no link. */
export function recordOf(line: string): string | undefined {
  const end = line.length - AFTER.length - FIRST.length - BEFORE.length;
  if (end < 2 || !line.endsWith(AFTER) || !line.startsWith(BEFORE, end)) return undefined;
  return `${line.slice(0, end)}}`;
}

const following = (head: string, record: string): string => hash('sha256', head + record, 'base64url');
