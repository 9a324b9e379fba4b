import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { z } from 'zod';
import { attempt } from './command.ts';
import { removed } from './creation.ts';
import { type Created, networkHere, type ReadLedger, readLedgers } from './ledger.ts';
import { isAlive, LINK_NAME, type Owner, ownerOf, ROUTE_PROTOCOL, startOf, tagOf } from './owner.ts';

/** Something of posrig's that is in the kernel now. */
export interface Entry {
  readonly kind: Created['kind'];
  /** Name, or the words of a route or rule. */
  readonly what: string;
  /** The namespace it is in; absent: the one we are in. */
  readonly namespace?: string;
  /** The process that created it, by its tag; absent when nothing says. */
  readonly owner?: string;
  readonly state: 'in use' | 'left behind';
  readonly thing: Created;
}

const Tables = z.looseObject({
  nftables: z.array(
    z.looseObject({ table: z.looseObject({ family: z.string(), name: z.string() }).optional() }),
  ),
});
const Links = z.array(z.looseObject({ ifname: z.string(), ifalias: z.string().optional() }));

/**
 * Everything that posrig created in this network namespace and that is there now: read from the kernel by name, alias and
 * protocol number, and from the ledgers for what is in namespaces of ours. Of live and dead owners.
 */
export async function takeInventory(): Promise<readonly Entry[]> {
  const ledgers = readLedgers().filter(({ network }) => network === networkHere());
  const [tables, links, routes, routes6, rules, rules6] = await Promise.all([
    tablesHere(),
    linksHere(),
    ours(['route', 'show', 'table', 'all', 'proto']),
    ours(['-6', 'route', 'show', 'table', 'all', 'proto']),
    ours(['rule', 'show', 'protocol']),
    ours(['-6', 'rule', 'show', 'protocol']),
  ]);
  const claims = ledgers.flatMap(({ owner, created }) => created.map((thing) => ({ owner, thing })));
  return [
    ...tables.map((name) => entry({ kind: 'table', name }, ownerOf(name))),
    ...namespacesHere().map((name) => entry({ kind: 'namespace', name }, ownerOf(name))),
    ...links.map(({ name, alias }) => entry({ kind: 'link', name }, ownerOf(alias) ?? ownerByName(name))),
    ...claims.flatMap(({ owner, thing }) =>
      isThere(thing, new Set([...routes, ...routes6]), new Set([...rules, ...rules6]))
        ? [entry(thing, owner)]
        : [],
    ),
  ];
}

/**
 * For what has no name of its own: routes and rules are told by our protocol number and whose they are by the ledgers, a
 * process by its number and start. What has a name, or is in a namespace that is listed, is not looked for here.
 */
function isThere(thing: Created, routes: ReadonlySet<string>, rules: ReadonlySet<string>): boolean {
  if ('namespace' in thing && thing.namespace !== undefined) return false;
  if (thing.kind === 'process') return startOf(thing.pid) === thing.started;
  if (thing.kind === 'route') return thing.words.some((word) => routes.has(plain(word)));
  if (thing.kind === 'rule') return thing.words.some((word) => rules.has(plain(word)));
  return false;
}

/** ip prints the address of a single host without its prefix length. */
const plain = (word: string): string => word.replace(/\/(32|128)$/, '');

/** An interface between its creation and its alias: the number of the process stands in its name. */
function ownerByName(name: string): Owner | undefined {
  const pid = Number.parseInt(/^posrig([0-9a-z]+)-/.exec(name)?.[1] ?? '', 36);
  return readLedgers().find(({ owner }) => owner.pid === pid)?.owner;
}

function entry(thing: Created, owner: Owner | undefined): Entry {
  return {
    kind: thing.kind,
    what: 'words' in thing ? thing.words.join(' ') : thing.name,
    ...('namespace' in thing && thing.namespace !== undefined ? { namespace: thing.namespace } : {}),
    ...(owner ? { owner: tagOf(owner) } : {}),
    state: owner && isAlive(owner) ? 'in use' : 'left behind',
    thing,
  };
}

async function tablesHere(): Promise<readonly string[]> {
  const { ok, stdout } = await attempt('nft', ['-j', 'list', 'tables']);
  if (!ok || stdout.trim() === '') return [];
  return Tables.parse(JSON.parse(stdout)).nftables.flatMap(({ table }) =>
    table?.family === 'inet' && ownerOf(table.name) ? [table.name] : [],
  );
}

/** Namespaces that ip-netns(8) knows: files in /run/netns. */
function namespacesHere(): readonly string[] {
  try {
    return readdirSync('/run/netns').filter((name) => ownerOf(name) !== undefined);
  } catch {
    return [];
  }
}

async function linksHere(): Promise<readonly { readonly name: string; readonly alias: string }[]> {
  const { ok, stdout } = await attempt('ip', ['-j', 'link', 'show']);
  if (!ok) return [];
  return Links.parse(JSON.parse(stdout)).flatMap(({ ifname, ifalias = '' }) =>
    LINK_NAME.test(ifname) ? [{ name: ifname, alias: ifalias }] : [],
  );
}

/** Values by which `ip -j` tells our routes (dst) and rules (src, dst, iif). */
async function ours(words: readonly string[]): Promise<ReadonlySet<string>> {
  const { ok, stdout } = await attempt('ip', ['-j', ...words, String(ROUTE_PROTOCOL)]);
  if (!ok || stdout.trim() === '') return new Set();
  const rows = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(stdout));
  return new Set(rows.flatMap(({ dst, src, iif }) => [dst, src, iif].filter((v) => typeof v === 'string')));
}

export interface ResetResult {
  readonly removed: readonly Entry[];
  /** Of live processes, or that would not go. */
  readonly left: readonly Entry[];
}

/** The order of removal: what uses others first. */
const ORDER: readonly Created['kind'][] = ['process', 'table', 'rule', 'route', 'link', 'namespace'];

/**
 * Removes what posrig left behind here; with `force` also what live processes of posrig use. Nothing that posrig did not
 * create can be hit: every removal names something with our mark.
 */
export async function reset(options: { readonly force?: boolean } = {}): Promise<ResetResult> {
  const done: Entry[] = [];
  const left: Entry[] = [];
  const entries = [...(await takeInventory())].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  for (const found of entries) {
    const may = found.state === 'left behind' || options.force === true;
    if (may && (await removed(found.thing))) done.push(found);
    else left.push(found);
  }
  for (const ledger of readLedgers()) if (isStale(ledger)) rmSync(ledger.path, { force: true });
  return { removed: done, left };
}

/** A dead process's ledger has done its work when its things are removed, or went with the namespace they were in. */
function isStale({ owner, network }: ReadLedger): boolean {
  return !isAlive(owner) && (network === networkHere() || !networkExists(network));
}

function networkExists(network: string): boolean {
  const inode = Number(/\d+/.exec(network)?.[0]);
  const named = safely(() => readdirSync('/run/netns'), []).some(
    (name) => safely(() => statSync(`/run/netns/${name}`).ino, 0) === inode,
  );
  if (named) return true;
  return readdirSync('/proc').some(
    (pid) => /^\d+$/.test(pid) && safely(() => readlinkSync(`/proc/${pid}/ns/net`), '') === network,
  );
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
