import type { LedgerEntry, Settlement, TillRecord } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import { type Facts, sixDigits } from '../facts.ts';
import type { StepAccount } from '../input.ts';
import { count, type Invariant, type Judgement, no, unknown, yes } from '../invariant.ts';
import { quoteEntry } from '../words.ts';

/**
 * A till that was told "approved" has what it asked for at the host, of the amount it was told: money, a hold, a void, a
 * closed batch; one that was told "declined" has none. A till that was told nothing certain may ask again, so it is not
 * wrong: `unknown` is never the opposite.
 */
export const theTillNeverBelievesTheOpposite: Invariant = {
  name: 'the-till-never-believes-the-opposite',
  title: {
    en: 'The till is never left believing the opposite of the host',
    zh: '收银机所知不得与主机相反',
  },
  needs: ['host', 'till'],
  judge(facts) {
    for (const record of facts.till) {
      const judgement = record.kind === 'settlement' ? ofBatch(facts, record) : ofTransaction(facts, record);
      if (judgement) return judgement;
    }
    return yes(`${count(facts.till.length, 'till record')}, none the opposite of the host.`);
  },
};

/** What is wrong with what the till believes of a transaction. */
function ofTransaction(facts: Facts, record: TillRecord): Judgement | undefined {
  if (record.outcome === 'unknown') return undefined;
  const entries = entriesOf(facts, record);
  const done = entries.find((entry) =>
    kindOf(record) === 'sale' ? facts.moved(entry) : facts.stands(entry),
  );
  const what = WORDS[kindOf(record)] ?? { told: kindOf(record), done: kindOf(record) };
  const told = `the till was told that ${what.told} ${record.reference} of ${formatMoney(record.amount)} is ${record.outcome}`;
  if (record.outcome === 'declined') {
    if (!done || facts.inDoubt(done)) return undefined;
    const opposite = `${told}, but the host booked ${quoteEntry(done)}`;
    return facts.leftOpen(done)
      ? unknown(
          `${opposite}, and a fault stood in the way of the answer: there is no reversal of a ${done.kind}, so that merchant and acquirer have to find out by hand.`,
        )
      : no('terminal', `${opposite}.`);
  }
  if (!done) {
    const nearest = entries[0] ? `, only ${quoteEntry(entries[0])}` : '';
    return no('terminal', `${told}, but the host holds no ${what.done} of it${nearest}.`);
  }
  const booked = facts.amountAt(done, record.at);
  if (!sameMoney(booked, record.amount))
    return no('terminal', `${told}, but the host booked ${quoteEntry(done)}.`);
  return undefined;
}

/** What kinds are called, and what they leave at the host. */
const WORDS: Readonly<Record<string, { readonly told: string; readonly done: string }>> = {
  sale: { told: 'payment', done: 'charge' },
  'pre-auth': { told: 'pre-authorisation', done: 'hold' },
};

const kindOf = ({ kind }: TillRecord): LedgerEntry['kind'] => kind ?? 'sale';

/** By voucher number where the till knows it; else by the step during which it was told. */
function entriesOf(facts: Facts, record: TillRecord): readonly LedgerEntry[] {
  const kind = kindOf(record);
  if (record.stan !== undefined) {
    const stan = sixDigits(record.stan);
    const named = facts.entries.filter((entry) => entry.kind === kind && sixDigits(entry.stan) === stan);
    // Some tills are told a number of the terminal's own: then the step tells which one is meant.
    if (named.length > 0) return named;
  }
  const step = stepOf(facts, record);
  return step ? facts.entriesOf(step).filter((entry) => entry.kind === kind) : [];
}

const stepOf = ({ input }: Facts, { at }: TillRecord): StepAccount | undefined =>
  input.steps.find((one) => one.asked && one.from <= at && at <= one.to);

/**
 * When the host closed the batch: at once when it agreed, else when it had the details of what it did not agree to, which may
 * be in a later end of day than the one that began it. Undefined: it did not.
 */
function closedAt({ exchanges }: Facts, { at, result, uploadEnded }: Settlement): number | undefined {
  if (result === 'balanced') return at;
  if (result !== 'not-balanced' || !uploadEnded) return undefined;
  const end = exchanges.find(({ request, at: then }) => request.kind === 'batch-upload-end' && then >= at);
  return end?.at ?? at;
}

/** What is wrong with what the till believes of an end of day. */
function ofBatch(facts: Facts, record: TillRecord): Judgement | undefined {
  const step = stepOf(facts, record);
  if (record.outcome === 'unknown' || !step) return undefined;
  const within = (at: number | undefined) => at !== undefined && step.from <= at && at <= step.to;
  // What an observer could not see is nobody's fault.
  if (facts.settlements.some(({ at, result }) => result === 'unknown' && within(at))) return undefined;
  const done = facts.settlements.some((settlement) => within(closedAt(facts, settlement)));
  if (record.outcome === 'approved' && !done)
    return no('terminal', 'the till was told that the day is closed, but the host has closed no batch.');
  if (record.outcome === 'declined' && done)
    return learntLater(facts, record) ? undefined : notClosed(facts, step);
  return undefined;
}

/** The till was told afterwards that the day is closed. */
const learntLater = ({ till }: Facts, { at }: TillRecord): boolean =>
  till.some((later) => later.kind === 'settlement' && later.outcome === 'approved' && later.at > at);

/** The host closed the batch in this step, and the till was told that it did not: whose doing that is. */
function notClosed(facts: Facts, { from, to }: StepAccount): Judgement {
  const reason = 'the till was told that the day is not closed, but the host has closed the batch';
  const disturbed = facts.exchanges.some(
    (exchange) =>
      exchange.request.kind === 'settlement' &&
      from <= exchange.at &&
      exchange.at <= to &&
      facts.disturbed(exchange) !== undefined,
  );
  return disturbed
    ? unknown(`${reason}; a fault, or a machine that was too slow, stood in the way of its answer.`)
    : no('terminal', `${reason}.`);
}
