import type { Settlement, Totals } from '../../../rig/model/book.ts';
import type { Attempt } from './attempt.ts';

type Draft = { -readonly [K in keyof Settlement]: Settlement[K] };

/**
 * Settlements as they passed: what each 0500 claimed and what its answer says (F48 result 1 balanced, 2 not balanced),
 * and the batch uploads that followed. A claim without an answer is `unknown`. Until a settlement of a terminal was seen,
 * nobody knows what its batch already held: such a settlement says so in `unseen`.
 */
export function seenSettlements(attempts: readonly Attempt[]): readonly Settlement[] {
  const settlements: Draft[] = [];
  /** Terminals of which the end of a batch was seen, and so the beginning of the next. */
  const watched = new Set<string>();
  for (const attempt of attempts) {
    const { message, totals, details } = attempt.request;
    const terminal = message.terminal ?? '';
    const batch = message.batch ?? '';
    const last = settlements.findLast((one) => one.terminal === terminal && one.batch === batch);
    const taken = attempt.answer?.message.code === '00';
    if (message.kind === 'settlement' && totals) {
      const fromTheBeginning = last ? !last.unseen?.includes('beginning') : watched.has(terminal);
      const one = settle(attempt, totals.totals, fromTheBeginning);
      settlements.push(one);
      if (one.result === 'balanced') watched.add(terminal);
    } else if (message.kind === 'batch-upload' && last && taken) {
      last.uploaded = [...last.uploaded, ...(details ?? [])];
    } else if (message.kind === 'batch-upload-end' && last && taken) {
      last.uploadEnded = true;
      watched.add(terminal);
    }
  }
  return settlements;
}

function settle({ request, answer, at }: Attempt, claimed: Totals, fromTheBeginning: boolean): Draft {
  const told = answer?.totals;
  const result =
    answer === undefined
      ? 'unknown'
      : answer.message.code !== '00'
        ? 'error'
        : told?.result === '1'
          ? 'balanced'
          : told?.result === '2'
            ? 'not-balanced'
            : 'error';
  // Some hosts answer a balanced settlement with zeros: "1" says that their totals are the ones claimed.
  const named = told && !(isZero(told.totals) && result !== 'not-balanced') ? told.totals : undefined;
  const unseen = [
    ...(named === undefined && result !== 'balanced' ? (['counted'] as const) : []),
    ...(fromTheBeginning ? [] : (['beginning'] as const)),
  ];
  return {
    terminal: request.message.terminal ?? '',
    batch: request.message.batch ?? '',
    claimed,
    counted: named ?? claimed,
    result,
    uploaded: [],
    uploadEnded: false,
    at,
    ...(unseen.length > 0 && { unseen }),
  };
}

const isZero = ({ debit, debitCount, credit, creditCount }: Totals) =>
  debit.minor === 0 && debitCount === 0 && credit.minor === 0 && creditCount === 0;
