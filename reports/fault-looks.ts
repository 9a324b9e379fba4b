import type { FaultProof } from '../rig/model/fault.ts';
import type { FaultAction } from '../rig/model/fault-actions.ts';
import { placePoint } from '../rig/model/fault-rules.ts';
import type { TillFaultAction } from '../rig/model/till-fault.ts';

/**
 * What a fault makes of the message that set it off, for drawings. `lost`: it ends at a byte · `altered`: it arrives, not
 * as it was sent · `shaped`: it arrives as it was sent, later or in other pieces · `path`: no message is touched.
 */
export type Effect = 'lost' | 'altered' | 'shaped' | 'path';

export interface FaultLook {
  /** At most three cells, of glyphs that every font of the reports has. */
  readonly sign: string;
  readonly effect: Effect;
}

export const FAULT_LOOKS: Readonly<Record<FaultAction, FaultLook>> = {
  cut: { sign: '╳', effect: 'lost' },
  reset: { sign: 'RST', effect: 'lost' },
  fin: { sign: 'FIN', effect: 'lost' },
  'half-open': { sign: '◐', effect: 'lost' },
  truncate: { sign: '▐', effect: 'lost' },
  'drop-bytes': { sign: '∅', effect: 'altered' },
  corrupt: { sign: '≠', effect: 'altered' },
  duplicate: { sign: '×2', effect: 'altered' },
  stall: { sign: '‖', effect: 'shaped' },
  delay: { sign: '◷', effect: 'shaped' },
  bandwidth: { sign: '≋', effect: 'shaped' },
  reorder: { sign: '⇅', effect: 'shaped' },
  split: { sign: '┊', effect: 'shaped' },
  coalesce: { sign: '⊕', effect: 'shaped' },
  'withhold-ack': { sign: 'ACK', effect: 'shaped' },
  refuse: { sign: '⊘', effect: 'path' },
  'accept-then-silence': { sign: '∅', effect: 'path' },
  dns: { sign: 'DNS', effect: 'path' },
  tls: { sign: 'TLS', effect: 'path' },
  handover: { sign: '⇄', effect: 'path' },
  loss: { sign: '%', effect: 'path' },
  mtu: { sign: 'MTU', effect: 'path' },
};

/** Those of the till's cable that the network does not have under the same name. */
const CABLE_LOOKS: Readonly<Record<Exclude<TillFaultAction, FaultAction>, FaultLook>> = {
  garbage: { sign: '≠', effect: 'path' },
  nak: { sign: 'NAK', effect: 'path' },
  repeat: { sign: '×2', effect: 'path' },
  'late-ack': { sign: 'ACK', effect: 'path' },
  'baud-mismatch': { sign: '≋', effect: 'path' },
  restart: { sign: '↻', effect: 'path' },
};

/** The look of an action; of one that only a newer posrig knows, a plain sign and no claim about the message. */
export const faultLook = (action: string): FaultLook => LOOKS.get(action) ?? { sign: '?', effect: 'path' };

const LOOKS: ReadonlyMap<string, FaultLook> = new Map(Object.entries({ ...CABLE_LOOKS, ...FAULT_LOOKS }));

/** Where in its message a fault hit: `byte` bytes passed of `of`. */
export interface Hit {
  readonly byte: number;
  readonly of: number;
}

/** Where in the message that set it off a fault hit; undefined for one that hit no message. */
export function hitOf({ fault, trigger, span }: FaultProof): Hit | undefined {
  if (!trigger) return undefined;
  const of = trigger.bytes;
  const within = (byte: number): Hit => ({ byte: Math.min(Math.max(0, byte), of), of });
  if (span) return within(span.from);
  const point = placePoint(fault.at);
  if (point?.class === 'whole') return within(0);
  if (point?.class !== 'inside' || point.byte === undefined) return undefined;
  if (point.byte === 'first') return within(1);
  if (point.byte === 'last') return within(of);
  return within(point.byte < 0 ? of + point.byte : point.byte);
}
