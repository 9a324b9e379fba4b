import type { HostExchange, WalletAnswer } from '../../../rig/bench/planes.ts';
import { maskPan, type TestCard } from '../../../rig/model/card.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import type { DialogueMessage } from '../../../rig/model/message.ts';
import { currencyByNumeric, formatMoney, type Money, parseAmount } from '../../../rig/model/money.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { type MerchantCode, readMerchantCode } from '../../codec/qr/merchant-code.ts';
import { amount12 } from './amounts.ts';
import type { Answer } from './answer.ts';
import { type Desk, financial } from './financial.ts';
import type { RegisteredTerminal } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Request } from './request.ts';

/** Bill number of the codes that terminals show here: batch and STAN of the order, six digits each. */
const BILL = /^(\d{6})(\d{6})$/;

/** What the wallet says to a code that it cannot take, in the codes of F39. */
const NO_CODE = '30';
const NO_SUCH_TERMINAL = '97';
const OTHER_MERCHANT = '03';
/** The batch that the code names is closed. */
const NOT_NOW = '77';

/** Where and when somebody pays. */
interface Occasion {
  readonly desk: Desk;
  readonly dialect: Dialect;
  readonly terminals: ReadonlyMap<string, RegisteredTerminal>;
  /** Whether a terminal may book into a batch now. */
  takes(terminal: string, batch: string): boolean;
  /** Nominal ms. */
  readonly at: number;
}

/** A payment with what it looked like to the acquirer; without `exchange` it never got there. */
export interface CodePayment {
  readonly answer: WalletAnswer;
  readonly exchange?: HostExchange;
}

/**
 * A customer's wallet pays a code that a terminal shows: a sale of that terminal, under the batch and STAN that the code names
 * as its bill. It is judged and booked like every other sale, once: a code that was paid is answered 94, one whose order the terminal has
 * taken back (reversed before it was paid) 12. What is no code of a terminal here is refused by the wallet itself.
 */
export function payCode(
  text: string,
  card: TestCard,
  { desk, dialect, terminals, takes, at }: Occasion,
): CodePayment {
  const code = readMerchantCode(text);
  const amount = code && amountIn(code);
  const [, batch, stan] = BILL.exec(code?.bill ?? '') ?? [];
  if (!code || !amount || batch === undefined || stan === undefined)
    return { answer: { accepted: false, code: NO_CODE, text: 'this is no code that can be paid' } };
  const terminalId = code.terminal ?? '';
  const terminal = terminals.get(terminalId);
  if (!terminal || terminal.merchant !== code.merchant) {
    const why = terminal ? OTHER_MERCHANT : NO_SUCH_TERMINAL;
    return { answer: { accepted: false, code: why, amount, text: 'nobody here has such a terminal' } };
  }
  const region = terminal.home;
  const request: Request = {
    message: NOTHING_ON_THE_WIRE,
    rule: undefined,
    kind: 'sale',
    stan,
    batch,
    terminalId,
    merchantId: code.merchant,
    terminal,
    pan: card.pan,
    card,
    entry: 'qr',
    currency: amount.currency,
    amount,
    authCode: '',
    original: { stan: '', batch: '', rrn: '', date: '' },
    region,
    at,
    checks: { mac: 'absent', pin: 'absent' },
    emv: NO_CHIP,
  };
  const answer = financial(desk, request, { refusal: takes(terminalId, batch) ? undefined : NOT_NOW });
  const accepted = answer.code === '00';
  return {
    answer: { accepted, code: answer.code, amount, text: `${formatMoney(amount)} to ${code.merchant}` },
    exchange: {
      request: { ...asked(dialect, request), amount },
      response: {
        ...asked(dialect, request),
        direction: 'response',
        amount,
        code: answer.code,
        rrn: answer.rrn,
        ...(answer.authCode !== undefined && { authCode: answer.authCode }),
      },
      region,
      checks: {},
      at,
      answeredAt: at,
    },
  };
}

/** Through the wallet's own network: no message of the terminal's dialect. */
const NOTHING_ON_THE_WIRE: Request['message'] = {
  mti: '',
  tpdu: '',
  header: '',
  fields: {},
  layout: [],
  remarks: [],
  bytes: new Uint8Array(),
  mtiAt: 0,
};
const NO_CHIP: Request['emv'] = {};

const asked = (dialect: Dialect, { stan, batch, terminalId, merchantId, pan }: Request): DialogueMessage => ({
  kind: 'sale',
  direction: 'request',
  mti: '',
  stan,
  batch,
  terminal: terminalId,
  merchant: merchantId,
  fields: [
    { id: '2', name: dialect.fields['2']?.name.en ?? 'Primary account number', value: maskPan(pan) },
    { id: '22', name: 'Point of service entry mode', value: '032', meaning: 'code shown by the terminal' },
  ],
});

function amountIn({ amount, currency }: MerchantCode): Money | undefined {
  const known = currencyByNumeric(currency);
  if (amount === undefined || known === undefined) return undefined;
  try {
    return parseAmount(amount.replace(/\.$/, ''), known);
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * A terminal asks whether its code was paid: 00 with amount, reference and account of the payment; 25 while nobody has; 12 once it
 * was taken back; else the code with which the payment was declined.
 */
export function codeQuery(ledger: Ledger, { terminalId, original, batch }: Request, rrn: string): Answer {
  const key = { terminal: terminalId, batch: original.batch || batch, stan: original.stan };
  const found = ledger.find(key);
  if (!found) return { code: ledger.wasOvertaken(key) ? '12' : '25', rrn };
  const { state, responseCode, booked, authCode } = found.entry;
  if (state === 'declined') return { code: responseCode, rrn };
  if (state !== 'posted') return { code: '12', rrn };
  return {
    code: '00',
    rrn: found.entry.rrn,
    authCode,
    fields: { '2': found.pan, '4': amount12(booked.minor) },
  };
}
