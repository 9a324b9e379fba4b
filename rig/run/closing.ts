import type { Outcome } from '../bench/profile.ts';
import { type ClosedBooks, closeBooks } from '../books/books.ts';
import type { Book, BooksInput, StepAccount } from '../books/input.ts';
import type { Scenario, Step } from '../scenario/scenario.ts';
import { type Mark, type Stage, seenSince } from './stage.ts';
import type { StepRecord } from './step-record.ts';

const FINANCIAL = new Set(['sale', 'void', 'refund']);

/** The settlement that closes a scenario, if the batch holds or may hold anything that was not settled in a step. */
export function closingStep(records: readonly StepRecord[]): Step | undefined {
  const settled = records.findLastIndex(
    (record) => record.step.action.do === 'settle' && record.outcome === 'done',
  );
  const open = records.slice(settled + 1).some((record) => FINANCIAL.has(record.step.action.do));
  if (!open) return undefined;
  return {
    number: records.length + 1,
    action: { do: 'settle' },
    expect: { receipt: { settlement: {}, duplicate: false, forbiddenNone: false } },
  };
}

/** Closes the four books over everything since `mark`. `records` includes the closing settlement, if one was made. */
export function compareBooks(
  stage: Stage,
  scenario: Scenario,
  records: readonly StepRecord[],
  mark: Mark,
  reversalOwed: boolean,
): ClosedBooks {
  const { planes } = stage.open;
  const seen = seenSince(stage, mark);
  const absent = (plane: string): Book<never> => ({
    state: 'absent',
    why: `the bench has no ${plane} plane`,
  });
  const input: BooksInput = {
    currency: stage.bench.currency,
    close: scenario.close === 'as-is' ? 'as-is' : 'balanced',
    steps: records.map(accountOf),
    host: planes.host
      ? {
          state: 'kept',
          content: {
            ledger: planes.host.ledger(),
            opening: mark.ledger,
            exchanges: seen.exchanges,
            settlements: seen.settlements,
          },
        }
      : absent('host'),
    slips: planes.printer ? { state: 'kept', content: seen.slips } : absent('printer'),
    till: planes.till ? { state: 'kept', content: planes.till.records() } : absent('till'),
    terminal: { state: 'kept', content: { reversalOwed } },
    acquirerTold: scenario.given.acquirer?.misbehave.map((entry) => entry.do) ?? [],
    underTest: stage.bench['under-test'],
  };
  return closeBooks(input);
}

function accountOf(record: StepRecord): StepAccount {
  const outcome = record.outcome === 'interrupted' ? undefined : (record.outcome as Outcome | undefined);
  return {
    step: record.step.number,
    action: record.step.action.do,
    ...(record.kind && record.kind !== 'sign-on'
      ? { asked: { kind: record.kind, ...(record.asked ? { amount: record.asked } : {}) } }
      : {}),
    ...(outcome === undefined ? {} : { outcome }),
    from: record.from,
    to: record.to,
  };
}
