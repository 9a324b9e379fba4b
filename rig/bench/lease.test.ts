import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRigError } from '../model/errors.ts';
import { packaged } from '../model/package-root.ts';
import { benchUse, type Lease, releaseBench, reserve, takeLease } from './lease.ts';

const isLeased = (why: RegExp) => (error: unknown) =>
  isRigError(error) && error.code === 'BENCH_LEASED' && error.blame === 'bench' && why.test(error.message);

describe('bench lease', () => {
  let folder: string;
  let bench: string;
  const leaseFile = () => join(folder, '.posrig/leases/b.lease.json');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-lease-'));
    bench = join(folder, 'bench.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held by one process at a time and told to everybody', () => {
    const held = takeLease(bench, 'b', 'ann');
    assert.equal(benchUse(bench, 'b').lease?.pid, process.pid);
    assert.throws(() => takeLease(bench, 'b', 'bob'), isLeased(/in use by ann/));
    takeLease(bench, 'other', 'bob').release();
    held.release();
    held.release();
    assert.deepEqual(benchUse(bench, 'b'), {});
    takeLease(bench, 'b', 'bob').release();
    assert.deepEqual(readdirSync(join(folder, '.posrig/leases')), [], 'nothing is left behind');
  });

  it('is won by exactly one of several processes that want it at the same time', async () => {
    const racer = packaged('rig/bench/testing/lease-racer.ts');
    const racers = [1, 2, 3, 4].map(() => {
      const child = spawn(process.execPath, ['--import', 'tsx', racer, bench], {
        cwd: packaged('.'),
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return { child, says: async () => (await lines.next()).value };
    });
    assert.deepEqual(await Promise.all(racers.map(({ says }) => says())), Array(4).fill('ready'));
    for (const { child } of racers) child.stdin.write('go');
    const said = await Promise.all(racers.map(({ says }) => says()));
    assert.deepEqual(said.sort(), ['lost', 'lost', 'lost', 'won']);
    const ended = racers.map(({ child }) => once(child, 'exit'));
    for (const { child } of racers) child.stdin.end();
    await Promise.all(ended);
    assert.deepEqual(benchUse(bench, 'b'), {}, 'the winner gave it back');
  });

  it('of a dead owner is taken over: process gone, number used again, or no sign of life', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    takeLease(bench, 'b', 'ann').release();
    const held = takeLease(bench, 'b', 'ann');
    const lease = JSON.parse(readFileSync(leaseFile(), 'utf8')) as Lease;
    const old = new Date(Date.now() - 60_000).toISOString();
    for (const dead of [
      { ...lease, pid: gone },
      { ...lease, born: '1' },
      { ...lease, host: 'elsewhere', heartbeat: old },
    ]) {
      writeFileSync(leaseFile(), JSON.stringify(dead));
      assert.deepEqual(benchUse(bench, 'b'), {});
      takeLease(bench, 'b', 'bob').release();
    }
    writeFileSync(leaseFile(), JSON.stringify({ ...lease, host: 'elsewhere' }));
    assert.throws(() => takeLease(bench, 'b', 'bob'), isLeased(/on elsewhere/));
    held.release();
    assert.ok(benchUse(bench, 'b').lease === undefined);
  });

  it('is not blocked by a file that is none', () => {
    takeLease(bench, 'b', 'ann').release();
    writeFileSync(leaseFile(), '{"rubbish":');
    takeLease(bench, 'b', 'ann').release();
  });

  it('respects a reservation, but not against the one who made it', () => {
    reserve(bench, 'b', { owner: 'ann', ms: 60_000, note: 'new firmware' });
    assert.throws(() => takeLease(bench, 'b', 'bob'), isLeased(/reserved by ann until .*new firmware/));
    assert.throws(() => reserve(bench, 'b', { owner: 'bob', ms: 1, note: '' }), isLeased(/reserved by ann/));
    assert.throws(() => releaseBench(bench, 'b', 'bob', false), isLeased(/reserved by ann/));
    takeLease(bench, 'b', 'ann').release();
    assert.equal(releaseBench(bench, 'b', 'ann', false).reservation?.owner, 'ann');
    takeLease(bench, 'b', 'bob').release();
    reserve(bench, 'b', { owner: 'ann', ms: 0, note: '' });
    assert.deepEqual(benchUse(bench, 'b'), {}, 'over');
  });

  it('can be taken away by force', () => {
    const held = takeLease(bench, 'b', 'ann');
    assert.throws(() => releaseBench(bench, 'b', 'bob', false), isLeased(/in use by ann/));
    assert.equal(releaseBench(bench, 'b', 'bob', true).lease?.owner, 'ann');
    assert.deepEqual(benchUse(bench, 'b'), {});
    held.release();
  });

  it('that is lost is told at the next beat', async () => {
    const held = takeLease(bench, 'b', 'ann', 20);
    const lost = new Promise((resolve) => held.lost.addEventListener('abort', resolve, { once: true }));
    releaseBench(bench, 'b', 'bob', true);
    const alive = setInterval(() => {}, 1000); // the beat alone keeps no process alive
    await lost;
    clearInterval(alive);
    assert.ok(isLeased(/was lost: it was removed/)(held.lost.reason));
  });
});
