import type { HostExchange } from '../bench/planes.ts';
import type { FaultAction } from '../model/fault-actions.ts';
import { sameMoney } from '../model/money.ts';
import { madeIn, type StepRecord } from './step-record.ts';

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
