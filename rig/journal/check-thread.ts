import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Chain, endOfRecord } from './chain.ts';
import { type JournalExtent, linesOf } from './lines.ts';

/** What came of it: the newest link and the hash of the file, or the first break. */
export type Checked =
  | { readonly head: string; readonly sha256: string }
  | { readonly sentence: string; readonly at: string };

/** The body of `checkBeside`'s thread. A journal without a chain has no break. */
async function check(extent: JournalExtent): Promise<Checked> {
  const sha256 = createHash('sha256');
  const chain = new Chain();
  let chained = false;
  let line = 0;
  for await (const { piece, lines } of linesOf(extent)) {
    sha256.update(piece);
    for (const bytes of lines) {
      line += 1;
      if (line === 1) chained = endOfRecord(bytes) !== undefined;
      if (chained && !chain.accepts(bytes)) return broken(extent, line);
    }
  }
  return { head: chain.head, sha256: sha256.digest('hex') };
}

const broken = ({ file }: JournalExtent, line: number): Checked => ({
  sentence: `Line ${line} does not fit the hash chain: it, or the line before it, is not as it was written`,
  at: `${file}:${line}`,
});

parentPort?.postMessage(await check(workerData as JournalExtent));
