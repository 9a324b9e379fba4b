import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { openLineDevice } from '../transport/line-device.ts';

/** Options of the driver `line-relay` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe('serial port of the relay, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  channel: z.int().min(1).max(64).describe('the channel that the terminal hangs on'),
});
export type RelayOptions = z.infer<typeof options>;

const ANSWER_MS = 5000;

/**
 * A relay in the terminal's mains lead, on the line protocol `posrig-relay 1`. Every switching is read back. When it is
 * closed the channel is again as it was found. Errors: POWER_RELAY, and those of the line.
 */
export async function open(options: RelayOptions, context: DriverContext): Promise<PowerPlane> {
  const { channel } = options;
  const device = await openLineDevice(
    {
      port: options.port,
      baud: options.baud,
      what: 'power relay',
      stream: 'power',
      plane: 'power',
      identity: 'posrig-relay',
      code: 'POWER_RELAY',
      onLost: context.lost,
    },
    context.clock,
    context.recorder,
  );

  const get = async (): Promise<'on' | 'off'> => {
    const answer = await device.ask(`state? ${channel}`, new RegExp(`^(on|off) ${channel}$`), ANSWER_MS);
    return answer.startsWith('on') ? 'on' : 'off';
  };
  const set = async (state: 'on' | 'off') => {
    await device.ask(`${state} ${channel}`, `${state} ${channel}`, ANSWER_MS);
    const found = await get();
    if (found !== state) {
      throw new RigError(
        'POWER_RELAY',
        'bench',
        `channel ${channel} of the power relay is ${found}; it was switched ${state}`,
        {
          hint: 'A contact may be stuck or welded.',
        },
      );
    }
    context.recorder.record({ type: 'power', state });
  };

  let before: 'on' | 'off';
  try {
    const channels = Number(device.identity.facts['channels'] ?? Number.NaN);
    if (channel > channels) {
      throw new RigError(
        'FILE_INVALID',
        'file',
        `the power relay has ${channels} channels; the bench file says ${channel}`,
      );
    }
    before = await get();
  } catch (error) {
    await device.close();
    throw error;
  }
  const putBack = async () => {
    if ((await get()) !== before) await set(before);
  };
  let closing: Promise<void> | undefined;
  return {
    facts: { version: device.identity.version, channel: String(channel), found: before },
    set,
    get,
    close: () => {
      closing ??= putBack().finally(device.close);
      return closing;
    },
  };
}
