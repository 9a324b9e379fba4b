import type { HostExchange } from '../bench/planes.ts';
import type { Outcome } from '../bench/profile.ts';
import type { LedgerEntry, LedgerState, Settlement, TillRecord, Totals } from '../model/book.ts';
import type { MessageKind } from '../model/message.ts';
import { formatAmount, type Money, parseAmount } from '../model/money.ts';
import type { Copy, Slip } from '../model/receipt.ts';
import { Facts } from './facts.ts';
import type { BooksInput, StepAccount } from './input.ts';
import type { Invariant, Judgement } from './invariant.ts';

/** Stories for the tests of the invariants: sound by default, each told with what goes wrong in it. */

export const cny = (text: string): Money => parseAmount(text, 'CNY');

export function totals(debit: string, debitCount: number, credit = '0', creditCount = 0): Totals {
  return { debit: cny(debit), debitCount, credit: cny(credit), creditCount };
}

interface Told {
  readonly kind?: MessageKind;
  readonly amount?: Money;
  /** What the screen shows; null: nothing was seen. */
  readonly outcome?: Outcome | null;
  /** What the host made of it; null: it never got there. */
  readonly state?: LedgerState | null;
  readonly slip?: Readonly<Record<string, string>> | false;
  readonly entry?: Partial<LedgerEntry>;
}

/** Collects what a story leaves in the books; time goes by a second a happening. */
export class Story {
  readonly steps: StepAccount[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly exchanges: HostExchange[] = [];
  readonly settlements: Settlement[] = [];
  readonly slips: Slip[] = [];
  readonly till: TillRecord[] = [];
  opening = 0;
  #now = 0;

  tick(): number {
    this.#now += 1000;
    return this.#now;
  }

  /** A step that asks for a transaction, what the host makes of it, and the slips. */
  transaction(told: Told = {}): LedgerEntry {
    const kind = told.kind ?? 'sale';
    const amount = told.amount ?? cny('20.00');
    const from = this.tick();
    const entry = this.entry({
      kind,
      state: told.state ?? 'posted',
      requested: amount,
      booked: amount,
      ...told.entry,
    });
    if (told.state !== null) {
      this.ledger.push(entry);
      this.exchange(entry);
    }
    if (told.slip !== false) {
      this.slip(entry, 'merchant', told.slip);
      this.slip(entry, 'customer', told.slip);
    }
    const outcome = told.outcome === undefined ? 'approved' : told.outcome;
    this.steps.push({
      step: this.steps.length,
      action: kind,
      asked: { kind, amount },
      ...(outcome === null ? {} : { outcome }),
      from,
      to: this.tick(),
    });
    return entry;
  }

  entry(entry: Partial<LedgerEntry>): LedgerEntry {
    const n = String(this.ledger.length + 1);
    return {
      id: `e${n}`,
      kind: 'sale',
      state: 'posted',
      terminal: '30001001',
      merchant: '898320400000001',
      stan: n.padStart(6, '0'),
      batch: '000001',
      rrn: n.padStart(12, '0'),
      authCode: n.padStart(6, 'A'),
      responseCode: entry.state === 'declined' ? '51' : '00',
      requested: cny('20.00'),
      booked: cny('20.00'),
      pan: '629999*********0012',
      region: 'wuxi',
      date: '1122',
      at: this.tick(),
      ...entry,
    };
  }

  exchange(entry: LedgerEntry, response: Partial<NonNullable<HostExchange['response']>> = {}): void {
    const { kind, stan, batch, terminal } = entry;
    const common = { kind, stan, batch, terminal, fields: [] };
    this.exchanges.push({
      request: { ...common, direction: 'request', mti: '0200', amount: entry.requested },
      response: {
        ...common,
        direction: 'response',
        mti: '0210',
        amount: entry.booked,
        code: entry.responseCode,
        ...response,
      },
      region: entry.region,
      checks: {},
      at: entry.at,
    });
  }

  /** The terminal reverses an entry, correctly unless `told` says otherwise. */
  reverse(original: LedgerEntry, told: Partial<LedgerEntry> = {}): void {
    const reversal = this.entry({
      kind: 'reversal',
      stan: original.stan,
      batch: original.batch,
      requested: original.requested,
      booked: original.booked,
      of: original.id,
      reason: '98',
      ...told,
    });
    this.ledger.push(reversal);
    this.exchange(reversal);
    if (reversal.of === original.id) this.change(original, { state: 'reversed' });
  }

  change(entry: LedgerEntry, change: Partial<LedgerEntry>): void {
    const i = this.ledger.findIndex((other) => other.id === entry.id);
    this.ledger[i] = { ...entry, ...change };
  }

  slip(
    entry: LedgerEntry,
    copy: Copy,
    fields: Readonly<Record<string, string>> = {},
    duplicate = false,
  ): void {
    this.paper(
      copy,
      {
        stan: entry.stan,
        batch: entry.batch,
        rrn: entry.rrn,
        'auth-code': entry.authCode,
        'terminal-id': entry.terminal,
        amount: `RMB ${formatAmount(entry.booked)}`,
        ...fields,
      },
      duplicate,
    );
  }

  paper(copy: Copy, fields: Readonly<Record<string, string>>, duplicate = false): void {
    const kept = Object.entries(fields).filter(([, value]) => value !== '(none)');
    this.slips.push({
      copy,
      duplicate,
      fields: Object.fromEntries(kept),
      lines: [],
      receipt: {
        width: 384,
        height: 0,
        dpi: 203,
        runs: [],
        barcodes: [],
        images: [],
        end: 'cut',
        unknown: [],
      },
      at: this.tick(),
      artefacts: [],
    });
  }

  /** End of day; by default everybody counts what `right` says and the slip is printed. */
  settle(
    right: Totals,
    told: Partial<Settlement> = {},
    slip: Readonly<Record<string, string>> | false = {},
    outcome: Outcome = 'done',
  ): void {
    const from = this.tick();
    const settlement: Settlement = {
      terminal: '30001001',
      batch: '000001',
      claimed: right,
      counted: right,
      result: 'balanced',
      uploaded: [],
      uploadEnded: false,
      at: this.tick(),
      ...told,
    };
    this.settlements.push(settlement);
    this.exchange(this.entry({ kind: 'settlement', stan: '000900' }));
    const { claimed } = settlement;
    if (slip !== false) {
      this.paper('settlement', {
        batch: settlement.batch,
        'sales-count': String(claimed.debitCount),
        'sales-total': `RMB ${formatAmount(claimed.debit)}`,
        'credit-count': String(claimed.creditCount),
        'credit-total': `RMB ${formatAmount(claimed.credit)}`,
        ...slip,
      });
    }
    this.steps.push({
      step: this.steps.length,
      action: 'settle',
      asked: { kind: 'settlement' },
      outcome,
      from,
      to: this.tick(),
    });
  }

  books(changes: Partial<BooksInput> = {}): BooksInput {
    const { ledger, opening, exchanges, settlements } = this;
    return {
      currency: 'CNY',
      close: 'balanced',
      steps: this.steps,
      host: { state: 'kept', content: { ledger, opening, exchanges, settlements } },
      slips: { state: 'kept', content: this.slips },
      till: { state: 'kept', content: this.till },
      terminal: { state: 'kept', content: { reversalOwed: false } },
      underTest: ['terminal'],
      ...changes,
    };
  }

  judge(invariant: Invariant, changes: Partial<BooksInput> = {}): Judgement {
    return invariant.judge(new Facts(this.books(changes)));
  }
}
