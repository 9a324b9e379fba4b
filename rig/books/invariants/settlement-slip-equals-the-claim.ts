import type { Settlement } from '../../model/book.ts';
import { sameMoney } from '../../model/money.ts';
import type { Slip } from '../../model/receipt.ts';
import { type Facts, sixDigits } from '../facts.ts';
import { count, type Invariant, no, notAsked, unknown, yes } from '../invariant.ts';
import { readPrintedAmount } from '../printed-amount.ts';
import { quoteTotals } from '../words.ts';

/** The settlement slip, on which the merchant relies, says what the terminal claimed to the host. */
export const settlementSlipEqualsTheClaim: Invariant = {
  name: 'settlement-slip-equals-the-claim',
  title: { en: 'Settlement slip equals the claim', zh: '结算单与上送总额一致' },
  needs: ['host', 'slips'],
  judge(facts) {
    if (facts.settlements.length === 0) return notAsked('no settlement reached the host.');
    /** The terminal said that it was done, in the step in which this settlement was made. */
    const shown = ({ at }: Settlement): boolean =>
      facts.input.steps.some(
        ({ asked, outcome, unwatched, from, to }) =>
          asked?.kind === 'settlement' && outcome === 'done' && !unwatched && from <= at && at <= to,
      );
    // A settlement may be sent twice when its answer was lost; the slip is of the last one of its batch.
    const last = new Map(facts.settlements.map((settlement) => [settlement.batch, settlement]));
    for (const settlement of last.values()) {
      const slip = slipOf(facts, settlement);
      if (!slip) {
        if (!shown(settlement)) continue;
        return no(
          'terminal',
          `the terminal settled batch ${settlement.batch} (${quoteTotals(settlement.claimed)}) and said it was done, but printed no settlement slip of it.`,
        );
      }
      const found = compare(facts, settlement, slip);
      if (found) return found;
    }
    return yes(`${count(last.size, 'settled batch').replace(/batchs$/, 'batches')}, slip and claim equal.`);
  },
};

function slipOf(facts: Facts, settlement: Settlement): Slip | undefined {
  const slips = facts.settlementSlips;
  const same = slips.findLast((slip) => sixDigits(slip.fields['batch']) === sixDigits(settlement.batch));
  return same ?? slips.findLast((slip) => slip.fields['batch'] === undefined);
}

function compare(facts: Facts, settlement: Settlement, slip: Slip) {
  const { claimed, batch } = settlement;
  for (const [field, expected] of [
    ['sales-count', claimed.debitCount],
    ['sales-total', claimed.debit],
    ['credit-count', claimed.creditCount],
    ['credit-total', claimed.credit],
  ] as const) {
    const printed = slip.fields[field];
    if (printed === undefined) {
      return unknown(`on the settlement slip of batch ${batch} no ${field} was found.`);
    }
    if (typeof expected === 'number') {
      if (/^\d{1,9}$/.test(printed) && Number(printed) === expected) continue;
    } else {
      const amount = readPrintedAmount(printed, facts.input.currency);
      if (!amount.ok)
        return unknown(
          `on the settlement slip of batch ${batch} the ${field} cannot be read: ${amount.why}.`,
        );
      if (sameMoney(amount.money, expected)) continue;
    }
    return no(
      'terminal',
      `the settlement slip of batch ${batch} prints ${field} "${printed.slice(0, 40)}", but the terminal claimed ${quoteTotals(claimed)}.`,
    );
  }
  return undefined;
}
