import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalOf, posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

/** A shipped scenario passes; these cannot, so they stand here: what the rig says of an acquirer that lies. */
describe('an acquirer that lies (whole)', function () {
  this.timeout(120_000);
  const folder = scratch();
  after(() => remove(folder));

  const scenario = (lie: string) => `version: 1
id: LIE-001
title: { en: The host lies, zh: 主机说谎 }
proves: [online.no-data-loss]
given: { card: debit-1, acquirer: { misbehave: [{ on: sale, do: ${lie} }] } }
steps:
  - sale: { amount: 128.50 }
    expect: { outcome: approved, host: [{ sale: { amount: 128.50, code: "00" } }] }
money: balanced
`;

  for (const [lie, invariant] of [
    ['book-nothing', 'an-approval-moved-the-money'],
    ['book-twice', 'charged-at-most-once'],
  ] as const)
    it(`${lie}: broken, blame acquirer, by ${invariant}`, async () => {
      const file = join(folder, `${lie}.yaml`);
      const out = join(folder, lie);
      writeFileSync(file, scenario(lie));
      const result = await posrig(['run', file, '--out', out, '--formats', 'none']);
      const { verdict, blame, reason } = verdictsOf(out)['LIE-001'] ?? {};
      assert.equal(`${verdict} ${blame}`, 'broken acquirer', reason);
      assert.equal(result.code, 2);
      const found = journalOf(out).filter(
        (event) =>
          event.type === 'invariant' && event['verdict'] !== 'passed' && event['verdict'] !== 'skipped',
      );
      assert.ok(
        found.some((event) => event['name'] === invariant),
        JSON.stringify(found),
      );
      assert.ok(
        found.every((event) => event['blame'] === 'acquirer'),
        JSON.stringify(found),
      );
    });
});
