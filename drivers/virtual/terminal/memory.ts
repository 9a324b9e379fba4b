import type { EntryMode } from '../../../rig/model/card.ts';
import type { TransactionKind } from './transaction-table.ts';

/** How the card's data came in: by the reader, or typed by hand. */
export type CardEntry = EntryMode | 'manual';

/** A card number as it is kept in flash: sealed, see vault.ts. */
export type SealedPan = string;

/** What a chip told during the transaction, as printed on the slip; hex. */
export interface ChipData {
  readonly aid: string;
  readonly label: string;
  readonly cryptogram: string;
  readonly tvr: string;
  readonly tsi: string;
  readonly atc: string;
}

/** An approved transaction, or one that the terminal made by itself and tells the acquirer later. Amounts are fen. */
export interface TransactionRecord {
  readonly kind: TransactionKind;
  readonly stan: string;
  readonly batch: string;
  /** `YYYYMMDDhhmmss` of the acquirer's answer. */
  readonly time: string;
  readonly entry: CardEntry;
  readonly pan: SealedPan;
  /** `MM/YY`, only in firmware that is wrong enough to keep it. */
  readonly expiry?: string;
  /** What was asked for, and what the acquirer approved: totals and slips go by `amount`, a tip included. */
  readonly requested: number;
  readonly amount: number;
  readonly responseCode: string;
  readonly rrn: string;
  readonly authCode: string;
  readonly issuer: string;
  readonly acquirer: string;
  /** Texts of F63 that the acquirer wants printed. */
  readonly remarks: readonly string[];
  readonly chip?: ChipData;
  /** What it refers to: by voucher number, by reference number and date, or a hold by authorisation code and date. */
  readonly original?: {
    readonly stan?: string;
    readonly rrn?: string;
    readonly date?: string;
    readonly authCode?: string;
  };
  /** Number of instalments, two digits. */
  readonly instalments?: string;
  /** Tip added by an adjustment; part of `amount`. */
  readonly tip?: number;
  /** The cardholder was verified by an online PIN: no signature is asked for. */
  readonly pinVerified?: true;
  /** Signed on the pad: the signature goes to the acquirer, not on the paper. */
  readonly signed?: true;
  readonly voided: boolean;
  /** The acquirer has refused it after the fact: it counts no more. */
  readonly refused?: true;
}

/** What is stored and forwarded: told to the acquirer until it answers, with the same STAN, and never reversed. */
export type NoticeKind = 'completion-notice' | 'offline-sale' | 'adjust' | 'script-result' | 'signature';

/** A message that stands in flash until the acquirer has answered it. */
export interface PendingNotice {
  readonly kind: NoticeKind;
  readonly mti: string;
  readonly stan: string;
  /** Fields but for the MAC; the PAN sealed under `pan`. No track, no PIN. */
  readonly fields: Readonly<Record<string, string>>;
  readonly pan: SealedPan | null;
}

/** What was downloaded from the acquirer; values as hex, but for the parameters. */
export interface Downloads {
  readonly parameters: Readonly<Record<string, string>>;
  /** Data objects of each application, by its identifier. */
  readonly applications: Readonly<Record<string, string>>;
  /** Data objects of each CA key, by RID and index. */
  readonly caKeys: Readonly<Record<string, string>>;
}

/** Reasons of a reversal, F39 of the 0400: no answer in time, could not be finished, wrong MAC, other. */
export type ReversalReason = '98' | '96' | 'A0' | '06';

/** A reversal that stands in flash from before the request leaves until the acquirer has answered for certain. */
export interface PendingReversal {
  readonly kind: TransactionKind;
  readonly stan: string;
  readonly reason: ReversalReason;
  /** Fields of the 0400 but for F39 and the MAC; the PAN sealed under `pan`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly pan: SealedPan | null;
}

/** Debit = sales, completions, offline sales; credit = refunds and voids (a voided sale stays in debit). Fen. */
export interface BatchTotals {
  readonly debit: number;
  readonly debitCount: number;
  readonly credit: number;
  readonly creditCount: number;
}

/** A closed batch. */
export interface SettlementRecord {
  readonly batch: string;
  /** STAN of the 0500. */
  readonly stan: string;
  readonly time: string;
  readonly totals: BatchTotals;
  readonly balanced: boolean;
}

/** What a slip is about. */
export type SlipSubject =
  | { readonly type: 'transaction'; readonly record: TransactionRecord }
  | { readonly type: 'settlement'; readonly record: SettlementRecord };

export type SlipCopy = 'merchant' | 'customer' | 'settlement';

/** A slip that still has to be printed. */
export interface OwedSlip {
  readonly subject: SlipSubject;
  readonly copy: SlipCopy;
}

/** How far an interrupted settlement has come; until it is done the batch takes no new transaction. */
export interface OpenSettlement {
  /** The batch being settled: a sign-on in between may bring another number for the next one. */
  readonly batch: string;
  /** STAN of the 0500. */
  readonly stan: string;
  /** `asked`: it is not known whether the acquirer has counted; `uploading`: it has, and wants the details. */
  readonly stage: 'asked' | 'uploading';
  /** Details that the acquirer has confirmed. */
  readonly uploaded: number;
}

/** Everything that survives a power cut. */
export interface Memory {
  readonly version: 1;
  readonly boots: number;
  /** The STAN used last. */
  readonly stan: string;
  readonly batch: string;
  readonly signedOn: boolean;
  /** F62 of the last sign-on: working keys as they came, under the TMK. */
  readonly wrappedKeys: string | null;
  readonly transactions: readonly TransactionRecord[];
  readonly reversal: PendingReversal | null;
  /** Oldest first. */
  readonly notices: readonly PendingNotice[];
  /** Pre-authorisations made here, for naming them later; oldest first. */
  readonly holds: readonly TransactionRecord[];
  readonly downloads: Downloads | null;
  /** What the acquirer has ordered by the processing requirement of its answers, digits, oldest first. */
  readonly tasks: readonly string[];
  readonly settlement: OpenSettlement | null;
  readonly owedSlips: readonly OwedSlip[];
  readonly lastSlip: SlipSubject | null;
}

/** The memory of a terminal that comes out of its box. */
export const FACTORY_MEMORY: Memory = {
  version: 1,
  boots: 0,
  stan: '000000',
  batch: '000001',
  signedOn: false,
  wrappedKeys: null,
  transactions: [],
  reversal: null,
  notices: [],
  holds: [],
  downloads: null,
  tasks: [],
  settlement: null,
  owedSlips: [],
  lastSlip: null,
};

/** Six-digit counters (STAN, batch) run from 000001 to 999999 and start again. */
export const successor = (counter: string): string =>
  String((Number(counter) % 999_999) + 1).padStart(6, '0');
