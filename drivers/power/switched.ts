import type { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { Duration, followPower, Link } from './presence.ts';

/** Options that every power driver has. */
export const commonOptions = {
  'off-time': Duration('2 s').describe(
    'shortest time without power: capacitors must drain before it comes back',
  ),
  link: Link.optional(),
};
export interface CommonOptions {
  readonly 'off-time': number;
  readonly link?: z.infer<typeof Link> | undefined;
}

/** What switches the supply, without any judgement. */
export interface Contact {
  /** For messages: `channel 2 of the HID relay`. */
  readonly what: string;
  readonly facts: Readonly<Record<string, string>>;
  /** As read back; undefined when it cannot be. */
  read(): Promise<'on' | 'off' | undefined>;
  put(state: 'on' | 'off'): Promise<void>;
  /** A contact that nothing hangs on, for self-tests. */
  readonly spare?: Pick<Contact, 'what' | 'read' | 'put'>;
  /** Lets go of the device, whose state stays. */
  release(): Promise<void>;
}

/**
 * A power plane over a contact: what was switched is read back where it can be, the terminal's own link is watched where one
 * is named, and power never comes back before the off time is over. Without either the state is only assumed, and the
 * record says so. Closing puts back what was found. Errors: POWER_RELAY.
 */
export async function switched(
  contact: Contact,
  options: CommonOptions,
  context: DriverContext,
): Promise<PowerPlane> {
  const { clock, recorder } = context;
  const { link } = options;
  let before: 'on' | 'off';
  let assumed: 'on' | 'off' = 'on';
  let offSince = Number.NEGATIVE_INFINITY;
  const get = async () => (await contact.read()) ?? assumed;
  try {
    const found = await contact.read();
    before = found ?? 'on';
    if (found === undefined && link === undefined)
      recorder.record({
        type: 'note',
        level: 'warning',
        text: `${contact.what} cannot be read back and no link is named: its state is assumed, never seen`,
      });
  } catch (error) {
    await contact.release();
    throw error;
  }

  const set = async (state: 'on' | 'off') => {
    const now = clock.now();
    const rest = offSince + options['off-time'] - now;
    if (state === 'on' && rest > 0) await clock.sleep(rest, context.signal);
    await contact.put(state);
    const found = await contact.read();
    if (found !== undefined && found !== state) {
      throw new RigError('POWER_RELAY', 'bench', `${contact.what} is ${found}; it was switched ${state}`, {
        hint: 'A contact may be stuck or welded, or the port keeps its supply.',
      });
    }
    assumed = state;
    if (state === 'off') offSince = clock.now();
    if (link) await followPower(link, state, clock);
    recorder.record({ type: 'power', state });
  };
  const trial = contact.spare;
  const tried = async (): Promise<string> => {
    if (!trial) return `reads ${await get()}`;
    const found = await trial.read();
    const other = found === 'on' ? 'off' : 'on';
    for (const state of [other, found ?? 'off'] as const) {
      await trial.put(state);
      const now = await trial.read();
      if (now === state || now === undefined) continue;
      throw new RigError(
        'POWER_RELAY',
        'bench',
        `${trial.what} is ${now}; the self-test switched it ${state}`,
        {
          hint: 'A contact may be stuck or welded, or something does hang on this channel.',
        },
      );
    }
    return `reads ${await get()}; ${trial.what} switched ${other} and back, read back`;
  };
  const putBack = async () => {
    if ((await get()) === before) return;
    await contact.put(before);
    recorder.record({ type: 'power', state: before });
  };
  let closing: Promise<void> | undefined;
  const plane: SwitchedPower = {
    tried,
    facts: { ...contact.facts, found: before, proof: link ? 'link' : 'contact' },
    set,
    get,
    close: () => {
      closing ??= putBack().finally(() => contact.release());
      return closing;
    },
  };
  return plane;
}

interface SwitchedPower extends PowerPlane {
  /** What a trial showed that touches no terminal. */
  tried(): Promise<string>;
}

/** The self-test of every driver over a contact: what it reads, and a spare contact switched where there is one. */
export async function testSwitch(plane: PowerPlane): Promise<string> {
  return 'tried' in plane ? (plane as SwitchedPower).tried() : `reads ${await plane.get()}`;
}
