import type { TestCard } from '../../../rig/model/card.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { currencyByNumeric, type Money } from '../../../rig/model/money.ts';
import {
  type DecodedMessage,
  type Dialect,
  decryptPin,
  type MessageRule,
  ruleOf,
  verifyMac,
} from '../../codec/iso8583/index.ts';
import type { HostKeys, RegisteredTerminal } from './keys.ts';

export type MacCheck = 'ok' | 'wrong' | 'absent';
/** `malformed`: no PIN block under our key for this PAN; `unchecked`: the card is not known. */
export type PinCheck = 'ok' | 'wrong' | 'malformed' | 'absent' | 'unchecked';

/** A request with everything that was found out about it before anybody decides. */
export interface Request {
  readonly message: DecodedMessage;
  readonly rule: MessageRule | undefined;
  readonly kind: MessageKind;
  readonly stan: string;
  readonly batch: string;
  readonly terminalId: string;
  readonly merchantId: string;
  readonly terminal: RegisteredTerminal | undefined;
  /** Clear; empty when the request names no card. */
  readonly pan: string;
  readonly card: TestCard | undefined;
  /** Of F49, else the dialect's. */
  readonly currency: string;
  readonly amount: Money | undefined;
  readonly region: string;
  /** Nominal ms. */
  readonly at: number;
  readonly checks: { readonly mac: MacCheck; readonly pin: PinCheck };
}

export interface Surroundings {
  readonly dialect: Dialect;
  readonly keys: HostKeys;
  readonly cards: readonly TestCard[];
}

/** Reads a request and does the checks that need clear data (MAC, PIN). Never throws on what a terminal may send. */
export function readRequest(
  { dialect, keys, cards }: Surroundings,
  message: DecodedMessage,
  seen: { readonly region: string; readonly at: number },
): Request {
  const { fields } = message;
  const { dialogue } = dialect;
  const text = (id: string | undefined) => (id === undefined ? '' : (fields[id] ?? ''));
  const rule = ruleOf(dialect, message);
  const terminalId = text(dialogue.terminal);
  const pan = panOf(fields);
  const card = cards.find((known) => known.pan === pan);
  const currency = currencyByNumeric(text(dialogue.currency)) ?? dialect.currency;
  const digits = text(dialogue.amount);
  return {
    message,
    rule,
    kind: rule?.kind ?? 'other',
    stan: text(dialogue.stan),
    batch: text(dialogue.batch),
    terminalId,
    merchantId: text(dialogue.merchant),
    terminal: keys.terminals.get(terminalId),
    pan,
    card,
    currency,
    amount: /^\d{1,12}$/.test(digits) ? { minor: Number(digits), currency } : undefined,
    ...seen,
    checks: {
      mac: dialect.mac ? verifyMac(dialect, message.bytes, keys.working.mak) : 'absent',
      pin: pinCheck(fields, card, keys.working.pik),
    },
  };
}

/** From F2, else from track 2: swiped cards are sent without F2. */
function panOf(fields: Readonly<Record<string, string>>): string {
  return fields['2'] ?? /^(\d{12,19})=/.exec(fields['35'] ?? '')?.[1] ?? '';
}

/** F53: digit 1 = 2 says that the block is made with the PAN, digit 2 the length of the key, 0 single and 6 double. */
function pinCheck(
  fields: Readonly<Record<string, string>>,
  card: TestCard | undefined,
  pik: Uint8Array,
): PinCheck {
  const block = fields['52'];
  if (block === undefined) return 'absent';
  if (!card) return 'unchecked';
  const [format, length] = fields['53'] ?? '';
  if (format !== '2' || length !== (pik.length === 16 ? '6' : '0')) return 'malformed';
  const pin = decryptPin(pik, Buffer.from(block, 'hex'), card.pan);
  return pin === undefined ? 'malformed' : pin === card.pin ? 'ok' : 'wrong';
}
