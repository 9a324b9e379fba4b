import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import type { Profile } from '../bench/profile.ts';
import { skeleton } from '../cli/profile-skeleton.ts';
import { strategyGaps } from './strategy-gaps.ts';

describe('what a strategy lacks', () => {
  const shipped = (id: string) => valueOrThrow(loadProfile(id)).value;
  const vt4 = shipped('vt-4');
  const withStrategy = (strategy: Profile['strategy']): Profile => ({ ...vt4, strategy });

  for (const id of ['vt-4', 'vt-6', 'vt-a'])
    it(`nothing in ${id}`, () => {
      assert.deepEqual(strategyGaps(shipped(id)).missing, []);
    });

  it('a state without a way out, a way that cannot be gone, and a screen of two states are told', () => {
    const { 'sign-on': _, ...operations } = vt4.operations;
    const { missing } = strategyGaps({
      ...withStrategy({
        busy: { screens: ['printing', 'idle'], next: [] },
        'in-transaction': { next: [{ press: 'fill-in' }] },
      }),
      operations,
    });
    assert.deepEqual(missing, [
      'how to sign on, the way out of signed-off: operations.sign-on',
      'the key that leads out of in-transaction: strategy.in-transaction.next',
      'a way out of busy: strategy.busy.next',
      'one meaning of the screen idle, which is that of idle and of busy: strategy.busy.screens',
    ]);
  });

  it('what only makes it better is advice', () => {
    const { strategy: _, ...without } = vt4;
    assert.match(strategyGaps(without).advice.join(), /it has no strategy/);
    const bare = strategyGaps(withStrategy({ busy: { next: ['wait'] } }));
    assert.deepEqual(bare.missing, []);
    assert.match(bare.advice.join('\n'), /nothing tells that it is busy/);
    assert.match(bare.advice.join('\n'), /no last resort.* busy:/);
    assert.match(bare.advice.join('\n'), /idle is proved by the screen alone/);
    assert.deepEqual(strategyGaps(vt4).advice, []);
  });

  it('a new profile has a strategy with every state explained, whose screens are still to be read off', () => {
    const text = skeleton({
      ...{ id: 'acme', maker: 'Acme', model: 'S920', dialect: 'unionpay-pos', labels: ['en'] },
      ...{ entry: ['chip'], operations: ['sign-on', 'sale', 'settle'], rows: 4, columns: 20 },
    });
    const section = text.slice(text.indexOf('\nstrategy:'));
    for (const state of ['off', 'booting', 'signed-off', 'idle', 'in-transaction', 'busy'])
      assert.match(section, new RegExp(`  # [^\\n]+\\n  ${state}: \\{`), state);
    const folder = mkdtempSync(join(tmpdir(), 'posrig-strategy-'));
    try {
      const file = join(folder, 'acme.yaml');
      writeFileSync(file, text);
      const { missing, advice } = strategyGaps(valueOrThrow(loadProfile(file)).value);
      assert.ok(
        missing.includes('what the screen printing shows, by which it is busy: screens.printing.match'),
      );
      assert.ok(missing.some((one) => one.includes('by which it is idle')));
      assert.deepEqual(advice, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
