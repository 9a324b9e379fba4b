import { open, stat } from 'node:fs/promises';
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
  /** Is overwritten when the next block is asked for: whoever keeps something of it, copies it. */
  readonly bytes: Buffer;
  /** False for a line that its writer did not finish. */
  readonly whole: boolean;
}

/** Bytes that are asked for at once. */
const AT_ONCE = 1 << 20;

/**
 * A journal as bytes, in pieces of whole lines, about 1 MB each, all in the same memory: new memory for each piece would
 * cost more than reading it. Lines end by LF only: texts in the journal may hold other line separators. `at.line` is the
 * number of the last line that the caller has seen, for errors. Throws JOURNAL_DAMAGED for a line without end,
 * FILE_UNREADABLE when reading fails.
 */
export async function* blocksOf(
  { file, bytes }: JournalExtent,
  at: { readonly line: number },
): AsyncGenerator<Block> {
  if (bytes === 0) return;
  let memory = Buffer.allocUnsafe(2 * AT_ONCE);
  /** What stands in the memory: the beginning of a line. */
  let size = 0;
  let left = bytes;
  const handle = await open(file).catch(unreadable(file));
  try {
    for (;;) {
      if (memory.length - size < AT_ONCE)
        memory = Buffer.concat([memory.subarray(0, size)], 2 * memory.length);
      const { bytesRead } = await handle.read(memory, size, Math.min(AT_ONCE, left)).catch(unreadable(file));
      if (bytesRead === 0) break;
      left -= bytesRead;
      const filled = size + bytesRead;
      const end = memory.subarray(0, filled).lastIndexOf(LF) + 1;
      if (end > 0) yield { bytes: memory.subarray(0, end), whole: true };
      memory.copy(memory, 0, end, filled);
      size = filled - end;
      if (size > LONGEST_LINE) throw damage(`Line ${at.line + 1} has no end`, `${file}:${at.line + 1}`);
      if (left === 0) break;
    }
  } finally {
    await handle.close();
  }
  if (size > 0) yield { bytes: memory.subarray(0, size), whole: false };
}

const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new RigError('FILE_UNREADABLE', 'file', `Cannot read ${file}`, {
      cause,
      hint: `Name a run's folder.`,
    });
  };

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
