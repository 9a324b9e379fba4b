import { z } from 'zod';
import type { DriverContext, OperatorPlane } from '../../rig/bench/planes.ts';
import { DESK_OPTIONS, openDesk } from './options.ts';

/** Options of the driver `operator` of the operator plane. */
export const options = z.strictObject(DESK_OPTIONS);
export type OperatorOptions = z.infer<typeof options>;

/** A person who is asked; who they were stands in the journal beside question and answer. */
export async function open(options: OperatorOptions, context: DriverContext): Promise<OperatorPlane> {
  const desk = await openDesk(options, 'operator', context);
  return {
    facts: desk.facts,
    async ask(question) {
      const { by, text } = await desk.ask({ text: question }, options.patience * 1000);
      context.recorder.record({
        type: 'note',
        level: 'info',
        text: `operator ${by} was asked "${question}" and answered "${text}"`,
      });
      return text;
    },
    close: () => desk.close(),
  };
}
