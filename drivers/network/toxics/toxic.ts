import { z } from 'zod';

/**
 * A toxic as toxiproxy's HTTP API speaks of it (its README, "Toxics" and "Toxic fields"): a standing disturbance of one
 * direction of every connection of a proxy, with a probability for each connection.
 */
const whole = z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const amount = (about: string) => whole.default(0).describe(about);

/** The attributes of each type; what is not given is 0, what is not known is ignored, as with toxiproxy. */
export const TOXIC_TYPES = {
  latency: z.object({
    latency: amount('ms that everything is delayed'),
    jitter: amount('ms that the delay may be longer or shorter, evenly distributed'),
  }),
  bandwidth: z.object({ rate: amount('kilobytes (1000 bytes) a second; 0 lets nothing pass') }),
  slow_close: z.object({ delay: amount('ms that the close is held back') }),
  timeout: z.object({
    timeout: amount('ms until the connection is closed; 0: not before the toxic is removed'),
  }),
  reset_peer: z.object({ timeout: amount('ms between the first data and the reset') }),
  slicer: z.object({
    average_size: amount('bytes of a slice'),
    size_variation: amount('bytes that a slice may be longer or shorter'),
    delay: amount('microseconds after each slice'),
  }),
  limit_data: z.object({ bytes: amount('bytes after which the connection is closed') }),
} as const;
export type ToxicType = keyof typeof TOXIC_TYPES;
export type AttributesOf<T extends ToxicType> = z.infer<(typeof TOXIC_TYPES)[T]>;

/** `upstream`: client to server, `downstream`: server to client. */
export type Stream = 'upstream' | 'downstream';

export type ToxicKind = {
  readonly [T in ToxicType]: { readonly type: T; readonly attributes: AttributesOf<T> };
}[ToxicType];

export type Toxic = ToxicKind & {
  readonly name: string;
  readonly stream: Stream;
  /** Probability, 0 to 1, that a connection is disturbed. */
  readonly toxicity: number;
};

export const isToxicType = (type: string): type is ToxicType => Object.hasOwn(TOXIC_TYPES, type);

/**
 * The attributes of a toxic of `type` from what a client sent, upon those it had before.
 * @throws z.ZodError when a value is no whole number
 */
export function toxicKind(type: ToxicType, given: unknown, before: object = {}): ToxicKind {
  const attributes = TOXIC_TYPES[type].parse({ ...before, ...withoutNulls(given) });
  return { type, attributes } as ToxicKind;
}

/** In Go's JSON, and so in toxiproxy, `null` leaves a field as it is. */
function withoutNulls(given: unknown): object {
  if (given === undefined || given === null) return {};
  const entries = Object.entries(z.record(z.string(), z.unknown()).parse(given));
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
