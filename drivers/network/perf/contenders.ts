import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packaged } from '../../../rig/model/package-root.ts';
import { cpuTimeOf } from './cpu-time.ts';
import type { PerfPeer } from './peers.ts';

/** The programs of a measurement. All run on one processor when the machine can pin them: less noise, same terms for all. */
const PIN = ['taskset', '-c', '0'] as const;
const UP_WALL_MS = 20_000;
const REST_WALL_MS = 120_000;

export class Contenders {
  readonly #there: ReadonlySet<PerfPeer>;
  readonly #children: ChildProcess[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'posrig-relay-perf-'));

  constructor(there: ReadonlySet<PerfPeer>) {
    this.#there = there;
  }

  get pinned(): boolean {
    return this.#there.has('taskset');
  }

  /** Starts a program of this folder, as built. */
  node(program: string, ...args: readonly string[]): ChildProcess {
    return this.#start([process.execPath, packaged(`dist/drivers/network/perf/${program}.js`), ...args]);
  }

  /** The host; resolves with its port. */
  async echo(requestBytes: number, response: Uint8Array): Promise<Contender> {
    return saysPort(this.node('echo', String(requestBytes), Buffer.from(response).toString('hex')));
  }

  /** HAProxy in front of `to`, in TCP mode with one thread. */
  async haproxy(to: number): Promise<Contender> {
    const port = await freePort();
    const file = join(this.folder, 'haproxy.cfg');
    writeFileSync(
      file,
      `global\n  nbthread 1\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n` +
        `listen relay\n  bind 127.0.0.1:${port}\n  server host 127.0.0.1:${to}\n`,
    );
    const { pid = 0 } = this.#start(['haproxy', '-db', '-q', '-f', file]);
    await up(port);
    return { port, pid };
  }

  /** socat in front of `to`: a process for each connection. */
  async socat(to: number): Promise<Contender> {
    const port = await freePort();
    const { pid = 0 } = this.#start([
      'socat',
      `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=1024`,
      `TCP:127.0.0.1:${to},nodelay`,
    ]);
    await up(port);
    return { port, pid };
  }

  /** What Node itself can do at best: bytes from socket to socket, and nothing else. */
  async pipe(to: number): Promise<Contender> {
    return saysPort(this.node('pipe', String(to)));
  }

  /** A pipe that holds responses for so many ms, by the best method that is known. */
  async heldPipe(to: number, ms: number): Promise<Contender> {
    return saysPort(this.node('held-pipe', String(to), String(ms)));
  }

  /** `posrig relay`, as built, in front of `to`, with a dialect, and the arguments given. */
  async relay(to: number, ...args: readonly string[]): Promise<Contender> {
    const own = [
      '--listen',
      '0',
      '--to',
      `127.0.0.1:${to}`,
      '--dialect',
      'unionpay-pos',
      '--quiet',
      '--json',
    ];
    return saysPort(
      this.#start([process.execPath, packaged('dist/rig/cli/main.js'), 'relay', ...own, ...args]),
    );
  }

  /** Lets the load run against a contender. */
  async load(
    { port, pid }: Contender,
    connections: number,
    wallMs: number,
    exchange: Exchange,
  ): Promise<Measured> {
    const args = [port, connections, wallMs, exchange.response.length].map(String);
    const child = this.node('load', ...args, Buffer.from(exchange.request).toString('hex'));
    if (!child.stdout) throw new Error('no output');
    const ended = once(child, 'close');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const before = cpuTimeOf(pid);
    const { value } = await lines.next();
    const used = (cpuTimeOf(pid) ?? Number.NaN) - (before ?? Number.NaN);
    await ended;
    const measured = JSON.parse(String(value)) as Omit<Measured, 'cpu' | 'behind'> & { trips: number };
    const since = performance.now();
    await this.rest(pid);
    return { ...measured, cpu: (used * 1000) / measured.trips, behind: performance.now() - since };
  }

  /** Waits until a program has nothing to do any more: what it put off would slow down the one that is measured next. */
  async rest(pid: number): Promise<void> {
    const deadline = Date.now() + REST_WALL_MS;
    for (let before = cpuTimeOf(pid) ?? 0; Date.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = cpuTimeOf(pid) ?? 0;
      if (now - before < 2) return;
      before = now;
    }
    throw new Error('a contender is still at work long after its load has ended');
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(command: readonly string[]): ChildProcess {
    const [program = '', ...args] = this.pinned ? [...PIN, ...command] : command;
    const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: packaged('.'),
      env: { ...process.env, PATH },
    });
    this.#children.push(child);
    return child;
  }
}

export interface Exchange {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

/** A program that connections are made to. */
export interface Contender {
  readonly port: number;
  readonly pid: number;
}

/** What the load saw: round trips a second, µs, lost connections. */
export interface Measured {
  /** CPU time that the contender itself used for a round trip, µs: other programs on the machine hardly count. */
  readonly cpu: number;
  /** Round trips of the whole load, also those before and after the measurement. */
  readonly all: number;
  readonly rate: number;
  /** Wall ms that the contender went on working after the load had ended, up to 0.1 s less exact. */
  readonly behind: number;
  readonly p50: number;
  readonly p99: number;
  readonly lost: number;
}

/** The port is the last number of the first line that tells where it listens. */
async function saysPort(child: ChildProcess): Promise<Contender> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^(?:.*"listening".*:)?(\d+)"?\}?$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return { port: Number(port), pid: child.pid ?? 0 };
  }
  throw new Error('it ended before it listened');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Resolves when somebody listens. */
async function up(port: number): Promise<void> {
  const deadline = Date.now() + UP_WALL_MS;
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    if (Date.now() > deadline) throw new Error(`nobody listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
