import type { LedgerEntry } from '../../model/book.ts';
import { type Facts, type ReadSlip, sameVoucher } from '../facts.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { quoteEntry, quoteMessage, quoteSlip } from '../words.ts';

/**
 * Reasons (F39 of a reversal) with which a terminal gives back what it had already begun to print: 96, approved but the
 * terminal could not finish; 06, other. With 98 (no answer) or A0 (wrong MAC) there was no approval to print.
 */
const COULD_NOT_FINISH: readonly string[] = ['96', '06'];

/**
 * A slip of a transaction stands for money that moved, or is held, at the host. A slip of an entry that was reversed is tolerated in
 * one case only: the terminal printed it, could then not finish (out of paper, power gone), reversed with a reason that
 * says so, and did not show the transaction as approved. Any other way the merchant hands over goods for nothing.
 */
export const noSlipWithoutACharge: Invariant = {
  name: 'no-slip-without-a-charge',
  title: { en: 'No slip without a charge', zh: '未扣款不得出单' },
  needs: ['host', 'slips'],
  judge(facts) {
    const terminals = new Set(facts.ledger.map((entry) => entry.terminal));
    for (const slip of facts.slips) {
      if (facts.torn(slip)) continue;
      const printedTerminal = slip.source.fields['terminal-id'];
      if (printedTerminal && terminals.size > 0 && !terminals.has(printedTerminal)) {
        return no(
          'bench',
          `the ${quoteSlip(slip)} is of terminal ${printedTerminal}, but the ledger is of ${[...terminals].join(', ')}: ` +
            'the captured printer belongs to another terminal.',
        );
      }
      if (slip.stan === undefined) continue;
      const entry = facts.entryOf(slip);
      if (!entry && facts.mayComeYet) continue;
      if (!entry) {
        const lie = facts.unbooked.find(({ request }) => sameVoucher(request, slip));
        if (lie) {
          return no(
            'acquirer',
            `the host answered ${quoteMessage(lie.response)}, whereupon the terminal printed a ${quoteSlip(slip)}, but the ledger has no such voucher.`,
          );
        }
        return no(
          'terminal',
          `the terminal printed a ${quoteSlip(slip)}, but the host's ledger has no voucher ${slip.stan}${slip.batch ? ` in batch ${slip.batch}` : ''}.`,
        );
      }
      const excuse = judgeEntry(facts, slip, entry);
      if (excuse) return no('terminal', excuse);
      const mismatch = otherIdentity(facts, slip, entry);
      if (mismatch) return no('terminal', mismatch);
    }
    const nameless = facts.slips.find((slip) => slip.stan === undefined && !facts.torn(slip));
    if (nameless) {
      return unknown(
        `on a ${quoteSlip(nameless)} no voucher number was found, so nobody can say which charge it is of.`,
      );
    }
    return yes(`${count(facts.slips.length, 'slip')}, each of money that moved.`);
  },
};

function judgeEntry(facts: Facts, slip: ReadSlip, entry: LedgerEntry): string | undefined {
  if (facts.stands(entry) || facts.declinedLater(entry)) return undefined;
  const said = `the terminal printed a ${quoteSlip(slip)}, but the host has ${quoteEntry(entry)}`;
  if (entry.state !== 'reversed') return `${said}: no money moved.`;
  const reversal = facts.reversalOf(entry);
  const reason = reversal?.reason ?? '';
  const outcome = facts.stepOf(entry)?.outcome;
  if (outcome === 'approved') return `${said} although the screen showed it as approved.`;
  if (!COULD_NOT_FINISH.includes(reason)) {
    return `${said} with reason ${reason || '(none)'}: such a reversal says that there was nothing to print.`;
  }
  return reversal && slip.source.at > reversal.at
    ? `${said}, and the slip came after the reversal.`
    : undefined;
}

/** Voids and refunds may print the original's reference number, so only a sale's must be its own. */
function otherIdentity(facts: Facts, slip: ReadSlip, entry: LedgerEntry): string | undefined {
  const original = facts.ledger.find((other) => other.id === entry.of);
  for (const [what, printed, own, others] of [
    ['RRN', slip.rrn, entry.rrn, original?.rrn],
    ['authorisation code', slip.authCode, entry.authCode, original?.authCode],
  ] as const) {
    if (printed && own && printed !== own && printed !== others) {
      return `the ${quoteSlip(slip)} prints ${what} ${printed}, but the host's ${quoteEntry(entry)} has ${own}.`;
    }
  }
  return undefined;
}
