import { createHash } from 'node:crypto';
import type { JournalEvent } from '../model/event.ts';
import { Chain, CLOSING, endOfRecord } from './chain.ts';
import { checkBeside } from './check.ts';
import { damage, extentOf, linesOf } from './lines.ts';

export interface ReadOptions {
  /** Called when the file ends within a line (the rig was killed while writing), with that line's number. */
  readonly onCut?: (line: number) => void;
  /** Called at the end with the link of the last event, when the journal is chained, and the number of events. */
  readonly onHead?: (head: string | undefined, events: number) => void;
  /** Called at the end with the SHA-256 of the file, hexadecimal. */
  readonly onSha256?: (sha256: string) => void;
  /**
   * Is asked before an event is taken apart, which is most of the work of reading: true means that the event is not to be
   * yielded. It is held to the chain all the same. `eventOf` makes an event of the line; the line is a view of a larger
   * piece of the file.
   */
  readonly take?: (type: string, line: Buffer) => boolean;
  /**
   * Files from so many bytes are held to their chain by a thread of its own while this one reads; then a break is told
   * when the thread has found it, at the latest at the end, and not before the event there. Default: never.
   */
  readonly besideFrom?: number;
  /** The hash chain is not checked, because another reader of the same file does; there is no head then. */
  readonly unchecked?: boolean;
}

/**
 * The events of a journal in order; `path` is the file or the run's folder. A last line without an end is left out:
 * that is how a killed rig leaves it. Throws JOURNAL_DAMAGED, naming the line, when any other line is not an event, the
 * running numbers have a gap or the hash chain breaks, and FILE_UNREADABLE when there is no journal.
 */
export async function* readJournal(path: string, options: ReadOptions = {}): AsyncGenerator<JournalEvent> {
  const { take } = options;
  const extent = await extentOf(path);
  const beside = extent.bytes >= (options.besideFrom ?? Number.POSITIVE_INFINITY) && checkBeside(extent);
  // Two readers of a file that grows must read the same of it; one alone reads what there is.
  const read = beside ? extent : { ...extent, bytes: Number.POSITIVE_INFINITY };
  const sha256 = options.onSha256 && !beside ? createHash('sha256') : undefined;
  const skips = options.unchecked === true || beside !== false;
  const chain = new Chain();
  let chained = false;
  let line = 0;
  try {
    for await (const { piece, lines, rest } of linesOf(read)) {
      sha256?.update(piece);
      if (beside) beside.throwBreak();
      for (const bytes of lines) {
        line += 1;
        const end = endOfRecord(bytes);
        // Journals of before there were chains have none; one that has begun must go on.
        if (line === 1) chained = end !== undefined;
        const type = take && chained && end !== undefined ? typeOf(bytes, line) : undefined;
        if (type !== undefined && take?.(type, bytes)) {
          if (!skips && !chain.accepts(bytes)) throw unchained(line, type, `${extent.file}:${line}`);
          continue;
        }
        const sound = skips || !chained || chain.accepts(bytes);
        const event = eventOf(bytes);
        const at = `${extent.file}:${line}`;
        if (!event) throw damage(`Line ${line} is not an event`, at);
        if (event.n !== line)
          throw damage(`Line ${line} has number ${event.n}: events are missing or were put in`, at);
        if (!sound) throw unchained(line, event.type, at);
        yield event;
      }
      if (rest) options.onCut?.(line + 1);
    }
    const checked = beside ? await beside.end() : undefined;
    options.onSha256?.(checked?.sha256 ?? sha256?.digest('hex') ?? '');
    options.onHead?.(chained && !options.unchecked ? (checked?.head ?? chain.head) : undefined, line);
  } finally {
    if (beside) beside.stop();
  }
}

const TYPE = Buffer.from(',"type":"');
const QUOTE = 0x22;
const START = Buffer.from('{"n":');
const COMMA = 0x2c;

/** Type of an event without taking it apart; undefined when it does not begin as the one with that number. */
function typeOf(line: Buffer, number: number): string | undefined {
  // Within a text of the journal quotes are escaped: only the event's own type can stand like this.
  const type = line.indexOf(TYPE);
  if (type < 0 || numberOf(line) !== number) return undefined;
  const from = type + TYPE.length;
  return line.toString('latin1', from, line.indexOf(QUOTE, from));
}

/** The running number with which a line begins; NaN when it does not. */
function numberOf(line: Buffer): number {
  if (line.compare(START, 0, START.length, 0, START.length) !== 0) return Number.NaN;
  let number = 0;
  for (let i = START.length; line[i] !== COMMA; i++) {
    const digit = (line[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

const unchained = (line: number, type: string, at: string) =>
  damage(
    `Line ${line} (${type}) does not fit the hash chain: it, or the line before it, is not as it was written`,
    at,
  );

/** The event of a line, without its link; undefined when it is none. */
export function eventOf(line: Buffer): JournalEvent | undefined {
  const end = endOfRecord(line);
  try {
    const value: unknown = JSON.parse(textOf(line, end));
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The record's text. For a moment the line has the brace that its link stands in front of: gluing texts costs a copy. */
function textOf(line: Buffer, end: number | undefined): string {
  if (end === undefined) return line.toString('utf8');
  const link = line[end] ?? 0;
  line[end] = CLOSING;
  const text = line.toString('utf8', 0, end + 1);
  line[end] = link;
  return text;
}

/** Only the frame is checked: what else an event holds is the business of those who know its type. */
function isEvent(value: unknown): value is JournalEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { n, t, wall, type } = value as Record<string, unknown>;
  return (
    typeof n === 'number' && typeof t === 'number' && typeof wall === 'string' && typeof type === 'string'
  );
}
