import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Chain, endOfRecord } from './chain.ts';
import { blocksOf, endOfLine, type JournalExtent } from './lines.ts';
import { numberOf, wrongNumber } from './record.ts';

/** What came of it: the newest link and the hash of the file, or the first break. */
export type Checked =
  | { readonly head: string; readonly sha256: string }
  | { readonly sentence: string; readonly at: string };

/** The body of `checkBeside`'s thread. A journal without a chain has no break. */
async function check(extent: JournalExtent): Promise<Checked> {
  const sha256 = createHash('sha256');
  const chain = new Chain();
  let chained = false;
  const at = { line: 0 };
  for await (const { bytes, whole } of blocksOf(extent, at)) {
    sha256.update(bytes);
    if (!whole) break;
    for (let from = 0; from < bytes.length; ) {
      const end = endOfLine(bytes, from);
      const line = bytes.subarray(from, end);
      from = end + 1;
      at.line += 1;
      if (at.line === 1) chained = endOfRecord(line) !== undefined;
      if (!chained) continue;
      if (!chain.accepts(line)) return broken(extent, at.line);
      // Who reads beside may pass over lines and not count them.
      if (numberOf(line) !== at.line) return misnumbered(extent, at.line, numberOf(line));
    }
  }
  return { head: chain.head, sha256: sha256.digest('hex') };
}

const broken = ({ file }: JournalExtent, line: number): Checked => ({
  sentence: `Line ${line} does not fit the hash chain: it, or the line before it, is not as it was written`,
  at: `${file}:${line}`,
});

const misnumbered = ({ file }: JournalExtent, line: number, number: number): Checked => ({
  sentence: wrongNumber(line, number),
  at: `${file}:${line}`,
});

parentPort?.postMessage(await check(workerData as JournalExtent));
