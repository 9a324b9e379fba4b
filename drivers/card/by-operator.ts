import { z } from 'zod';
import type { CardUse } from '../../rig/bench/manifest.ts';
import type { CardPlane, DriverContext } from '../../rig/bench/planes.ts';
import type { EntryMode } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';
import { readMerchantCode } from '../codec/qr/merchant-code.ts';
import { DESK_OPTIONS, openDesk } from '../operator/options.ts';
import { Codes } from './codes/options.ts';
import { cardsOfCodes, withCodes } from './codes/with-codes.ts';
import { cardNamed } from './held.ts';

/** Options of the driver `operator` of the card plane. */
export const options = z.strictObject({
  ...DESK_OPTIONS,
  cards: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('ids of the cards that the person has; all of the card file unless given'),
  codes: Codes.optional(),
});
export type CardByOperatorOptions = z.infer<typeof options>;

export const cards = ({ cards: named, codes }: CardByOperatorOptions): readonly CardUse[] => [
  ...(named ?? []).map((card, i) => ({ option: ['cards', String(i)], card })),
  ...cardsOfCodes(codes),
];

/** What a person is asked to do with a card. */
const WORDS = {
  chip: { ask: 'put the card into the chip slot and leave it there', action: 'insert' },
  swipe: { ask: 'swipe the card', action: 'swipe' },
  tap: { ask: 'hold the card to the contactless field until it beeps', action: 'tap' },
} as const;
/** Codes are shown by what `codes` names. */
const ABLE: readonly EntryMode[] = ['chip', 'swipe', 'tap'];

/**
 * A person who presents cards. Only cards of the card file are ever asked for, named as they are labelled there and by the
 * last four digits. Errors: CARD_UNKNOWN, OPERATOR_REFUSED, TRANSPORT_TIMEOUT.
 */
export async function open(options: CardByOperatorOptions, context: DriverContext): Promise<CardPlane> {
  const { recorder } = context;
  const ids = options.cards ?? context.cards.map((card) => card.id);
  const cards = new Map(
    ids.map(
      (id) =>
        [
          id,
          cardNamed(context, id, 'a person is to have').entry.filter((mode) => ABLE.includes(mode)),
        ] as const,
    ),
  );
  const desk = await openDesk(options, 'card', context);
  let inside: string | undefined;

  const ask = async (text: string, what: string) => {
    const answer = await desk.ask({ text }, options.patience * 1000);
    if (!answer.refused) return;
    throw new RigError('OPERATOR_REFUSED', 'bench', `${answer.by} did not ${what}`, {
      hint: answer.text === '' ? 'Ask them why.' : `They said: ${answer.text}`,
    });
  };
  const present = async (id: string, mode: keyof typeof WORDS) => {
    const card = context.cards.find((each) => each.id === id);
    if (!card || !cards.get(id)?.includes(mode)) {
      throw new RigError('CARD_UNKNOWN', 'file', `nobody has "${id}" as a ${mode} card`, {
        hint: `There is: ${[...cards.keys()].join(', ')}.`,
      });
    }
    const { ask: wanted, action } = WORDS[mode];
    await ask(`${wanted}: ${card.title.en} (${id}), ending in ${card.pan.slice(-4)}`, `${action} ${id}`);
    if (mode === 'chip') inside = id;
    recorder.record({ type: 'card', action, card: id });
  };
  const remove = async () => {
    if (inside === undefined) return;
    const card = inside;
    await ask(`take the card ${card} out of the terminal`, `remove ${card}`);
    inside = undefined;
    recorder.record({ type: 'card', action: 'remove', card });
  };
  let closing: Promise<void> | undefined;
  const plane: CardPlane = {
    facts: desk.facts,
    cards,
    insert: (card) => present(card, 'chip'),
    swipe: (card) => present(card, 'swipe'),
    tap: (card) => present(card, 'tap'),
    remove,
    wallet: {
      readsItself: true,
      pay: async (id, code) => {
        const amount = readMerchantCode(code)?.amount;
        const asked = amount === undefined ? 'pay it' : `pay it (it says ${amount})`;
        const { refused, by, text } = await desk.ask(
          {
            text: `read the code on the terminal's screen with the phone of ${id} and ${asked}; answer no if the phone refuses`,
          },
          options.patience * 1000,
        );
        const said = refused ? `${by} says that the phone refused` : `${by} says that it is paid`;
        return { accepted: !refused, text: text === '' || !refused ? said : `${said}: ${text}` };
      },
    },
    close: () => {
      closing ??= remove().finally(() => desk.close());
      return closing;
    },
  };
  return withCodes(plane, options.codes, context);
}
