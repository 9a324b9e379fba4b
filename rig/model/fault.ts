import { z } from 'zod';
import { FAULT_ACTION_NAMES, FAULT_ACTIONS } from './fault-actions.ts';
import { MESSAGE_KINDS } from './message.ts';
import { parseRate } from './rate.ts';
import { parseDuration } from './time.ts';

/**
 * The fault language: where on the dialogue, which message, what happens, how it heals. Shared by scenarios, benches
 * and the command line (`fault-text.ts` has its one-line form, `fault-rules.ts` what a schema cannot say).
 */

const PLACE =
  /^(connect|tls\.handshake|close|(request|response)(\.(first-byte|last-byte|leaving|arriving|byte\(-?\d{1,7}\)|total\(\d{1,12}\)))?)$/;

/** Where a fault strikes. Every point of a message lets the bytes before it pass untouched. */
export const FaultPoint = z
  .string()
  .regex(PLACE, { error: 'not a point of the dialogue' })
  .describe(
    'connect · tls.handshake · close (an end closes, the other is not yet told) · ' +
      'request.leaving, request.arriving (complete at the rig, nothing of it handed to the host) · request.first-byte · ' +
      'request.byte(n) (n bytes of the message are handed on; -n: all but n) · request.last-byte (all of it is handed on) · ' +
      'request.total(n) (n bytes since the connection was made) · request (the whole stream, from now on); ' +
      'response likewise, towards the terminal',
  );

const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration' })
  .describe('a duration such as 400 ms or 20 s');

export const DISTRIBUTIONS = ['uniform', 'normal', 'pareto'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

export const DNS_FAILURES = ['nxdomain', 'timeout', 'wrong-address'] as const;
export const TLS_FAILURES = [
  'expired',
  'wrong-name',
  'unknown-ca',
  'protocol-too-old',
  'handshake-cut',
] as const;

export const FAULT_LAYERS = ['relay', 'kernel', 'packet'] as const;
/** relay: userspace, bytes of a stream · kernel: nftables, namespaces, netem · packet: TUN, packets in userspace. */
export type FaultLayer = (typeof FAULT_LAYERS)[number];

const LIVE = {
  fin: 'closed in order (the default)',
  reset: 'ended with an RST',
  'half-open': 'die silently: neither end is told, as when an address or a NAT entry is gone',
  keep: 'go on over the new path, as in a handover that keeps the address',
} as const;
const LIVE_WORDS = `what becomes of live connections: ${Object.entries(LIVE)
  .map(([name, meaning]) => `${name}: ${meaning}`)
  .join(' · ')}`;

/** What becomes of live connections when the terminal moves. */
export const LiveConnections = z
  .enum(Object.keys(LIVE) as [keyof typeof LIVE, ...(keyof typeof LIVE)[]])
  .describe(LIVE_WORDS);
export type LiveConnections = z.infer<typeof LiveConnections>;

const Count = (most: number) => z.int().min(1).max(most);

/** A decimal; files keep `0.50` as the text that stands there. */
const Decimal = (rule: z.ZodNumber) =>
  z
    .union([z.number(), z.string().min(1)])
    .transform(Number)
    .pipe(rule);

export const Fault = z.strictObject({
  at: FaultPoint,
  do: z
    .enum(FAULT_ACTION_NAMES)
    .describe(FAULT_ACTION_NAMES.map((name) => `${name}: ${FAULT_ACTIONS[name].summary}`).join(' · ')),

  // Which
  on: z
    .union([z.enum(MESSAGE_KINDS), z.literal('any')])
    .optional()
    .describe('which kind of message; without it, the first financial message'),
  nth: Count(1_000_000).default(1).describe('the nth such message (or connection) since the fault was armed'),
  times: z
    .union([Count(1_000_000), z.literal('always')])
    .optional()
    .describe('how many of them, from the nth on; default 1'),
  terminal: z.string().min(1).max(16).optional().describe('only messages of this terminal id (F41)'),
  region: z.string().min(1).max(60).optional().describe('only while the terminal is in this region'),
  connection: Count(1_000_000)
    .optional()
    .describe('only on the nth connection since the fault was armed, those then open counted first'),
  probability: Decimal(z.number().gt(0).max(1))
    .optional()
    .describe("chance that each of them is struck, decided by the run's seed; default 1"),

  // What, more precisely
  how: z
    .enum([...DNS_FAILURES, ...TLS_FAILURES])
    .optional()
    .describe('which failure: of dns and tls'),
  for: Duration.optional().describe('length of a delay or stall; longest wait of reorder and coalesce'),
  jitter: Duration.optional().describe('spread of a delay, on top of `for`: never shorter than asked'),
  distribution: z
    .enum(DISTRIBUTIONS)
    .optional()
    .describe('of the jitter: uniform (0 to jitter, the default), normal (its half, mean jitter), pareto'),
  rate: z
    .string()
    .refine((text) => parseRate(text) !== undefined, { error: 'not a rate' })
    .optional()
    .describe('of bandwidth, such as 20 kbit/s, 1.6 Mbit/s or 500 B/s'),
  bytes: Count(1_000_000)
    .optional()
    .describe('bytes of drop-bytes; size of the segments of split; packet size of mtu'),
  bit: z.int().min(0).max(7).optional().describe('which bit corrupt inverts, 0 the lowest (the default)'),
  every: Duration.optional().describe('pause between the segments of split'),
  copies: Count(100).optional().describe('how often more duplicate delivers; default 1'),
  end: z
    .enum(['terminal', 'host', 'both'])
    .optional()
    .describe('which end sees the reset or fin (default both); which is gone in half-open (default host)'),
  direction: z
    .enum(['request', 'response', 'both'])
    .optional()
    .describe('which way nothing passes, of cut and stall (default both); whose close, at close'),
  address: z
    .string()
    .max(45)
    .optional()
    .describe('the wrong address of dns; default 127.0.0.2, where nobody listens'),
  share: Decimal(z.number().gt(0).max(100))
    .optional()
    .describe('of the packets, percent: of loss; of corrupt, duplicate and reorder at a stream'),
  burst: Decimal(z.number().min(1).max(10_000))
    .optional()
    .describe('mean length of a burst of loss, packets; default 1'),

  to: z.string().min(1).max(60).optional().describe('region of a handover; default: the same'),
  access: z.string().min(1).max(60).optional().describe('access network of a handover; default: the same'),
  live: LiveConnections.optional().describe(`of a handover: ${LIVE_WORDS}`),

  heal: z
    .union([
      z.literal('next-step'),
      z.literal('never'),
      z.strictObject({ after: Duration }),
      z
        .strictObject({ on: z.union([z.literal('connect'), z.enum(MESSAGE_KINDS)]) })
        .describe('the next attempt to connect, or the next such message, goes through'),
    ])
    .default('next-step')
    .describe(
      'next-step: when the next step starts · never: stands until the scenario closes its books · after a time · on an event',
    ),
  layer: z
    .enum(FAULT_LAYERS)
    .optional()
    .describe('which layer must do it; default: the first of relay, kernel, packet that can'),
});
export type Fault = z.infer<typeof Fault>;

export type FaultState = 'in-force' | 'not-in-force' | 'unknown';

/** What one end of the path can have seen of a fault; bytes counted since it struck, on the connections it touched. */
export interface EndView {
  /** Bytes that this end had sent and that arrived at the rig. */
  readonly sent: number;
  /** Bytes handed to this end's socket and taken by the kernel. */
  readonly received: number;
  /** How its connection stands: open (as far as it can know), or how the rig ended it. */
  readonly connection: 'open' | 'fin' | 'reset' | 'never';
}

/** Evidence that a fault was (or was not) in force. Times are nominal ms of the run's clock. */
export interface FaultProof {
  readonly id: string;
  readonly fault: Fault;
  readonly state: FaultState;
  /** Who did it. */
  readonly layer?: FaultLayer;
  readonly askedAt: number;
  readonly armedAt?: number;
  /** When it was read back that the fault is armed. */
  readonly confirmedAt?: number;
  /** The message that set it off (the first, when it struck several times). */
  readonly trigger?: {
    readonly kind: string;
    readonly mti: string;
    readonly stan?: string;
    readonly bytes: number;
    readonly at: number;
    /** Which such message since the fault was armed, from 1. */
    readonly ordinal?: number;
    readonly connection?: string;
  };
  /** How many times it struck. */
  readonly strikes?: number;
  /** Bytes of the triggering message that the fault was about, counted from 0: `to` is not included. */
  readonly span?: { readonly from: number; readonly to: number };
  /** How long the triggering message was held before it was let go or swallowed. */
  readonly heldMs?: number;
  /** When the fault first changed what an end saw. */
  readonly firstEffectAt?: number;
  /** Bytes handed on and swallowed since the fault struck, per direction. */
  readonly handedOn: { readonly request: number; readonly response: number };
  readonly swallowed: { readonly request: number; readonly response: number };
  readonly ends?: { readonly terminal: EndView; readonly host: EndView };
  /** Counters of the kernel before and after, by name. */
  readonly counters?: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  readonly refusedConnections: number;
  readonly healedAt?: number;
  /** In words, for the report. */
  readonly summary: string;
}
