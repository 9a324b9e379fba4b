import { type Invariant, no, notAsked, unknown, yes } from '../invariant.ts';
import { quoteTotals } from '../words.ts';

/**
 * After recovery and settlement nobody owes anybody a message: the terminal shows no reversal owed
 * and nothing stored, the last settlement
 * was accepted, and a batch upload that was called for came to its end message.
 */
export const nothingLeftPending: Invariant = {
  name: 'nothing-left-pending',
  title: { en: 'Nothing left pending', zh: '无未决交易' },
  needs: ['host'],
  judge(facts) {
    if (facts.input.close === 'as-is') return notAsked('the books are closed as they are, without recovery.');
    if (facts.terminal?.reversalOwed) {
      const last = facts.entries.at(-1);
      return no(
        'terminal',
        `after recovery the terminal still shows that it owes a reversal${last ? `; the host's last entry is voucher ${last.stan}, ${last.state}` : ''}.`,
      );
    }
    if (facts.terminal?.noticeOwed) {
      return no('terminal', 'after recovery the terminal still shows that it has something stored to send.');
    }
    const settlement = facts.settlements.at(-1);
    if (settlement?.result === 'unknown') {
      return unknown(
        `nobody saw the host's answer to the last settlement, of batch ${settlement.batch} (claimed ${quoteTotals(settlement.claimed)}).`,
      );
    }
    if (settlement?.result === 'error') {
      return no(
        'terminal',
        `the last settlement of batch ${settlement.batch} was answered with an error and not repeated (claimed ${quoteTotals(settlement.claimed)}).`,
      );
    }
    if (settlement?.result === 'not-balanced' && !settlement.uploadEnded) {
      return no(
        'terminal',
        `the settlement of batch ${settlement.batch} did not balance (claimed ${quoteTotals(settlement.claimed)}, host ${quoteTotals(settlement.counted)}), ` +
          `and the batch upload never ended: ${settlement.uploaded.length} details came.`,
      );
    }
    if (facts.input.terminal.state === 'unread') {
      return unknown(`whether the terminal still owes a reversal is not known: ${facts.input.terminal.why}.`);
    }
    return yes(
      facts.terminal
        ? 'the terminal owes no reversal and the last settlement is closed.'
        : 'the last settlement is closed; this terminal does not show what it owes.',
    );
  },
};
