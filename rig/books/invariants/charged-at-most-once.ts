import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { quoteEntry, quoteStep } from '../words.ts';

/**
 * One attempt of a person moves money at most once, and money that nobody asked for does not move at all. Counted are
 * entries that stand at closing: an attempt that was reversed and repeated by the terminal has one.
 */
export const chargedAtMostOnce: Invariant = {
  name: 'charged-at-most-once',
  title: { en: 'Charged at most once', zh: '最多扣款一次' },
  needs: ['host'],
  judge(facts) {
    const charges = facts.entries.filter((entry) => facts.stands(entry));
    for (const entry of charges) {
      const twin = facts.twinOf(entry);
      if (twin) {
        return no(
          'acquirer',
          `the host booked the same voucher twice instead of answering 94: ${quoteEntry(twin)} and ${quoteEntry(entry)}.`,
        );
      }
      if (!facts.stepOf(entry)) {
        return no(
          'terminal',
          `the host booked ${quoteEntry(entry)}, but no step had asked for a ${entry.kind}.`,
        );
      }
    }
    for (const step of facts.input.steps) {
      const [first, second] = facts.entriesOf(step).filter((entry) => facts.stands(entry));
      if (!first || !second) continue;
      if (facts.inDoubt(first) || facts.inDoubt(second)) {
        return unknown(
          `${quoteStep(step)} moved money twice so far, ${quoteEntry(first)} and ${quoteEntry(second)}; a reversal is still owed.`,
        );
      }
      return no(
        'terminal',
        `${quoteStep(step)} was carried out once by hand, but the host booked ${quoteEntry(first)} and ${quoteEntry(second)}.`,
      );
    }
    return yes(`${count(charges.length, 'charge')}, none of them twice.`);
  },
};
