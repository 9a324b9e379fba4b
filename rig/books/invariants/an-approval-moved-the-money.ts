import type { LedgerEntry } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import type { Facts } from '../facts.ts';
import type { StepAccount } from '../input.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { BOOKED } from '../kinds.ts';
import { quoteEntry, quoteMessage, quoteStep } from '../words.ts';

/**
 * When the screen said approved (or stored, and told later), the money moved, for the amount the host approved, and was
 * not reversed afterwards: the merchant has handed over the goods. A pre-authorisation is held instead. A host that
 * answers "approved" and books nothing is a liar, whoever told it to.
 */
export const anApprovalMovedTheMoney: Invariant = {
  name: 'an-approval-moved-the-money',
  title: { en: 'An approval moved the money', zh: '批准交易必入账' },
  needs: ['host'],
  judge(facts) {
    const approved = facts.input.steps.filter(
      (step) =>
        step.asked &&
        BOOKED.includes(step.asked.kind) &&
        (step.outcome === 'approved' || (step.outcome === 'stored' && !facts.mayComeYet)),
    );
    for (const step of approved) {
      const entries = facts.entriesOf(step);
      const charge = entries.find((entry) => facts.stands(entry));
      if (!charge && entries.some((entry) => facts.declinedLater(entry))) continue;
      if (!charge) {
        const lie = facts.unbooked.find(
          ({ request, at }) => request.kind === step.asked?.kind && at >= step.from,
        );
        if (lie) {
          return no(
            'acquirer',
            `the host answered ${quoteMessage(lie.response)} to ${quoteStep(step)}, but its ledger has no voucher ${lie.request.stan}.`,
          );
        }
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
  if (answer?.amount && !facts.adjustmentOf(charge) && !sameMoney(answer.amount, charge.booked)) {
    return no('acquirer', `the host answered ${quoteMessage(answer)} but booked ${quoteEntry(charge)}.`);
  }
  return undefined;
}
