import type { TestCard } from '../../../rig/model/card.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { numberIn, type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

export const MULTIPLEXER_SLOTS = 16;
/** Nominal ms from the command to the contact of the switch. */
const SWITCH_MS = 40;

type CardSide = Pick<TerminalBody, 'cardInserted' | 'cardRemoved' | 'cardTapped'>;

export interface Multiplexer {
  /** Cards by slot; other slots are empty. */
  readonly cards: ReadonlyMap<number, TestCard>;
  /** Slots whose switch answers, and does not close. */
  readonly stuck: ReadonlySet<number>;
  /** It reads the chips of its cards itself and tells their numbers. */
  readonly reads: boolean;
}

/**
 * A card multiplexer of sixteen slots, on the line protocol of the virtual bench's README: the answer to a command says that
 * it was obeyed, `state?` what the switch reads back.
 */
export function attachCardMultiplexer(
  port: Port,
  { cards, stuck, reads }: Multiplexer,
  terminal: CardSide,
  clock: Clock,
): void {
  let connected: { readonly slot: number; readonly way: 'chip' | 'tap' } | undefined;

  const open = () => {
    if (connected?.way === 'chip') terminal.cardRemoved();
    connected = undefined;
  };
  const close = (slot: number, way: 'chip' | 'tap') => {
    if (connected) throw new Refusal(`slot ${connected.slot} is connected`);
    if (stuck.has(slot)) return;
    connected = { slot, way };
    const card = cards.get(slot);
    if (card && way === 'chip') terminal.cardInserted(card);
    if (card && way === 'tap' && card.entry.includes('tap')) terminal.cardTapped(card);
  };

  serveLines(port, async ([command, argument, way, ...rest]) => {
    if (rest.length > 0) throw new Refusal('too many words');
    switch (command) {
      case 'id?':
        return `id posrig-mux 1 slots=${MULTIPLEXER_SLOTS}${reads ? ' reads=pan' : ''}`;
      case 'state?':
        return connected ? `state ${connected.slot} ${connected.way}` : 'state open';
      case 'connect': {
        const slot = numberIn(argument, 'slot', MULTIPLEXER_SLOTS);
        if (way !== 'chip' && way !== 'tap') throw new Refusal('chip or tap?');
        await clock.sleep(SWITCH_MS);
        close(slot, way);
        return `connected ${slot} ${way}`;
      }
      case 'disconnect':
        await clock.sleep(SWITCH_MS);
        open();
        return 'disconnected';
      case 'test': {
        const slot = numberIn(argument, 'slot', MULTIPLEXER_SLOTS);
        if (connected) throw new Refusal(`slot ${connected.slot} is connected`);
        await clock.sleep(SWITCH_MS);
        return stuck.has(slot) ? `open ${slot}` : `closed ${slot}`;
      }
      case 'card?': {
        const slot = numberIn(argument, 'slot', MULTIPLEXER_SLOTS);
        if (!reads) throw unknownCommand(command);
        return `card ${slot} ${cards.get(slot)?.pan ?? 'none'}`;
      }
      default:
        throw unknownCommand(command);
    }
  });
}
