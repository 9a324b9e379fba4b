import { CONFIDENCE_MIN, type Slip } from '../model/receipt.ts';
import type { BooksInput } from './input.ts';
import type { Invariant, Judgement } from './invariant.ts';

/** By what slips of transactions, and of settlements, are compared with other books. */
const OF_TRANSACTIONS = ['terminal-id', 'batch', 'stan', 'amount', 'rrn', 'auth-code'] as const;
const OF_SETTLEMENTS = ['batch', 'sales-count', 'sales-total', 'credit-count', 'credit-total'] as const;

/**
 * What an invariant found, unless it rests on values of slips that were read from a picture without being sure of them:
 * such slips neither prove nor accuse.
 */
export function temperedBySight(judgement: Judgement, invariant: Invariant, input: BooksInput): Judgement {
  if (judgement.holds !== 'yes' && judgement.holds !== 'no') return judgement;
  if (input.slips.state !== 'kept' || !invariant.needs.includes('slips')) return judgement;
  const ofSettlements = invariant.name === 'settlement-slip-equals-the-claim';
  const slips = input.slips.content.filter(({ copy }) => (copy === 'settlement') === ofSettlements);
  const unsure = slips.flatMap((slip) => unsureIn(slip, ofSettlements ? OF_SETTLEMENTS : OF_TRANSACTIONS));
  return unsure.length === 0
    ? judgement
    : {
        holds: 'unknown',
        reason: `${judgement.reason} Slips were read from pictures, and not for certain: ${[...new Set(unsure)].join(', ')}.`,
      };
}

function unsureIn({ copy, fields, reading }: Slip, names: readonly string[]): string[] {
  if (!reading) return [];
  if (reading.legible === 0) return [`nothing of the ${copy} copy`];
  return names.flatMap((name) => {
    const confidence = reading.fields[name] ?? 100;
    // What is not found where not all could be read may stand there.
    const missing =
      fields[name] === undefined && reading.legible < 1 && name !== 'auth-code' && name !== 'rrn';
    if (confidence >= CONFIDENCE_MIN && !missing) return [];
    return [missing ? `no ${name} found` : `${name} (${confidence} of 100)`];
  });
}
