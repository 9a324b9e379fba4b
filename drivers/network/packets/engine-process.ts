import { read, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Departures } from './departures.ts';
import { PacketEvents } from './events.ts';
import { Link } from './link.ts';
import { Orders, type PacketDirection, PacketOrder } from './orders.ts';
import { EngineProfile } from './profile.ts';

/**
 * The process between two TUN devices, opened by the helper that started it: descriptor 3 carries what comes from the
 * terminal, 4 what goes to it. A packet that was read goes back into its own device, so the kernel routes it on; or it
 * does not. Told what to do on standard input, one JSON object a line; ends when that does.
 */

const Asked = z.strictObject({
  set: z.unknown().optional(),
  add: PacketOrder.optional(),
  remove: z.string().optional(),
});

const DEVICE: Readonly<Record<PacketDirection, number>> = { request: 3, response: 4 };
/** Node's timers are as much as a millisecond early or late: the rest is waited for turn by turn. */
const TURNS_MS = 1.5;
const LARGEST_PACKET = 65_536;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

class Engine {
  #profile = EngineProfile.parse({});
  #links = this.#makeLinks();
  #events = new PacketEvents([]);
  readonly orders = new Orders();
  readonly #queues: Readonly<Record<PacketDirection, Departures>> = {
    request: new Departures(),
    response: new Departures(),
  };
  #timer: NodeJS.Timeout | undefined;
  #turning = false;
  #struck = 0;
  #dropped = 0;

  /** From now on; packets that already wait keep their times. */
  set(options: unknown): void {
    this.#profile = EngineProfile.parse(options);
    this.#links = this.#makeLinks();
    this.#events = new PacketEvents(this.#profile.events);
  }

  #makeLinks(): Readonly<Record<PacketDirection, Link>> {
    const { request, response, seed } = this.#profile;
    return {
      request: new Link(request, seed),
      response: new Link(response, Math.imul(seed, 0x9e37_79b1) ^ 1),
    };
  }

  get counts() {
    return {
      request: this.#links.request.counts,
      response: this.#links.response.counts,
      struck: this.#struck,
      dropped: this.#dropped,
      waiting: this.#queues.request.size + this.#queues.response.size,
    };
  }

  take(bytes: Uint8Array, direction: PacketDirection): void {
    const verdict = this.#events.judge(bytes, direction);
    if (verdict.struck !== undefined) {
      this.#struck++;
      say({ struck: verdict.struck });
    }
    if (verdict.back) write(direction, verdict.back);
    if (!verdict.passes) {
      this.#dropped++;
      return;
    }
    const time = now();
    const { departures, back } = this.orders.carry(bytes, direction, time);
    if (back) write(direction, back);
    const link = this.#links[direction];
    for (const departure of departures.flatMap((packet) => link.carry(packet.bytes, packet.at))) {
      if (departure.at <= time && this.#queues[direction].size === 0) write(direction, departure.bytes);
      else this.#queues[direction].push(departure);
    }
    this.#arm();
  }

  readonly #leave = (): void => {
    this.#turning = false;
    const time = now();
    for (const direction of ['request', 'response'] as const) {
      for (let due = this.#queues[direction].takeDue(time); due; due = this.#queues[direction].takeDue(time))
        write(direction, due.bytes);
    }
    this.#arm();
  };

  #arm(): void {
    const next = Math.min(
      this.#queues.request.next ?? Number.POSITIVE_INFINITY,
      this.#queues.response.next ?? Number.POSITIVE_INFINITY,
    );
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#turning || next === Number.POSITIVE_INFINITY) return;
    const wait = next - now();
    if (wait > TURNS_MS) {
      this.#timer = setTimeout(() => this.#arm(), wait - TURNS_MS);
      return;
    }
    this.#turning = true;
    setImmediate(this.#leave);
  }
}

/** A full device queue loses the packet, as a network does. */
function write(direction: PacketDirection, bytes: Uint8Array): void {
  try {
    writeSync(DEVICE[direction], bytes);
  } catch (error) {
    if (
      !(
        error instanceof Error &&
        'code' in error &&
        ['EAGAIN', 'ENOBUFS', 'EINVAL', 'EIO'].includes(String(error.code))
      )
    )
      throw error;
  }
}

function readOn(engine: Engine, direction: PacketDirection): void {
  const buffer = Buffer.allocUnsafe(LARGEST_PACKET);
  const next = (): void =>
    read(DEVICE[direction], buffer, 0, buffer.length, null, (error, count) => {
      if (error) {
        say({ failed: error.message });
        end();
      }
      engine.take(Uint8Array.prototype.slice.call(buffer, 0, count), direction);
      next();
    });
  next();
}

/** Reads that wait in threads of their own would keep an orderly exit waiting for ever. */
const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const engine = new Engine();
readOn(engine, 'request');
readOn(engine, 'response');
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  try {
    const asked = Asked.parse(JSON.parse(line));
    if (asked.set !== undefined) engine.set(asked.set);
    if (asked.add !== undefined) engine.orders.add(asked.add);
    if (asked.remove !== undefined) engine.orders.remove(asked.remove);
    say({ counts: engine.counts, standing: engine.orders.listed });
  } catch (error) {
    say({ refused: error instanceof Error ? error.message : String(error) });
  }
});
lines.on('close', end);
say({ ready: true });
