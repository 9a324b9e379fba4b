import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { LiveConnections } from '../../../rig/model/fault.ts';
import type { Creation } from '../kernel/creation.ts';
import { needPowers } from '../kernel/needs.ts';
import { type Power, probeKernel } from '../kernel/probe.ts';
import { PacketEngine } from '../packets/engine.ts';
import type { LayerBelow } from '../relay/config.ts';
import type { Path } from '../relay/path-delay.ts';
import { type Shaper, type Shaping, shapeByEngine, shapeByKernel, UNSHAPED } from './shaping.ts';
import { Sites } from './sites.ts';
import { Subnet } from './subnet.ts';

/** What the bench file says of the namespaces, as the service published them. */
export interface LinePlace {
  readonly terminal: string;
  readonly through: string;
  readonly exit: string;
  readonly subnet: string;
  /** Who makes the figures of the path; absent: the first of netem, packet engine and tbf that this machine has. */
  readonly shaping?: Shaping | undefined;
}

/** How often it is looked whether the figures are still in force, wall ms. */
const LOOK_WALL_MS = 1000;

const NEEDED: Readonly<Record<Shaping, readonly Power[]>> = {
  netem: ['netem'],
  packets: ['tun'],
  tbf: ['tbf'],
  none: [],
};

type Context = Pick<DriverContext, 'clock' | 'seed' | 'lost'>;

/** The cable of a terminal in a namespace: where it is plugged in, and what becomes of its packets on the way to the rig. */
export class Line implements LayerBelow {
  readonly #sites: Sites;
  readonly #shaper: Shaper;
  /** Present where TUN devices can be opened. */
  readonly engine: PacketEngine | undefined;
  readonly #watch: NodeJS.Timeout;
  #closed = false;

  private constructor(sites: Sites, shaper: Shaper, engine: PacketEngine | undefined, lost: Context['lost']) {
    this.#sites = sites;
    this.#shaper = shaper;
    this.engine = engine;
    this.#watch = setInterval(() => void this.#look(lost), LOOK_WALL_MS);
    this.#watch.unref();
  }

  /**
   * @param rigSide the rig's end of the cable
   * @throws NETWORK_KERNEL, blame bench, when what the bench file names for shaping is not to be had
   */
  static async open(creation: Creation, place: LinePlace, rigSide: string, context: Context): Promise<Line> {
    const { rate } = context.clock;
    const shaping = await choose(place.shaping);
    const { found } = await probeKernel();
    const engine = found.tun.ok
      ? await PacketEngine.open(creation, { namespace: place.through, host: place.exit }, {})
      : undefined;
    const sites = new Sites(creation, {
      terminal: place.terminal,
      path: place.through,
      subnet: Subnet.of(place.subnet),
      rate,
      entrance: async (name) => engine?.entrance(name),
    });
    const exits = {
      request: { namespace: place.through, interface: place.exit },
      response: { interface: rigSide },
    };
    const shaper =
      shaping === 'none'
        ? UNSHAPED
        : shaping === 'packets' && engine
          ? shapeByEngine(engine, rate, context.seed)
          : shapeByKernel(shaping === 'netem' ? 'netem' : 'tbf', exits, rate);
    return new Line(sites, shaper, engine, context.lost);
  }

  get delays(): boolean {
    return this.#shaper.delays;
  }

  get shaping(): Shaping {
    return this.#shaper.shaping;
  }

  /** The path is shaped as it is at the new place before the terminal is there. */
  async move(path: Path, live: LiveConnections): Promise<void> {
    await this.#shaper.apply(path);
    await this.#sites.move({ region: path.region.id, access: path.access.id }, live);
  }

  /** Ends the engine; the namespaces go with their creation. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    await this.engine?.close();
  }

  async #look(lost: Context['lost']): Promise<void> {
    const why = await this.#shaper.trouble().catch(() => undefined);
    if (why === undefined || this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    lost(
      new RigError('NETWORK_KERNEL', 'bench', `the figures of the path are not in force: ${why}`, {
        hint: 'Somebody else changed it, or a process of the rig was ended; run the scenario again.',
      }),
    );
  }
}

async function choose(asked: Shaping | undefined): Promise<Shaping> {
  if (asked !== undefined) {
    await needPowers(`what the bench file asks for (shaping: ${asked})`, NEEDED[asked]);
    return asked;
  }
  const { found } = await probeKernel();
  const has = (shaping: Shaping) => NEEDED[shaping].every((power) => found[power].ok);
  return (['netem', 'packets', 'tbf'] as const).find(has) ?? 'none';
}
