import type { LedgerEntry } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import type { Facts } from '../facts.ts';
import type { StepAccount } from '../input.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { quoteEntry, quoteMessage, quoteStep } from '../words.ts';

/**
 * When the screen said approved, the money moved, for the amount the host approved, and was not reversed afterwards: the
 * merchant has handed over the goods.
 */
export const anApprovalMovedTheMoney: Invariant = {
  name: 'an-approval-moved-the-money',
  title: { en: 'An approval moved the money', zh: '批准交易必入账' },
  needs: ['host'],
  judge(facts) {
    const approved = facts.input.steps.filter(
      (step) => step.outcome === 'approved' && step.asked && isMoney(step.asked.kind),
    );
    for (const step of approved) {
      const entries = facts.entriesOf(step);
      const charge = entries.find((entry) => facts.moved(entry));
      if (!charge) {
        const instead = entries.at(-1);
        return no(
          'terminal',
          `${quoteStep(step)}, but the host has ${instead ? quoteEntry(instead) : `no ${step.asked?.kind ?? 'entry'} of it`}.`,
        );
      }
      const wrong = judgeAmount(facts, step, charge);
      if (wrong) return wrong;
    }
    return yes(
      approved.length === 0
        ? 'nothing was shown as approved.'
        : `${count(approved.length, 'approval')} shown, each booked.`,
    );
  },
};

function judgeAmount(facts: Facts, step: StepAccount, charge: LedgerEntry) {
  if (step.asked?.amount && !sameMoney(step.asked.amount, charge.requested)) {
    return no(
      'terminal',
      `${quoteStep(step)}, but the terminal asked the host for ${formatMoney(charge.requested)}: ${quoteEntry(charge)}.`,
    );
  }
  const answer = facts.exchangeOf(charge)?.response;
  if (answer?.amount && !sameMoney(answer.amount, charge.booked)) {
    return no('acquirer', `the host answered ${quoteMessage(answer)} but booked ${quoteEntry(charge)}.`);
  }
  return undefined;
}

const isMoney = (kind: string) => kind === 'sale' || kind === 'void' || kind === 'refund';
