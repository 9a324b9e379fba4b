import assert from 'node:assert/strict';
import type { TillRecord } from '../model/book.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { closingStep, compareBooks } from './closing.ts';
import { markOf, type Stage } from './stage.ts';
import type { StepRecord } from './step-record.ts';

const told: TillRecord[] = [];
let now = 100;
const nothing = { ledger: () => [], exchanges: () => [], settlements: () => [] };
const stage = {
  bench: { currency: 'CNY', 'under-test': ['terminal'] },
  profile: { timers: { response: '60s' } },
  clock: { now: () => now },
  open: { planes: { host: nothing, printer: { slips: () => [] }, till: { records: () => told } } },
} as unknown as Stage;
const scenario = { close: 'operator', given: {} } as unknown as Scenario;
const record = (parts: Partial<StepRecord>): StepRecord =>
  ({
    step: { number: 1, action: { do: 'sale', amount: '1.00' }, faults: [], cable: [] },
    kind: 'sale',
    outcome: 'approved',
    faults: [],
    from: 100,
    to: 200,
    uncertainty: 0,
    ...parts,
  }) as unknown as StepRecord;

describe('the books of a scenario', () => {
  const opposite = (records: readonly StepRecord[]) => {
    const { results } = compareBooks(stage, scenario, records, markOf(stage), {
      reversalOwed: false,
      noticeOwed: false,
    });
    return results.find(({ name }) => name === 'the-till-never-believes-the-opposite')?.verdict;
  };

  it('have nothing in them of what the till was told in an earlier one, even when no step was done', () => {
    told.push({ reference: '0465', outcome: 'approved', amount: { minor: 1010, currency: 'CNY' }, at: 50 });
    assert.equal(opposite([]), 'passed');
    told.push({ reference: '0466', outcome: 'approved', amount: { minor: 1010, currency: 'CNY' }, at: 150 });
    assert.equal(opposite([record({})]), 'failed');
    now = 160;
    assert.equal(opposite([]), 'passed');
  });

  it('have no slips where some of the paper was printed unwatched, and all of them where only that of the settlement was', () => {
    const slips = (records: readonly StepRecord[]) =>
      compareBooks(stage, scenario, records, markOf(stage), { reversalOwed: false, noticeOwed: false });
    const { kept } = slips([record({})]);
    assert.ok(kept.includes('slips'));
    const unwatched = 'keys began the sale';
    const without = slips([record({ unwatched }), record({})]);
    assert.ok(!without.kept.includes('slips'));
    const judged = without.results.find(({ name }) => name === 'no-charge-without-a-slip');
    assert.equal(judged?.verdict, 'skipped');
    assert.match(judged.reason, /keys began the sale/);
    const settled = record({
      step: { number: 2, action: { do: 'settle' }, faults: [], cable: [] } as unknown as StepRecord['step'],
      kind: 'settlement',
      unwatched,
    });
    assert.ok(slips([record({}), settled]).kept.includes('slips'));
  });

  it('are to be closed again until a settlement is done', () => {
    const settle = (outcome: 'done' | 'no-answer') =>
      record({
        step: { number: 2, action: { do: 'settle' }, faults: [], cable: [] } as unknown as StepRecord['step'],
        kind: 'settlement',
        outcome,
      });
    assert.equal(closingStep([record({})])?.number, 2);
    assert.equal(closingStep([record({}), settle('no-answer')])?.number, 3);
    assert.equal(closingStep([record({}), settle('done')]), undefined);
  });
});
