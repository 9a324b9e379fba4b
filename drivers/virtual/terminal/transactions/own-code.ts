import type { DecodedMessage } from '../../../codec/iso8583/index.ts';
import { merchantCode } from '../../../codec/qr/merchant-code.ts';
import { NO_CARD } from '../card-reader.ts';
import { OperationEnds } from '../entry.ts';
import { exchange, type Firmware, settingsIn } from '../firmware.ts';
import {
  type Circumstances,
  codeQueryRequest,
  type Financial,
  financialRequest,
  reversalFields,
} from '../messages.ts';
import { circumstancesOf, declined, finish, openLine } from '../online.ts';
import { deliverReversal, reversalBecause } from '../reversal.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** How long a code stands on the display, and how often the acquirer is asked meanwhile; nominal ms. */
const VALID = 180_000;
const ASK_EVERY = 5000;

/** Answer to a query while nobody has paid (F39). */
const NOT_YET = '25';
/** Institution that the code names as acquirer and forwarder, and what kind of shop this is. */
const ACQUIRER = '48020000';
const CATEGORY = '5999';

/**
 * Sale by a code that the terminal shows: the customer's phone reads and pays it, the terminal asks the acquirer until it is
 * told. The reversal is in flash before the code is seen by anybody: a payment that the terminal never hears of is taken
 * back, and a code that nobody has paid in time cannot be paid any more.
 */
export async function saleByOwnCode(firmware: Firmware, amount: number): Promise<Screen> {
  const { flash, hands, show, defects, setup } = firmware;
  const { clock } = setup;
  await openLine(firmware, 'SALE');
  const at = circumstancesOf(firmware);
  const order: Financial = { kind: 'sale', card: NO_CARD, entry: 'shown-code', amount, pin: '' };
  const { fields } = reversalFields(financialRequest(order, at));
  flash.commit({ stan: at.stan, reversal: { kind: 'sale', stan: at.stan, reason: '98', fields, pan: null } });
  hands.flush();
  show(screens.showCode('SALE', amount), codeOf(firmware, at, amount));
  const until = clock.now() + VALID;
  let heard = false;
  while (clock.now() < until) {
    if (await cancelledWithin(firmware, ASK_EVERY)) return giveUp(firmware, screens.cancelled());
    const answer = await askFor(firmware, at);
    heard = answer !== undefined;
    if (answer === 'mac-error') {
      reversalBecause(firmware, 'A0');
      return screens.macError();
    }
    if (answer === undefined || answer.fields['39'] === NOT_YET) continue;
    return conclude(firmware, order, at, answer);
  }
  if (defects.has('unpaid-code-is-paid')) return takeForPaid(firmware, order, at);
  return heard ? giveUp(firmware, screens.cancelled('NOT PAID')) : screens.noAnswer();
}

/** Waits; true when the cashier presses cancel meanwhile. */
async function cancelledWithin({ hands, setup: { clock } }: Firmware, ms: number): Promise<boolean> {
  const until = clock.now() + ms;
  for (;;) {
    const event = await hands.next(Math.max(0, until - clock.now()));
    if (event === 'timeout') return false;
    if (event.type === 'key' && event.key === 'cancel') return true;
  }
}

/** One query; the line is dialled again when it is gone. Undefined: nobody answered. */
async function askFor(
  firmware: Firmware,
  order: Circumstances,
): Promise<DecodedMessage | 'mac-error' | undefined> {
  const { link, flash } = firmware;
  if (!link.connected && !(await link.connect())) return undefined;
  const at = circumstancesOf(firmware);
  flash.commit({ stan: at.stan });
  const answer = await exchange(firmware, codeQueryRequest(order, at));
  if (!answer) return undefined;
  return answer.type === 'mac-error' ? 'mac-error' : answer.message;
}

/** The acquirer has decided: paid, declined, or taken back. */
function conclude(
  firmware: Firmware,
  order: Financial,
  at: Circumstances,
  message: DecodedMessage,
): Promise<Screen> | Screen {
  const code = message.fields['39'] ?? '';
  if (!firmware.texts.approved.includes(code)) return declined(firmware, code, message);
  const card = { ...NO_CARD, pan: message.fields['2'] ?? '' };
  return finish(firmware, { transaction: { ...order, card }, at, verdict: undefined }, message);
}

/** Nobody has paid, or nobody is to: the order is taken back at once, so that a late customer cannot pay it. */
async function giveUp(firmware: Firmware, screen: Screen): Promise<Screen> {
  if (firmware.defects.has('given-up-code-can-be-paid')) {
    firmware.flash.commit({ reversal: null });
    return screen;
  }
  try {
    await deliverReversal(firmware);
  } catch (thrown) {
    // It stays in flash and goes before the next transaction.
    if (!(thrown instanceof OperationEnds)) throw thrown;
  }
  return screen;
}

/** Firmware that takes the end of its patience for the end of the customer's: a slip that nobody has paid for. */
function takeForPaid(firmware: Firmware, order: Financial, at: Circumstances): Promise<Screen> {
  const { rtc } = firmware;
  const now = rtc.stamp();
  const fields = {
    '39': '00',
    '4': String(order.amount),
    '37': '0'.repeat(12),
    '12': now.slice(8),
    '13': now.slice(4, 8),
  };
  return finish(firmware, { transaction: order, at, verdict: undefined }, { fields });
}

function codeOf(
  firmware: Firmware,
  { batch, stan, terminalId, merchantId }: Circumstances,
  amount: number,
): string {
  // Firmware that writes the amount without its fen.
  const written = firmware.defects.has('code-without-fen') ? amount - (amount % 100) : amount;
  return merchantCode({
    acquirer: ACQUIRER,
    forwarder: ACQUIRER,
    merchant: merchantId,
    category: CATEGORY,
    currency: '156',
    amount: screens.yuan(written),
    country: 'CN',
    name: latin(settingsIn(firmware).merchantName),
    city: 'WUXI',
    bill: batch + stan,
    terminal: terminalId,
  });
}

/** Object 59 is written in Latin letters, at most 25 (QRCPS 4.4). */
const latin = (name: string): string => {
  const letters = name
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 25);
  return letters === '' ? 'SAMPLE SHOP' : letters;
};
