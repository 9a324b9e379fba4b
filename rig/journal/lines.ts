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

/** The lines of one piece of the file. They are views of it: whoever keeps one keeps the piece. */
export interface Lines {
  readonly piece: Buffer;
  readonly lines: readonly Buffer[];
  /** What stands after the last LF of the file: a line that its writer did not finish. */
  readonly rest?: Buffer;
}

/**
 * The lines of a journal as bytes, without their LF, a piece of the file at a time. Lines end by LF only: texts in the
 * journal may hold other line separators. Throws JOURNAL_DAMAGED for a line without end, FILE_UNREADABLE when reading fails.
 */
export async function* linesOf({ file, bytes }: JournalExtent): AsyncGenerator<Lines> {
  if (bytes === 0) return;
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  try {
    const stream = createReadStream(file, { highWaterMark: 1 << 20, end: bytes - 1 });
    for await (const piece of stream as AsyncIterable<Buffer>) {
      const lines: Buffer[] = [];
      let from = 0;
      for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, from)) {
        const rest = piece.subarray(from, end);
        lines.push(parts.length === 0 ? rest : Buffer.concat([...parts, rest]));
        parts = [];
        size = 0;
        from = end + 1;
      }
      line += lines.length;
      size += piece.length - from;
      if (size > LONGEST_LINE) throw damage(`Line ${line} has no end`, `${file}:${line}`);
      if (from < piece.length) parts.push(piece.subarray(from));
      yield { piece, lines };
    }
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw new RigError('FILE_UNREADABLE', 'file', `Cannot read ${file}`, {
      cause,
      hint: `Name a run's folder.`,
    });
  }
  if (parts.length > 0) yield { piece: Buffer.alloc(0), lines: [], rest: Buffer.concat(parts) };
}

/** JOURNAL_DAMAGED at a place of the file. */
export function damage(sentence: string, at: string): RigError {
  return new RigError('JOURNAL_DAMAGED', 'rig', `${sentence} (${at}).`, {
    at,
    hint: 'The evidence was changed after it was written, or the disk is failing; do not report from it.',
  });
}
