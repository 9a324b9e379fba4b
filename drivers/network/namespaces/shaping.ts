import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { attempt, command } from '../kernel/command.ts';
import { inside } from '../kernel/creation.ts';
import type { PacketEngine } from '../packets/engine.ts';
import { jitterOf, type Path, roundTrip } from '../relay/path-delay.ts';

/** Who makes the figures of a path: netem of the kernel, the packet engine, or tc's token bucket (rates only). */
export const SHAPINGS = ['netem', 'packets', 'tbf', 'none'] as const;
export type Shaping = (typeof SHAPINGS)[number];

/** What one direction of a path does to packets, wall ms and wall bits a second. */
export interface Figures {
  /** Least delay one way. */
  readonly delay: number;
  /** The most that chance adds to it, evenly distributed. */
  readonly jitter: number;
  /** Percent of the packets. */
  readonly loss: number;
  /** Absent: as fast as it goes. */
  readonly rate?: number;
}

/**
 * The figures of a path for each direction: half of the round trip and of its jitter each way; what region and access
 * network lose adds up, each way; rates are those of the access network (kbit/s, a thousand bits).
 * @param clock nominal seconds per wall second
 */
export function figuresOf(
  path: Path,
  clock: number,
): { readonly request: Figures; readonly response: Figures } {
  const { region, access } = path;
  const both = {
    delay: roundTrip(path) / 2 / clock,
    jitter: jitterOf(path) / 2 / clock,
    loss: 100 * (1 - (1 - region.loss / 100) * (1 - access.loss / 100)),
  };
  const paced = (kbit: number | undefined): Figures =>
    kbit === undefined ? both : { ...both, rate: kbit * 1000 * clock };
  return { request: paced(access.up), response: paced(access.down) };
}

/** Makes the figures of the path true for every packet. */
export interface Shaper {
  readonly shaping: Shaping;
  /** It delays packets; otherwise the relay adds the delay. */
  readonly delays: boolean;
  apply(path: Path): Promise<void>;
  /** Why the figures are not in force any more; undefined as long as they are. */
  trouble(): Promise<string | undefined>;
}

/** Nobody makes them: no loss, no rate, and the relay adds the delay. */
export const UNSHAPED: Shaper = {
  shaping: 'none',
  delays: false,
  apply: async () => {},
  trouble: async () => undefined,
};

/** The packet engine makes them. */
export function shapeByEngine(engine: PacketEngine, clock: number, seed: number): Shaper {
  return {
    shaping: 'packets',
    delays: true,
    apply: (path) => engine.set({ ...figuresOf(path, clock), seed: seed >>> 0 }),
    trouble: async () => ((await engine.standing()) ? undefined : 'the packet engine has ended'),
  };
}

/** Where packets of each direction leave by: an interface in a namespace or here. */
export interface Exit {
  readonly namespace?: string;
  readonly interface: string;
}

/** Largest burst that a token bucket lets through at once, bytes: a full segment, and what a tick of 4 ms is worth. */
const burstOf = (rate: number): number => Math.max(3000, Math.ceil(rate / 8 / 250));

/** Words of tc-netem(8): delay is the middle, jitter the distance to either side, so that nothing is early. */
export function netemWords({ delay, jitter, loss, rate }: Figures): readonly string[] {
  const us = (ms: number) => `${Math.round(ms * 1000)}us`;
  return [
    'netem',
    'delay',
    us(delay + jitter / 2),
    ...(jitter > 0 ? [us(jitter / 2)] : []),
    ...(loss > 0 ? ['loss', `${Math.round(loss * 1000) / 1000}%`] : []),
    ...(rate === undefined ? [] : ['rate', `${Math.round(rate)}bit`]),
    'limit',
    '1000',
  ];
}

/** Words of tc-tbf(8); without a rate there is nothing to pace. */
export function tbfWords({ rate }: Figures): readonly string[] | undefined {
  if (rate === undefined) return undefined;
  return ['tbf', 'rate', `${Math.round(rate)}bit`, 'burst', String(burstOf(rate)), 'latency', '1s'];
}

const Disciplines = z.array(z.looseObject({ kind: z.string(), root: z.boolean().optional() }));

/** Queueing disciplines of the kernel make them, on the two interfaces by which packets leave the path. */
export function shapeByKernel(
  shaping: 'netem' | 'tbf',
  exits: { readonly request: Exit; readonly response: Exit },
  clock: number,
): Shaper {
  const wanted = new Map<Exit, readonly string[] | undefined>();
  const tc = (exit: Exit, ...words: readonly string[]): readonly [string, readonly string[]] => {
    const [program = 'tc', ...args] = [...inside(exit.namespace), 'tc', ...words];
    return [program, args];
  };
  const trouble = async () => {
    for (const [exit, words] of wanted) {
      if (!words) continue;
      const { stdout } = await attempt(...tc(exit, '-j', 'qdisc', 'show', 'dev', exit.interface));
      const found = Disciplines.safeParse(JSON.parse(stdout.trim() || '[]'));
      if (!found.data?.some(({ kind, root }) => kind === shaping && root === true))
        return `${shaping} is not on ${exit.interface} any more`;
    }
    return undefined;
  };
  return {
    shaping,
    delays: shaping === 'netem',
    trouble,
    async apply(path) {
      const figures = figuresOf(path, clock);
      for (const direction of ['request', 'response'] as const) {
        const exit = exits[direction];
        const words = (shaping === 'netem' ? netemWords : tbfWords)(figures[direction]);
        const before = wanted.get(exit);
        wanted.set(exit, words);
        if (words) await command(...tc(exit, 'qdisc', 'replace', 'dev', exit.interface, 'root', ...words));
        else if (before) await attempt(...tc(exit, 'qdisc', 'del', 'dev', exit.interface, 'root'));
      }
      const why = await trouble();
      if (why !== undefined) throw new RigError('NETWORK_KERNEL', 'bench', `the path was not shaped: ${why}`);
    },
  };
}
