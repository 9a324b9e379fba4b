import type { CapturedSlip } from '../bench/planes.ts';

/**
 * Whether the labels of a profile are those of this terminal's paper: a slip of a transaction was read by them, so that one which
 * cannot be is the terminal's doing and not a layout that the profile does not know.
 */
export const labelsProved = (slips: readonly Pick<CapturedSlip, 'copy' | 'fields'>[]): boolean =>
  slips.some(
    ({ copy, fields }) => (copy === 'merchant' || copy === 'customer') && fields['stan'] !== undefined,
  );
