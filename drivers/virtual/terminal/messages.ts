import { type TestCard, track2Of } from '../../../rig/model/card.ts';
import { encryptPin, encryptTrack, type WorkingKeys } from '../../codec/iso8583/index.ts';
import type { Security } from './body.ts';
import type { EmvTags } from './emv.ts';
import type { CardEntry, PendingReversal, ReversalReason } from './memory.ts';
import { rowOf, type TransactionKind } from './transaction-table.ts';

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

/** First two digits of F22; the third says whether a PIN is there. */
const ENTRY: Readonly<Record<CardEntry, string>> = {
  manual: '01',
  swipe: '02',
  scan: '03',
  'shown-code': '03',
  chip: '05',
  tap: '07',
};

/** What is known of a card: all that the reader reads, or number and expiry typed by hand. */
export type CardData = Pick<TestCard, 'id' | 'pan' | 'expiry' | 'sequence' | 'service-code'>;

/** A card as the reader read it, or as it was typed. */
export interface PresentedCard {
  readonly card: CardData;
  readonly entry: CardEntry;
}

/** A financial transaction about to go online. Amount in fen. */
export interface Financial extends PresentedCard {
  readonly kind: TransactionKind;
  readonly amount: number;
  /** Empty: none was entered. */
  readonly pin: string;
  readonly original?: Original;
  /** Field 55 of a chip. */
  readonly emv?: EmvTags;
  /** Number of instalments, two digits. */
  readonly instalments?: string;
  /** The cardholder signs on the pad once it is approved. */
  readonly signs?: boolean;
}

/** How a transaction names an earlier one; `000000` where batch or STAN are not known here. */
export interface Original {
  readonly batch: string;
  readonly stan: string;
  /** MMDD */
  readonly date: string;
  /** Empty: it is named by the authorisation code. */
  readonly rrn: string;
  readonly authCode?: string;
}

export interface Circumstances extends Identity {
  readonly stan: string;
  readonly batch: string;
  /** Local date, `YYMMDD`. */
  readonly date: string;
  readonly seed: number;
  readonly keys: WorkingKeys;
  readonly security: Security;
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
    '60.1': rowOf(kind).type,
    '60.2': batch,
    '60.3': '000',
    '60.4': '6',
    '60.5': fallback ? '1' : '0',
  };
}

/** 0100, 0200 or 0220 of any kind of the transaction table. */
export function financialRequest(transaction: Financial, at: Circumstances): Request {
  const { kind, amount, card, entry, pin, original, instalments, emv } = transaction;
  const { mti, processingCode, condition } = rowOf(kind);
  const chip = hasChip(entry);
  const numbered = entry !== 'swipe' && card.pan !== '';
  const tracked = entry !== 'manual' && entry !== 'shown-code';
  const fields: Record<string, string | Uint8Array> = {
    ...(numbered && { '2': card.pan }),
    '3': processingCode,
    '4': amount12(amount),
    '11': at.stan,
    ...(numbered && card.expiry !== '' && { '14': card.expiry }),
    '22': `${ENTRY[entry]}${pin ? '1' : '2'}`,
    ...(chip && { '23': card.sequence.padStart(3, '0') }),
    '25': condition,
    ...(pin && { '26': '12' }),
    ...(tracked && { '35': trackOf(card, at) }),
    ...(original?.rrn.length === 12 && { '37': original.rrn }),
    ...(original?.authCode && { '38': original.authCode }),
    '41': at.terminalId,
    '42': at.merchantId,
    '49': '156',
    ...(pin && { '52': encryptPin(at.keys.pik, pin, card.pan, at.security.pinFormat) }),
    ...securityControl(at, pin !== '', tracked),
    ...(emv && Object.fromEntries(emv.map(([tag, value]) => [`55.${tag}`, value]))),
    ...control(kind, at.batch, transaction),
    ...(original && { '61.1': original.batch, '61.2': original.stan, '61.3': original.date }),
    ...(instalments && { '62': Buffer.from(instalments, 'latin1') }),
  };
  return { mti, fields, mac: true };
}

/** A chip was read, in the slot or through the air. */
export const hasChip = (entry: CardEntry): boolean => entry === 'chip' || entry === 'tap';

/** F35, encrypted where the terminal does so. */
function trackOf(card: CardData, { keys, security }: Circumstances): string {
  const track = track2Of(card);
  return security.encryptsTracks && keys.tdk ? encryptTrack(keys.tdk, track) : track;
}

/**
 * F53: PIN block without PAN (1) or with it (2), 0 without a PIN; double-length keys (6); tracks encrypted (1). Left away
 * when there is neither.
 */
function securityControl(
  { keys, security }: Circumstances,
  hasPin: boolean,
  hasTrack: boolean,
): Record<string, string> {
  const encrypted = hasTrack && security.encryptsTracks && keys.tdk !== undefined;
  if (!hasPin && !encrypted) return {};
  const format = hasPin ? (security.pinFormat === 1 ? '1' : '2') : '0';
  return { '53': `${format}6${encrypted ? '1' : '0'}`.padEnd(16, '0') };
}

/** Tag 9C of a kind of transaction. */
export const chipType = (kind: TransactionKind): string => rowOf(kind).processingCode.slice(0, 2);

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
    else if (!NOT_IN_REVERSAL.has(id)) fields[id] = textOf(value);
  }
  return { fields, ...(pan !== undefined && { pan }) };
}

/** A value as it is kept in flash: bytes as hex. */
const textOf = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString('hex').toUpperCase();

/** 0400 for a pending reversal: the original's STAN, amount and batch, F39 the reason, a MAC of its own. */
export function reversalRequest(pending: PendingReversal, pan: string | undefined, stan: string): Request {
  const fields = { ...pending.fields, '11': stan, '39': pending.reason satisfies ReversalReason };
  return { mti: '0400', fields: pan === undefined ? fields : { '2': pan, ...fields }, mac: true };
}

/** 0200 balance enquiry: no amount, nothing moves, so nothing is reversed. */
export function balanceRequest(
  { card, entry, pin, emv }: PresentedCard & { readonly pin: string; readonly emv?: EmvTags },
  at: Circumstances,
): Request {
  const enquiry = financialRequest({ kind: 'sale', card, entry, pin, amount: 0, ...(emv && { emv }) }, at);
  const { '4': _, ...fields } = enquiry.fields;
  return {
    ...enquiry,
    fields: { ...fields, '3': '310000', '60.1': '01' },
  };
}

/**
 * 0200 asking whether the code that the terminal shows was paid. It has a STAN of its own; F61 names the order by batch and
 * STAN. Nothing moves by it, so nothing is reversed.
 */
export function codeQueryRequest(
  order: { readonly batch: string; readonly stan: string },
  at: Circumstances,
): Request {
  const fields = {
    '3': '380000',
    '11': at.stan,
    '25': '00',
    '41': at.terminalId,
    '42': at.merchantId,
    '49': '156',
    '60.1': '53',
    '60.2': at.batch,
    '60.3': '000',
    '60.4': '6',
    '60.5': '0',
    '61.1': order.batch,
    '61.2': order.stan,
    '61.3': at.date.slice(2),
  };
  return { mti: '0200', fields, mac: true };
}
