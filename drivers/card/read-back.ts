import type { DriverContext } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import type { LineDevice } from '../transport/line-device.ts';
import type { Slots } from './held.ts';

const READ_MS = 10_000;
const CARD = /^card \d{1,3} (\d{12,19}|none|unread)$/;

/** What a fixture that can read its cards says in its identity: `reads=pan`. */
export const readsCards = ({ identity }: LineDevice): boolean => identity.facts['reads'] === 'pan';

/**
 * Has a fixture read the card of every slot that the bench file names, and compares. A number that is not in the card file
 * is refused, whatever it is: a real card must never get near a test host. Card numbers are neither recorded nor repeated but
 * for their last four digits. Returns how many slots were read; a card without a readable chip proves nothing.
 * Errors: CARD_UNKNOWN, blame bench.
 */
export async function readBack(
  device: LineDevice,
  slots: Slots,
  { cards }: Pick<DriverContext, 'cards'>,
): Promise<number> {
  let read = 0;
  for (const [id, slot] of Object.entries(slots)) {
    const said = await askFor(device, slot);
    if (said === 'unread') continue;
    const wanted = cards.find((card) => card.id === id);
    if (said === 'none') {
      throw new RigError('CARD_UNKNOWN', 'bench', `slot ${slot} is empty; it is to hold "${id}"`, {
        hint: 'Put the card in, or correct `slots` in the bench file.',
      });
    }
    read++;
    if (said === wanted?.pan) continue;
    const other = cards.find((card) => card.pan === said);
    throw new RigError(
      'CARD_UNKNOWN',
      'bench',
      other
        ? `slot ${slot} holds "${other.id}"; it is to hold "${id}"`
        : `the card in slot ${slot}, ending in ${said.slice(-4)}, is not in the card file: it is refused`,
      {
        hint: other
          ? 'Change the cards over, or correct `slots` in the bench file.'
          : 'Take it out. Only synthetic test cards that the card file names may be used.',
      },
    );
  }
  return read;
}

/** The bytes of the answer are withheld: the masker knows the cards of the card file only. */
async function askFor(device: LineDevice, slot: number): Promise<string> {
  const release = device.withhold('a card number');
  try {
    const answer = await device.ask(`card? ${slot}`, CARD, READ_MS);
    return answer.split(' ')[2] ?? 'unread';
  } finally {
    release();
  }
}
