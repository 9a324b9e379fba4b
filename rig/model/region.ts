import { z } from 'zod';

const Titles = z.strictObject({ en: z.string(), zh: z.string() });

/** Delay figures of a path in milliseconds. `rtt` is a round trip, split evenly over both directions. */
const PathFigures = { rtt: z.number().min(0), jitter: z.number().min(0).default(0) };

/** Where a figure comes from; every shipped number says so. */
const Source = z.strictObject({
  kind: z.enum(['measured', 'published', 'derived', 'chosen']),
  from: z.string(),
});

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
  source: Source,
});
export type Access = z.infer<typeof Access>;
export const AccessFile = z.strictObject({ version: z.literal(1), access: z.array(Access).min(1) });
