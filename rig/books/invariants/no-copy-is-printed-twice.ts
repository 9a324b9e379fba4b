import { type Facts, type ReadSlip, sameVoucher } from '../facts.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { quoteSlip } from '../words.ts';

/**
 * Each copy of a slip is printed once; what is printed again says so. With two originals of one copy somebody can be paid twice
 * for one sale. A slip that the power cut while it was printed, or in the operation that it belongs to, comes again whole.
 */
export const noCopyIsPrintedTwice: Invariant = {
  name: 'no-copy-is-printed-twice',
  title: { en: 'No copy is printed twice unmarked', zh: '同一联不得重复打印而无重打印标记' },
  needs: ['slips'],
  judge(facts) {
    const originals = facts.slips.filter(
      (slip) => !slip.source.duplicate && slip.stan !== undefined && !facts.torn(slip),
    );
    for (const [i, slip] of originals.entries()) {
      const before = originals
        .slice(0, i)
        .find(
          (other) =>
            other.source.copy === slip.source.copy &&
            other.batch !== undefined &&
            slip.batch !== undefined &&
            sameVoucher(identity(other), identity(slip)) &&
            !cutMeanwhile(facts, other),
        );
      if (before)
        return no(
          'terminal',
          `the ${quoteSlip(slip)} had been printed before, and nothing on it says that it is a reprint.`,
        );
    }
    return yes(`${count(originals.length, 'original')}, each printed once.`);
  },
};

const identity = ({ stan, batch, source }: ReadSlip) => ({
  stan,
  batch,
  terminal: source.fields['terminal-id'],
});

/** The operation in which it was printed ended with the power. */
const cutMeanwhile = (facts: Facts, { source }: ReadSlip): boolean =>
  facts.input.steps.some(
    ({ asked, outcome, from, to }) =>
      asked !== undefined && outcome === undefined && from <= source.at && source.at <= to,
  );
