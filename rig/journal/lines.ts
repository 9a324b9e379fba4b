import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RigError } from '../model/errors.ts';

/** Name of the journal in a run's folder. */
export const JOURNAL_FILE = 'journal.jsonl';

/** A line beyond this is damage, not evidence. */
const LONGEST_LINE = 64 * 1024 * 1024;
const LF = 10;

/** A journal's file, and how much of it is read: what a running rig adds meanwhile is not. */
export interface JournalExtent {
  readonly file: string;
  /** Infinity: all that there is, or what is no regular file, e.g. a pipe. */
  readonly bytes: number;
}

/** `path` is the file or the run's folder. Throws FILE_UNREADABLE when there is no journal. */
export async function extentOf(path: string): Promise<JournalExtent> {
  return await stat(path)
    .then((at) => (at.isDirectory() ? join(path, JOURNAL_FILE) : path))
    .then(async (file) => {
      const found = await stat(file);
      return { file, bytes: found.isFile() ? found.size : Number.POSITIVE_INFINITY };
    })
    .catch((cause: unknown) => {
      throw new RigError('FILE_UNREADABLE', 'file', `There is no journal at ${path}`, {
        cause,
        hint: `Name a run's folder, or its ${JOURNAL_FILE}.`,
      });
    });
}

/** A piece of a journal: lines with their LF, or what stands after the last LF of the file. */
export interface Block {
  readonly bytes: Buffer;
  /** False for a line that its writer did not finish. */
  readonly whole: boolean;
}

/**
 * A journal as bytes, in pieces of whole lines, about 1 MB each. Lines end by LF only: texts in the journal may hold other
 * line separators. `at.line` is the number of the last line that the caller has seen, for errors. Throws JOURNAL_DAMAGED for
 * a line without end, FILE_UNREADABLE when reading fails.
 */
export async function* blocksOf(
  { file, bytes }: JournalExtent,
  at: { readonly line: number },
): AsyncGenerator<Block> {
  if (bytes === 0) return;
  let parts: Buffer[] = [];
  let size = 0;
  try {
    const stream = createReadStream(file, { highWaterMark: 1 << 20, end: bytes - 1 });
    for await (const piece of stream as AsyncIterable<Buffer>) {
      const end = piece.lastIndexOf(LF) + 1;
      if (end > 0) {
        const whole = piece.subarray(0, end);
        yield { bytes: parts.length === 0 ? whole : Buffer.concat([...parts, whole]), whole: true };
        parts = [];
        size = 0;
      }
      size += piece.length - end;
      if (size > LONGEST_LINE) throw damage(`Line ${at.line + 1} has no end`, `${file}:${at.line + 1}`);
      if (end < piece.length) parts.push(piece.subarray(end));
    }
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw new RigError('FILE_UNREADABLE', 'file', `Cannot read ${file}`, {
      cause,
      hint: `Name a run's folder.`,
    });
  }
  if (parts.length > 0) yield { bytes: Buffer.concat(parts), whole: false };
}

/** Where the line that begins at `from` ends, in a block of whole lines: the place of its LF. */
export const endOfLine = (block: Buffer, from: number): number => block.indexOf(LF, from);

/** Where the line begins that has something at `place`, in a block of whole lines. */
export const startOfLine = (block: Buffer, place: number): number =>
  place === 0 ? 0 : block.lastIndexOf(LF, place - 1) + 1;

/** JOURNAL_DAMAGED at a place of the file. */
export function damage(sentence: string, at: string): RigError {
  return new RigError('JOURNAL_DAMAGED', 'rig', `${sentence} (${at}).`, {
    at,
    hint: 'The evidence was changed after it was written, or the disk is failing; do not report from it.',
  });
}
