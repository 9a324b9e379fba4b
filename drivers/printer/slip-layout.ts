import { withSets } from '../../rig/bench/label-set.ts';
import { loadLabels, shippedLabels } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { Profile } from '../../rig/bench/profile.ts';
import type { ReceiptLayout } from './slip.ts';

const NOTHING_KNOWN = Profile.shape.receipt.parse({});

/**
 * A layout for slips of a terminal that has no profile: what label sets know, and the width of the paper.
 * @param names of shipped label sets, or paths from the working directory; empty: all that ship
 * @throws FILE_INVALID, FILE_SYNTAX or FILE_UNREADABLE
 */
export function layoutFor(names: readonly string[], columns: number): ReceiptLayout {
  const wanted = names.length > 0 ? names : shippedLabels();
  const sets = wanted.map((name) => valueOrThrow(loadLabels(name)).value);
  return withSets({ ...NOTHING_KNOWN, columns, width: columns * 12 }, sets);
}
