import { z } from 'zod';
import { TlsClientOptions, TlsServerOptions } from '../../transport/tls.ts';
import { FRAMINGS } from '../wire/framing.ts';

const Address = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:]+\]|[^:[\]]+):\d{1,5}$/, 'expected an address such as 127.0.0.1:8583')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, {
    message: 'expected a port of at most 65535',
  });

/** TLS towards either side; a side that is absent speaks plain TCP. */
export const TlsSides = z.strictObject({
  listen: TlsServerOptions.optional().describe('towards terminals (or the relay in front of them)'),
  to: TlsClientOptions.optional().describe('towards the acquirer'),
});

/** The observer in a bench file. */
export const ObserverOptions = z.strictObject({
  listen: Address.describe(
    'address and port on which terminals (or the relay) are taken; port 0 takes a free one',
  ),
  to: Address.describe("the acquirer's own host"),
  dialect: z.string().default('unionpay-pos').describe('name of a shipped dialect, or a path'),
  framing: z
    .enum(FRAMINGS)
    .default('raw')
    .describe('what stands around messages on the wire: nothing, or an HTTP POST (x-ISO-TPDU/x-auth)'),
  keys: z.string().optional().describe('test keys of the terminals, to check MACs and PIN blocks that pass'),
  tls: TlsSides.prefault({}),
  export: z
    .strictObject({
      file: z.string().describe("the acquirer's own ledger as CSV; may come later and change"),
      mapping: z.string().describe('which column is what: a YAML file'),
    })
    .optional(),
  regions: z
    .string()
    .optional()
    .describe('file that maps source addresses to regions; default: that of the bench'),
  'keep-source': z
    .boolean()
    .default(false)
    .describe(
      'dial the acquirer from the address that the terminal dials from, e.g. the egress of its region',
    ),
  probe: z
    .boolean()
    .default(true)
    .describe('connect to the acquirer once when the bench is opened, to prove address and certificate'),
});
export type ObserverOptions = z.infer<typeof ObserverOptions>;

/** `[::1]:8583` → host without brackets, and port. */
export function splitAddress(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
