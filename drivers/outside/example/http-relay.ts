import { z } from 'zod';
import type { OutsideDriver } from '../../../rig/bench/outside.ts';
import type { DriverContext, PowerPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';

/**
 * Example of a driver from outside the project: a mains relay with a web interface, `GET /relay/N?turn=on` and
 * `GET /relay/N`, both answered by `{ "ison": true }`. In a project of its own the imports above come from posrig's package.
 */
const Options = z.strictObject({
  url: z.url().describe('address of the relay, e.g. http://192.168.1.60'),
  relay: z.int().min(0).max(15).default(0),
});
const Answer = z.object({ ison: z.boolean() });
/** How long the relay may take to answer, wall ms. */
const LIMIT_WALL_MS = 5000;

async function open(options: z.infer<typeof Options>, context: DriverContext): Promise<PowerPlane> {
  const ask = async (query: string): Promise<'on' | 'off'> => {
    const url = new URL(`/relay/${options.relay}${query}`, options.url);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_WALL_MS) });
      return Answer.parse(await response.json()).ison ? 'on' : 'off';
    } catch (cause) {
      throw new RigError('POWER_RELAY', 'bench', `the relay at ${url.host} does not answer as it should`, {
        cause,
        hint: `Open ${url.origin} in a browser.`,
      });
    }
  };
  const before = await ask('');
  const set = async (state: 'on' | 'off') => {
    await ask(`?turn=${state}`);
    const found = await ask(''); // its answer tells what it was told, not what its contact does
    if (found !== state) {
      throw new RigError('POWER_RELAY', 'bench', `the relay is ${found}; it was switched ${state}`, {
        hint: 'A contact may be stuck, or a schedule of its own switches it.',
      });
    }
    context.recorder.record({ type: 'power', state });
  };
  let closing: Promise<void> | undefined;
  return {
    facts: { relay: `${new URL(options.url).host}/${options.relay}`, found: before },
    set,
    get: () => ask(''),
    close: () => {
      closing ??= (async () => {
        if ((await ask('')) !== before) await set(before);
      })();
      return closing;
    },
  };
}

export default {
  posrig: 1,
  plane: 'power',
  summary: 'a mains relay with a web interface',
  options: Options,
  open,
} satisfies OutsideDriver;
