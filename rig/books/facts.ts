import type { HostExchange } from '../bench/planes.ts';
import type { LedgerEntry, Settlement, TillRecord } from '../model/book.ts';
import type { DialogueMessage } from '../model/message.ts';
import { type Money, sameMoney } from '../model/money.ts';
import { isUnlabelled, type Slip } from '../model/receipt.ts';
import type { BookName, BooksInput, HostBook, Misbehaviour, StepAccount, TerminalState } from './input.ts';
import { approves, BOOKED, ISSUER_DECIDES, MOVES_MONEY, NOTICES, REVERSIBLE } from './kinds.ts';
import { type PrintedAmount, readPrintedAmount } from './printed-amount.ts';

export type StepRef = StepAccount;

/** A slip of a transaction, with its identity read. */
export interface ReadSlip {
  readonly source: Slip;
  readonly stan: string | undefined;
  readonly batch: string | undefined;
  readonly rrn: string | undefined;
  readonly authCode: string | undefined;
  /** Undefined when no amount was found on it. */
  readonly amount: PrintedAmount | undefined;
}

/** Names one transaction of a terminal, as far as a message, a slip or an entry tells. */
interface Voucher {
  readonly terminal?: string | undefined;
  readonly batch?: string | undefined;
  readonly stan?: string | undefined;
}

/** Same voucher: STAN, and batch and terminal where both sides tell them. */
export const sameVoucher = (a: Voucher, b: Voucher): boolean =>
  a.stan !== undefined &&
  six(a.stan) === six(b.stan) &&
  (!a.batch || !b.batch || six(a.batch) === six(b.batch)) &&
  (!a.terminal || !b.terminal || a.terminal === b.terminal);

/** STAN and batch are six digits on the wire; slips may drop leading zeros. */
const six = (text: string | undefined) => (text ? text.padStart(6, '0') : undefined);

/**
 * The books laid side by side: what the invariants ask of them. Books that are not kept read as empty here, so an
 * invariant names in `needs` every book whose emptiness it would take for an answer.
 */
export class Facts {
  readonly input: BooksInput;
  /** Whole ledger, and its entries since the baseline that are about money (declined ones too). */
  readonly ledger: readonly LedgerEntry[];
  readonly entries: readonly LedgerEntry[];
  readonly exchanges: readonly HostExchange[];
  readonly settlements: readonly Settlement[];
  /** Merchant and customer copies, originals and reprints, in the order printed. */
  readonly slips: readonly ReadSlip[];
  readonly settlementSlips: readonly Slip[];
  /** Paper with text on which no label of the profile was found. */
  readonly unlabelled: readonly Slip[];
  readonly till: readonly TillRecord[];
  readonly terminal: TerminalState | undefined;

  constructor(input: BooksInput) {
    this.input = input;
    const host: HostBook =
      input.host.state === 'kept'
        ? input.host.content
        : { ledger: [], opening: 0, exchanges: [], settlements: [] };
    this.ledger = host.ledger;
    this.entries = host.ledger.slice(host.opening).filter((entry) => BOOKED.includes(entry.kind));
    this.exchanges = host.exchanges;
    this.settlements = host.settlements;
    const slips = input.slips.state === 'kept' ? input.slips.content : [];
    this.slips = slips
      .filter((slip) => slip.copy === 'merchant' || slip.copy === 'customer')
      .map((slip) => this.#read(slip));
    this.settlementSlips = slips.filter((slip) => slip.copy === 'settlement');
    this.unlabelled = slips.filter(({ copy, fields, lines }) => isUnlabelled({ copy, fields, lines }));
    this.till = input.till.state === 'kept' ? input.till.content : [];
    this.terminal = input.terminal.state === 'kept' ? input.terminal.content : undefined;
  }

  keeps(book: BookName): boolean {
    return this.input[book].state === 'kept';
  }

  told(what: Misbehaviour): boolean {
    return this.input.acquirerTold?.includes(what) ?? false;
  }

  /**
   * Whether a fault of the rig stood in the way of a request or of its answer: `surely` when it spoilt this very dialogue,
   * `maybe` when it held it, or was in force meanwhile.
   */
  disturbed({ request, at, answeredAt = at }: HostExchange): 'surely' | 'maybe' | undefined {
    const disturbances = this.input.disturbed ?? [];
    const ofThis = disturbances.filter(
      ({ message }) => message?.kind === request.kind && message.stan === request.stan,
    );
    if (ofThis.some(({ spoilt }) => spoilt)) return 'surely';
    const meanwhile = disturbances.some(({ from, to }) => from <= answeredAt && at <= to);
    return ofThis.length > 0 || meanwhile ? 'maybe' : undefined;
  }

  #read(slip: Slip): ReadSlip {
    const printed = slip.fields['amount'];
    return {
      source: slip,
      stan: six(slip.fields['stan']),
      batch: six(slip.fields['batch']),
      rrn: slip.fields['rrn'] || undefined,
      authCode: slip.fields['auth-code'] || undefined,
      amount: printed === undefined ? undefined : readPrintedAmount(printed, this.input.currency),
    };
  }

  /** The money moved and has not been given back by a reversal (a voided sale did move; its void gives it back). */
  moved(entry: LedgerEntry): boolean {
    return MOVES_MONEY.includes(entry.kind) && (entry.state === 'posted' || entry.state === 'voided');
  }

  /**
   * The host took it for done and it was not reversed: money moved, or is (or was, until captured or released) held, or
   * an amount was changed.
   */
  stands(entry: LedgerEntry): boolean {
    if (!BOOKED.includes(entry.kind)) return false;
    return entry.state !== 'declined' && entry.state !== 'refused' && entry.state !== 'reversed';
  }

  /** An earlier entry of the same voucher that stands beside this one: the host has booked it twice. */
  twinOf(entry: LedgerEntry): LedgerEntry | undefined {
    if (!this.stands(entry)) return undefined;
    const before = this.entries.slice(0, Math.max(0, this.entries.indexOf(entry)));
    return before.find(
      (other) => this.stands(other) && other.kind === entry.kind && sameVoucher(other, entry),
    );
  }

  /** Requests that the host answered as approved although its ledger has no entry of them at all. */
  get unbooked(): readonly (HostExchange & { readonly response: DialogueMessage })[] {
    return this.exchanges.flatMap((exchange) => {
      const { request, response } = exchange;
      if (!response || !BOOKED.includes(request.kind) || !approves(response.code)) return [];
      const there = this.ledger.some((entry) => entry.kind === request.kind && sameVoucher(entry, request));
      return there ? [] : [{ ...exchange, response }];
    });
  }

  /** The adjustment that changed an entry's amount. */
  adjustmentOf(entry: LedgerEntry): LedgerEntry | undefined {
    return this.ledger.findLast(
      (other) => other.kind === 'adjust' && other.of === entry.id && other.state === 'posted',
    );
  }

  /** What was booked of an entry at a time: before it was adjusted, what had been asked for. */
  amountAt(entry: LedgerEntry, at: number): Money {
    const adjustment = this.adjustmentOf(entry);
    return adjustment && at < adjustment.at ? entry.requested : entry.booked;
  }

  /** The same question at an earlier time: a reversal that came later does not count yet. */
  movedAt(entry: LedgerEntry, at: number): boolean {
    if (entry.at > at) return false;
    if (!MOVES_MONEY.includes(entry.kind)) return false;
    return this.moved(entry) || (entry.state === 'reversed' && (this.reversalOf(entry)?.at ?? -1) > at);
  }

  /** The accepted reversal of an entry. */
  reversalOf(entry: LedgerEntry): LedgerEntry | undefined {
    return this.ledger.find(
      (other) => other.kind === 'reversal' && other.of === entry.id && other.state === 'posted',
    );
  }

  /** The exchange that made an entry. */
  exchangeOf(entry: LedgerEntry): HostExchange | undefined {
    return this.exchanges.find(
      ({ request }) =>
        request.kind === entry.kind &&
        six(request.stan) === six(entry.stan) &&
        (request.batch === undefined || six(request.batch) === six(entry.batch)) &&
        (request.terminal === undefined || request.terminal === entry.terminal),
    );
  }

  /** Batch and STAN identify a transaction of a terminal; slips without a batch are matched by STAN alone. */
  entryOf(slip: ReadSlip): LedgerEntry | undefined {
    if (slip.stan === undefined) return undefined;
    const same = this.entries.filter(
      (entry) =>
        six(entry.stan) === slip.stan && (slip.batch === undefined || six(entry.batch) === slip.batch),
    );
    // A STAN may come twice when a terminal repeats itself: the entry that stands is the one a slip speaks of.
    return same.find((entry) => this.stands(entry)) ?? same[0] ?? this.#openingEntryOf(slip);
  }

  /** A reprint may be of a transaction from before the scenario. */
  #openingEntryOf(slip: ReadSlip): LedgerEntry | undefined {
    if (!slip.source.duplicate) return undefined;
    return this.ledger.findLast(
      (entry) =>
        BOOKED.includes(entry.kind) &&
        six(entry.stan) === slip.stan &&
        (slip.batch === undefined || six(entry.batch) === slip.batch),
    );
  }

  slipsOf(entry: LedgerEntry): readonly ReadSlip[] {
    return this.slips.filter((slip) => this.entryOf(slip) === entry);
  }

  /**
   * The step that asked for an entry: the latest step of its kind that had begun when the host decided. A request that
   * was held up on its way may arrive during the next step; if the amounts tell so, it belongs to the earlier step that
   * got no answer. What was stored and told later belongs to the step that printed its slip; where nobody keeps slips, to the one
   * that stored such an amount: they are told in their order.
   */
  stepOf(entry: LedgerEntry): StepAccount | undefined {
    const printed = NOTICES.includes(entry.kind) ? this.#printingStep(entry) : undefined;
    if (printed) return printed;
    const begun = this.input.steps.filter((step) => step.from <= entry.at && step.asked?.kind === entry.kind);
    const stored = NOTICES.includes(entry.kind) ? this.#storingStep(entry, begun) : undefined;
    if (stored) return stored;
    const last = begun.at(-1);
    if (!last?.asked?.amount || sameMoney(last.asked.amount, entry.requested)) return last;
    const late = begun.findLast(
      (step) => !this.answered(step) && step.asked?.amount && sameMoney(step.asked.amount, entry.requested),
    );
    return late ?? last;
  }

  #printingStep({ kind, stan, batch }: LedgerEntry): StepAccount | undefined {
    const slip = this.slips.find((one) => !one.source.duplicate && sameVoucher(one, { stan, batch }));
    return (
      slip &&
      this.input.steps.find(
        (step) => step.asked?.kind === kind && step.from <= slip.source.at && slip.source.at <= step.to,
      )
    );
  }

  #storingStep(entry: LedgerEntry, begun: readonly StepAccount[]): StepAccount | undefined {
    if (this.input.slips.state === 'kept') return undefined;
    const { kind, requested } = entry;
    const stored = begun.filter(
      ({ asked, outcome }) => outcome === 'stored' && asked?.amount && sameMoney(asked.amount, requested),
    );
    const alike = this.entries.filter((one) => one.kind === kind && sameMoney(one.requested, requested));
    return stored[alike.indexOf(entry)] ?? stored.at(-1);
  }

  entriesOf(step: StepAccount): readonly LedgerEntry[] {
    return this.entries.filter((entry) => this.stepOf(entry) === step);
  }

  /** The screen told that it was decided, by the host or by the terminal itself. */
  answered(step: StepAccount): boolean {
    return step.outcome === 'approved' || step.outcome === 'declined' || step.outcome === 'stored';
  }

  /**
   * The terminal took a transaction for done: it said so on the screen or printed a merchant slip of it. A terminal that
   * did neither (no answer, a wrong MAC, the power gone) owes a reversal of whatever the host may have booked.
   */
  accepted(entry: LedgerEntry, step: StepAccount | undefined): boolean {
    return (
      step?.outcome === 'approved' ||
      step?.outcome === 'stored' ||
      this.slipsOf(entry).some((slip) => slip.source.copy === 'merchant' && slip.amount !== undefined)
    );
  }

  /**
   * Something stored that the acquirer took in whole and then declined of itself, as it may a day later: the terminal has told
   * it, the money did not move, and the slip had long been printed. Nobody is wrong.
   */
  declinedLater(entry: LedgerEntry | undefined): boolean {
    return (
      entry !== undefined &&
      NOTICES.includes(entry.kind) &&
      entry.state === 'declined' &&
      ISSUER_DECIDES.includes(entry.responseCode) &&
      this.stepOf(entry)?.outcome === 'stored'
    );
  }

  /**
   * The power went while it was printed, and it lacks what would say what it is of: it is printed again whole, and stands for
   * nothing itself.
   */
  torn({ source, stan, amount }: ReadSlip): boolean {
    const step = this.input.steps.find(({ from, to }) => from <= source.at && source.at <= to);
    return step !== undefined && step.outcome === undefined && (stan === undefined || !amount?.ok);
  }

  /**
   * Something was printed that nobody can read by the profile, and nothing that anybody could: more likely than a terminal whose
   * every slip is spoilt is a profile whose labels are not those of this paper.
   */
  get labelsDoubtful(): Slip | undefined {
    if (this.input.labelsProved === true || this.slips.some(({ stan }) => stan !== undefined))
      return undefined;
    return this.unlabelled[0];
  }

  /** Books closed as they are while the terminal still has something to tell: what is missing may come yet. */
  get mayComeYet(): boolean {
    return this.input.close === 'as-is' && this.terminal?.noticeOwed === true;
  }

  /** Books closed as they are, with a reversal still owed: this entry is the one in doubt, and nobody is wrong yet. */
  inDoubt(entry: LedgerEntry): boolean {
    const step = this.stepOf(entry);
    return (
      this.input.close === 'as-is' &&
      this.terminal?.reversalOwed === true &&
      step?.outcome !== 'declined' &&
      !this.accepted(entry, step) &&
      this.entries.findLast((other) => this.stands(other)) === entry
    );
  }

  /**
   * An entry without a reversal (a refund), whose answer a fault of the rig kept away while the screen said that nobody knows:
   * merchant and acquirer have to find out by hand, and nobody is wrong.
   */
  leftOpen(entry: LedgerEntry): boolean {
    const outcome = this.stepOf(entry)?.outcome;
    const exchange = this.exchangeOf(entry);
    return (
      (outcome === 'no-answer' || outcome === 'mac-error') &&
      !REVERSIBLE.includes(entry.kind) &&
      exchange !== undefined &&
      this.disturbed(exchange) !== undefined
    );
  }
}

export { six as sixDigits };
