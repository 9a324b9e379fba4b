import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { faultIssues, faultLayers, type PlacedPoint } from '../../../rig/model/fault-rules.ts';
import type { MessageKind } from '../../../rig/model/message.ts';

/** Kinds that a fault without `on` does not mean: keeping the session alive, and what the dialect does not know. */
const NOT_FINANCIAL: readonly MessageKind[] = ['sign-on', 'sign-off', 'echo', 'other'];

/** True for a message of the kind that the fault waits for; without `on`, any financial message. Undefined: unreadable. */
export function isMeant(fault: Fault, kind: MessageKind | undefined): boolean {
  if (fault.on === 'any') return true;
  if (kind === undefined) return false;
  return fault.on === undefined ? !NOT_FINANCIAL.includes(kind) : fault.on === kind;
}

/** Actions that change bytes: `first-byte` and `last-byte` name the byte itself, not the moment after it. */
const ALTERS = ['truncate', 'drop-bytes', 'corrupt'];

/**
 * The bytes of a message of `length` bytes that a fault is about, in [from, to): at `from` it takes effect. Undefined when the
 * message is too short. "Leaving" and "arriving" are one moment on a relay: complete here, nothing of it handed on.
 */
export function spanOf(
  point: PlacedPoint,
  fault: Fault,
  length: number,
): { readonly from: number; readonly to: number } | undefined {
  const alters = ALTERS.includes(fault.do);
  const from = offsetOf(point.byte, alters, length);
  if (from < 0 || from > length || (alters && from === length)) return undefined;
  switch (fault.do) {
    case 'truncate':
    case 'split':
    case 'bandwidth':
    case 'duplicate':
    case 'reorder':
    case 'coalesce':
      return { from, to: length };
    case 'corrupt':
      return { from, to: from + 1 };
    case 'drop-bytes': {
      const to = from + (fault.bytes ?? 1);
      return to > length ? undefined : { from, to };
    }
    default:
      return { from, to: from };
  }
}

function offsetOf(byte: PlacedPoint['byte'], alters: boolean, length: number): number {
  if (byte === undefined) return 0;
  if (byte === 'first') return alters ? 0 : 1;
  if (byte === 'last') return alters ? length - 1 : length;
  return byte < 0 ? length + byte : byte;
}

/** What this relay has been given, which decides what it can do. */
export interface RelayMeans {
  /** Messages can be told apart: a dialect is known, and they are not under TLS that only passes through. */
  readonly dialogue: boolean;
  /** TLS towards the terminal: not at all, passed through unread, or ended here. */
  readonly tls: 'none' | 'pass-through' | 'terminate';
  /** A DNS responder is there that the terminal asks. */
  readonly dns: boolean;
}

/** Why a relay, whatever it was given, is not the layer that makes a fault; undefined when it is. */
export function beyondRelay(fault: Fault): string | undefined {
  const layers = faultLayers(fault);
  if (layers.includes('relay')) return undefined;
  const wanted = `a ${fault.do} ${fault.layer === undefined ? 'takes' : 'is asked of'} the ${layers.join(' or ')} layer`;
  return `${wanted}, and this bench has only a relay`;
}

/** Why this relay cannot do a fault; undefined when it can. */
export function unableTo(
  fault: Fault,
  { dialogue, tls, dns }: RelayMeans,
  point: PlacedPoint,
): string | undefined {
  const other = beyondRelay(fault);
  if (other !== undefined) return other;
  if (!dialogue && (point.class === 'whole' || point.class === 'inside'))
    return tls === 'pass-through'
      ? `there is no ${fault.at} under TLS that passes through unread: the relay sees no messages`
      : `there is no ${fault.at} without a dialect`;
  if (point.class === 'tls' && tls === 'none') return 'no TLS is spoken on this path';
  if (fault.do === 'tls' && fault.how !== 'handshake-cut' && tls !== 'terminate')
    return `a certificate or protocol of another kind can only be shown by a relay that ends TLS itself`;
  if (fault.do === 'dns' && !dns) return 'this relay answers no look-ups';
  return undefined;
}

/**
 * Refuses, before the transaction begins, a fault that could never be shown to be in force.
 * @throws NETWORK_FAULT, blame file for a fault that is wrong in itself, bench for one that this relay cannot do
 */
export function checkFault(fault: Fault, point: PlacedPoint, means: RelayMeans): void {
  const broken = faultIssues(fault)[0];
  if (broken) {
    throw new RigError('NETWORK_FAULT', 'file', broken.message, { hint: `Expected ${broken.expected}.` });
  }
  const unable = unableTo(fault, means, point);
  if (unable !== undefined) {
    throw new RigError('NETWORK_FAULT', 'bench', unable, {
      hint: 'Give the network plane of the bench what the fault needs, or place it elsewhere.',
    });
  }
}
