import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import type { Profile } from '../bench/profile.ts';
import { skeleton } from '../cli/profile-skeleton.ts';
import { packaged } from '../model/package-root.ts';
import { readinessFor } from './readiness.ts';
import { selectScenarios } from './select.ts';

const scenarios = (...ids: readonly string[]) =>
  valueOrThrow(selectScenarios(ids.map((id) => packaged(`scenarios/${id}.yaml`))));
const vt4 = valueOrThrow(loadProfile('vt-4')).value;

describe('readiness of a profile', () => {
  it('a whole profile lacks nothing; one that has lost something says what, and for which scenarios only', () => {
    const all = scenarios(
      'online/ONLINE-001',
      'power/POWER-001',
      'settlement/SETTLE-001',
      'limits/LIMIT-001',
    );
    assert.deepEqual(
      readinessFor(vt4, all).flatMap(({ cannot, missing }) => [...cannot, ...missing]),
      [],
    );
    const { 'auth-code': _, ...fields } = vt4.receipt.fields;
    const { approved, declined, ...screens } = vt4.screens;
    assert.ok(approved && declined);
    const { code: __, ...silent } = declined;
    const poor: Profile = {
      ...vt4,
      receipt: { ...vt4.receipt, fields, copies: { ...vt4.receipt.copies, settlement: [] } },
      screens: { ...screens, declined: silent, approved: { ...approved, match: ['FILL IN: approved'] } },
    };
    const found = new Map(
      readinessFor(poor, all).map(({ scenario, missing }) => [scenario.id, missing.join('\n')]),
    );
    assert.match(found.get('ONLINE-001[chip]') ?? '', /label of auth-code.*receipt\.fields\.auth-code/);
    assert.match(found.get('SETTLE-001') ?? '', /marks the settlement copy/);
    assert.match(found.get('LIMIT-001') ?? '', /response code stands.*declined/);
    assert.doesNotMatch(found.get('POWER-001') ?? '', /auth-code|settlement/);
  });

  it('what the model cannot do is no lack', () => {
    const plain = {
      ...vt4,
      capabilities: { ...vt4.capabilities, entry: ['swipe'], operations: ['sale'] },
    } as const;
    const [one] = readinessFor(
      { ...plain, capabilities: { entry: ['swipe'], operations: ['sale'] } },
      scenarios('settlement/SETTLE-001'),
    );
    assert.match(one?.cannot.join() ?? '', /it has no void/);
  });

  it('a new profile is valid at once, and everything in it is still to be found out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-profile-'));
    try {
      const file = join(folder, 'acme.yaml');
      const text = skeleton({
        ...{
          id: 'acme',
          maker: 'Acme',
          model: 'S920',
          dialect: 'unionpay-pos',
          labels: ['unionpay-zh', 'en'],
        },
        ...{ entry: ['chip', 'tap'], operations: ['sign-on', 'sale', 'settle'], rows: 8, columns: 24 },
      });
      writeFileSync(file, text);
      const fresh = valueOrThrow(loadProfile(file)).value;
      assert.equal(fresh.display.columns, 24);
      const [sale] = readinessFor(fresh, scenarios('till/TILL-004'));
      assert.deepEqual(sale?.cannot, []);
      for (const thing of ['screens.idle.match', 'operations.sale.start', 'screens.pin.match'])
        assert.ok(
          sale?.missing.some((one) => one.includes(thing)),
          `${thing} in ${sale?.missing.join('\n')}`,
        );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
