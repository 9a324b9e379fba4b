import { attempt, command } from './command.ts';
import { type Created, Ledger, marked } from './ledger.ts';
import { isAlive, LINK_NAME, linkName, tagOf } from './owner.ts';

/**
 * Words that run a command inside a named namespace, or here. Not `ip netns exec`, which also makes a namespace of mounts
 * and so fails where / is no mount point (a plain chroot).
 */
export const inside = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`, '--'];

async function ip(namespace: string | undefined, ...words: string[]): Promise<void> {
  const [program = 'ip', ...args] = [...inside(namespace), 'ip', ...words];
  await command(program, args);
}

/** Several lines of ip(8) by one process, in their order; the first that fails ends it. Family 6: of what the lines leave open. */
export async function ipBatch(
  namespace: string | undefined,
  lines: readonly string[],
  family?: 6,
): Promise<void> {
  const [program = 'ip', ...args] = [...inside(namespace), 'ip', ...familyWords(family), '-batch', '-'];
  await command(program, args, { input: `${lines.join('\n')}\n` });
}

/** One end of a pair of virtual interfaces: its addresses with their prefix lengths, in a namespace or here. */
export interface VethEnd {
  readonly namespace?: string;
  readonly address: string | readonly string[];
}

/**
 * Creates things in the kernel, each named and written down before it is there, and removes exactly those again, last
 * first. One per driver or test.
 */
export class Creation {
  readonly #ledger: Ledger;
  static #links = 0;

  constructor(ledger: Ledger = sharedLedger()) {
    this.#ledger = ledger;
  }

  readonly #mine: Created[] = [];

  get tag(): string {
    return tagOf(this.#ledger.owner);
  }

  /** Notes something that is about to be created by other means, so that it is removed as well. */
  note(thing: Created): void {
    this.#ledger.note(thing);
    this.#mine.push(thing);
  }

  /** A network namespace `posrig-<pid>-<start>-<label>`, its loopback up. Returns its name. */
  async namespace(label: string): Promise<string> {
    const name = `${this.tag}-${label}`;
    this.note({ kind: 'namespace', name });
    await command('ip', ['netns', 'add', name]);
    await ip(name, 'link', 'set', 'lo', 'up');
    return name;
  }

  /** A namespace that passes packets on from one interface to another. */
  async router(label: string): Promise<string> {
    const name = await this.namespace(label);
    const [program = 'sysctl', ...args] = [
      ...inside(name),
      ...['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'],
    ];
    await command(program, args);
    return name;
  }

  /**
   * A pair of virtual interfaces, each end with an address (`10.7.0.1/30`) in a namespace or here. Returns the names of
   * the two ends.
   */
  async veth(a: VethEnd, b: VethEnd): Promise<readonly [string, string]> {
    const names = [this.#link(), this.#link()] as const;
    const [near, far] = names;
    // Made here and then moved: an end in a namespace goes when the namespace does, and takes the other with it.
    this.note({ kind: 'link', name: near, ...placed(a.namespace) });
    const ends = [[near, a] as const, [far, b] as const];
    await ipBatch(undefined, [
      `link add ${near} type veth peer name ${far}`,
      ...ends.map(([name]) => `link set ${name} alias ${this.tag}`),
      ...ends.flatMap(([name, { namespace }]) =>
        namespace === undefined ? [] : [`link set ${name} netns ${namespace}`],
      ),
    ]);
    for (const [name, { namespace, address }] of ends)
      await ipBatch(namespace, [
        ...[address]
          .flat()
          .map((each) => `address add ${each} dev ${name}${each.includes(':') ? ' nodad' : ''}`),
        `link set ${name} up`,
      ]);
    return names;
  }

  #link(): string {
    return linkName(this.#ledger.owner, Creation.#links++);
  }

  /** A name for a TUN device that a helper is about to open; it goes when the helper does. */
  tunName(namespace?: string): string {
    const name = this.#link();
    this.note({ kind: 'link', name, ...placed(namespace) });
    return name;
  }

  /** A route as ip-route(8) takes it, e.g. `local 203.0.113.10/32 dev lo`. */
  async route(words: readonly string[], namespace?: string): Promise<void> {
    this.note({ kind: 'route', words: [...words], ...placed(namespace) });
    await ip(namespace, 'route', 'add', ...marked('route', words));
  }

  /** A rule as ip-rule(8) takes it, e.g. `from 198.51.100.7 lookup 7301 pref 7301`; of IPv4 unless it says otherwise. */
  async rule(words: readonly string[], namespace?: string, family?: 6): Promise<void> {
    this.note({ kind: 'rule', words: [...words], ...(family ? { family } : {}), ...placed(namespace) });
    await ip(namespace, ...familyWords(family), 'rule', 'add', ...marked('rule', words));
  }

  /** Removes what this creation made, last first. Never rejects; what would not go stays in the ledger and is returned. */
  async remove(): Promise<readonly Created[]> {
    const left: Created[] = [];
    for (const thing of this.#mine.splice(0).reverse()) {
      if (await removed(thing)) this.#ledger.strike(thing);
      else left.push(thing);
    }
    return left;
  }
}

let shared: Ledger | undefined;

/** The one ledger of this process. */
export function sharedLedger(): Ledger {
  shared ??= new Ledger();
  return shared;
}

const placed = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });

/** What the tools say of a thing that is not there (any more). */
const GONE =
  /No such (file|process|device)|Cannot find device|does not exist|No such file or directory|Cannot assign/i;

/** Removes one thing that posrig created; true when it is gone afterwards. Nothing else can be hit: all carry our mark. */
export async function removed(thing: Created): Promise<boolean> {
  const result = await remove(thing);
  return result.ok || GONE.test(result.stderr);
}

async function remove(thing: Created): Promise<{ readonly ok: boolean; readonly stderr: string }> {
  if (thing.kind === 'process') return endProcess(thing);
  if (thing.kind === 'namespace') return attempt('ip', ['netns', 'delete', thing.name]);
  const [program = '', ...before] = [...inside(thing.namespace), thing.kind === 'table' ? 'nft' : 'ip'];
  if (thing.kind === 'table') return attempt(program, [...before, 'delete', 'table', 'inet', thing.name]);
  if (thing.kind === 'link') {
    if (!LINK_NAME.test(thing.name)) return { ok: false, stderr: 'not a name of ours' };
    return attempt(program, [...before, 'link', 'delete', thing.name]);
  }
  const family = thing.kind === 'rule' ? familyWords(thing.family) : [];
  return attempt(program, [...before, ...family, thing.kind, 'delete', ...marked(thing.kind, thing.words)]);
}

const familyWords = (family: 6 | undefined): readonly string[] => (family === 6 ? ['-6'] : []);

function endProcess({ pid, started }: { readonly pid: number; readonly started: string }): {
  ok: boolean;
  stderr: string;
} {
  try {
    if (isAlive({ pid, started })) process.kill(pid, 'SIGKILL');
    return { ok: true, stderr: '' };
  } catch (error) {
    return { ok: false, stderr: error instanceof Error ? error.message : String(error) };
  }
}
