import { type LedgerEntry, type LedgerState, PAYS, TAKES } from '../../../rig/model/book.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import type { Attempt } from './attempt.ts';

/** Messages about money that become entries; the others move nothing and leave no trace in a ledger. */
const BOOKED: readonly MessageKind[] = [
  ...PAYS,
  ...TAKES,
  'void',
  'pre-auth',
  'pre-auth-void',
  'completion-void',
  'adjust',
  'reversal',
];

/** Told after the fact and repeated until answered (0220): a repetition is the same entry, not another one. */
const ADVICES: readonly MessageKind[] = ['offline-sale', 'completion-notice', 'adjust'];

/** States in which an entry stands or stood in the books; a further message may be about it. */
const STANDING: readonly LedgerState[] = ['posted', 'held', 'captured', 'released', 'voided', 'unknown'];

type Entry = { -readonly [K in keyof LedgerEntry]: LedgerEntry[K] };

/**
 * The acquirer's ledger as far as it could be seen: requests in the order in which they passed, each with what its answer
 * says. An approval is taken for booked; a request without an answer, and everything that it would have changed, is
 * `unknown` until a later answer tells (a reversal answered 00 gives back, whatever the original's answer was).
 */
export function seenLedger(
  attempts: readonly Attempt[],
  approves: (code: string) => boolean,
): readonly LedgerEntry[] {
  const book = new SeenBook(approves);
  for (const attempt of attempts) book.take(attempt);
  return book.entries;
}

class SeenBook {
  readonly entries: Entry[] = [];
  readonly #approves: (code: string) => boolean;
  /** Amounts before an adjustment, to put back. */
  readonly #before = new Map<string, LedgerEntry['booked']>();

  constructor(approves: (code: string) => boolean) {
    this.#approves = approves;
  }

  take(attempt: Attempt): void {
    const { message } = attempt.request;
    if (!BOOKED.includes(message.kind)) return;
    const original = this.#originalOf(attempt);
    const entry = this.#entryFor(attempt, original);
    const code = attempt.answer?.message.code;
    // A repetition of what was answered already changes nothing.
    if (entry.responseCode !== '' && this.#approves(entry.responseCode)) return;
    if (attempt.answer === undefined) this.#unanswered(entry, original);
    else if (code !== undefined && this.#approves(code)) this.#approved(entry, attempt, original);
    else this.#refused(entry, attempt, original);
  }

  #approved(entry: Entry, { answer }: Attempt, original: Entry | undefined): void {
    const { message } = answer ?? {};
    entry.responseCode = message?.code ?? '';
    entry.rrn = message?.rrn ?? entry.rrn;
    entry.authCode = message?.authCode ?? entry.authCode;
    entry.date = answer?.date || entry.date;
    entry.booked =
      entry.kind === 'reversal'
        ? (original?.booked ?? entry.requested)
        : (message?.amount ?? entry.requested);
    entry.state = entry.kind === 'pre-auth' ? 'held' : 'posted';
    if (!original) return;
    switch (entry.kind) {
      case 'void':
        original.state = 'voided';
        return;
      case 'pre-auth-void':
        original.state = 'released';
        return;
      case 'completion':
      case 'completion-notice':
        original.state = 'captured';
        return;
      case 'completion-void':
        original.state = 'voided';
        this.#set(original.of, 'held');
        return;
      case 'adjust':
        this.#before.set(entry.id, original.booked);
        original.booked = entry.booked;
        return;
      case 'reversal':
        this.#giveBack(original);
    }
  }

  /** Takes an entry back; what it had done to its own original is undone. */
  #giveBack(entry: Entry): void {
    entry.state = 'reversed';
    switch (entry.kind) {
      case 'void':
        this.#set(entry.of, 'posted');
        return;
      case 'pre-auth-void':
      case 'completion':
      case 'completion-notice':
        this.#set(entry.of, 'held');
        return;
      case 'completion-void':
        this.#set(entry.of, 'posted');
        this.#set(this.#byId(entry.of)?.of, 'captured');
        return;
      case 'adjust': {
        const original = this.#byId(entry.of);
        const before = this.#before.get(entry.id);
        if (original && before) original.booked = before;
      }
    }
  }

  /** Nobody knows what it did: nor, then, how the entries stand that it is about. */
  #unanswered(entry: Entry, original: Entry | undefined): void {
    entry.state = 'unknown';
    if (!original || entry.kind === 'refund' || entry.kind === 'adjust') return;
    for (const touched of [original, ...(entry.kind === 'reversal' ? [this.#byId(original.of)] : [])]) {
      if (touched && STANDING.includes(touched.state)) touched.state = 'unknown';
    }
  }

  #refused(entry: Entry, { answer }: Attempt, original: Entry | undefined): void {
    const { code = '', rrn = '' } = answer?.message ?? {};
    entry.responseCode = code;
    entry.rrn = rrn;
    entry.state = entry.kind === 'reversal' || code === '94' ? 'refused' : 'declined';
    entry.booked = { ...entry.requested, minor: 0 };
    // The host itself says that it has no such transaction, and the original was never answered: it was not booked.
    if (
      entry.kind === 'reversal' &&
      code === '25' &&
      original?.state === 'unknown' &&
      original.responseCode === ''
    ) {
      original.state = 'declined';
      original.booked = { ...original.booked, minor: 0 };
    }
  }

  /** A new entry; or, for a repeated reversal or advice, the one that it repeats. */
  #entryFor(attempt: Attempt, original: Entry | undefined): Entry {
    const { request, region, at } = attempt;
    const { message } = request;
    const repeated =
      message.kind === 'reversal'
        ? original && this.entries.find(({ kind, of }) => kind === 'reversal' && of === original.id)
        : ADVICES.includes(message.kind)
          ? this.entries.findLast((entry) => entry.kind === message.kind && sameTransaction(entry, attempt))
          : undefined;
    if (repeated && repeated.state !== 'declined' && repeated.state !== 'refused') return repeated;
    const requested = message.amount ?? { minor: 0, currency: original?.requested.currency ?? 'CNY' };
    const entry: Entry = {
      id: `S${String(this.entries.length + 1).padStart(5, '0')}`,
      kind: message.kind,
      state: 'refused',
      terminal: message.terminal ?? '',
      merchant: message.merchant ?? '',
      stan: message.stan ?? '',
      batch: message.batch ?? '',
      rrn: '',
      authCode: '',
      responseCode: '',
      requested,
      booked: requested,
      pan: request.pan || (original?.pan ?? ''),
      region,
      date: request.date,
      ...(original && { of: original.id }),
      ...(message.kind === 'reversal' && { reason: message.code ?? '' }),
      at,
    };
    this.entries.push(entry);
    return entry;
  }

  /** By batch and STAN where the message names them, else by RRN, else by the authorisation code. */
  #originalOf({ request: { message } }: Attempt): Entry | undefined {
    const { original, terminal, merchant, kind } = message;
    const named = (entry: Entry) => entry.kind !== 'reversal' && entry.state !== 'refused';
    const reversal = kind === 'reversal';
    const stan = original?.stan ?? (reversal ? message.stan : undefined);
    const batch = original?.batch ?? (reversal ? message.batch : undefined);
    const empty = (text: string | undefined) => text === undefined || /^0*$/.test(text);
    if (!empty(stan)) {
      const found = this.entries.findLast(
        (entry) =>
          named(entry) &&
          entry.terminal === (terminal ?? '') &&
          entry.stan === stan &&
          (empty(batch) || entry.batch === batch) &&
          (!reversal || message.of === undefined || entry.kind === message.of),
      );
      if (found || reversal) return found;
    }
    if (!empty(original?.rrn))
      return this.entries.findLast(
        (entry) => named(entry) && entry.rrn === original?.rrn && entry.merchant === (merchant ?? ''),
      );
    const code = /^(completion|completion-notice|pre-auth-void)$/.test(kind) ? message.authCode : undefined;
    return empty(code)
      ? undefined
      : this.entries.findLast((entry) => entry.kind === 'pre-auth' && entry.authCode === code);
  }

  #byId(id: string | undefined): Entry | undefined {
    return id === undefined ? undefined : this.entries.find((entry) => entry.id === id);
  }

  #set(id: string | undefined, state: LedgerState): void {
    const entry = this.#byId(id);
    if (entry) entry.state = state;
  }
}

const sameTransaction = (entry: Entry, { request: { message } }: Attempt) =>
  entry.stan === message.stan &&
  entry.batch === (message.batch ?? '') &&
  entry.terminal === (message.terminal ?? '');
