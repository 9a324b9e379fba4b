import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { openStream } from '../till/stream.ts';
import { authorisation, CONFIG, endOfDay, registration } from '../till/zvt/commands.ts';
import { beliefOf } from '../till/zvt/payment.ts';
import { openSession } from '../till/zvt/session.ts';
import type { Tee } from '../transport/tee.ts';

const TEE: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };

interface Told {
  readonly type: string;
  readonly till?: string;
  readonly lines?: readonly string[];
  readonly text?: string;
}

describe('posrig terminal', function () {
  this.timeout(60_000);

  it('is a terminal for a till of somebody else: pays, declines above its limit, closes the day, obeys its console', async () => {
    const entry = join(PACKAGE_ROOT, 'rig/cli/main.ts');
    const args = ['terminal', '--json', '--till', 'tcp:127.0.0.1:0', '--speed', '60', '--limit', '100'];
    args.push('--password', '123456');
    const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args]);
    const told: Told[] = [];
    const waiting = new Set<() => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      told.push(JSON.parse(line) as Told);
      for (const look of waiting) look();
    });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const until = (fits: (one: Told) => boolean) =>
      Promise.race([
        new Promise<Told>((resolve) => {
          const look = () => {
            const found = told.find(fits);
            if (found) resolve(found);
          };
          waiting.add(look);
          look();
        }),
        ended.then(() => assert.fail(`it has ended: ${err}`)),
      ]);
    let seen = 0;
    /** The card has been taken out and the next payment may come. */
    const idleAgain = async () => {
      const removed = (one: Told) => told.indexOf(one) >= seen && one.lines?.[0] === 'REMOVE CARD';
      const from = told.indexOf(await until(removed));
      const ready = await until((one) => told.indexOf(one) > from && one.lines?.[0] === 'READY');
      seen = told.indexOf(ready);
    };
    try {
      const { till = '' } = await until(({ type }) => type === 'ready');
      // It has signed on by then: a till that pays at once is not refused.
      assert.equal(told.findLast(({ type }) => type === 'screen')?.lines?.[0], 'READY');
      const tcp = Number(till.split(':').at(-1));
      const clock = makeClock(60);
      const states: number[] = [];
      const session = openSession(await openStream({ host: '127.0.0.1', tcp }, TEE), clock, {
        state: ({ code }) => states.push(code),
      });
      const register = (password: string) =>
        session.run(registration({ password, config: CONFIG.states, currency: '156' }));
      assert.deepEqual((await register('000000')).end, { how: 'refused', code: 0x83 });
      assert.equal((await register('123456')).end.how, 'completed');
      const paid = beliefOf(await session.run(authorisation(1250, '156')));
      assert.deepEqual([paid.outcome, paid.told?.amount], ['approved', 1250]);
      assert.ok(states.includes(0x01));
      assert.match((await until(({ type }) => type === 'slip')).lines?.join() ?? '', /RMB 12\.50/);
      await idleAgain();
      const refused = beliefOf(await session.run(authorisation(10_001, '156')));
      assert.deepEqual([refused.outcome, refused.code], ['declined', 61]);
      await idleAgain();
      assert.equal(beliefOf(await session.run(endOfDay('123456'))).outcome, 'approved');
      await session.close();
      child.stdin.write('key nothing\n');
      assert.match(
        (await until(({ type }) => type === 'note')).text ?? '',
        /no key "nothing"; there is: .*enter/,
      );
      child.stdin.write('quit\n');
      assert.equal(await ended, 0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
