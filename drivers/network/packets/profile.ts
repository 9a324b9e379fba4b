import { z } from 'zod';
import { DISTRIBUTIONS } from '../../../rig/model/fault.ts';
import { parseRate } from '../../../rig/model/rate.ts';
import { parseDuration } from '../../../rig/model/time.ts';

/** A duration, or a number of ms. */
const Ms = z.union([
  z.number().min(0),
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration such as 40 ms' })
    .transform((text) => parseDuration(text) ?? 0),
]);
/** A rate, or a number of bits a second. */
const Rate = z.union([
  z.number().min(1),
  z
    .string()
    .refine((text) => parseRate(text) !== undefined, { error: 'not a rate such as 240 kbit/s' })
    .transform((text) => parseRate(text) ?? 0),
]);
const Percent = z.number().min(0).max(100);

/** What a link does to the packets of one direction, in wall time. All chance comes from the seed of the engine. */
export const LinkProfile = z.strictObject({
  delay: Ms.default(0).describe('least delay of every packet, handshake included'),
  jitter: Ms.default(0).describe('spread on top of the delay; packets keep their order'),
  distribution: z.enum(DISTRIBUTIONS).default('uniform').describe('of the jitter'),
  loss: Percent.default(0).describe('percent of the packets that vanish'),
  burst: z
    .number()
    .min(1)
    .max(10_000)
    .optional()
    .describe('mean length of a burst of loss, packets (Gilbert-Elliott)'),
  reorder: Percent.default(0).describe('percent of the packets that overtake: they are not delayed'),
  duplicate: Percent.default(0),
  corrupt: Percent.default(0).describe(
    'percent with a bit inverted; the checksum then is wrong and TCP drops them',
  ),
  rate: Rate.optional().describe('bits of packets a second'),
  queue: z.int().min(1).max(100_000).default(1000).describe('packets that may wait; more vanish'),
  mtu: z.int().min(68).max(65_535).optional().describe('larger packets vanish (path MTU black hole)'),
});
export type LinkProfile = z.infer<typeof LinkProfile>;

/** Something on the wire that sets something off, packet by packet. */
export const PacketEvent = z.strictObject({
  when: z.strictObject({
    direction: z.enum(['request', 'response']),
    payload: z
      .string()
      .regex(/^([0-9A-Fa-f]{2}){1,64}$/, { error: 'not bytes as hex' })
      .optional()
      .describe('bytes of the payload at `offset`, such as the MTI; plaintext only'),
    offset: z.int().min(0).max(1400).default(0),
    flag: z.enum(['syn', 'fin', 'rst']).optional().describe('a segment with this flag'),
    nth: z.int().min(1).default(1).describe('the nth such packet of a connection'),
  }),
  do: z
    .enum(['drop', 'cut', 'cut-back', 'reset'])
    .describe(
      'drop: this packet vanishes · cut: this and all later packets of its connection, both ways · ' +
        'cut-back: it arrives, and nothing comes back · reset: it vanishes and its sender gets an RST',
    ),
});
export type PacketEvent = z.infer<typeof PacketEvent>;

export const EngineProfile = z.strictObject({
  request: LinkProfile.prefault({}).describe('from the terminal'),
  response: LinkProfile.prefault({}).describe('to the terminal'),
  events: z.array(PacketEvent).max(100).default([]),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
});
export type EngineProfile = z.infer<typeof EngineProfile>;
export type EngineOptions = z.input<typeof EngineProfile>;
