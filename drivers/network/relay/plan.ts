import type { FaultAction } from '../../../rig/model/fault-actions.ts';
import type { Strike } from './relay-fault.ts';

/**
 * What the faults that struck a message make of it: a row of operations that the flow carries out in order. Pure; bytes are
 * those of the original message, which is never changed in place.
 */
export type Op =
  /** Hand these bytes on, `offset` bytes into the message (as it was), as one write. */
  | { readonly do: 'emit'; readonly bytes: Uint8Array; readonly offset: number }
  /** These bytes are left out for a fault. */
  | { readonly do: 'leave-out'; readonly bytes: Uint8Array; readonly strike: Strike }
  /** Nothing is handed on for so many nominal ms. */
  | { readonly do: 'pace'; readonly ms: number }
  /** The fault does what it does to the path or the connection. */
  | { readonly do: 'act'; readonly strike: Strike };

/** Actions that end or hold the path at a byte; the others are about the bytes themselves. */
const ACTS: readonly FaultAction[] = [
  'cut',
  'reset',
  'fin',
  'half-open',
  'stall',
  'delay',
  'refuse',
  'handover',
];

/** How much of a throttled message leaves at once, nominal ms of its wire time. */
const TRICKLE_MS = 20;

/** The operations for one message. Without strikes: hand it on. */
export function planMessage(message: Uint8Array, strikes: readonly Strike[]): Op[] {
  if (strikes.length === 0) return [{ do: 'emit', bytes: message, offset: 0 }];
  const altered = corrupted(message, of(strikes, 'corrupt'));
  const left = [...of(strikes, 'truncate'), ...of(strikes, 'drop-bytes')];
  const acts = strikes.filter(({ fault }) => ACTS.includes(fault.fault.do)).sort((a, b) => a.from - b.from);
  const shapes = strikes.filter(({ fault }) => fault.fault.do === 'split' || fault.fault.do === 'bandwidth');
  const stops = [...acts.map(({ from }) => from), ...shapes.map(({ from }) => from)];
  for (const { from, to } of left) stops.push(from, to);
  const ops: Op[] = [];
  let at = 0;
  for (const stop of [...new Set([0, ...stops, message.length])].sort((a, b) => a - b)) {
    if (stop > at) {
      const out = left.find(({ from, to }) => from <= at && at < to);
      const bytes = altered.subarray(at, stop);
      if (out) ops.push({ do: 'leave-out', bytes: message.subarray(at, stop), strike: out });
      else
        ops.push(
          ...shaped(
            bytes,
            at,
            shapes.filter(({ from }) => from <= at),
          ),
        );
    }
    for (const act of acts) if (act.from === stop) ops.push({ do: 'act', strike: act });
    at = stop;
  }
  // The copies are of the message as it was delivered; it is cut or reset only once.
  const copy = concat(ops.flatMap((op) => (op.do === 'emit' ? [op.bytes] : [])));
  for (const { fault } of of(strikes, 'duplicate')) {
    for (let i = 0; i < (fault.fault.copies ?? 1); i++) ops.push({ do: 'emit', bytes: copy, offset: 0 });
  }
  return ops;
}

const of = (strikes: readonly Strike[], action: FaultAction) =>
  strikes.filter(({ fault }) => fault.fault.do === action);

function corrupted(message: Uint8Array, strikes: readonly Strike[]): Uint8Array {
  if (strikes.length === 0) return message;
  const copy = message.slice();
  for (const { from, fault } of strikes) {
    const byte = copy[from];
    if (byte !== undefined) copy[from] = byte ^ (1 << (fault.fault.bit ?? 0));
  }
  return copy;
}

/** Bytes in segments and at a rate. */
function shaped(bytes: Uint8Array, offset: number, shapes: readonly Strike[]): Op[] {
  if (shapes.length === 0) return [{ do: 'emit', bytes, offset }];
  const rate = Math.min(...shapes.map(({ fault }) => fault.rate || Number.POSITIVE_INFINITY));
  const every = Math.max(...shapes.map(({ fault }) => fault.every));
  const asked = shapes.flatMap(({ fault }) => (fault.fault.do === 'split' ? [fault.fault.bytes ?? 1] : []));
  const trickle = Number.isFinite(rate) ? Math.max(1, Math.floor((rate * TRICKLE_MS) / 8000)) : bytes.length;
  const size = Math.min(trickle, ...asked);
  const ops: Op[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const segment = bytes.subarray(at, at + size);
    // The last bit of a segment arrives when all of it has been on the wire; a pause stands between segments.
    const wire = Number.isFinite(rate) ? (segment.length * 8000) / rate : 0;
    const pace = Math.max(wire, offset + at === 0 ? 0 : every);
    if (pace > 0) ops.push({ do: 'pace', ms: pace });
    ops.push({ do: 'emit', bytes: segment, offset: offset + at });
  }
  return ops;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return Buffer.concat(parts);
}
