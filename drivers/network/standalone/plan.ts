import { resolve } from 'node:path';
import { z } from 'zod';
import { CardFile, type TestCard } from '../../../rig/model/card.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import { formatFault, parseFaults } from '../../../rig/model/fault-text.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { loadDialect } from '../../host/dialect.ts';
import { readFileAs } from '../../host/read-file.ts';
import { FRAMINGS, type Framing } from '../../host/wire/framing.ts';
import type { Endpoint } from '../endpoint.ts';
import { type RelayMeans, unableTo } from '../relay/fault-point.ts';
import type { RelayTlsOptions } from '../relay/tls-ends.ts';
import { type Atlas, checkPlaces, pathTo } from '../relay/whereabouts.ts';
import { atlasFrom } from './atlas.ts';
import { dnsFrom, type RelayDns, tlsFrom } from './tls-and-names.ts';
import { addressOf, wrong } from './usage.ts';

const Options = z.object({
  listen: z.string().optional(),
  to: z.string().optional(),
  dialect: z.string().optional(),
  fault: z.array(z.string()).default([]),
  region: z.string().optional(),
  access: z.string().optional(),
  regions: z.string().optional(),
  accessNetworks: z.string().optional(),
  entries: z.array(z.string()).default([]),
  entry: z.string().optional(),
  framing: z.string().default('raw'),
  tls: z.string().optional(),
  tlsCa: z.string().optional(),
  tlsKey: z.string().optional(),
  tlsName: z.array(z.string()).default([]),
  toTls: z.boolean().default(false),
  toCa: z.string().optional(),
  toFingerprint: z.string().optional(),
  toName: z.string().optional(),
  toCertificate: z.string().optional(),
  toKey: z.string().optional(),
  dns: z.string().optional(),
  dnsName: z.string().optional(),
  dnsAddress: z.string().optional(),
  seed: z.string(),
  api: z.string().optional(),
  journal: z.string().optional(),
  journalBehind: z.string().default('10s'),
  cards: z.string(),
  quiet: z.boolean().default(false),
  json: z.boolean().default(false),
});

const MOST_BEHIND_MS = 60_000;

/** Where the command line's relay listens and leads, and what it does to the path. */
export interface RelayPlan {
  readonly listen: Endpoint;
  readonly to: Endpoint;
  readonly dialect: Dialect | undefined;
  readonly framing: Framing;
  readonly tls: RelayTlsOptions | undefined;
  readonly dns: RelayDns | undefined;
  /** What it can do, as far as faults are concerned. */
  readonly means: RelayMeans;
  /** The places that it knows, and the way into the acquirer from each. */
  readonly atlas: Atlas;
  readonly path: { readonly region: string; readonly access: string } | undefined;
  /** In their one-line form, which was read and found right. */
  readonly faults: readonly string[];
}

/** What `posrig relay` is to do. */
export interface Plan {
  readonly relay: RelayPlan | undefined;
  readonly api: Endpoint | undefined;
  readonly seed: number;
  readonly cards: readonly TestCard[];
  readonly journal: string | undefined;
  /** How long evidence of a flood may wait, ms. */
  readonly behindWallMs: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

/**
 * Reads the command line, and the files that it names, before a port is opened.
 * @throws USAGE and FILE_…, blame file
 */
export function planFrom(given: Record<string, unknown>): Plan {
  const { cards, seed, journal, journalBehind, api, quiet, json, ...options } = Options.parse(given);
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
    behindWallMs: behindFrom(journalBehind),
    quiet,
    json,
  };
}

type RelayOptions = Omit<
  z.infer<typeof Options>,
  'cards' | 'seed' | 'journal' | 'journalBehind' | 'api' | 'quiet' | 'json'
>;

function relayPlan(given: RelayOptions): RelayPlan | undefined {
  const { listen, to, region, access, framing } = given;
  if (listen === undefined && to === undefined) {
    const stray = ONLY_WITH_PATH.find((key) => isGiven(given[key]));
    if (stray === undefined) return undefined;
    throw wrong('faults, regions, entry points, dialect, TLS and DNS need a path', 'Add --listen and --to.');
  }
  if (listen === undefined) throw wrong('--to without --listen', 'Say where clients dial: --listen 8583.');
  if (to === undefined) throw wrong('--listen without --to', 'Say where it leads: --to host:8583.');
  if (access !== undefined && region === undefined)
    throw wrong('--access without --region', 'Say where the terminal is: --region wuxi.');
  const target = addressOf('--to', to);
  if (target.port === 0) throw wrong(`--to ${to}: port 0 is no port`, 'Name the port of the host.');
  if (!isFraming(framing)) throw wrong(`--framing ${framing}`, `Expected ${FRAMINGS.join(' or ')}.`);
  const dialect = given.dialect === undefined ? undefined : loadDialect(given.dialect);
  const tls = tlsFrom(given);
  const dns = dnsFrom(given);
  const means: RelayMeans = {
    dialogue: dialect !== undefined && tls !== 'pass-through',
    tls: tls === undefined ? 'none' : tls === 'pass-through' ? 'pass-through' : 'terminate',
    dns: dns !== undefined,
  };
  const faults = given.fault.flatMap(parseFaults);
  for (const fault of faults) checkAble(fault, means);
  const atlas = atlasFrom(given);
  const path = region === undefined ? undefined : { region, access: access ?? 'wired' };
  const now = path && pathTo(atlas, path, undefined);
  for (const fault of faults) checkPlaces(atlas, fault, now);
  return {
    listen: addressOf('--listen', listen),
    to: target,
    dialect,
    framing,
    tls,
    dns,
    means,
    atlas,
    path,
    faults: faults.map(formatFault),
  };
}

const ONLY_WITH_PATH = [
  'fault',
  'region',
  'regions',
  'accessNetworks',
  'entries',
  'entry',
  'dialect',
  'tls',
  'tlsCa',
  'toTls',
  'dns',
] as const;

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;

const isFraming = (text: string): text is Framing => (FRAMINGS as readonly string[]).includes(text);

/** Points that there are whatever the bytes say. */
const PLAIN_POINTS = 'connect, close, request.total(n), response.total(n), request or response';

/** @throws USAGE, blame file, for a fault that this relay cannot do */
export function checkAble(fault: Fault, means: RelayMeans): void {
  const point = placePoint(fault.at);
  const heals = typeof fault.heal === 'object' && 'on' in fault.heal && fault.heal.on !== 'connect';
  const inside = point?.class === 'whole' || point?.class === 'inside';
  if (!means.dialogue && (inside || heals)) {
    if (means.tls === 'pass-through')
      throw wrong(
        `${formatFault(fault)}: TLS passes through unread, so the relay sees no messages`,
        `Place it at ${PLAIN_POINTS}, or at tls.handshake; or let the relay end TLS: --tls-ca, --tls-key, --tls-name.`,
      );
    throw wrong(
      `${formatFault(fault)}: without --dialect the relay sees bytes, not messages`,
      `Add --dialect, or place the fault at ${PLAIN_POINTS}.`,
    );
  }
  const why = point && unableTo(fault, means, point);
  if (why === undefined) return;
  throw wrong(`${formatFault(fault)}: ${why}`, hintFor(fault, means));
}

function hintFor(fault: Fault, { tls }: RelayMeans): string {
  if (fault.do === 'dns') return 'Add --dns and --dns-name, and let the client ask there.';
  if (fault.at === 'tls.handshake') {
    const ends = 'end TLS here: --tls-ca, --tls-key, --tls-name';
    return tls === 'none' ? `Add --tls pass-through, or ${ends}.` : `Let the relay ${ends}.`;
  }
  return 'The kernel and packet layers belong to a bench: see `network` in drivers/network/README.md.';
}

function behindFrom(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= MOST_BEHIND_MS) return ms;
  throw wrong(`--journal-behind ${text}: expected at most 60s`, 'For example --journal-behind 1s.');
}

function seedOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw wrong(`--seed ${text}: expected a whole number of at most nine digits`, 'For example --seed 1.');
}

const resolved = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(path);
