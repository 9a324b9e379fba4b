import type { Titles } from '../model/event.ts';
import { type Blame, type Verdict, verdictOn } from '../model/verdict.ts';
import { Facts } from './facts.ts';
import { BOOKS, type BookName, type BooksInput } from './input.ts';
import type { Invariant, Judgement } from './invariant.ts';
import { aHoldMovesNoMoney } from './invariants/a-hold-moves-no-money.ts';
import { aRefusalMovesNoMoney } from './invariants/a-refusal-moves-no-money.ts';
import { aSignatureReachesTheAcquirer } from './invariants/a-signature-reaches-the-acquirer.ts';
import { anAdjustmentReplacesTheAmount } from './invariants/an-adjustment-replaces-the-amount.ts';
import { anApprovalMovedTheMoney } from './invariants/an-approval-moved-the-money.ts';
import { anOfflineSaleIsBookedOnce } from './invariants/an-offline-sale-is-booked-once.ts';
import { capturedAtMostOnce } from './invariants/captured-at-most-once.ts';
import { chargedAtMostOnce } from './invariants/charged-at-most-once.ts';
import { hostTotalsAreItsLedger } from './invariants/host-totals-are-its-ledger.ts';
import { noChargeWithoutASlip } from './invariants/no-charge-without-a-slip.ts';
import { noCopyIsPrintedTwice } from './invariants/no-copy-is-printed-twice.ts';
import { noRequestContradictsItself } from './invariants/no-request-contradicts-itself.ts';
import { noSlipWithoutACharge } from './invariants/no-slip-without-a-charge.ts';
import { nothingLeftPending } from './invariants/nothing-left-pending.ts';
import { onlyWhatWasAskedIsReversed } from './invariants/only-what-was-asked-is-reversed.ts';
import { reversedBeforeTheNextOnlineTransaction } from './invariants/reversed-before-the-next-online-transaction.ts';
import { settlementSlipEqualsTheClaim } from './invariants/settlement-slip-equals-the-claim.ts';
import { slipAmountEqualsTheLedger } from './invariants/slip-amount-equals-the-ledger.ts';
import { storedAndForwarded } from './invariants/stored-and-forwarded.ts';
import { theExportIsWhatWasSeen } from './invariants/the-export-is-what-was-seen.ts';
import { theTillNeverBelievesTheOpposite } from './invariants/the-till-never-believes-the-opposite.ts';
import { totalsEqualTheLedgerAtSettlement } from './invariants/totals-equal-the-ledger-at-settlement.ts';
import { temperedBySight } from './unsure.ts';
import { inAllWorlds, possibleWorlds } from './worlds.ts';

/**
 * Every invariant, in the order in which a report lists them. Causes stand before their consequences, so that of two
 * that fail together the first explains the other.
 */
export const BOOK_INVARIANTS: readonly Invariant[] = [
  theExportIsWhatWasSeen,
  hostTotalsAreItsLedger,
  noRequestContradictsItself,
  aHoldMovesNoMoney,
  reversedBeforeTheNextOnlineTransaction,
  onlyWhatWasAskedIsReversed,
  storedAndForwarded,
  anOfflineSaleIsBookedOnce,
  chargedAtMostOnce,
  capturedAtMostOnce,
  anAdjustmentReplacesTheAmount,
  anApprovalMovedTheMoney,
  aRefusalMovesNoMoney,
  slipAmountEqualsTheLedger,
  noChargeWithoutASlip,
  noSlipWithoutACharge,
  noCopyIsPrintedTwice,
  totalsEqualTheLedgerAtSettlement,
  settlementSlipEqualsTheClaim,
  aSignatureReachesTheAcquirer,
  nothingLeftPending,
  theTillNeverBelievesTheOpposite,
];

export interface InvariantResult {
  readonly name: string;
  readonly title: Titles;
  /** `passed`, `failed`, `broken`, `inconclusive`, or `skipped` where the question does not arise on this bench. */
  readonly verdict: Verdict;
  /** Whose doing; absent when passed or skipped. */
  readonly blame?: Blame;
  /** Quotes the two entries that disagree, or says what was compared. */
  readonly reason: string;
}

export interface ClosedBooks {
  readonly results: readonly InvariantResult[];
  /** Books that were really there, and why the others were not. */
  readonly kept: readonly BookName[];
  readonly missing: readonly { readonly book: BookName; readonly why: string }[];
}

/** Compares the four books by every invariant. Pure; never throws on whatever hosts and terminals wrote. */
export function closeBooks(input: BooksInput): ClosedBooks {
  const facts = new Facts(input);
  const kept = BOOKS.filter((book) => facts.keeps(book));
  const missing = BOOKS.flatMap((book) => {
    const state = input[book];
    return state.state === 'kept' ? [] : [{ book, why: state.why }];
  });
  const worlds = possibleWorlds(input).map((world) => new Facts(world));
  const results = BOOK_INVARIANTS.map((invariant) => {
    const judged = worlds.map((world) => judge(invariant, world));
    return settle(invariant, input, inAllWorlds(input, judged));
  });
  return { results, kept, missing };
}

/** A book that is needed and was not read makes the answer uncertain; one that nobody keeps makes the question moot. */
function judge(invariant: Invariant, facts: Facts): Judgement {
  for (const state of ['unread', 'absent'] as const) {
    for (const book of invariant.needs) {
      const found = facts.input[book];
      if (found.state !== state) continue;
      return state === 'unread'
        ? { holds: 'unknown', reason: `the book "${book}" could not be read: ${found.why}.` }
        : { holds: 'not-asked', reason: `nobody keeps the book "${book}" here: ${found.why}.` };
    }
  }
  return temperedBySight(invariant.judge(facts), invariant, facts.input);
}

function settle({ name, title }: Invariant, input: BooksInput, judgement: Judgement): InvariantResult {
  const { reason } = judgement;
  switch (judgement.holds) {
    case 'yes':
      return { name, title, verdict: 'passed', reason };
    case 'not-asked':
      return { name, title, verdict: 'skipped', reason };
    case 'unknown':
      return { name, title, verdict: 'inconclusive', blame: 'bench', reason };
    case 'no':
      return {
        name,
        title,
        verdict: verdictOn(judgement.blame, input.underTest),
        blame: judgement.blame,
        reason,
      };
  }
}
