import type { EntryMode } from '../../../rig/model/card.ts';
import { readPaymentCode } from '../../codec/qr/payment-code.ts';
import { ENTRY_TIMEOUT, OperationEnds } from './entry.ts';
import type { Firmware } from './firmware.ts';
import type { CardData } from './messages.ts';
import * as screens from './screens.ts';

/** How long the reader works on a card, nominal ms. */
const READING: Readonly<Record<EntryMode, number>> = {
  chip: 900,
  swipe: 200,
  tap: 400,
  scan: 100,
  'shown-code': 0,
};

/** A card as the reader read it. */
interface ReadCard {
  readonly card: CardData;
  readonly entry: EntryMode;
}

/** What is presented: a card, with what it can do, or a code in front of the scanner. */
interface Presented extends ReadCard {
  /** False: a card that cannot be read this way, or a code that is no payment code. */
  readonly fits: boolean;
}

/** Asks for a card or a payment code and reads it. A chip card that is already in the slot is taken at once. */
export async function readCard(
  firmware: Firmware,
  title: string,
  amount: number | undefined,
): Promise<ReadCard> {
  for (;;) {
    const read = await readCardOrKey(firmware, title, amount);
    if (read !== 'own-code') return read;
  }
}

/** The same where the function key makes the terminal show a code of its own in place of reading anything. */
export async function readCardOrKey(
  firmware: Firmware,
  title: string,
  amount: number | undefined,
): Promise<ReadCard | 'own-code'> {
  const { show, hands, chipCard, cycle } = firmware;
  let hint = '';
  for (;;) {
    show(screens.askCard(title, amount, hint));
    const inSlot = hint === '' ? chipCard() : undefined;
    const presented: Presented | 'own-code' = inSlot
      ? { entry: 'chip', card: inSlot, fits: inSlot.entry.includes('chip') }
      : await presentedCard(firmware);
    if (presented === 'own-code') return presented;
    if (!presented.fits) {
      hint = presented.entry === 'scan' ? 'NO PAYMENT CODE' : 'TRY ANOTHER WAY';
      continue;
    }
    show(screens.reading(title));
    await cycle.sleep(READING[presented.entry]);
    if (presented.entry === 'chip' && chipCard()?.id !== presented.card.id) {
      throw new OperationEnds(screens.cancelled('CARD REMOVED'));
    }
    hands.flush();
    return { card: presented.card, entry: presented.entry };
  }
}

/** Nothing is known of it. */
export const NO_CARD: CardData = { id: '', pan: '', expiry: '', sequence: '1', 'service-code': '' };

async function presentedCard({ hands }: Firmware): Promise<Presented | 'own-code'> {
  for (;;) {
    const event = await hands.next(ENTRY_TIMEOUT);
    if (event === 'timeout') throw new OperationEnds(screens.cancelled('TIME IS UP'));
    if (event.type === 'key' && event.key === 'cancel') throw new OperationEnds(screens.cancelled());
    if (event.type === 'key' && event.key === 'func') return 'own-code';
    if (event.type === 'card') return { ...event, fits: event.card.entry.includes(event.entry) };
    if (event.type === 'code') {
      const data = readPaymentCode(event.text);
      return { entry: 'scan', card: data ? { id: 'code', ...data } : NO_CARD, fits: data !== undefined };
    }
  }
}

/** Asks for the chip card to be taken out, as long as one is in. */
export async function awaitCardOut({ show, hands, chipCard }: Firmware): Promise<void> {
  while (chipCard()) {
    show(screens.removeCard());
    await hands.next(Number.POSITIVE_INFINITY);
  }
}
