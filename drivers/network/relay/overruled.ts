import type { MessageDirection } from '../../../rig/model/message.ts';
import type { Strike } from './relay-fault.ts';

/**
 * Of the faults that struck one message, those that another of them leaves nothing to do, each with the reason: a byte that
 * was to be corrupted and never left is no proof of a corruption. In the order in which they were armed.
 */
export function overruled(
  strikes: readonly Strike[],
  direction: MessageDirection,
): ReadonlyMap<Strike, string> {
  const found = new Map<Strike, string>();
  if (strikes.length < 2) return found;
  for (const strike of strikes) {
    const why = whyNot(strike, strikes, direction);
    if (why !== undefined) found.set(strike, why);
  }
  return found;
}

function whyNot(strike: Strike, all: readonly Strike[], direction: MessageDirection): string | undefined {
  const { from, fault } = strike;
  const others = all.filter((other) => other !== strike);
  const ending = others.find((other) => endsWay(other, direction) && isBefore(other, strike, all));
  if (ending && needsBytes(strike)) return `${ending.fault.id} let nothing more pass before it`;
  if (fault.fault.do !== 'corrupt') return undefined;
  const gone = others.find((other) => leavesOut(other) && other.from <= from && from < other.to);
  if (gone) return `${gone.fault.id} left its byte out`;
  const same = others.filter((other) => other.fault.fault.do === 'corrupt' && other.from === from);
  const back = same.filter((other) => (other.fault.fault.bit ?? 0) === (fault.fault.bit ?? 0));
  return back.length % 2 === 1 ? `${back[0]?.fault.id} inverted the same bit back` : undefined;
}

/** What it does is done to bytes that are still to pass. */
const needsBytes = ({ fault }: Strike): boolean =>
  ['corrupt', 'drop-bytes', 'truncate', 'duplicate', 'split', 'bandwidth', 'delay', 'stall'].includes(
    fault.fault.do,
  );

const leavesOut = ({ fault }: Strike): boolean => ['drop-bytes', 'truncate'].includes(fault.fault.do);

/** Nothing more of the direction crosses after it. */
function endsWay({ fault: { fault } }: Strike, direction: MessageDirection): boolean {
  switch (fault.do) {
    case 'reset':
    case 'half-open':
      return true;
    case 'cut':
      return fault.direction === undefined || fault.direction === 'both' || fault.direction === direction;
    case 'fin':
      return (
        fault.end === undefined ||
        fault.end === 'both' ||
        (fault.end === 'terminal') === (direction === 'response')
      );
    default:
      return false;
  }
}

/** The end comes before the byte of the other, or at it; holds at the same byte take their turn as they were armed. */
function isBefore(ending: Strike, other: Strike, all: readonly Strike[]): boolean {
  const { do: action } = other.fault.fault;
  // Copies come behind the whole message.
  if (action === 'duplicate') return true;
  if (ending.from !== other.from) return ending.from < other.from;
  return !['delay', 'stall'].includes(action) || all.indexOf(ending) < all.indexOf(other);
}
