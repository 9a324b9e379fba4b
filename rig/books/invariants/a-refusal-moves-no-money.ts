import type { Outcome } from '../../bench/profile.ts';
import type { Facts } from '../facts.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { approves } from '../kinds.ts';
import { quoteEntry, quoteMessage, quoteStep } from '../words.ts';

/** What a person takes for "it did not happen". */
const REFUSALS: readonly Outcome[] = [
  'declined',
  'no-connection',
  'refused',
  'cancelled',
  'no-answer',
  'mac-error',
];

/**
 * When the screen told the people at the counter that a transaction did not happen, no money of it is left moved at
 * closing, nor held: either it never was, or it has been reversed.
 */
export const aRefusalMovesNoMoney: Invariant = {
  name: 'a-refusal-moves-no-money',
  title: { en: 'A refusal moves no money', zh: '拒绝交易不动账' },
  needs: ['host'],
  judge(facts) {
    const refused = facts.input.steps.filter(
      (step) => step.asked && step.outcome && REFUSALS.includes(step.outcome),
    );
    for (const step of refused) {
      const charge = facts.entriesOf(step).find((entry) => facts.stands(entry));
      if (!charge) continue;
      if (facts.inDoubt(charge)) {
        return unknown(
          `${quoteStep(step)} left ${quoteEntry(charge)} at the host; its reversal is still owed.`,
        );
      }
      if (facts.leftOpen(charge)) {
        return unknown(
          `${quoteStep(step)} left ${quoteEntry(charge)} at the host, and a fault stood in the way of the answer: there is no reversal of a ${charge.kind}, so that merchant and acquirer have to find out by hand.`,
        );
      }
      const answer = facts.exchangeOf(charge)?.response;
      if (step.outcome === 'declined' && answer?.code && !approves(answer.code)) {
        return no(
          'acquirer',
          `the host answered ${quoteMessage(answer)} and booked ${quoteEntry(charge)} all the same.`,
        );
      }
      return no(
        'terminal',
        `${quoteStep(step)} left money moved: ${quoteEntry(charge)}.${hint(facts, charge.id)}`,
      );
    }
    return yes(
      refused.length === 0
        ? 'nothing was refused.'
        : `${count(refused.length, 'refusal')} shown; none left money moved.`,
    );
  },
};

function hint(facts: Facts, id: string): string {
  const tried = facts.ledger.find((entry) => entry.kind === 'reversal' && entry.of === id);
  return tried ? ` Its reversal is ${tried.state} with code ${tried.responseCode}.` : '';
}
