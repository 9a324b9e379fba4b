import { resolve } from 'node:path';
import { z } from 'zod';
import { CardFile, type TestCard } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import { formatFault, parseFaults } from '../../../rig/model/fault-text.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { loadDialect } from '../../host/dialect.ts';
import { readFileAs } from '../../host/read-file.ts';
import { splitHostPort } from '../toxics/proxies.ts';
import type { ProxyAddress } from '../toxics/proxy.ts';

const Options = z.object({
  listen: z.string().optional(),
  to: z.string().optional(),
  dialect: z.string().optional(),
  fault: z.array(z.string()).default([]),
  region: z.string().optional(),
  access: z.string().optional(),
  seed: z.string(),
  api: z.string().optional(),
  journal: z.string().optional(),
  cards: z.string(),
  quiet: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** Where the command line's relay listens and leads, and what it does to the path. */
export interface RelayPlan {
  readonly listen: ProxyAddress;
  readonly to: ProxyAddress;
  readonly dialect: Dialect | undefined;
  readonly path: { readonly region: string; readonly access: string } | undefined;
  /** In their one-line form, which was read and found right. */
  readonly faults: readonly string[];
}

/** What `posrig relay` is to do. */
export interface Plan {
  readonly relay: RelayPlan | undefined;
  readonly api: ProxyAddress | undefined;
  readonly seed: number;
  readonly cards: readonly TestCard[];
  readonly journal: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/**
 * Reads the command line, and the files that it names, before a port is opened.
 * @throws USAGE and FILE_…, blame file
 */
export function planFrom(given: Record<string, unknown>): Plan {
  const { cards, seed, journal, api, quiet, json, ...options } = Options.parse(given);
  const relay = relayPlan(options);
  if (!relay && api === undefined) {
    throw wrong(
      'nothing to relay',
      'Say where to listen and where to: --listen 8583 --to host:8583. Or --api 8474.',
    );
  }
  return {
    relay,
    api: api === undefined ? undefined : addressOf('--api', api),
    seed: seedOf(seed),
    cards: readFileAs(resolved(cards), CardFile).cards,
    journal: journal === undefined ? undefined : resolve(journal),
    quiet,
    json,
  };
}

type RelayOptions = Pick<
  z.infer<typeof Options>,
  'listen' | 'to' | 'dialect' | 'fault' | 'region' | 'access'
>;

function relayPlan({ listen, to, region, access, ...rest }: RelayOptions): RelayPlan | undefined {
  if (listen === undefined && to === undefined) {
    if (rest.fault.length === 0 && region === undefined && rest.dialect === undefined) return undefined;
    throw wrong('faults, region and dialect need a path', 'Add --listen and --to.');
  }
  if (listen === undefined) throw wrong('--to without --listen', 'Say where clients dial: --listen 8583.');
  if (to === undefined) throw wrong('--listen without --to', 'Say where it leads: --to host:8583.');
  if (access !== undefined && region === undefined)
    throw wrong('--access without --region', 'Say where the terminal is: --region wuxi.');
  const target = addressOf('--to', to);
  if (target.port === 0) throw wrong(`--to ${to}: port 0 is no port`, 'Name the port of the host.');
  const dialect = rest.dialect === undefined ? undefined : loadDialect(rest.dialect);
  const faults = rest.fault.flatMap(parseFaults);
  if (!dialect) for (const fault of faults) checkPlain(fault);
  return {
    listen: addressOf('--listen', listen),
    to: target,
    dialect,
    path: region === undefined ? undefined : { region, access: access ?? 'wired' },
    faults: faults.map(formatFault),
  };
}

/** @throws USAGE, blame file, for a fault that only a relay with a dialect can place */
export function checkPlain(fault: Fault): void {
  const place = placePoint(fault.at)?.class;
  const heals = typeof fault.heal === 'object' && 'on' in fault.heal && fault.heal.on !== 'connect';
  if (place !== 'whole' && place !== 'inside' && !heals) return;
  throw wrong(
    `${formatFault(fault)}: without --dialect the relay sees bytes, not messages`,
    'Add --dialect, or place the fault at connect, request.total(n), response.total(n), request, response or close.',
  );
}

/** `host:port`, or a port alone, which is one of 127.0.0.1. */
function addressOf(option: string, text: string): ProxyAddress {
  const address = splitHostPort(text.includes(':') ? text : `:${text}`);
  if (!address)
    throw wrong(`${option} ${text}: expected host:port`, 'For example 127.0.0.1:8583 or [::1]:8583.');
  return { ...address, host: address.host || '127.0.0.1' };
}

function seedOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw wrong(`--seed ${text}: expected a whole number of at most nine digits`, 'For example --seed 1.');
}

const resolved = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(path);

const wrong = (message: string, hint: string) => new RigError('USAGE', 'file', message, { hint });
