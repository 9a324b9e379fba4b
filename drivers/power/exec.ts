import { execFile } from 'node:child_process';
import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { commonOptions, switched } from './switched.ts';

const Command = z
  .array(z.string())
  .min(1)
  .describe('program and its arguments; no shell reads them')
  .refine(([program]) => program !== '', 'the program has no name');

/** Options of the driver `exec` in a bench file. */
export const options = z.strictObject({
  on: Command,
  off: Command,
  state: Command.optional().describe('prints `on` or `off` (also 1 or 0) as its first word'),
  ...commonOptions,
});
export type ExecOptions = z.infer<typeof options>;

/** How long a program may take, wall ms. */
const LIMIT_WALL_MS = 15_000;
const WORDS: Readonly<Record<string, 'on' | 'off'>> = { on: 'on', '1': 'on', off: 'off', '0': 'off' };

/**
 * A power switch behind programs of the lab: a PDU's client, `snmpset`, `curl`. Errors: POWER_RELAY, with what the program
 * said when it failed.
 */
export function open(options: ExecOptions, context: DriverContext): Promise<PowerPlane> {
  const { state } = options;
  const run = (command: readonly string[]) => output(command, context.signal);
  return switched(
    {
      what: `the power switch behind ${options.on[0]}`,
      facts: { program: options.on[0] ?? '' },
      async read() {
        if (!state) return undefined;
        const said = (await run(state)).trim().split(/\s+/)[0]?.toLowerCase() ?? '';
        const word = Object.hasOwn(WORDS, said) ? WORDS[said] : undefined;
        if (word) return word;
        throw new RigError(
          'POWER_RELAY',
          'bench',
          `${state[0]} said "${said.slice(0, 40)}", neither on nor off`,
          {
            hint: 'The first word that `state` prints must be on, off, 1 or 0.',
          },
        );
      },
      put: async (wanted) => void (await run(options[wanted])),
      release: async () => {},
    },
    options,
    context,
  );
}

const output = (command: readonly string[], signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = command;
    const limits = { timeout: LIMIT_WALL_MS, maxBuffer: 1 << 20, signal };
    execFile(program, args, limits, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) || error.message.split('\n')[0];
      reject(
        new RigError('POWER_RELAY', 'bench', `${program} failed: ${said}`, {
          cause: error,
          hint: `Try it by hand: ${command.join(' ')}`,
        }),
      );
    });
  });
