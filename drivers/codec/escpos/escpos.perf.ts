import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { type Figure, median, report } from '../../../rig/house/measure.ts';
import { PACKAGE_ROOT } from '../../../rig/model/package-root.ts';
import { decodeEscPos } from './decoder.ts';
import { textLines } from './text-lines.ts';

/**
 * Decoding of text jobs beside npm `npos`: MB of printer language in a second of CPU time. It gives the
 * text of a job; ours everything's place and look besides. `npos` is fetched into a cache of its own, without its optional
 * packages: those build a native module from source at install and bring an image library of 2016, which no install of
 * this project should do.
 */
const NPOS = 'npos@0.1.19';
const cache = join(PACKAGE_ROOT, 'node_modules/.cache/posrig-perf');

interface Npos {
  parser(): { parse(bytes: Buffer): PromiseLike<unknown> };
  textualize(ast: unknown, options: object): PromiseLike<readonly string[]>;
}

function npos(): Npos | undefined {
  if (!existsSync(join(cache, 'node_modules/npos'))) {
    mkdirSync(cache, { recursive: true });
    const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', '--no-save'];
    spawnSync('npm', ['install', '--prefix', cache, NPOS, ...flags], { stdio: 'ignore', timeout: 120_000 });
  }
  try {
    return createRequire(join(cache, 'package.json'))('npos') as Npos;
  } catch {
    return undefined;
  }
}

const line = (text: string) => iconv.encode(`${text}\n`, 'gb18030');
const bytes = (...values: number[]) => Uint8Array.from(values);

/** A Chinese till receipt of forty items, and an English one, with the commands that such receipts have. */
const chinese = Buffer.concat([
  bytes(0x1b, 0x40, 0x1b, 0x61, 1, 0x1d, 0x21, 0x11),
  line('银联签购单'),
  bytes(0x1d, 0x21, 0, 0x1b, 0x61, 0),
  ...Array.from({ length: 40 }, (_, i) => line(`商品${i} 名称规格 ABC   ${i} x ${(i * 3.5).toFixed(2)}`)),
  bytes(0x1b, 0x45, 1),
  line('合计金额: RMB 2730.00'),
  bytes(0x1b, 0x45, 0, 0x1d, 0x56, 0),
]);
const english = Buffer.concat([
  bytes(0x1b, 0x40, 0x1b, 0x61, 1),
  line('EXAMPLE MART LTD'),
  bytes(0x1b, 0x61, 0),
  ...Array.from({ length: 40 }, (_, i) =>
    line(`Item ${i} of some kind`.padEnd(36) + (i * 3.5).toFixed(2).padStart(8)),
  ),
  bytes(0x1b, 0x21, 0x30),
  line('TOTAL 2730.00'),
  bytes(0x1b, 0x21, 0, 0x1d, 0x56, 0),
]);

const jobs = [
  { name: 'Chinese receipt', job: chinese, charset: 'gb18030', must: '合计金额: RMB 2730.00' },
  { name: 'English receipt', job: english, charset: 'cp437', must: 'TOTAL 2730.00' },
] as const;

/** The text of a job as `npos` reads it; it writes a line to the console for every piece, which is left out. */
async function textBy(peer: Npos, job: Buffer, charset: string): Promise<string> {
  const ast = await peer.parser().parse(job);
  return (await peer.textualize(ast, { text: { encoding: charset } })).join('');
}
const log = console.log;

/** MB a second of CPU time, in rounds that take turns so that whatever slows the machine slows both. */
async function rate(job: Buffer, task: () => unknown): Promise<number> {
  let done = 0;
  const cpu = process.cpuUsage();
  let ms = 0;
  while (ms < 150) {
    for (let i = 0; i < 20; i++) await task();
    done += 20;
    const { user, system } = process.cpuUsage(cpu);
    ms = (user + system) / 1000;
  }
  return (done * job.length) / ms / 1000;
}

const peer = npos();
if (!peer) process.stdout.write(`${NPOS} cannot be fetched here: our own rate alone\n`);
const figures: Figure[] = [];
for (const { name, job, charset, must } of jobs) {
  const { receipts } = decodeEscPos(job, { charset, width: 576 });
  const [receipt] = receipts;
  assert.ok(receipt && receipt.unknown.length === 0);
  // Enlarged text keeps its words.
  assert.ok(
    textLines(receipt).some((text) => text.includes(must)),
    name,
  );
  assert.equal(textLines(receipt).length, 42);
  if (peer) {
    console.log = () => {};
    assert.ok((await textBy(peer, job, charset)).includes(must));
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -4; round <= 9; round++) {
    const own = await rate(job, () => decodeEscPos(job, { charset, width: 576 }));
    const other = peer ? await rate(job, () => textBy(peer, job, charset)) : 0;
    if (round <= 0) continue; // both warm up
    ours.push(own);
    theirs.push(other);
  }
  console.log = log;
  const beside = peer ? { beside: { name: 'npos', value: median(theirs) }, atLeast: 4 } : {};
  figures.push({ name, value: median(ours), unit: 'MB/s', ...beside });
}
report(figures);
