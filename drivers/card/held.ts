import type { CardUse } from '../../rig/bench/manifest.ts';
import type { DriverContext } from '../../rig/bench/planes.ts';
import type { EntryMode, TestCard } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';

/** Which card lies in which slot, by the ids of the card file. */
export type Slots = Readonly<Record<string, number>>;

/** A card of the card file. CARD_UNKNOWN when there is none of that id; one that looks like a card number is not repeated. */
export function cardNamed({ cards }: Pick<DriverContext, 'cards'>, id: string, where: string): TestCard {
  const card = cards.find((each) => each.id === id);
  if (card) return card;
  const named = /\d{12,}/.test(id) ? 'a card number' : `"${id}"`;
  throw new RigError('CARD_UNKNOWN', 'file', `${where} ${named}, which is not in the card file`, {
    hint: `Cards are named by id; there is: ${cards.map((each) => each.id).join(', ')}.`,
  });
}

/**
 * Cards in slots with the ways each can be presented. CARD_UNKNOWN if bench file, card file and fixture disagree.
 * @param count slots that the fixture says it has
 * @param able ways in which the fixture can present a card
 */
export function cardsInSlots(
  slots: Slots,
  context: Pick<DriverContext, 'cards'>,
  count: number,
  able: readonly EntryMode[],
): ReadonlyMap<string, readonly EntryMode[]> {
  return new Map(
    Object.entries(slots).map(([id, slot]) => {
      const { entry } = cardNamed(context, id, `slot ${slot} is to hold`);
      if (slot > count) {
        throw new RigError(
          'CARD_UNKNOWN',
          'file',
          `"${id}" is to lie in slot ${slot}; the fixture has ${count}`,
          { hint: 'Correct `slots` in the bench file.' },
        );
      }
      return [id, entry.filter((mode) => able.includes(mode))] as const;
    }),
  );
}

/** The slot of a card that can be presented in that way; CARD_UNKNOWN otherwise. */
export function slotFor(
  slots: Slots,
  cards: ReadonlyMap<string, readonly EntryMode[]>,
  card: string,
  mode: EntryMode,
): number {
  const slot = Object.hasOwn(slots, card) ? slots[card] : undefined;
  if (slot === undefined) {
    throw new RigError('CARD_UNKNOWN', 'file', `"${card}" lies in no slot`, {
      hint: `Put it in and name its slot in the bench file; there is: ${[...cards.keys()].join(', ')}.`,
    });
  }
  if (!cards.get(card)?.includes(mode)) {
    throw new RigError('CARD_UNKNOWN', 'file', `"${card}" cannot be presented by ${mode} here`, {
      hint: `It can be presented by: ${cards.get(card)?.join(', ') || 'nothing'}.`,
    });
  }
  return slot;
}

/** Cards that `slots` names, for `posrig check`. */
export const cardsOfSlots = ({ slots }: { readonly slots: Slots }): readonly CardUse[] =>
  Object.keys(slots).map((card) => ({ option: ['slots', card], card }));
