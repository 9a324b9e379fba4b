import { z } from 'zod';
import type { CardUse } from '../../rig/bench/manifest.ts';
import type { CardPlane, DriverContext } from '../../rig/bench/planes.ts';
import type { EntryMode } from '../../rig/model/card.ts';
import { openLineDevice } from '../transport/line-device.ts';
import { Codes } from './codes/options.ts';
import { cardsOfCodes, testCodes, withCodes } from './codes/with-codes.ts';
import { Duration } from './duration.ts';
import { cardsInSlots, cardsOfSlots, slotFor } from './held.ts';
import { readBack, readsCards } from './read-back.ts';

/** Options of the driver `line-actuator` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe('serial port of the card actuator, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  slots: z
    .record(z.string(), z.int().min(1).max(999))
    .describe('which card lies in which slot of the magazine, by the ids of the card file'),
  tap: z
    .strictObject({
      dwell: Duration.optional().describe('how long it is held to the field, 20 ms to 30 s'),
      distance: z.number().min(0).max(100).optional().describe('from the reader, mm'),
    })
    .optional()
    .describe('how a card or phone is held to the contactless field; absent: as the actuator does it'),
  swipe: z
    .strictObject({ speed: z.int().min(10).max(3000).describe('mm/s') })
    .optional()
    .describe('how a card is swiped; absent: as the actuator does it'),
  codes: Codes.optional(),
});
export type ActuatorOptions = z.infer<typeof options>;

/** How long the actuator's end switch may take to close, nominal ms. */
const MOTION_MS = 20_000;
const STATE_MS = 5000;

export const cards = (options: ActuatorOptions): readonly CardUse[] => [
  ...cardsOfSlots(options),
  ...cardsOfCodes(options.codes),
];

/** All ways in which an actuator presents a card. */
const ABLE: readonly EntryMode[] = ['chip', 'swipe', 'tap'];

/** What the actuator is told for each way of presenting a card, and the word its sensor answers with. */
const WORDS = {
  chip: { command: 'insert', answer: 'inserted', action: 'insert' },
  swipe: { command: 'swipe', answer: 'swiped', action: 'swipe' },
  tap: { command: 'tap', answer: 'tapped', action: 'tap' },
} as const;
type Way = keyof typeof WORDS;

/** Settings of a way of presenting, in the words of the protocol: ` dwell=800 distance=5`. */
function settingsOf({ tap, swipe }: ActuatorOptions, way: Way): string {
  const settings = {
    ...(way === 'tap' ? { dwell: tap?.dwell, distance: tap?.distance } : {}),
    ...(way === 'swipe' ? { speed: swipe?.speed } : {}),
  };
  return Object.entries(settings)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}=${value}`]))
    .join('');
}

/**
 * A card actuator with a magazine, on the line protocol `posrig-card 1`. Its answers come from its sensors: `inserted 3`
 * means that the end switch closed. A card that an earlier run left in the reader is taken out when it is opened, and cards
 * that the actuator can read are compared with the card file.
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

  const present = async (card: string, way: Way) => {
    const slot = slotFor(options.slots, cards, card, way);
    const { command, answer, action } = WORDS[way];
    await device.ask(
      `${command} ${slot}${settingsOf(options, way)}`,
      `${answer} ${slot}`,
      MOTION_MS + (way === 'tap' ? (options.tap?.dwell ?? 0) : 0),
    );
    if (way === 'chip') inside = card;
    recorder.record({ type: 'card', action, card });
  };
  const remove = async () => {
    await device.ask('remove', 'removed', MOTION_MS);
    if (inside !== undefined) recorder.record({ type: 'card', action: 'remove', card: inside });
    inside = undefined;
  };

  let cards: ReadonlyMap<string, readonly EntryMode[]>;
  try {
    cards = cardsInSlots(options.slots, context, Number(device.identity.facts['slots'] ?? Number.NaN), ABLE);
    const state = await device.ask('state?', /^state (in \d{1,3}|out)$/, STATE_MS);
    if (state !== 'state out') {
      recorder.record({
        type: 'note',
        level: 'warning',
        text: 'card actuator: a card was left in the reader; removed',
      });
      await remove();
    }
    if (readsCards(device)) await readBack(device, options.slots, context);
  } catch (error) {
    await device.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const plane: CardPlane = {
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
  return withCodes(plane, options.codes, context);
}

/** Nothing is moved but what an earlier run may have left in the reader; what shows codes is tried. */
export async function selfTest(plane: CardPlane): Promise<string> {
  await plane.remove();
  const codes = await testCodes(plane);
  const read = plane.facts['reads'] === 'pan' ? ', each read and known' : '';
  return `end switch open, no card in the reader, ${plane.cards.size} cards${read}${codes === undefined ? '' : `; ${codes}`}`;
}
