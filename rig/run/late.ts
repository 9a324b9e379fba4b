import type { CapturedSlip, HostExchange } from '../bench/planes.ts';
import type { FaultAction } from '../model/fault-actions.ts';
import { sameMoney } from '../model/money.ts';
import { madeIn, type StepRecord, stanOf } from './step-record.ts';

/** Faults that hand a message on later, or once more: it may reach the host when the terminal has long given up. */
const HANDS_ON_LATER: ReadonlySet<FaultAction> = new Set<FaultAction>([
  'stall',
  'delay',
  'bandwidth',
  'duplicate',
  'reorder',
  'coalesce',
  'handover',
]);

/**
 * What reached the host in a step, but was sent in an earlier one: the fault that held it was healed, or the network took its
 * time. Whoever took it for this step's own would hold the answer to it against the terminal.
 *
 * Two things prove it, and nothing less, or a terminal that repeats itself or says an old amount would hide behind it: an earlier
 * step's fault held this message, by its kind and STAN, and it had not arrived then (or the fault made copies); or the terminal
 * itself has reversed it, while an earlier step that got no answer had asked for just that.
 * @param record the step, without this finding
 * @param before the steps before it
 */
export function lateIn(
  { kind, seen }: Pick<StepRecord, 'kind' | 'seen'>,
  before: readonly StepRecord[],
): readonly HostExchange[] {
  const earlier = before.flatMap((record) => record.seen.exchanges);
  const held = (request: HostExchange['request']): boolean => {
    const arrived = earlier.some((one) => one.request.kind === kind && one.request.stan === request.stan);
    return before.some(({ faults }) =>
      faults.some((fault) => {
        const { fault: what, trigger } = fault.proof();
        const may = HANDS_ON_LATER.has(what.do) && (!arrived || what.do === 'duplicate');
        return may && trigger !== undefined && trigger.kind === kind && trigger.stan === request.stan;
      }),
    );
  };
  const unanswered = before.filter(
    (record) => record.kind === kind && record.outcome === 'no-answer' && madeIn(record) === undefined,
  );
  const givenUp = ({ stan, amount }: HostExchange['request']): boolean =>
    amount !== undefined &&
    unanswered.some(({ asked }) => asked !== undefined && sameMoney(asked, amount)) &&
    seen.exchanges.some(({ request }) => request.kind === 'reversal' && request.stan === stan) &&
    seen.exchanges.some(({ request }) => request.kind === kind && request.stan !== stan);
  return seen.exchanges.filter(({ request }) => request.kind === kind && (held(request) || givenUp(request)));
}

/** A voucher number is six digits on the wire; slips may drop leading zeros. */
const six = (text: string) => text.trim().padStart(6, '0');

/**
 * Copies that were printed in a step and belong to the one before it: screens and paper come by lines of their own, and the
 * screen from which the next step starts may be there first. Proof is that a copy names the transaction of the step before, is
 * the first of its kind to do so, is no reprint, and began within `within` nominal ms of that step's end: a terminal that prints
 * a slip twice, or at the wrong time, does not hide behind it.
 */
export function latePaperIn(
  slips: readonly CapturedSlip[],
  before: readonly StepRecord[],
  within: number,
): readonly CapturedSlip[] {
  const last = before.at(-1);
  const stan = last && stanOf(last);
  if (!last || stan === undefined) return [];
  const there = new Set(
    last.seen.slips.filter(({ fields }) => namesIt(fields['stan'], stan)).map(({ copy }) => copy),
  );
  return slips.filter(({ copy, duplicate, fields, at }) => {
    if (duplicate || !namesIt(fields['stan'], stan) || there.has(copy) || at - last.to > within) return false;
    there.add(copy);
    return true;
  });
}

const namesIt = (printed: string | undefined, stan: string): boolean =>
  printed !== undefined && printed.trim() !== '' && six(printed) === six(stan);
