import { createHash } from 'node:crypto';
import type { JournalEvent } from '../model/event.ts';
import { Chain, CLOSING, endOfRecord } from './chain.ts';
import { checkBeside } from './check.ts';
import { blocksOf, damage, endOfLine, extentOf, startOfLine } from './lines.ts';
import { nextMark, numberOf, typeOf, wrongNumber } from './record.ts';

export interface ReadOptions {
  /** Called when the file ends within a line (the rig was killed while writing), with that line's number. */
  readonly onCut?: (line: number) => void;
  /** Called at the end with the link of the last event, when the journal is chained, and the number of events. */
  readonly onHead?: (head: string | undefined, events: number) => void;
  /** Called at the end with the SHA-256 of the file, hexadecimal. */
  readonly onSha256?: (sha256: string) => void;
  /**
   * Is asked before an event is taken apart, which is most of the work of reading: true means that the event is not to be
   * yielded. It is held to the chain all the same. `eventOf` makes an event of the line; the line is a view of memory that
   * is used again, whoever keeps it copies it.
   */
  readonly take?: (type: string, line: Buffer) => boolean;
  /**
   * Files from so many bytes are held to their chain by a thread of its own while this one reads; then a break is told
   * when the thread has found it, at the latest at the end, and not before the event there. Default: never.
   */
  readonly besideFrom?: number;
  /**
   * Is asked before each line of a chained journal that this reader does not hold to its chain: true means that no event is
   * wanted before the next one that begins or ends a scenario or ends the run. Those between are not even looked at.
   */
  readonly pass?: () => boolean;
  /** Called with the number of lines that were passed over so. */
  readonly onPassed?: (lines: number) => void;
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
  const at = { line: 0 };
  let chained = false;
  try {
    for await (const { bytes: block, whole } of blocksOf(read, at)) {
      sha256?.update(block);
      if (beside) beside.throwBreak();
      if (!whole) {
        options.onCut?.(at.line + 1);
        break;
      }
      for (let from = 0; from < block.length; ) {
        if (skips && chained && options.pass?.()) {
          const { next, line } = passed(block, from, at.line, extent.file);
          options.onPassed?.(line - at.line);
          at.line = line;
          from = next;
          if (from === block.length) break;
        }
        const end = endOfLine(block, from);
        const bytes = block.subarray(from, end);
        from = end + 1;
        at.line += 1;
        const { line } = at;
        // Journals of before there were chains have none; one that has begun must go on.
        if (line === 1) chained = endOfRecord(bytes) !== undefined;
        const type = take && chained && endOfRecord(bytes) !== undefined ? typeOf(bytes, line) : undefined;
        const place = () => `${extent.file}:${line}`;
        if (type !== undefined && take?.(type, bytes)) {
          if (!skips && !chain.accepts(bytes)) throw unchained(line, type, place());
          continue;
        }
        const sound = skips || !chained || chain.accepts(bytes);
        const event = eventOf(bytes);
        if (!event) throw damage(`Line ${line} is not an event`, place());
        if (event.n !== line) throw damage(wrongNumber(line, event.n), place());
        if (!sound) throw unchained(line, event.type, place());
        yield event;
      }
    }
    const checked = beside ? await beside.end() : undefined;
    options.onSha256?.(checked?.sha256 ?? sha256?.digest('hex') ?? '');
    options.onHead?.(chained && !options.unchecked ? (checked?.head ?? chain.head) : undefined, at.line);
  } finally {
    if (beside) beside.stop();
  }
}

/** Where a block goes on after the lines that nobody wants, and the number of the last of them. */
function passed(block: Buffer, from: number, line: number, file: string): { next: number; line: number } {
  const mark = nextMark(block, from);
  const next = mark < 0 ? block.length : startOfLine(block, mark);
  if (next <= from) return { next: from, line };
  const last = block.subarray(startOfLine(block, next - 1), next);
  const number = numberOf(last);
  if (!(number > line)) throw damage(wrongNumber(line + 1, number), `${file}:${line + 1}`);
  return { next, line: number };
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

const FIELDS = Buffer.from(',"fields":[');
const AFTER_FIELDS = Buffer.from(']},"bytes":');

/**
 * The event of a message's line without the fields of the message, which are nine tenths of it; with them when it is not as
 * the rig writes it. Quotes within texts are escaped: no text can be taken for a member.
 */
export function withoutFields(line: Buffer): JournalEvent | undefined {
  const from = line.indexOf(FIELDS);
  const to = from < 0 ? -1 : line.lastIndexOf(AFTER_FIELDS);
  if (to < from + FIELDS.length) return eventOf(line);
  return eventOf(Buffer.concat([line.subarray(0, from + FIELDS.length), line.subarray(to)]));
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
