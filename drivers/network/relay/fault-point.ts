import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { faultIssues, placePoint as placed } from '../../../rig/model/fault-rules.ts';
import type { MessageDirection, MessageKind } from '../../../rig/model/message.ts';

/**
 * A fault point as the relay uses it. On one relay, "leaving" (its sender) and "arriving" (at its receiver) are the same
 * moment: the message is complete here and nothing of it has been handed on, so both are byte 0.
 */
export type PlacedPoint =
  | { readonly at: 'connect' }
  | { readonly at: 'message'; readonly direction: MessageDirection; readonly byte: number };

/** Places a point of the fault language (already checked by its schema). */
export function placePoint(point: Fault['at']): PlacedPoint {
  const place = placed(point);
  if (place?.direction === undefined) return { at: 'connect' };
  return { at: 'message', direction: place.direction, byte: typeof place.byte === 'number' ? place.byte : 0 };
}

/** Kinds that a fault without `on` does not mean: keeping the session alive, and what the dialect does not know. */
const NOT_FINANCIAL: readonly MessageKind[] = ['sign-on', 'sign-off', 'echo', 'other'];

/** True for a message of the kind that the fault waits for; without `on`, any financial message. */
export function isMeant(fault: Fault, kind: MessageKind): boolean {
  return fault.on === undefined ? !NOT_FINANCIAL.includes(kind) : fault.on === 'any' || fault.on === kind;
}

const DONE = ['cut', 'refuse', 'delay'];

/**
 * Refuses, before the transaction begins, a fault that could never be shown to be in force.
 * @throws NETWORK_FAULT, blame file
 */
export function checkFault(fault: Fault): void {
  const broken = faultIssues(fault)[0];
  if (broken) {
    throw new RigError('NETWORK_FAULT', 'file', broken.message, { hint: `Expected ${broken.expected}.` });
  }
  const place = placed(fault.at);
  const known =
    DONE.includes(fault.do) &&
    (place?.class === 'connect' ||
      place?.class === 'whole' ||
      (place?.class === 'inside' && typeof place.byte === 'number' && place.byte >= 0));
  if (!known) {
    throw new RigError('NETWORK_FAULT', 'bench', `the relay cannot ${fault.do} at ${fault.at}`, {
      hint: `It can ${DONE.join(', ')}, at connect or at a message.`,
    });
  }
}
