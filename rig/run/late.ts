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
 * A message is late if an earlier step's fault held it, by its kind and STAN; or if an earlier step asked for just that and
 * nothing of it arrived then, while this step asked for something else or has sent another one behind it.
 * @param record the step, without this finding
 * @param before the steps before it
 */
export function lateIn(
  { kind, asked, seen }: Pick<StepRecord, 'kind' | 'asked' | 'seen'>,
  before: readonly StepRecord[],
): readonly HostExchange[] {
  const ofKind = seen.exchanges.filter(({ request }) => request.kind === kind);
  const last = ofKind.at(-1)?.request.stan;
  const triggers = before.flatMap(({ faults }) =>
    faults
      .map((fault) => fault.proof())
      .flatMap(({ fault, trigger }) => (trigger && HANDS_ON_LATER.has(fault.do) ? [trigger] : [])),
  );
  const missing = before.filter((earlier) => earlier.kind === kind && madeIn(earlier) === undefined);
  return ofKind.filter(({ request }) => {
    const { stan, amount } = request;
    const held = triggers.some((trigger) => trigger.kind === kind && trigger.stan === stan);
    if (held) return true;
    const awaited = missing.some((earlier) => earlier.asked && amount && sameMoney(earlier.asked, amount));
    const anothers = asked !== undefined && amount !== undefined && !sameMoney(asked, amount);
    return awaited && (anothers || stan !== last);
  });
}
