import type { TestCard } from '../../../rig/model/card.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { numberIn, type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

export const SLOTS = 8;
/** Nominal ms that a hand movement of the actuator takes before the sensor speaks. */
export const MOVE_MS = 600;

type CardSide = Pick<TerminalBody, 'cardInserted' | 'cardRemoved' | 'cardSwiped' | 'cardTapped'>;

/**
 * A card actuator with a magazine of eight slots, on the line protocol of the virtual bench's README. An answer is
 * given when the end switch or the light barrier has spoken, never before.
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
    if (rest.length > 0) throw new Refusal('too many words');
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
        const { slot, card } = pick(argument);
        await clock.sleep(MOVE_MS);
        terminal.cardSwiped(card);
        return `swiped ${slot}`;
      }
      case 'tap': {
        const { slot, card } = pick(argument);
        await clock.sleep(MOVE_MS);
        terminal.cardTapped(card);
        return `tapped ${slot}`;
      }
      default:
        throw unknownCommand(command);
    }
  });
}
