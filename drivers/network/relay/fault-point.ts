import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
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
  const match = /^(request|response)\.(?:leaving|arriving|byte\((\d+)\))$/.exec(point);
  if (!match) return { at: 'connect' };
  return {
    at: 'message',
    direction: match[1] === 'request' ? 'request' : 'response',
    byte: Number(match[2] ?? 0),
  };
}

/** Kinds that a fault without `on` does not mean: keeping the session alive, and what the dialect does not know. */
const NOT_FINANCIAL: readonly MessageKind[] = ['sign-on', 'sign-off', 'echo', 'other'];

/** True for a message of the kind that the fault waits for; without `on`, any financial message. */
export function isMeant(fault: Fault, kind: MessageKind): boolean {
  return fault.on === undefined ? !NOT_FINANCIAL.includes(kind) : fault.on === kind;
}

/**
 * Refuses, before the transaction begins, a fault that could never be shown to be in force.
 * @throws NETWORK_FAULT, blame file
 */
export function checkFault(fault: Fault): void {
  const refuse = (message: string, hint: string): never => {
    throw new RigError('NETWORK_FAULT', 'file', message, { hint });
  };
  if (fault.do === 'delay' && fault.for === undefined) {
    refuse('a delay must say how long', 'Add `for: 5 s`.');
  }
  const onConnect = typeof fault.heal === 'object' && 'on' in fault.heal;
  if (fault.do === 'refuse' && onConnect) {
    refuse(
      'a refusal cannot be healed by the next attempt to connect: the kernel refuses it and tells nobody',
      'Heal it with `next-step` or after a time.',
    );
  }
  if (placePoint(fault.at).at === 'connect' && fault.on !== undefined) {
    refuse('a connection attempt is not a message, so `on` says nothing at `connect`', 'Leave `on` out.');
  }
}
