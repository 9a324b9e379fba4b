import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { ADMIN_PATH, command } from '../kernel/command.ts';
import { type Creation, inside, ipBatch } from '../kernel/creation.ts';
import { startOf } from '../kernel/owner.ts';
import { PacketOrder, type StandingOrder } from './orders.ts';
import { type EngineOptions, EngineProfile } from './profile.ts';

/** How long the engine's process may take to be ready or to answer, wall ms. */
const ANSWER_WALL_MS = 20_000;

/**
 * Node has no ioctl, so python3 opens the two TUN devices (tuntap: IFF_TUN and IFF_NO_PI, no header in front of packets)
 * as descriptors 3 and 4 and then becomes the engine. Needs /dev/net/tun and CAP_NET_ADMIN in its network namespace.
 */
const OPEN_TUN = `
import fcntl, os, struct, sys
def tun(name, number):
    opened = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(opened, 0x400454CA, struct.pack("16sH", name.encode(), 0x1001))
    return opened
first = tun(sys.argv[1], 3)
second = tun(sys.argv[2], 4)
high = fcntl.fcntl(second, fcntl.F_DUPFD, 20)
os.dup2(first, 3)
os.dup2(high, 4)
os.set_inheritable(3, True)
os.set_inheritable(4, True)
os.execvp(sys.argv[3], sys.argv[3:])
`;

const Counts = z.looseObject({
  packets: z.number(),
  lost: z.number(),
  queueFull: z.number(),
  tooLarge: z.number(),
  reordered: z.number(),
  duplicated: z.number(),
  corrupted: z.number(),
});
const Standing = z.object({ comment: z.string(), handle: z.int(), packets: z.int(), bytes: z.int() });
const Answer = z.object({
  standing: z.array(Standing).optional(),
  ready: z.boolean().optional(),
  struck: z.int().optional(),
  refused: z.string().optional(),
  failed: z.string().optional(),
  counts: z
    .object({
      request: Counts,
      response: Counts,
      struck: z.number(),
      dropped: z.number(),
      waiting: z.number(),
    })
    .optional(),
});
export type EngineCounts = NonNullable<z.infer<typeof Answer>['counts']>;

export interface EnginePlace {
  /** Namespace of posrig's in which packets are forwarded; absent: here. */
  readonly namespace?: string;
  /** Interface by which the terminal's packets come in; absent: those of {@link PacketEngine.entrance} only. */
  readonly terminal?: string;
  /** Interface by which the acquirer's come in. */
  readonly host: string;
}

/** Routing tables of the two directions: apart for each process, above what people number by hand. */
const tableOf = (direction: 0 | 1): string => String(0x6000_0000 + (process.pid % 0x40_0000) * 2 + direction);

/**
 * Takes the packets that are forwarded between two interfaces through a process that delays, loses, doubles, damages or
 * reorders them: TCP segments, not pieces of a stream, so TCP does what it does on a bad line. What is addressed to this
 * machine itself is not forwarded and not met. When the process ends, the devices go, and packets take the direct way.
 */
export class PacketEngine {
  readonly #child: ChildProcess;
  readonly #creation: Creation;
  readonly #place: EnginePlace;
  readonly #lost: ((error: RigError) => void)[] = [];
  #closing = false;
  readonly #struck: ((event: number) => void)[] = [];
  #waiting: ((answer: z.infer<typeof Answer>) => void)[] = [];
  #said = '';
  #ended = false;

  private constructor(child: ChildProcess, creation: Creation, place: EnginePlace) {
    this.#child = child;
    this.#creation = creation;
    this.#place = place;
    child.stdin?.on('error', () => {});
    child.on('error', (error) => this.#end(error.message));
    child.on('close', (code, signal) => this.#end(`it ended (${signal ?? code})`));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString('utf8')}`.slice(-2000);
    });
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
  }

  /** @throws NETWORK_KERNEL, blame bench, when the devices or the routes are not to be had */
  static async open(creation: Creation, place: EnginePlace, options: EngineOptions): Promise<PacketEngine> {
    EngineProfile.parse(options);
    const names = [creation.tunName(place.namespace), creation.tunName(place.namespace)] as const;
    const source = fileURLToPath(new URL('./engine-process.ts', import.meta.url));
    const loader = import.meta.url.endsWith('.ts')
      ? ['--import', createRequire(import.meta.url).resolve('tsx')]
      : [];
    const file = import.meta.url.endsWith('.ts') ? source : source.replace(/\.ts$/, '.js');
    const [program = 'python3', ...args] = [
      ...inside(place.namespace),
      ...['python3', '-c', OPEN_TUN, ...names, process.execPath, ...loader, file],
    ];
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PATH: ADMIN_PATH },
      detached: true,
    });
    const engine = new PacketEngine(child, creation, place);
    try {
      const ready = engine.#next();
      if (child.pid !== undefined) {
        const started = startOf(child.pid);
        if (started) creation.note({ kind: 'process', name: 'packet-engine', pid: child.pid, started });
      }
      await ready;
      await engine.set(options);
      await bringUp(creation, place.namespace, names);
      if (place.terminal !== undefined) await engine.entrance(place.terminal);
      await engine.#lead(place.host, 1);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Leads packets of the terminal that come in by one more interface into the engine. */
  entrance(name: string): Promise<void> {
    return this.#lead(name, 0);
  }

  async #lead(from: string, direction: 0 | 1): Promise<void> {
    const words = ['iif', from, 'lookup', tableOf(direction), 'pref', '17200'];
    await this.#creation.rule(words, this.#place.namespace);
    await this.#creation.rule(words, this.#place.namespace, 6);
  }

  /** Gives an order; resolves with all that stand then, as the engine has them. */
  async add(order: z.input<typeof PacketOrder>): Promise<readonly StandingOrder[]> {
    PacketOrder.parse(order);
    return (await this.#ask({ add: order })).standing ?? [];
  }

  /** Takes an order back; resolves with those that still stand. */
  async remove(id: string): Promise<readonly StandingOrder[]> {
    return (await this.#ask({ remove: id })).standing ?? [];
  }

  /** The orders that stand, and what they did; undefined when the engine is gone. */
  async standing(): Promise<readonly StandingOrder[] | undefined> {
    if (this.#ended) return undefined;
    return (await this.#ask({}).catch(() => undefined))?.standing;
  }

  /** Calls back when the engine ends by itself: packets then take the direct way. */
  onLost(listener: (error: RigError) => void): void {
    this.#lost.push(listener);
  }

  /** Changes what happens to packets from now on; resolves when it holds. */
  async set(options: EngineOptions): Promise<void> {
    EngineProfile.parse(options);
    await this.#ask({ set: options });
  }

  /** What happened to packets since the profile was last set. */
  async counts(): Promise<EngineCounts> {
    const { counts } = await this.#ask({});
    if (!counts) throw failure('it did not say what it counted');
    return counts;
  }

  /** Calls back when an event of the profile strikes, with its index. */
  onStruck(listener: (event: number) => void): void {
    this.#struck.push(listener);
  }

  /** Ends the process and with it the devices. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#ended) return;
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_WALL_MS / 10);
    await gone;
    clearTimeout(late);
  }

  #ask(what: unknown): Promise<z.infer<typeof Answer>> {
    const answer = this.#next();
    this.#child.stdin?.write(`${JSON.stringify(what)}\n`);
    return answer;
  }

  #next(): Promise<z.infer<typeof Answer>> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(failure(`it has ended. ${this.#said}`));
      const late = setTimeout(() => reject(failure('it did not answer')), ANSWER_WALL_MS);
      this.#waiting.push((answer) => {
        clearTimeout(late);
        const trouble = answer.refused ?? answer.failed;
        if (trouble === undefined) resolve(answer);
        else reject(failure(trouble));
      });
      return undefined;
    });
  }

  #hear(line: string): void {
    const answer = Answer.safeParse(JSON.parse(line));
    if (!answer.success) return;
    if (answer.data.struck !== undefined) for (const listener of this.#struck) listener(answer.data.struck);
    else this.#waiting.shift()?.(answer.data);
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ failed: `${why}. ${this.#said}` });
    if (!this.#closing)
      for (const listener of this.#lost) listener(failure(`${why}, packets take the direct way`));
  }
}

/** Puts the two devices to use. */
async function bringUp(
  creation: Creation,
  namespace: string | undefined,
  names: readonly [string, string],
): Promise<void> {
  for (const [index, name] of names.entries()) {
    const device: number = index + 1;
    await ipBatch(namespace, [
      `link set ${name} alias ${creation.tag} up`,
      // A packet comes back from a device that is not the way to its sender: the strict check would drop it, and so does
      // the loose one as long as the device has no address at all.
      `address add 169.254.73.${device}/32 dev ${name}`,
      `address add fd00:7052:ffff::${device}/128 dev ${name} nodad`,
    ]);
    const [sysctl = 'sysctl', ...setting] = [
      ...inside(namespace),
      ...['sysctl', '-q', '-w', `net.ipv4.conf.${name}.rp_filter=2`],
    ];
    await command(sysctl, setting);
    const table = tableOf(index === 0 ? 0 : 1);
    await creation.route(['default', 'dev', name, 'table', table], namespace);
    await creation.route(['::/0', 'dev', name, 'table', table], namespace);
  }
}

const failure = (what: string): RigError =>
  new RigError('NETWORK_KERNEL', 'bench', `packet engine: ${what}`, {
    hint: 'It needs python3 and /dev/net/tun; `posrig doctor` tries both.',
  });
