import { type Clock, formatDuration } from '../../../rig/model/time.ts';
import { afterExactly } from './exact-timer.ts';
import type { RelayFault } from './relay-fault.ts';

/**
 * Holds for the fault's length and its jitter, or until it is healed.
 * @param gone resolves when nobody is left to wait
 * @param since when what is held was there, nominal ms; default: now
 */
export async function holdFor(
  clock: Clock,
  fault: RelayFault,
  gone?: Promise<void>,
  since: number = clock.now(),
): Promise<void> {
  const length = fault.length === undefined ? undefined : fault.length + fault.jitter();
  let alone = false;
  await new Promise<void>((resolve) => {
    const done = () => {
      cancel();
      fault.releases.delete(done);
      resolve();
    };
    const cancel = length === undefined ? () => {} : afterExactly(clock, since + length - clock.now(), done);
    fault.releases.add(done);
    void gone?.then(() => {
      alone = true;
      done();
    });
  });
  fault.heldMs = clock.now() - since;
  if (alone) {
    fault.told = `held for ${formatDuration(fault.heldMs)}, until an end gave the connection up`;
  } else if (length !== undefined && fault.heldMs < length) {
    fault.trouble ??= `healed after ${formatDuration(fault.heldMs)} of ${formatDuration(length)}`;
  }
}

/** True for what holds something back until it is healed: healing lets go of it first. */
export const waits = ({ fault }: RelayFault): boolean =>
  ['delay', 'stall', 'reorder', 'coalesce'].includes(fault.do);

/** Lets everything go on that the fault holds. */
export function letGo(fault: RelayFault): void {
  for (const go of [...fault.releases]) go();
}
