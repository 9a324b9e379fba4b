import type { Outcome } from '../bench/profile.ts';
import { type ClosedBooks, closeBooks } from '../books/books.ts';
import type { Book, BooksInput, Disturbance, StepAccount } from '../books/input.ts';
import type { TillRecord } from '../model/book.ts';
import type { FaultAction } from '../model/fault-actions.ts';
import { isOperation, type Scenario, type Step } from '../scenario/scenario.ts';
import { labelsProved } from './labels-proved.ts';
import { stallThatCounts } from './noise.ts';
import { type Mark, type Stage, seenSince } from './stage.ts';
import type { StepRecord } from './step-record.ts';

/** Steps after which the batch is not empty or something may be owed to the acquirer. */
const makesMoney = ({ step: { action } }: StepRecord): boolean =>
  isOperation(action) &&
  !['sign-on', 'sign-off', 'echo', 'download', 'balance', 'settle', 'reprint'].includes(action.do);

/** The settlement that closes a scenario, if the batch holds or may hold anything that was not settled in a step. */
export function closingStep(records: readonly StepRecord[]): Step | undefined {
  const settled = records.findLastIndex(
    (record) => record.step.action.do === 'settle' && record.outcome === 'done',
  );
  const open = records.slice(settled + 1).some(makesMoney);
  if (!open) return undefined;
  return {
    number: records.length + 1,
    action: { do: 'settle' },
    faults: [],
    cable: [],
    expect: { receipt: { settlement: {}, duplicate: false, forbiddenNone: false } },
  };
}

/** Closes the four books over everything since `mark`. `records` includes the closing settlement, if one was made. */
export function compareBooks(
  stage: Stage,
  scenario: Scenario,
  records: readonly StepRecord[],
  mark: Mark,
  owed: { readonly reversalOwed: boolean; readonly noticeOwed: boolean },
): ClosedBooks {
  const { planes } = stage.open;
  const seen = seenSince(stage, mark);
  const absent = (plane: string): Book<never> => ({
    state: 'absent',
    why: `the bench has no ${plane} plane`,
  });
  // An observer that let bytes pass unread cannot say that its ledger is all there is.
  const unread = planes.host?.unread?.(mark.at);
  // A book of which some pages lie elsewhere is none; a settlement alone does not make the others so.
  const unwatched = records.find((record) => makesMoney(record) && record.unwatched !== undefined)?.unwatched;
  const input: BooksInput = {
    currency: stage.bench.currency,
    close: scenario.close === 'as-is' ? 'as-is' : 'balanced',
    steps: records.map(accountOf),
    host: unread
      ? { state: 'unread', why: unread }
      : planes.host
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
    slips: !planes.printer
      ? absent('printer')
      : unwatched !== undefined
        ? { state: 'absent', why: unwatched }
        : { state: 'kept', content: seen.slips },
    till: planes.till
      ? { state: 'kept', content: toldInForce(planes.till.records(), records, mark.at) }
      : absent('till'),
    terminal:
      planes.display?.tells === 'states'
        ? { state: 'absent', why: 'the display of this bench tells only what its till is told' }
        : { state: 'kept', content: owed },
    disturbed: [...records.flatMap(disturbancesOf), ...stallsIn(records, stallThatCounts(stage.profile))],
    acquirerTold: scenario.given.acquirer?.misbehave.map((entry) => entry.do) ?? [],
    labelsProved: planes.printer !== undefined && labelsProved(planes.printer.slips()),
    underTest: stage.bench['under-test'],
  };
  return closeBooks(input);
}

/** What the till was told since the scenario began, but for transactions whose amount a later step has changed: nobody tells it of tips. */
function toldInForce(
  told: readonly TillRecord[],
  records: readonly StepRecord[],
  since: number,
): readonly TillRecord[] {
  const changed = records.flatMap(({ step: { action } }) =>
    isOperation(action) && action.do === 'adjust' && action.of !== undefined ? [records[action.of - 1]] : [],
  );
  const within = (record: StepRecord | undefined, at: number) =>
    record !== undefined && record.from <= at && at <= record.to;
  return told.filter(({ at }) => at >= since && !changed.some((record) => within(record, at)));
}

/** Faults under which all of a message arrives, once, if later or in pieces. */
const ONLY_LATER: ReadonlySet<FaultAction> = new Set<FaultAction>([
  'stall',
  'delay',
  'bandwidth',
  'split',
  'coalesce',
  'reorder',
]);

/** What the faults of a step stood in the way of. One that never struck stood in nobody's. */
function disturbancesOf({ faults }: StepRecord): readonly Disturbance[] {
  return faults.flatMap((fault) => {
    const { fault: what, trigger, firstEffectAt, healedAt, strikes = 0, refusedConnections } = fault.proof();
    if (strikes === 0 && trigger === undefined && refusedConnections === 0) return [];
    const from = trigger?.at ?? firstEffectAt;
    if (from === undefined) return [];
    const message = trigger && { kind: trigger.kind, ...(trigger.stan ? { stan: trigger.stan } : {}) };
    const spoilt = what.do === 'duplicate' ? what.at.startsWith('request') : !ONLY_LATER.has(what.do);
    return [{ ...(message ? { message } : {}), spoilt, from, to: healedAt ?? Number.POSITIVE_INFINITY }];
  });
}

/** While this machine stalled, answers may have come later than they would have. */
const stallsIn = (records: readonly StepRecord[], limit: number): readonly Disturbance[] =>
  records
    .filter(({ uncertainty }) => uncertainty >= limit)
    .map(({ from, to }) => ({ spoilt: false, from, to }));

/** Messages that ask for nothing that a book would have. */
const MANAGEMENT: readonly string[] = ['sign-on', 'sign-off', 'echo', 'parameters'];

function accountOf(record: StepRecord): StepAccount {
  const outcome = record.outcome === 'interrupted' ? undefined : (record.outcome as Outcome | undefined);
  return {
    step: record.step.number,
    action: record.step.action.do,
    ...(record.kind && !MANAGEMENT.includes(record.kind)
      ? { asked: { kind: record.kind, ...(record.asked ? { amount: record.asked } : {}) } }
      : {}),
    ...(outcome === undefined ? {} : { outcome }),
    ...(record.unwatched === undefined ? {} : { unwatched: true as const }),
    from: record.from,
    to: record.to,
  };
}
