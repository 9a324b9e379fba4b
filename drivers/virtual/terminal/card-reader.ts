import type { EntryMode, TestCard } from '../../../rig/model/card.ts';
import { ENTRY_TIMEOUT, OperationEnds } from './entry.ts';
import type { Firmware } from './firmware.ts';
import * as screens from './screens.ts';

/** How long the reader works on a card, nominal ms. */
const READING: Readonly<Record<EntryMode, number>> = { chip: 900, swipe: 200, tap: 400 };

/** A card as the reader read it. */
interface ReadCard {
  readonly card: TestCard;
  readonly entry: EntryMode;
}

/** Asks for a card and reads it. A chip card that is already in the slot is taken at once. */
export async function readCard(
  firmware: Firmware,
  title: string,
  amount: number | undefined,
): Promise<ReadCard> {
  const { show, hands, chipCard, cycle } = firmware;
  let hint = '';
  for (;;) {
    show(screens.askCard(title, amount, hint));
    const inSlot = hint === '' ? chipCard() : undefined;
    const presented = inSlot ? { entry: 'chip' as const, card: inSlot } : await presentedCard(firmware);
    if (!presented.card.entry.includes(presented.entry)) {
      hint = 'TRY ANOTHER WAY';
      continue;
    }
    show(screens.reading(title));
    await cycle.sleep(READING[presented.entry]);
    if (presented.entry === 'chip' && chipCard()?.id !== presented.card.id) {
      throw new OperationEnds(screens.cancelled('CARD REMOVED'));
    }
    hands.flush();
    return presented;
  }
}

async function presentedCard({ hands }: Firmware): Promise<ReadCard> {
  for (;;) {
    const event = await hands.next(ENTRY_TIMEOUT);
    if (event === 'timeout') throw new OperationEnds(screens.cancelled('TIME IS UP'));
    if (event.type === 'key' && event.key === 'cancel') throw new OperationEnds(screens.cancelled());
    if (event.type === 'card') return event;
  }
}

/** Asks for the chip card to be taken out, as long as one is in. */
export async function awaitCardOut({ show, hands, chipCard }: Firmware): Promise<void> {
  while (chipCard()) {
    show(screens.removeCard());
    await hands.next(Number.POSITIVE_INFINITY);
  }
}
