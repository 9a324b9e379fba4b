import { z } from 'zod';
import type { CardPlane, DriverContext } from '../../rig/bench/planes.ts';
import type { EntryMode } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';
import { openLineDevice } from '../transport/line-device.ts';

/** Options of the driver `line-actuator` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe('serial port of the card actuator, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  slots: z
    .record(z.string(), z.int().min(1).max(999))
    .describe('which card lies in which slot of the magazine, by the ids of the card file'),
});
export type ActuatorOptions = z.infer<typeof options>;

/** How long the actuator's end switch may take to close, nominal ms. */
const MOTION_MS = 20_000;
const STATE_MS = 5000;

/** What the actuator is told for each way of presenting a card, and the word its sensor answers with. */
const WORDS = {
  chip: { command: 'insert', answer: 'inserted', action: 'insert' },
  swipe: { command: 'swipe', answer: 'swiped', action: 'swipe' },
  tap: { command: 'tap', answer: 'tapped', action: 'tap' },
} as const satisfies Record<EntryMode, object>;

/**
 * A card actuator with a magazine, on the line protocol `posrig-card 1`. Its answers come from its sensors: `inserted 3`
 * means that the end switch closed. A card that an earlier run left in the reader is taken out when it is opened.
 * Errors: CARD_ACTUATOR, CARD_UNKNOWN, and those of the line.
 */
export async function open(options: ActuatorOptions, context: DriverContext): Promise<CardPlane> {
  const { recorder } = context;
  const device = await openLineDevice(
    {
      port: options.port,
      baud: options.baud,
      what: 'card actuator',
      stream: 'card',
      plane: 'card',
      identity: 'posrig-card',
      code: 'CARD_ACTUATOR',
      onLost: context.lost,
    },
    context.clock,
    recorder,
  );
  let inside: string | undefined;

  const present = async (card: string, mode: EntryMode) => {
    const slot = slotOf(options, cards, card, mode);
    const { command, answer, action } = WORDS[mode];
    await device.ask(`${command} ${slot}`, `${answer} ${slot}`, MOTION_MS);
    if (mode === 'chip') inside = card;
    recorder.record({ type: 'card', action, card });
  };
  const remove = async () => {
    await device.ask('remove', 'removed', MOTION_MS);
    if (inside !== undefined) recorder.record({ type: 'card', action: 'remove', card: inside });
    inside = undefined;
  };

  let cards: ReadonlyMap<string, readonly EntryMode[]>;
  try {
    cards = magazineOf(options, context, Number(device.identity.facts['slots'] ?? Number.NaN));
    const state = await device.ask('state?', /^state (in \d{1,3}|out)$/, STATE_MS);
    if (state !== 'state out') {
      recorder.record({
        type: 'note',
        level: 'warning',
        text: 'card actuator: a card was left in the reader; removed',
      });
      await remove();
    }
  } catch (error) {
    await device.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    facts: { version: device.identity.version, ...device.identity.facts },
    cards,
    insert: (card) => present(card, 'chip'),
    swipe: (card) => present(card, 'swipe'),
    tap: (card) => present(card, 'tap'),
    remove,
    close: () => {
      closing ??= remove().finally(device.close);
      return closing;
    },
  };
}

/** Cards in the magazine with the ways each can be presented. CARD_UNKNOWN if bench file, card file and magazine disagree. */
function magazineOf(options: ActuatorOptions, context: DriverContext, slots: number) {
  const cards = new Map<string, readonly EntryMode[]>();
  for (const [id, slot] of Object.entries(options.slots)) {
    const card = context.cards.find((each) => each.id === id);
    if (!card) {
      throw new RigError(
        'CARD_UNKNOWN',
        'file',
        `slot ${slot} is to hold "${id}", which is not in the card file`,
        {
          hint: `There is: ${context.cards.map((each) => each.id).join(', ')}.`,
        },
      );
    }
    if (slot > slots) {
      throw new RigError(
        'CARD_UNKNOWN',
        'file',
        `"${id}" is to lie in slot ${slot}; the magazine has ${slots}`,
        {
          hint: 'Correct `slots` in the bench file.',
        },
      );
    }
    cards.set(id, card.entry);
  }
  return cards;
}

function slotOf(
  options: ActuatorOptions,
  cards: ReadonlyMap<string, readonly EntryMode[]>,
  card: string,
  mode: EntryMode,
): number {
  const slot = Object.hasOwn(options.slots, card) ? options.slots[card] : undefined;
  if (slot === undefined) {
    throw new RigError('CARD_UNKNOWN', 'file', `"${card}" lies in no slot of the magazine`, {
      hint: `Put it in and name its slot in the bench file; there is: ${[...cards.keys()].join(', ')}.`,
    });
  }
  if (!cards.get(card)?.includes(mode)) {
    throw new RigError('CARD_UNKNOWN', 'file', `"${card}" is no ${mode} card`, {
      hint: `It can be presented by: ${cards.get(card)?.join(', ')}.`,
    });
  }
  return slot;
}
