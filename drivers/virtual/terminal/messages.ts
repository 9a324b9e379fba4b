import { type EntryMode, type TestCard, track2Of } from '../../../rig/model/card.ts';
import { encryptPin, packDetails, packTotals, type WorkingKeys } from '../../codec/iso8583/index.ts';
import { chipTags } from './emv.ts';
import type { BatchTotals, PendingReversal, ReversalReason, TransactionKind } from './memory.ts';

/**
 * Requests of the UnionPay-style POS dialect as field values; the codec turns them into bytes. Field use follows the
 * transaction table of that dialect (MTI, F3, F25, 60.1, reversible).
 */
export interface Request {
  readonly mti: string;
  readonly fields: Readonly<Record<string, string | Uint8Array>>;
  /** Financial messages carry a MAC; management messages do not. */
  readonly mac: boolean;
}

/** What stands in every message of one terminal. */
export interface Identity {
  readonly terminalId: string;
  readonly merchantId: string;
}

/** Network of the acquirer (0003) and of the terminal (0000). */
export const TPDU = '6000030000';
/** Financial application 60, software 31, terminal status 0, no processing asked for, reserve. */
export const HEADER = '603100000000';

interface KindOfMessage {
  readonly mti: string;
  readonly processingCode: string;
  /** 60.1 */
  readonly type: string;
  readonly reversible: boolean;
}

export const TRANSACTIONS: Readonly<Record<TransactionKind, KindOfMessage>> = {
  sale: { mti: '0200', processingCode: '000000', type: '22', reversible: true },
  void: { mti: '0200', processingCode: '200000', type: '23', reversible: true },
  refund: { mti: '0220', processingCode: '200000', type: '25', reversible: false },
};

/** First two digits of F22; the third says whether a PIN is there. */
const ENTRY: Readonly<Record<EntryMode, string>> = { swipe: '02', chip: '05', tap: '07' };

/** A card as the reader read it. */
export interface PresentedCard {
  readonly card: TestCard;
  readonly entry: EntryMode;
}

/** A financial transaction about to go online. Amount in fen. */
export interface Financial extends PresentedCard {
  readonly kind: TransactionKind;
  readonly amount: number;
  /** Empty: none was entered. */
  readonly pin: string;
  readonly original?: {
    readonly batch: string;
    readonly stan: string;
    /** MMDD */
    readonly date: string;
    readonly rrn: string;
    readonly authCode?: string;
  };
}

export interface Circumstances extends Identity {
  readonly stan: string;
  readonly batch: string;
  /** Local date, `YYMMDD`. */
  readonly date: string;
  readonly seed: number;
  readonly keys: WorkingKeys;
}

const amount12 = (minor: number) => String(minor).padStart(12, '0');

/**
 * A swiped card that has a chip (service code 2xx or 6xx) is a fallback, told in 60.5. Reader capability 60.4 is
 * 6: contactless, contact and stripe.
 */
function control(
  kind: TransactionKind,
  batch: string,
  { card, entry }: PresentedCard,
): Record<string, string> {
  const fallback = entry === 'swipe' && /^[26]/.test(card['service-code']);
  return {
    '60.1': TRANSACTIONS[kind].type,
    '60.2': batch,
    '60.3': '000',
    '60.4': '6',
    '60.5': fallback ? '1' : '0',
  };
}

/** 0200 sale and void, 0220 refund. */
export function financialRequest(transaction: Financial, at: Circumstances): Request {
  const { kind, amount, card, entry, pin, original } = transaction;
  const { mti, processingCode } = TRANSACTIONS[kind];
  const chip = entry !== 'swipe';
  const fields: Record<string, string | Uint8Array> = {
    ...(chip && { '2': card.pan }),
    '3': processingCode,
    '4': amount12(amount),
    '11': at.stan,
    ...(chip && { '14': card.expiry }),
    '22': `${ENTRY[entry]}${pin ? '1' : '2'}`,
    ...(chip && { '23': card.sequence.padStart(3, '0') }),
    '25': '00',
    ...(pin && { '26': '12' }),
    '35': track2Of(card),
    ...(original?.rrn.length === 12 && { '37': original.rrn }),
    ...(original?.authCode && { '38': original.authCode }),
    '41': at.terminalId,
    '42': at.merchantId,
    '49': '156',
    // F53: PIN block with PAN (2), double-length PIN key (6).
    ...(pin && { '52': encryptPin(at.keys.pik, pin, card.pan), '53': '2600000000000000' }),
    ...(chip && tags(transaction, at)),
    ...control(kind, at.batch, transaction),
    ...(original && { '61.1': original.batch, '61.2': original.stan, '61.3': original.date }),
  };
  return { mti, fields, mac: true };
}

function tags({ kind, card, amount, pin }: Financial, at: Circumstances): Record<string, string> {
  const list = chipTags({ ...at, kind, card, amount, pinEntered: pin !== '' });
  return Object.fromEntries(list.map(([tag, value]) => [`55.${tag}`, value]));
}

/** Fields of the original that its reversal does not repeat. */
const NOT_IN_REVERSAL = new Set(['26', '35', '36', '37', '52', '53']);

/**
 * What a reversal will have to say, known before the original leaves: its fields without PIN and track. PAN apart, so
 * that it can be kept sealed.
 */
export function reversalFields(original: Request): {
  readonly fields: Record<string, string>;
  readonly pan?: string;
} {
  const fields: Record<string, string> = {};
  let pan: string | undefined;
  for (const [id, value] of Object.entries(original.fields)) {
    if (id === '2' && typeof value === 'string') pan = value;
    else if (!NOT_IN_REVERSAL.has(id) && typeof value === 'string') fields[id] = value;
  }
  return { fields, ...(pan !== undefined && { pan }) };
}

/** 0400 for a pending reversal: the original's STAN, amount and batch, F39 the reason, a MAC of its own. */
export function reversalRequest(pending: PendingReversal, pan: string | undefined, stan: string): Request {
  const fields = { ...pending.fields, '11': stan, '39': pending.reason satisfies ReversalReason };
  return { mti: '0400', fields: pan === undefined ? fields : { '2': pan, ...fields }, mac: true };
}

const management = (at: Identity & { readonly stan: string }) => ({
  '11': at.stan,
  '41': at.terminalId,
  '42': at.merchantId,
});

type Management = Identity & { readonly stan: string; readonly batch: string };

/** 0800 sign-on asking for double-length keys (60.3 = 003); F62 serial number, F63 operator. */
export function signOnRequest(at: Management, serial: string): Request {
  const sequence = `Sequence No${String(serial.length).padStart(2, '0')}${serial}`;
  return {
    mti: '0800',
    fields: {
      ...management(at),
      '60.1': '00',
      '60.2': at.batch,
      '60.3': '003',
      '62': Buffer.from(sequence, 'latin1'),
      '63': '01 ',
    },
    mac: false,
  };
}

/** 0500 settlement with the terminal's totals; F63 operator. */
export function settlementRequest(at: Management, totals: BatchTotals): Request {
  const money = (minor: number) => ({ minor, currency: 'CNY' });
  return {
    mti: '0500',
    fields: {
      ...management(at),
      '48': packTotals({ ...totals, debit: money(totals.debit), credit: money(totals.credit) }),
      '49': '156',
      '60.1': '00',
      '60.2': at.batch,
      '60.3': '201',
      '63': '01 ',
    },
    mac: false,
  };
}

/** One detail of a batch upload; amount in fen, PAN clear. */
export interface Detail {
  readonly stan: string;
  readonly pan: string;
  readonly amount: number;
}

/** Details that fit one upload message. */
export const DETAILS_PER_MESSAGE = 8;

/** 0320 batch upload, up to eight details. */
export function uploadRequest(at: Management, details: readonly Detail[]): Request {
  const packed = details.map(({ stan, pan, amount }) => ({
    scheme: '00' as const,
    stan,
    pan,
    minor: amount,
  }));
  return {
    mti: '0320',
    fields: { ...management(at), '48': packDetails(packed), '60.1': '00', '60.2': at.batch, '60.3': '201' },
    mac: false,
  };
}

/** 0320 end of an upload after an unbalanced settlement (60.3 = 202) with the number of details. */
export function uploadEndRequest(at: Management, count: number): Request {
  return {
    mti: '0320',
    fields: {
      ...management(at),
      '48': String(count).padStart(4, '0'),
      '60.1': '00',
      '60.2': at.batch,
      '60.3': '202',
    },
    mac: false,
  };
}
