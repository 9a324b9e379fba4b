import { sameVoucher } from '../facts.ts';
import { count, type Invariant, no, notAsked, yes } from '../invariant.ts';
import { approves } from '../kinds.ts';
import { quoteEntry, quoteSlip } from '../words.ts';

/**
 * A slip that says "signed electronically" has no line for a pen: the picture of the signature is the merchant's only
 * proof, so it has reached the acquirer, under the voucher number of its transaction, when the day is closed.
 */
export const aSignatureReachesTheAcquirer: Invariant = {
  name: 'a-signature-reaches-the-acquirer',
  title: { en: 'A signature reaches the acquirer', zh: '电子签名必达收单行' },
  needs: ['host', 'slips'],
  judge(facts) {
    const signed = facts.slips.filter(
      ({ source }) => source.copy === 'merchant' && source.fields['signature'],
    );
    if (signed.length === 0) return yes('nothing was signed electronically.');
    if (facts.mayComeYet) return notAsked('the terminal has still something to send.');
    for (const slip of signed) {
      const taken = facts.exchanges.some(
        ({ request, response, answeredAt }) =>
          request.kind === 'signature' &&
          sameVoucher(request, slip) &&
          approves(response?.code) &&
          answeredAt !== undefined,
      );
      if (taken || slip.source.duplicate) continue;
      const entry = facts.entryOf(slip);
      return no(
        'terminal',
        `the ${quoteSlip(slip)} says that it is signed electronically, but no signature of it was taken by the acquirer${entry ? `, which booked ${quoteEntry(entry)}` : ''}.`,
      );
    }
    return yes(`${count(signed.length, 'electronic signature')}, each taken by the acquirer.`);
  },
};
