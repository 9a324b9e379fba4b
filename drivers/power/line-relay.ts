import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { openLineDevice } from '../transport/line-device.ts';
import { commonOptions, switched, testSwitch } from './switched.ts';

/** Options of the driver `line-relay` in a bench file. */
export const options = z
  .strictObject({
    port: z.string().min(1).describe('serial port of the relay, best as /dev/serial/by-id/…'),
    baud: z.int().min(1200).max(4_000_000).default(115_200),
    channel: z.int().min(1).max(64).describe('the channel that the terminal hangs on'),
    spare: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('a channel that nothing hangs on: the self-test switches it and reads it back'),
    ...commonOptions,
  })
  .refine(({ channel, spare }) => channel !== spare, {
    path: ['spare'],
    error: 'the terminal hangs on this channel: a self-test would take its power away',
  });
export type RelayOptions = z.infer<typeof options>;

const ANSWER_MS = 5000;

/**
 * A relay in the terminal's mains lead, on the line protocol `posrig-relay 1`. Every switching is read back. When it is
 * closed the channel is again as it was found. Errors: POWER_RELAY, and those of the line.
 */
export async function open(options: RelayOptions, context: DriverContext): Promise<PowerPlane> {
  const { channel, spare } = options;
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
  const read = async (number: number): Promise<'on' | 'off'> => {
    const answer = await device.ask(`state? ${number}`, new RegExp(`^(on|off) ${number}$`), ANSWER_MS);
    return answer.startsWith('on') ? 'on' : 'off';
  };
  const put = async (number: number, state: 'on' | 'off') => {
    await device.ask(`${state} ${number}`, `${state} ${number}`, ANSWER_MS);
  };

  const channels = Number(device.identity.facts['channels'] ?? Number.NaN);
  const absent = [channel, spare].find((number) => number !== undefined && number > channels);
  if (absent !== undefined) {
    await device.close();
    throw new RigError(
      'FILE_INVALID',
      'file',
      `the power relay has ${channels} channels; the bench file says ${absent}`,
    );
  }
  return switched(
    {
      what: `channel ${channel} of the power relay`,
      facts: { version: device.identity.version, channel: String(channel) },
      read: () => read(channel),
      put: (state) => put(channel, state),
      ...(spare === undefined
        ? {}
        : {
            spare: {
              what: `channel ${spare} of the power relay`,
              read: () => read(spare),
              put: (state: 'on' | 'off') => put(spare, state),
            },
          }),
      release: device.close,
    },
    options,
    context,
  );
}

export const selfTest = testSwitch;
