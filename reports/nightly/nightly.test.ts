import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readRun } from '../fold.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { nightsChart } from './chart.ts';
import { flakesOf, wilson } from './flake.ts';
import { appendHistory, type HistoryLine, linesOf, readHistory } from './history.ts';
import { changesOf, nightsOf } from './nights.ts';
import { renderTrend } from './page.ts';
import { daysOf, forget, outdatedBeside } from './retention.ts';
import { nightlyVerb, summaryOf, tell } from './verb.ts';

const line = (verdict: HistoryLine['verdict'], more: Partial<HistoryLine> = {}): HistoryLine => ({
  run: 'r',
  wall: '2026-11-22T03:00:00.000Z',
  scenario: 'DROP-003',
  version: 'v',
  attempt: 1,
  firmware: '1.0',
  profile: 'vt-4',
  bench: 'b',
  verdict,
  nominalMs: 1,
  ...more,
});

describe('quarantine', () => {
  const entry = { scenario: 'RCP-001', reason: 'known', owner: 'Bo', until: '2026-11-22' };

  it('keeps a scenario from gating until its day is over; it still is shown', async () => {
    const folder = await writeRun(undefined, (fixture) => {
      fixture.lostApproval();
      fixture.fullPanOnSlip();
    });
    const view = { ...(await readRun(folder)), cut: false };
    removeRun(folder);
    assert.deepEqual(summaryOf(view, '1', []).gating, [{ scenario: 'RCP-001', verdict: 'failed' }]);
    const kept = summaryOf(view, '1', [entry]);
    assert.deepEqual([kept.exitCode, kept.gating.length, kept.quarantined.length], [0, 0, 1]);
    assert.equal(summaryOf(view, '1', [{ ...entry, until: '2026-11-21' }]).exitCode, 1, 'it has expired');
    assert.equal(summaryOf({ ...view, cut: true }, '1', [entry]).exitCode, 2, 'the run was cut');
    const over = summaryOf(view, '1', [{ ...entry, until: '2026-11-21' }]);
    assert.deepEqual(
      over.expired.map(({ scenario, owner }) => [scenario, owner]),
      [['RCP-001', 'Bo']],
    );
    const page = await renderTrend(kept, linesOf(view, '<script>1</script>'));
    assert.ok(!page.includes('<script') && page.includes('In quarantine'));
    assert.match(await renderTrend(over, [], 'zh'), /已到期的隔离[\s\S]*RCP-001[\s\S]*Bo/);
  });

  it('has the exit code of the night also when the hook fails, and that of the hook only when nothing else went wrong', async () => {
    const run = await writeRun(undefined, (fixture) => {
      fixture.writeMany(1, () => fixture.fullPanOnSlip());
    });
    const history = join(run, 'h.jsonl');
    const before = process.exitCode;
    const written = process.stdout.write;
    const told = process.stderr.write;
    const said: string[] = [];
    process.stdout.write = () => true;
    process.stderr.write = (text) => said.push(String(text)) > 0;
    try {
      await nightlyVerb(run, { history, hook: 'exit 7' });
      assert.equal(process.exitCode, 1);
    } finally {
      process.stdout.write = written;
      process.stderr.write = told;
      process.exitCode = before;
    }
    assert.match(said.join(''), /the hook failed: exit 7/);
    removeRun(run);
  });

  it('ends a hook that hangs with all that it started, also one that hears no signal', async () => {
    const summary = summaryOf(await readRunOf(), '1', []);
    for (const hangs of ['sleep 600', `trap '' TERM INT; sleep 600 & wait; sleep 600`])
      await assert.rejects(tell(hangs, summary, 100), { code: 'REPORT_TOOL', message: /longer than 0\.1 s/ });
    // One that reads nothing, and one that ends before everything was written, are no errors.
    await tell('true', summary);
    await tell('exec 0<&-; true', {
      ...summary,
      gating: Array(20_000).fill({ scenario: 'X', verdict: 'failed' }),
    });
  });
});

async function readRunOf() {
  const folder = await writeRun(undefined, (fixture) => fixture.lostApproval());
  const run = await readRun(folder);
  removeRun(folder);
  return run;
}

describe('the history of nights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig nights-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps every attempt of a run once', async () => {
    const run = await writeRun();
    const view = await readRun(run);
    removeRun(run);
    const file = join(folder, 'history.jsonl');
    assert.deepEqual(await readHistory(file), []);
    const lines = linesOf(view, '1.4.2');
    assert.ok(lines.length === 6 && lines.every(({ firmware }) => firmware === '1.4.2'));
    assert.equal(await appendHistory(file, [], lines), 6);
    const kept = await readHistory(file);
    assert.deepEqual(kept, lines);
    assert.equal(await appendHistory(file, kept, lines), 0);
    // Killed while writing: half a line, or a run of which some attempts are in. The next night is whole again.
    truncateSync(file, statSync(file).size - 40);
    const left = await readHistory(file);
    assert.deepEqual(left, lines.slice(0, 5));
    assert.equal(await appendHistory(file, left, lines), 1);
    assert.deepEqual(await readHistory(file), lines);
    appendFileSync(file, 'nonsense\n');
    await assert.rejects(readHistory(file), { code: 'FILE_INVALID', at: `${file}:7:1` });
  });

  it('scores flips between passed and failed, apart for every firmware and bench', () => {
    const history = [
      line('passed'),
      line('failed'),
      line('broken'),
      line('passed'),
      line('passed', { firmware: '2.0' }),
      line('failed', { bench: 'other' }),
    ];
    const [first, ...rest] = flakesOf(history);
    assert.deepEqual([first?.flips, first?.score?.rate, first?.undecided], [2, 1, 1]);
    assert.equal(rest.length, 2);
    assert.ok(rest.every(({ score }) => score === undefined));
    assert.equal(
      flakesOf([line('passed'), line('failed', { version: 'new' })])[0]?.flips,
      0,
      'another scenario',
    );
  });

  it('counts a night by what its scenarios came to, and tells what is not as it was', async () => {
    const at = (day: number, scenario: string, verdict: HistoryLine['verdict'], more = {}) =>
      line(verdict, { run: `r${day}`, wall: `2026-11-${day}T03:00:00.000Z`, scenario, ...more });
    const history = [
      at(21, 'A', 'passed'),
      at(21, 'B', 'failed'),
      at(21, 'C', 'passed'),
      at(20, 'A', 'failed'),
      at(20, 'D', 'failed', { version: 'old' }),
      at(22, 'A', 'broken'),
      at(22, 'A', 'failed', { attempt: 2 }),
      at(22, 'B', 'failed'),
      at(22, 'C', 'passed', { bench: 'other' }),
      at(22, 'D', 'passed'),
    ];
    const nights = nightsOf(history, 'b');
    assert.deepEqual(
      nights.map(({ run, verdicts }) => [run, Object.fromEntries(verdicts)]),
      [
        ['r20', { A: 'failed', D: 'failed' }],
        ['r21', { A: 'passed', B: 'failed', C: 'passed' }],
        ['r22', { A: 'failed', B: 'failed', D: 'passed' }],
      ],
    );
    assert.deepEqual(
      changesOf(nights).map(({ scenario, before, now, since, rewritten }) => [
        scenario,
        before,
        now,
        since.run,
        rewritten,
      ]),
      [
        ['A', 'passed', 'failed', 'r21', false],
        ['D', 'failed', 'passed', 'r20', true],
      ],
    );
    const summary = summaryOf({ ...(await readRunOf()), cut: false }, '1.0', []);
    const page = await renderTrend({ ...summary, bench: 'b' }, history, 'zh');
    assert.equal(page.match(/<g><title>/g)?.length, 3, 'a column a night');
    const late = nightsOf(
      Array.from({ length: 40 }, (_, i) =>
        line('passed', {
          run: `n${i}`,
          wall: `2026-${i < 20 ? '09' : '10'}-${String(10 + (i % 20)).padStart(2, '0')}T03:00:00.000Z`,
          firmware: i === 39 ? 'release-17' : '1.0',
        }),
      ),
      'b',
    );
    assert.match(
      String(await nightsChart(late, 'en')),
      /<text class="end"[^>]*>release-17</,
      'it has no room to its right',
    );
    assert.match(page, /此前[\s\S]*2026-11-20[\s\S]*场景文件已修改/);
  });

  it('has the interval of Wilson, which holds the rate and narrows', () => {
    // 10 of 50: worked example, 0.1124 to 0.3304.
    const { low, high } = wilson(10, 50);
    assert.ok(Math.abs(low - 0.1124) < 0.0005 && Math.abs(high - 0.3304) < 0.0005, `${low} ${high}`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (of, hits) => {
        fc.pre(hits <= of);
        const interval = wilson(hits, of);
        assert.ok(interval.low <= hits / of + 1e-9 && hits / of <= interval.high + 1e-9);
        const more = wilson(hits * 4, of * 4);
        assert.ok(more.high - more.low <= interval.high - interval.low + 1e-9);
      }),
    );
  });
});

describe('retention of nights', () => {
  it('forgets old runs beside this one, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-nights-'));
    const now = Date.now();
    const night = (name: string, days: number, journal = 'journal.jsonl') => {
      mkdirSync(join(folder, name));
      const file = join(folder, name, journal);
      writeFileSync(file, 'x');
      const then = new Date(now - days * 86_400_000);
      utimesSync(file, then, then);
      return join(folder, name);
    };
    const tonight = night('tonight', 200);
    night('yesterday', 1);
    const old = night('old', 91);
    writeFileSync(join(night('kept', 91), 'KEEP'), '');
    night('no-run', 91, 'other.txt');
    mkdirSync(join(night('bag', 91, 'bagit.txt'), 'data'));
    assert.deepEqual(outdatedBeside(tonight, 90, now), [old]);
    forget(outdatedBeside(tonight, 90, now));
    assert.deepEqual(readdirSync(folder).sort(), ['bag', 'kept', 'no-run', 'tonight', 'yesterday']);
    rmSync(folder, { recursive: true });
    assert.deepEqual([daysOf('90 d'), daysOf('7')], [90, 7]);
    for (const wrong of ['', '0', '-1', 'd', '90 h', '1e9'])
      assert.throws(() => daysOf(wrong), { code: 'USAGE' });
  });
});
