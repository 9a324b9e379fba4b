import { RigError } from '../../../rig/model/errors.ts';
import type { LiveConnections } from '../../../rig/model/fault.ts';
import { type Creation, ipBatch } from '../kernel/creation.ts';
import { MOST_SITES, type Subnet } from './subnet.ts';

/** Where the terminal is, and how it is connected there. */
export interface Place {
  readonly region: string;
  readonly access: string;
}

interface Site {
  /** The terminal's end of the cable, in its namespace. */
  readonly interface: string;
  /** Offset of the site's addresses in the block. */
  readonly base: number;
  readonly table: string;
}

/** Tables of the terminal's own namespace, where nobody else numbers any. */
const tableOf = (index: number): string => String(1000 + index);

/** Offsets within a site: the two ends towards the terminal, the two ends towards the path. */
const AT = { gateway: 1, terminal: 2, path: 5, router: 6 } as const;

export interface SitesPlace {
  readonly terminal: string;
  readonly path: string;
  readonly subnet: Subnet;
  /** How many times faster than a wall clock the bench's clock runs: TCP's least retransmission timer is shortened by it. */
  readonly rate: number;
  /** Told of every new interface of the path by which packets of the terminal come in, before any does. */
  entrance(name: string): Promise<void>;
}

/** Least time before TCP sends again, ms of the terminal's clock: what Linux has by default (`TCP_RTO_MIN`). */
const LEAST_RTO_MS = 200;
/** Linux counts in ticks of 1 to 10 ms. */
const LEAST_TICK_MS = 10;

/** Words of ip-route(8) for a clock that runs faster than the wall's. None when it does not. */
export const rtoWords = (rate: number): string =>
  rate > 1 ? ` rto_min ${Math.max(LEAST_TICK_MS, Math.round(LEAST_RTO_MS / rate))}ms` : '';

/**
 * The places where the terminal is plugged in: each a namespace of its own with a router in it, made when the terminal
 * first comes there. In each the terminal has another address, so that a move is what it is: the address changes under
 * connections that live. Those that survive keep their old address and go by the place where they began.
 */
export class Sites {
  readonly #creation: Creation;
  readonly #at: SitesPlace;
  readonly #sites = new Map<string, Site>();
  #here: Site | undefined;

  constructor(creation: Creation, at: SitesPlace) {
    this.#creation = creation;
    this.#at = at;
  }

  /** The terminal's address now; undefined while it has no cable. */
  get address(): string | undefined {
    return this.#here && this.#at.subnet.address(this.#here.base + AT.terminal);
  }

  /**
   * Plugs the terminal in elsewhere. With `half-open` its old address is gone in the same moment: both ends go on
   * believing in their connections. Otherwise it stays, for the connections that still use it.
   * @throws NETWORK_KERNEL, blame bench
   */
  async move(place: Place, live: LiveConnections): Promise<void> {
    const key = `${place.region}-${place.access}`;
    const before = this.#here;
    let site = this.#sites.get(key);
    if (!site) {
      site = await this.#make(key);
      this.#sites.set(key, site);
    }
    await this.#plugIn(site);
    if (before && before !== site && live === 'half-open') await this.#unplug(before);
    this.#here = site;
  }

  async #make(label: string): Promise<Site> {
    const index = this.#sites.size;
    if (index >= MOST_SITES)
      throw new RigError('NETWORK_KERNEL', 'bench', `more than ${MOST_SITES} places in one run`, {
        hint: 'Run fewer scenarios at a time.',
      });
    const { terminal, path, subnet } = this.#at;
    const base = 8 * (index + 1);
    const ends = (offset: number) => [
      `${subnet.address(base + offset)}/30`,
      `${subnet.address6(base + offset)}/126`,
    ];
    const router = await this.#creation.router(label.slice(0, 40));
    const [name] = await this.#creation.veth(
      { namespace: terminal, address: ends(AT.terminal) },
      { namespace: router, address: ends(AT.gateway) },
    );
    const [entrance, exit] = await this.#creation.veth(
      { namespace: path, address: ends(AT.path) },
      { namespace: router, address: ends(AT.router) },
    );
    await ipBatch(router, [
      `route add default via ${subnet.address(base + AT.path)} dev ${exit}`,
      `route add default via ${subnet.address6(base + AT.path)} dev ${exit}`,
    ]);
    await this.#at.entrance(entrance);
    await ipBatch(path, [
      `route add ${subnet.address(base)}/30 via ${subnet.address(base + AT.router)} dev ${entrance}`,
      `route add ${subnet.address6(base)}/126 via ${subnet.address6(base + AT.router)} dev ${entrance}`,
    ]);
    const table = tableOf(index);
    const rule = (from: string) => [`rule add from ${from} lookup ${table} pref ${table}`];
    await ipBatch(terminal, rule(subnet.address(base + AT.terminal)));
    await ipBatch(terminal, rule(subnet.address6(base + AT.terminal)), 6);
    return { interface: name, base, table };
  }

  async #plugIn({ interface: name, base, table }: Site): Promise<void> {
    const { subnet, terminal, rate } = this.#at;
    const routes = (own: string, via: string) =>
      ['main', table].map(
        (where) => `route replace default via ${via} dev ${name} src ${own} table ${where}${rtoWords(rate)}`,
      );
    const [own, own6] = [subnet.address(base + AT.terminal), subnet.address6(base + AT.terminal)];
    await ipBatch(terminal, [
      `address replace ${own}/30 dev ${name}`,
      ...routes(own, subnet.address(base + AT.gateway)),
    ]);
    await ipBatch(
      terminal,
      [`address replace ${own6}/126 dev ${name} nodad`, ...routes(own6, subnet.address6(base + AT.gateway))],
      6,
    );
  }

  async #unplug({ interface: name, base }: Site): Promise<void> {
    const { subnet, terminal } = this.#at;
    await ipBatch(terminal, [
      `address delete ${subnet.address(base + AT.terminal)}/30 dev ${name}`,
      `address delete ${subnet.address6(base + AT.terminal)}/126 dev ${name}`,
    ]);
  }
}
