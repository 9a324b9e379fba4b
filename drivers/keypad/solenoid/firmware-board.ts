import type { DriverContext } from '../../../rig/bench/planes.ts';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { openLineDevice } from '../../transport/line-device.ts';
import type { BoardOptions, OutputBoard } from './board.ts';

const ANSWER_MS = 5000;
/** How often a press that the firmware refused because it had gone to sleep is asked for again. */
const TRIES = 8;

/**
 * A microcontroller with the line protocol `posrig-solenoid 1`, which keeps the outputs safe by itself: no output is ever
 * on for longer than its firmware allows, and when it has heard nothing for its heartbeat time everything goes off and
 * `arm` must be said before the next press. A press is one command, answered when the output is off again.
 */
export async function openFirmwareBoard(
  port: string,
  baud: number,
  { what, used, lost }: BoardOptions,
  { clock, recorder }: DriverContext,
): Promise<OutputBoard> {
  const device = await openLineDevice(
    {
      port,
      baud,
      what,
      stream: 'solenoid',
      plane: 'keypad',
      identity: 'posrig-solenoid',
      code: 'KEYPAD_ALARM',
      onLost: lost,
    },
    clock,
    recorder,
  );
  const fact = (name: string) => Number(device.identity.facts[name] ?? Number.NaN);
  const [outputs, maxOn] = [fact('outputs'), fact('max-on')];
  const highest = Math.max(...used);
  try {
    if (!(outputs >= highest)) {
      throw new RigError(
        'FILE_INVALID',
        'file',
        `the ${what} has ${outputs} outputs; the bench file uses ${highest}`,
      );
    }
    if (!(maxOn > 0)) {
      throw new RigError(
        'TRANSPORT_PROTOCOL',
        'bench',
        `the ${what} does not say how long an output may be on`,
        {
          hint: 'Its firmware must limit the time itself and tell it: `max-on=500` in the answer to `id?`.',
        },
      );
    }
    await device.ask('off', 'off', ANSWER_MS);
  } catch (error) {
    await device.close();
    throw error;
  }

  return {
    outputs,
    facts: { version: device.identity.version, ...device.identity.facts },
    async pulse(output, ms) {
      if (ms > maxOn) {
        throw new RigError(
          'BENCH_OPTION',
          'file',
          `the ${what} holds an output for ${maxOn} ms at most, not ${ms}`,
          {
            hint: 'Lower `dwell` of the keypad in the bench file.',
          },
        );
      }
      for (let tries = 1; ; tries++) {
        await device.ask('arm', 'armed', ANSWER_MS);
        try {
          await device.ask(`press ${output} ${ms}`, `pressed ${output} ${ms}`, ANSWER_MS + ms);
          return;
        } catch (error) {
          // It fell asleep between the two commands and says that it switched nothing: asking again doubles nothing.
          const asleep = isRigError(error) && error.message.includes('"error not armed"');
          if (!asleep || tries >= TRIES) throw error;
        }
      }
    },
    allOff: async () => void (await device.ask('off', 'off', ANSWER_MS)),
    withhold: (reason) => device.withhold(reason),
    close: () => device.close(),
  };
}
