import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { DESK_OPTIONS, openDesk } from '../operator/options.ts';
import { commonOptions, switched } from './switched.ts';

/** Options of the driver `operator` of the power plane. */
export const options = z.strictObject({ ...DESK_OPTIONS, ...commonOptions });
export type PowerByOperatorOptions = z.infer<typeof options>;

/**
 * A person who plugs the terminal in and pulls its plug; who did it is recorded. What they say is believed only as far as the
 * terminal's link shows it, when one is named. Errors: OPERATOR_REFUSED, TRANSPORT_TIMEOUT, POWER_RELAY.
 */
export async function open(options: PowerByOperatorOptions, context: DriverContext): Promise<PowerPlane> {
  const desk = await openDesk(options, 'power', context);
  const wanted = { on: 'give the terminal its power', off: "take the terminal's power away" } as const;
  return switched(
    {
      what: 'the power that a person switches',
      facts: desk.facts,
      read: async () => undefined,
      async put(state) {
        const answer = await desk.ask({ text: wanted[state] }, options.patience * 1000);
        if (answer.refused) {
          throw new RigError('OPERATOR_REFUSED', 'bench', `${answer.by} did not switch the power ${state}`, {
            hint: answer.text === '' ? 'Ask them why.' : `They said: ${answer.text}`,
          });
        }
        context.recorder.record({
          type: 'note',
          level: 'info',
          text: `power: ${answer.by} switched it ${state}`,
        });
      },
      release: () => desk.close(),
    },
    options,
    context,
  );
}
