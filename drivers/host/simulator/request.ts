import type { CryptogramCheck, HostEntryMode } from '../../../rig/bench/policy.ts';
import type { TestCard } from '../../../rig/model/card.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { currencyByNumeric, type Money } from '../../../rig/model/money.ts';
import {
  type DecodedMessage,
  type Dialect,
  decryptPin,
  type EmvData,
  emvData,
  type MessageRule,
  type PinFormat,
  ruleOf,
  verifyMac,
} from '../../codec/iso8583/index.ts';
import { contradiction } from '../agreements.ts';
import type { CardIssuers } from '../card-issuers.ts';
import { isForeign, panOf, type TrackCheck, trackCheck, tracksOf } from '../tracks.ts';
import type { HostKeys, RegisteredTerminal } from './keys.ts';
import { seenByIssuer } from './kinds.ts';

export type MacCheck = 'ok' | 'wrong' | 'absent';
/** `malformed`: no PIN block under our key for this PAN; `unchecked`: the card is not known. */
export type PinCheck = 'ok' | 'wrong' | 'malformed' | 'absent' | 'unchecked';

/** Findings by name, for the journal and for expectations. */
export type RequestChecks = {
  readonly mac: MacCheck;
  readonly pin: PinCheck;
  /** Of a chip that sent one. */
  readonly cryptogram?: CryptogramCheck;
  /** Of a card whose track is in the message. */
  readonly track?: TrackCheck;
  /** A real card number that is not in the card file. */
  readonly card?: 'foreign';
  /** How it contradicts itself, in words. */
  readonly form?: string;
};

/** A request with everything that was found out about it before anybody decides. */
export interface Request {
  readonly message: DecodedMessage;
  readonly rule: MessageRule | undefined;
  readonly kind: MessageKind;
  readonly stan: string;
  /** Empty where the dialect has no batch numbers. */
  readonly batch: string;
  readonly terminalId: string;
  readonly merchantId: string;
  readonly terminal: RegisteredTerminal | undefined;
  /** Clear; empty when the request names no card. */
  readonly pan: string;
  readonly card: TestCard | undefined;
  /** How the card was read; undefined when F22 does not say. */
  readonly entry: HostEntryMode | undefined;
  /** Of F49, else the dialect's. */
  readonly currency: string;
  readonly amount: Money | undefined;
  /** F38 */
  readonly authCode: string;
  /** What it says about the transaction that it refers to; empty where it says nothing. */
  readonly original: {
    readonly stan: string;
    readonly batch: string;
    readonly rrn: string;
    readonly date: string;
  };
  readonly region: string;
  /** Nominal ms. */
  readonly at: number;
  readonly checks: RequestChecks;
  /** F55 by tag. */
  readonly emv: EmvData;
}

/** The terminal is outside the region it is registered for. */
export const isAway = ({ region, terminal }: Request): boolean => region !== terminal?.home;

/** What was made with a key does not fit it: no card, issuer or policy can be the reason. */
export const isForged = ({ checks: { cryptogram, track, pin } }: Request): boolean =>
  cryptogram === 'wrong' || cryptogram === 'malformed' || track === 'wrong' || pin === 'malformed';

export interface Surroundings {
  readonly dialect: Dialect;
  readonly keys: HostKeys;
  readonly issuers: CardIssuers;
  /** Cards that the issuers know, by card number. */
  readonly cards: ReadonlyMap<string, TestCard>;
}

/** Reads a request and does the checks that need clear data (MAC, PIN). Never throws on what a terminal may send. */
export function readRequest(
  { dialect, keys, cards, issuers }: Surroundings,
  message: DecodedMessage,
  seen: { readonly region: string; readonly at: number },
): Request {
  const { fields } = message;
  const { dialogue } = dialect;
  const text = (id: string | undefined) => (id === undefined ? '' : (fields[id] ?? '').trim());
  const rule = ruleOf(dialect, message);
  const { original } = rule ?? {};
  const terminalId = fields[dialogue.terminal] ?? '';
  const tracks = tracksOf(dialect, fields, keys.working.tdk);
  const pan = panOf(fields, tracks);
  const card = cards.get(pan);
  const track = trackCheck(fields, tracks, card);
  const currency = currencyByNumeric(text(dialogue.currency)) ?? dialect.currency;
  const digits = text(dialogue.amount);
  const kind = rule?.kind ?? 'other';
  const emv = emvData(fields);
  const terminal = keys.terminals.get(terminalId);
  const form = isQuestion(message)
    ? contradiction(dialect, message, { card, tracks, nii: terminal?.nii })
    : undefined;
  const cryptogram = seenByIssuer(kind) ? issuers.check(card, emv) : 'absent';
  return {
    message,
    rule,
    kind,
    stan: text(dialogue.stan),
    batch: text(dialogue.batch),
    terminalId,
    merchantId: fields[dialogue.merchant] ?? '',
    terminal,
    pan,
    card,
    entry: entryOf(fields),
    currency,
    amount: /^\d{1,12}$/.test(digits) ? { minor: Number(digits), currency } : undefined,
    authCode: text(dialogue['auth-code']),
    original: {
      stan: named(text(original?.stan)),
      batch: named(text(original?.batch)),
      rrn: text(original?.rrn),
      date: named(text(original?.date)),
    },
    ...seen,
    checks: {
      mac: rule?.mac ? verifyMac(dialect, message.bytes, keys.working.mak) : 'absent',
      pin: pinCheck(dialect, fields, card, keys.working.pik),
      ...(cryptogram !== 'absent' && { cryptogram }),
      ...(tracks.encrypted && track !== 'absent' && { track }),
      ...(isForeign(pan, card) && { card: 'foreign' }),
      ...(form !== undefined && { form }),
    },
    emv,
  };
}

/** ISO 8583: the third digit of the MTI is even for requests and advices. */
const isQuestion = ({ mti }: DecodedMessage): boolean => Number(mti[2]) % 2 === 0;

/** Zeros name nothing: a field that must be there and is not known. */
const named = (text: string) => (/^0*$/.test(text) ? '' : text);

/** F22: two digits for the entry mode (1987), or twelve of which the seventh is it (1993). */
const ENTRY_1987: Readonly<Record<string, HostEntryMode>> = {
  '01': 'manual',
  '02': 'swipe',
  '03': 'qr',
  '05': 'chip',
  '07': 'tap',
  '80': 'fallback',
  '90': 'swipe',
  '91': 'tap',
  '95': 'chip',
};
const ENTRY_1993: Readonly<Record<string, HostEntryMode>> = {
  '1': 'manual',
  '2': 'swipe',
  '3': 'qr',
  '5': 'chip',
  '6': 'manual',
  '7': 'tap',
};

function entryOf(fields: Readonly<Record<string, string>>): HostEntryMode | undefined {
  const value = fields['22'] ?? '';
  const mode = value.length === 12 ? ENTRY_1993[value.charAt(6)] : ENTRY_1987[value.slice(0, 2)];
  // 60.5 = 1 or 2: a chip card that was swiped.
  return mode === 'swipe' && /^[12]$/.test(fields['60.5'] ?? '') ? 'fallback' : mode;
}

/** F53, digit 1: how the PIN block is made, 1 without the PAN (ISO 9564 format 1), 2 with it (format 0). */
const PIN_FORMATS: Readonly<Record<string, PinFormat>> = { '1': 1, '2': 0 };

/**
 * F53: digit 1 says how the block is made, digit 2 the length of the key, 0 single and 6 double. Dialects without F60 say
 * nothing of the kind there, and mean format 0.
 */
export function pinCheck(
  dialect: Dialect,
  fields: Readonly<Record<string, string>>,
  card: TestCard | undefined,
  pik: Uint8Array,
): PinCheck {
  const block = fields['52'];
  if (block === undefined) return 'absent';
  if (!card) return 'unchecked';
  if (!/^[0-9A-F]{16}$/i.test(block)) return 'malformed';
  const [digit = '', length] = fields['53'] ?? '';
  const told = dialect.dialogue.batch !== undefined;
  const format = told ? PIN_FORMATS[digit] : 0;
  if (format === undefined || (told && length !== (pik.length === 16 ? '6' : '0'))) return 'malformed';
  const pin = decryptPin(pik, Buffer.from(block, 'hex'), card.pan, format);
  return pin === undefined ? 'malformed' : pin === card.pin ? 'ok' : 'wrong';
}
