import { RigError } from '../../../rig/model/errors.ts';
import type { NftTable } from './nft-table.ts';
import { captureRules, type PathPlace } from './packet-rules.ts';

/** How often it is read back that the terminal's address still leads here, wall ms. */
const LOOK_WALL_MS = 500;

/**
 * Leads what the terminal dials to the relay, and sees to it that it stays so: without that rule the terminal would reach
 * nobody, or somebody else, and be blamed for it. Returns what ends the watch.
 * @param lost told once, when the rule is not there any more
 */
export async function capture(
  table: NftTable,
  place: PathPlace,
  lost: (error: Error) => void,
): Promise<() => void> {
  const listing = await table.add('capture', captureRules(place));
  const handles = listing.rules.filter(({ comment }) => comment === 'capture').map(({ handle }) => handle);
  let over = false;
  const timer = setInterval(async () => {
    const now = await table.read().catch(() => undefined);
    const there = new Set(now?.rules.map(({ handle }) => handle));
    if (over || handles.every((handle) => there.has(handle))) return;
    over = true;
    clearInterval(timer);
    const { address, port } = place.listen;
    lost(
      new RigError(
        'NETWORK_KERNEL',
        'bench',
        `the rule that leads ${address}:${port} to the rig was removed by somebody else`,
        {
          hint: 'A firewall that is loaded anew flushes all tables; keep it from doing so while a bench runs.',
        },
      ),
    );
  }, LOOK_WALL_MS);
  timer.unref();
  return () => {
    over = true;
    clearInterval(timer);
  };
}
