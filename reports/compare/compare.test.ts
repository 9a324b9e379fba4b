import assert from 'node:assert/strict';
import type { JournalEvent } from '../../rig/model/event.ts';
import { EXIT, type Verdict } from '../../rig/model/verdict.ts';
import { foldEvents } from '../fold.ts';
import type { RunView } from '../model.ts';
import { compareRuns as compareRead } from './compare.ts';
import { comparedRun } from './evidence.ts';
import { renderConsole, renderPage } from './render.ts';
import { exitCodeOf } from './verb.ts';

const compareRuns = (before: RunView, after: RunView) => compareRead(comparedRun(before), comparedRun(after));

interface Told {
  readonly id: string;
  readonly verdict: Verdict;
  readonly sha256?: string;
  readonly lines?: readonly string[];
  readonly code?: string;
  readonly nominalMs?: number;
}

/** A run as its journal would tell it: one step, one answer, one slip a scenario. */
function run(scenarios: readonly Told[]) {
  const bodies = scenarios.flatMap(
    ({ id, verdict, sha256 = 'a', lines = [], code = '00', nominalMs = 1000 }) => [
      {
        type: 'scenario.start',
        id,
        title: { en: `About ${id}`, zh: `关于 ${id}` },
        theme: 't',
        file: 'f',
        sha256,
        proves: [],
        parameters: {},
        given: {},
        index: 0,
        of: 1,
        scenario: id,
      },
      { type: 'step.start', step: 1, action: 'sale', title: 'sale', scenario: id },
      {
        type: 'message',
        plane: 'host',
        connection: 'c',
        bytes: 10,
        scenario: id,
        message: {
          kind: 'sale',
          direction: 'response',
          mti: '0210',
          code,
          fields: [
            { id: '11', name: 'STAN', value: String(Math.floor(Math.random() * 1e6)).padStart(6, '0') },
            { id: '39', name: 'code', value: code },
          ],
        },
      },
      {
        type: 'receipt',
        slip: { copy: 'merchant', duplicate: false, fields: {}, lines, at: 0, artefacts: [] },
        width: 1,
        height: 1,
        forbidden: [],
        scenario: id,
      },
      { type: 'step.end', step: 1, outcome: 'approved', nominalMs, scenario: id },
      {
        type: 'scenario.end',
        id,
        verdict,
        reason: 'because <script>',
        findings: [],
        observed: [],
        books: [],
        wallMs: 1,
        nominalMs,
        scenario: id,
      },
    ],
  );
  return foldEvents(
    '/run',
    bodies.map((body, i) => ({
      n: i + 1,
      t: i,
      wall: '2026-11-22T09:30:00.000Z',
      ...body,
    })) as unknown as JournalEvent[],
  );
}

/** As `run`, of a run that came to its end. */
const whole = (scenarios: readonly Told[]): RunView => ({ ...run(scenarios), cut: false });

const changes = (before: readonly Told[], after: readonly Told[]) =>
  Object.fromEntries(compareRuns(run(before), run(after)).scenarios.map(({ id, change }) => [id, change]));

describe('comparing two runs', () => {
  it('tells what became of every scenario', () => {
    const cases: readonly (readonly [string, Verdict | undefined, Verdict | undefined, string])[] = [
      ['a', 'passed', 'failed', 'newly-failing'],
      ['b', 'broken', 'failed', 'newly-failing'],
      ['c', 'failed', 'failed', 'still-failing'],
      ['d', 'failed', 'passed', 'fixed'],
      ['e', 'passed', 'inconclusive', 'newly-doubtful'],
      ['f', 'failed', 'broken', 'not-comparable'],
      ['g', undefined, 'passed', 'added'],
      ['h', 'passed', undefined, 'removed'],
      ['i', 'passed', 'passed', 'unchanged'],
    ];
    const told = (which: 1 | 2) =>
      cases.flatMap((each) => (each[which] ? [{ id: each[0], verdict: each[which] }] : []));
    assert.deepEqual(
      changes(told(1), told(2)),
      Object.fromEntries(cases.map(([id, , , change]) => [id, change])),
    );
  });

  it('gates: what fails anew, what is no longer proved, and what is not there any more', () => {
    const code = (before: readonly Told[], after: readonly Told[]) =>
      exitCodeOf(compareRuns(whole(before), whole(after)));
    const passed = { id: 'A', verdict: 'passed' } as const;
    const failed = { id: 'B', verdict: 'failed' } as const;
    assert.equal(code([passed], [passed, { ...failed, verdict: 'passed' }]), EXIT.ok);
    assert.equal(code([passed, failed], [passed]), EXIT.ok, 'what failed proved nothing');
    assert.equal(code([passed, { ...failed, verdict: 'passed' }], [passed]), EXIT.broken);
    assert.equal(code([passed], [{ ...passed, verdict: 'inconclusive' }]), EXIT.broken);
    assert.equal(code([passed, { ...failed, verdict: 'passed' }], [{ ...failed }]), EXIT.failed);
    assert.equal(code([passed], [passed, failed]), EXIT.failed, 'a scenario that is new and fails');
    assert.equal(code([passed], [{ ...passed, verdict: 'failed', sha256: 'b' }]), EXIT.broken, 'rewritten');
    assert.equal(code([], [passed]), EXIT.broken, 'nothing in common');
    const cut = compareRuns(whole([passed]), run([passed]));
    assert.equal(exitCodeOf(cut), EXIT.broken, 'what was cut off proves nothing');
    assert.match(renderConsole(cut, { lang: 'en', color: false, width: 200 }), /Second .* cut off/);
  });

  it('says what else than the firmware is not the same in both runs', async () => {
    const of = (bench: string, seed: number, firmware: string): RunView => {
      const view = run([{ id: 'A', verdict: 'passed' }]);
      const profile = { id: 'p', title: 't', maker: 'M', model: 'X', sha256: 'a' };
      const start = {
        bench: { id: bench, title: bench, sha256: 'a' },
        profile,
        seed,
        firmware,
        by: 'keypad',
      };
      return { ...view, cut: false, start: { ...start } as unknown as NonNullable<RunView['start']> };
    };
    const told = compareRuns(of('desk-1', 1, '1.4'), of('desk-2 <script>', 2, '1.5'));
    assert.deepEqual(told.differs, ['firmware', 'bench', 'seed']);
    assert.match(
      renderConsole(told, { lang: 'en', color: false, width: 200 }),
      /not the same in both: firmware 1\.4 → 1\.5, bench desk-1 → desk-2 <script>, seed 1 → 2/,
    );
    const page = await renderPage(told, 'zh');
    assert.match(page, /两次运行不同之处:固件 1\.4 → 1\.5, 测试台/);
    assert.ok(!page.includes('<script'), 'text stays text');
    assert.deepEqual(compareRuns(of('desk-1', 1, '1.4'), of('desk-1', 1, '1.4')).differs, []);
  });

  it('does not hold a changed scenario against the firmware', () => {
    assert.deepEqual(
      changes([{ id: 'a', verdict: 'passed' }], [{ id: 'a', verdict: 'failed', sha256: 'b' }]),
      { a: 'not-comparable' },
    );
  });

  it('sees what changed in the evidence, and not what is new in every run', () => {
    const evidence = (before: Partial<Told>, after: Partial<Told>) =>
      compareRuns(
        run([{ id: 'a', verdict: 'passed', ...before }]),
        run([{ id: 'a', verdict: 'passed', ...after }]),
      ).scenarios[0]?.evidence;
    const slip = (stan: string, amount: string) => ({
      lines: [`凭证号 VOUCHER: ${stan}`, 'DATE/TIME: 2026/11/22 09:30:01', `RMB ${amount}`],
    });
    assert.deepEqual(evidence(slip('000123', '128.50'), slip('000777', '128.50')), []);
    assert.deepEqual(evidence(slip('000123', '128.50'), slip('000124', '128.51')), [
      { plane: 'receipts', lines: ['  merchant copy', '-   RMB 128.50', '+   RMB 128.51'] },
    ]);
    assert.deepEqual(evidence({ code: '00' }, { code: '10' })?.[0]?.lines[0], '- response sale 0210 00');
  });

  it('takes a time for changed only beyond what a machine adds', () => {
    const timing = (before: number, after: number) =>
      compareRuns(
        run([{ id: 'a', verdict: 'passed', nominalMs: before }]),
        run([{ id: 'a', verdict: 'passed', nominalMs: after }]),
      ).scenarios[0]?.timing;
    assert.equal(timing(1000, 2900), undefined);
    assert.equal(timing(60_000, 70_000), undefined);
    assert.deepEqual(timing(10_000, 20_000), { before: 10_000, after: 20_000 });
  });

  it('is told in both languages; hostile text stays text', async () => {
    const comparison = compareRuns(
      run([{ id: '<img>', verdict: 'passed' }]),
      run([{ id: '<img>', verdict: 'failed', lines: ['</pre><script>'] }]),
    );
    assert.match(renderConsole(comparison, { lang: 'zh', color: false, width: 100 }), /新失败.*关于/);
    const page = await renderPage(comparison, 'en');
    assert.ok(!page.includes('<script') && !page.includes('<img') && page.includes('newly failing'));
  });
});
