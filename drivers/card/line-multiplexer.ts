import { z } from 'zod';
import type { CardUse } from '../../rig/bench/manifest.ts';
import type { CardPlane, DriverContext } from '../../rig/bench/planes.ts';
import type { EntryMode } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';
import { openLineDevice } from '../transport/line-device.ts';
import { Codes } from './codes/options.ts';
import { cardsOfCodes, testCodes, withCodes } from './codes/with-codes.ts';
import { Duration } from './duration.ts';
import { cardsInSlots, cardsOfSlots, slotFor } from './held.ts';
import { readBack, readsCards } from './read-back.ts';

/** Options of the driver `line-multiplexer` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe('serial port of the card multiplexer, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  slots: z
    .record(z.string(), z.int().min(1).max(999))
    .describe('which card lies in which slot, by the ids of the card file'),
  tap: z
    .strictObject({ dwell: Duration.describe('how long a card is coupled to the antenna, 20 ms to 30 s') })
    .default({ dwell: 1500 })
    .describe('how a contactless card is presented'),
  codes: Codes.optional(),
});
export type MultiplexerOptions = z.infer<typeof options>;
export const cards = (options: MultiplexerOptions): readonly CardUse[] => [
  ...cardsOfSlots(options),
  ...cardsOfCodes(options.codes),
];

/** Contacts and antenna can be switched; a stripe cannot. */
const ABLE: readonly EntryMode[] = ['chip', 'tap'];
const SWITCH_MS = 5000;
const STATE = /^state (?:open|(\d{1,3}) (?:chip|tap))$/;
/** A slot of which nobody knows: `state?` said that none is connected. */
const OPEN = 'state open';

/**
 * A card multiplexer: many cards in slots, one reader head in the terminal, and an electronic switch that connects the
 * contacts (or the antenna) of one of them to it; line protocol `posrig-mux 1`. What counts is what the switch reads back,
 * asked for by `state?` after every command, never the command's own answer. Errors: CARD_ACTUATOR, CARD_UNKNOWN, and those
 * of the line.
 */
export async function open(options: MultiplexerOptions, context: DriverContext): Promise<CardPlane> {
  const { recorder, clock, signal } = context;
  const device = await openLineDevice(
    {
      port: options.port,
      baud: options.baud,
      what: 'card multiplexer',
      stream: 'multiplexer',
      plane: 'card',
      identity: 'posrig-mux',
      code: 'CARD_ACTUATOR',
      onLost: context.lost,
    },
    clock,
    recorder,
  );
  let inside: string | undefined;

  const state = () => device.ask('state?', STATE, SWITCH_MS);
  const demand = async (wanted: string, after: string) => {
    const found = await state();
    if (found === wanted) return;
    throw new RigError(
      'CARD_ACTUATOR',
      'bench',
      `the switch of the card multiplexer reads "${found}" after "${after}"; expected "${wanted}"`,
      { hint: 'A contact of the switch is stuck, or the head is not seated in the terminal.' },
    );
  };
  const connect = async (slot: number, way: 'chip' | 'tap') => {
    const command = `connect ${slot} ${way}`;
    await device.ask(command, `connected ${slot} ${way}`, SWITCH_MS);
    await demand(`state ${slot} ${way}`, command);
  };
  const disconnect = async () => {
    await device.ask('disconnect', 'disconnected', SWITCH_MS);
    await demand(OPEN, 'disconnect');
  };
  const remove = async () => {
    await disconnect();
    if (inside !== undefined) recorder.record({ type: 'card', action: 'remove', card: inside });
    inside = undefined;
  };

  let cards: ReadonlyMap<string, readonly EntryMode[]>;
  let read = 0;
  try {
    const { facts } = device.identity;
    cards = cardsInSlots(options.slots, context, Number(facts['slots'] ?? Number.NaN), ABLE);
    if ((await state()) !== OPEN) {
      recorder.record({
        type: 'note',
        level: 'warning',
        text: 'card multiplexer: a card was left connected; disconnected',
      });
      await disconnect();
    }
    if (readsCards(device)) read = await readBack(device, options.slots, context);
  } catch (error) {
    await device.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const plane: SwitchedCards = {
    facts: { version: device.identity.version, ...device.identity.facts, read: String(read) },
    cards,
    async insert(card) {
      await connect(slotFor(options.slots, cards, card, 'chip'), 'chip');
      inside = card;
      recorder.record({ type: 'card', action: 'insert', card });
    },
    swipe: (card) => Promise.reject(noStripe(card)),
    async tap(card) {
      const slot = slotFor(options.slots, cards, card, 'tap');
      await connect(slot, 'tap');
      try {
        recorder.record({ type: 'card', action: 'tap', card });
        await clock.sleep(options.tap.dwell, signal);
      } finally {
        await disconnect();
      }
    },
    remove,
    async tryAll() {
      for (const slot of Object.values(options.slots)) {
        await device.ask(`test ${slot}`, `closed ${slot}`, SWITCH_MS);
        await demand(OPEN, `test ${slot}`);
      }
      return Object.keys(options.slots).length;
    },
    close: () => {
      closing ??= remove().finally(device.close);
      return closing;
    },
  };
  return withCodes(plane, options.codes, context);
}

const noStripe = (card: string): RigError =>
  new RigError(
    'CARD_UNKNOWN',
    'file',
    `"${card}" cannot be swiped by a multiplexer: it has no stripe to move`,
    {
      hint: 'Present it by chip or tap, or use an actuator.',
    },
  );

/** What the self-test needs beyond the plane. */
interface SwitchedCards extends CardPlane {
  /** Closes every slot's switch with the head uncoupled and reads it back; the number of slots. */
  tryAll(): Promise<number>;
}

const canTry = (plane: CardPlane): plane is SwitchedCards => 'tryAll' in plane;

/** The switch of every slot in use closes and opens, with the head uncoupled: the terminal sees no card. */
export async function selfTest(plane: CardPlane): Promise<string> {
  await plane.remove();
  if (!canTry(plane)) return 'no card connected';
  const codes = await testCodes(plane);
  return `the switch of ${await plane.tryAll()} slots closes and opens; ${plane.facts['read']} cards read${codes === undefined ? '' : `; ${codes}`}`;
}
