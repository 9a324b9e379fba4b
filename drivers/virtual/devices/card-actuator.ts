import type { TestCard } from '../../../rig/model/card.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { numberIn, type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

export const SLOTS = 8;
/** Nominal ms that a hand movement of the actuator takes before the sensor speaks. */
export const MOVE_MS = 600;

/** What the reader needs (EMV contactless: an operating volume of 40 mm; a stripe is read from 100 to 1000 mm/s). */
const FIELD = { reach: 40, shortest: 300 } as const;
const STRIPE = { slowest: 100, fastest: 1000 } as const;
/** What the actuator does when it is not told how. */
const STANDARD = { dwell: 1000, distance: 5, speed: 400 } as const;
const MOST = { dwell: 30_000, distance: 100, speed: 3000 } as const;
type Setting = keyof typeof STANDARD;

/** `dwell=800 distance=5` behind a command, with what stands for what is not said. */
function settingsIn(
  words: readonly string[],
  allowed: readonly Setting[],
): Readonly<Record<Setting, number>> {
  const settings: Record<Setting, number> = { ...STANDARD };
  for (const word of words) {
    const [, name, digits] = /^([a-z]+)=(\d{1,5})$/.exec(word) ?? [];
    const setting = allowed.find((each) => each === name);
    if (setting === undefined || Number(digits) > MOST[setting])
      throw new Refusal(`cannot do ${word.slice(0, 20)}`);
    settings[setting] = Number(digits);
  }
  return settings;
}

type CardSide = Pick<TerminalBody, 'cardInserted' | 'cardRemoved' | 'cardSwiped' | 'cardTapped'>;

/**
 * A card actuator with a magazine of eight slots, on the line protocol of the virtual bench's README. An answer is
 * given when the end switch or the light barrier has spoken, never before. A tap too short or too far away, a swipe too slow
 * or too fast moves the card and reaches no reader.
 * @param magazine card by slot number; other slots are empty
 */
export function attachCardActuator(
  port: Port,
  magazine: ReadonlyMap<number, TestCard>,
  terminal: CardSide,
  clock: Clock,
): void {
  let inserted: number | undefined;

  /** The card of a slot, when the actuator's hand is free for it. */
  const pick = (word: string | undefined): { slot: number; card: TestCard } => {
    const slot = numberIn(word, 'slot', SLOTS);
    const card = magazine.get(slot);
    if (!card) throw new Refusal(`slot ${slot} is empty`);
    if (inserted !== undefined) throw new Refusal(`card of slot ${inserted} is inserted`);
    return { slot, card };
  };

  serveLines(port, async ([command, argument, ...rest]) => {
    if (rest.length > 0 && command !== 'tap' && command !== 'swipe') throw new Refusal('too many words');
    switch (command) {
      case 'id?':
        return `id posrig-card 1 slots=${SLOTS}`;
      case 'state?':
        return inserted === undefined ? 'state out' : `state in ${inserted}`;
      case 'insert': {
        const { slot, card } = pick(argument);
        await clock.sleep(MOVE_MS);
        inserted = slot;
        terminal.cardInserted(card);
        return `inserted ${slot}`;
      }
      case 'remove':
        if (inserted !== undefined) {
          await clock.sleep(MOVE_MS);
          inserted = undefined;
          terminal.cardRemoved();
        }
        return 'removed';
      case 'swipe': {
        const { speed } = settingsIn(rest, ['speed']);
        const { slot, card } = pick(argument);
        await clock.sleep(MOVE_MS);
        if (speed >= STRIPE.slowest && speed <= STRIPE.fastest) terminal.cardSwiped(card);
        return `swiped ${slot}`;
      }
      case 'tap': {
        const { dwell, distance } = settingsIn(rest, ['dwell', 'distance']);
        const { slot, card } = pick(argument);
        await clock.sleep(MOVE_MS);
        if (dwell >= FIELD.shortest && distance <= FIELD.reach) terminal.cardTapped(card);
        return `tapped ${slot}`;
      }
      default:
        throw unknownCommand(command);
    }
  });
}
