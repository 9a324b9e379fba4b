import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RigError } from '../model/errors.ts';
import type { JournalEvent } from '../model/event.ts';
import { Chain, recordOf } from './chain.ts';
import { JOURNAL_FILE } from './journal.ts';

/** A line beyond this is damage, not evidence. */
const LONGEST_LINE = 64 * 1024 * 1024;

export interface ReadOptions {
  /** Called when the file ends within a line (the rig was killed while writing), with that line's number. */
  readonly onCut?: (line: number) => void;
  /** Called at the end with the link of the last event, when the journal is chained, and the number of events. */
  readonly onHead?: (head: string | undefined, events: number) => void;
  /** Is given every byte of the file in order, e.g. to hash it without reading it twice. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /**
   * When given, events of type `bytes` are handed to it as the text of their JSON, and not yielded: they are most of a
   * journal, few readers want them, and taking them apart is most of the work. They are held to the chain all the same.
   */
  readonly onTraffic?: (record: string) => void;
}

/**
 * The events of a journal in order; `path` is the file or the run's folder. A last line without an end is left out:
 * that is how a killed rig leaves it. Throws JOURNAL_DAMAGED, naming the line, when any other line is not an event, the
 * running numbers have a gap or the hash chain breaks, and FILE_UNREADABLE when there is no journal.
 */
export async function* readJournal(path: string, options: ReadOptions = {}): AsyncGenerator<JournalEvent> {
  const file = await fileOf(path);
  let line = 0;
  let chain: Chain | undefined;
  for await (const { text, whole } of lines(file, options.onBytes)) {
    line += 1;
    const at = `${file}:${line}`;
    if (!whole) {
      options.onCut?.(line);
      line -= 1;
      break;
    }
    const record = recordOf(text);
    if (options.onTraffic && chain && record !== undefined && numberOfTraffic(record) === line) {
      if (!chain.accepts(text, record)) throw unchained(line, 'bytes', at);
      options.onTraffic(record);
      continue;
    }
    const event = parse(record ?? text);
    if (!event) throw damage(`Line ${line} is not an event`, at);
    if (event.n !== line)
      throw damage(`Line ${line} has number ${event.n}: events are missing or were put in`, at);
    // Journals of before there were chains have none; one that has begun must go on.
    if (line === 1 && record !== undefined) chain = new Chain();
    if (chain && !chain.accepts(text, record)) throw unchained(line, event.type, at);
    yield event;
  }
  options.onHead?.(chain?.head, line);
}

/** Running number of an event of type `bytes`, without taking it apart; undefined for any other. */
function numberOfTraffic(record: string): number | undefined {
  // Within a text of the journal quotes are escaped: only the event's own type can stand like this.
  const type = record.indexOf(',"type":"');
  if (type < 0 || !record.startsWith('bytes"', type + 9)) return undefined;
  const number = /^\{"n":(\d+),/.exec(record)?.[1];
  return number === undefined ? undefined : Number(number);
}

const unchained = (line: number, type: string, at: string): RigError =>
  damage(
    `Line ${line} (${type}) does not fit the hash chain: it, or the line before it, is not as it was written`,
    at,
  );

async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new RigError('FILE_UNREADABLE', 'file', `There is no journal at ${path}`, {
      cause,
      hint: `Name a run's folder, or its ${JOURNAL_FILE}.`,
    });
  });
  return found.isDirectory() ? join(path, JOURNAL_FILE) : path;
}

function damage(sentence: string, at: string): RigError {
  return new RigError('JOURNAL_DAMAGED', 'rig', `${sentence} (${at}).`, {
    at,
    hint: 'The evidence was changed after it was written, or the disk is failing; do not report from it.',
  });
}

function parse(text: string): JournalEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only the frame is checked: what else an event holds is the business of those who know its type. */
function isEvent(value: unknown): value is JournalEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { n, t, wall, type } = value as Record<string, unknown>;
  return (
    typeof n === 'number' && typeof t === 'number' && typeof wall === 'string' && typeof type === 'string'
  );
}

/** Lines by LF only: texts in the journal may hold other line separators. `whole` is false for a last line without LF. */
async function* lines(
  file: string,
  onBytes: ReadOptions['onBytes'],
): AsyncGenerator<{ readonly text: string; readonly whole: boolean }> {
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      onBytes?.(chunk);
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const rest = chunk.subarray(from, end);
        const whole = parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
        yield { text: whole.toString('utf8'), whole: true };
        line += 1;
        parts = [];
        size = 0;
        from = end + 1;
      }
      size += chunk.length - from;
      if (size > LONGEST_LINE) throw damage(`Line ${line} has no end`, `${file}:${line}`);
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw new RigError('FILE_UNREADABLE', 'file', `Cannot read ${file}`, {
      cause,
      hint: `Name a run's folder.`,
    });
  }
  if (parts.length > 0) yield { text: Buffer.concat(parts).toString('utf8'), whole: false };
}
