import { z } from 'zod';

const Titles = z.strictObject({ en: z.string(), zh: z.string() });

/** Delay figures of a path in milliseconds. `rtt` is a round trip, split evenly over both directions. */
const PathFigures = {
  rtt: z.number().min(0),
  jitter: z.number().min(0).default(0),
  loss: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe('packets lost, percent; made by the kernel and packet layers, a relay of streams loses none'),
};

/** Where a figure comes from; every shipped number says so. */
const Source = z.strictObject({
  kind: z.enum(['measured', 'published', 'derived', 'chosen']),
  from: z.string(),
});

const Address = z.union([z.ipv4(), z.ipv6()]);

/** One IP address or a few, of either family. */
export const Addresses = z
  .union([Address, z.array(Address).min(1).max(8)])
  .transform((found): readonly string[] => (typeof found === 'string' ? [found] : found));

/** A place where a terminal can be: what the acquirer sees of it and what the path to the acquirer is like. */
export const Region = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: Titles,
  egress: z
    .string()
    .describe('source address the acquirer sees; on the built-in bench one loopback address per region'),
  ...PathFigures,
  source: Source,
  currency: z.string().length(3).default('CNY'),
  entry: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional()
    .describe(
      "acquirer entry point that terminals here reach; the bench file says where it is; default: the bench's `to`",
    ),
  entries: z
    .record(z.string(), z.strictObject({ ...PathFigures, source: Source }))
    .optional()
    .describe('figures to entry points other than the one that rtt and jitter are for'),
  dns: Addresses.optional().describe(
    "what the acquirer's name resolves to here, IPv4 or IPv6, or a list of both; default: the relay",
  ),
  location: z
    .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
    .optional()
    .describe('what a positioning module would report, degrees'),
  cell: z
    .strictObject({
      mcc: z.string().regex(/^\d{3}$/),
      mnc: z.string().regex(/^\d{2,3}$/),
      lac: z.int().min(0).max(65_535),
      ci: z.int().min(0).max(268_435_455),
    })
    .optional()
    .describe('what a modem would report: country and network code, area, cell'),
  policy: z
    .strictObject({
      roaming: z
        .enum(['home', 'allowed', 'on-request', 'forbidden'])
        .describe('may a terminal that is registered at home be used here, as acquirers commonly hold it'),
    })
    .optional(),
  'pos-service': z
    .enum(['available', 'none'])
    .default('available')
    .describe('none: nobody serves terminals here; connections are refused'),
});
export type Region = z.infer<typeof Region>;
export const RegionFile = z.strictObject({ version: z.literal(1), regions: z.array(Region).min(1) });

/** An access network: the last mile between the terminal and the backbone. */
export const Access = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: Titles,
  ...PathFigures,
  down: z
    .number()
    .gt(0)
    .optional()
    .describe('kbit/s towards the terminal; applied by layers that shape links'),
  up: z.number().gt(0).optional().describe('kbit/s towards the acquirer'),
  source: Source,
});
export type Access = z.infer<typeof Access>;
export const AccessFile = z.strictObject({ version: z.literal(1), access: z.array(Access).min(1) });
