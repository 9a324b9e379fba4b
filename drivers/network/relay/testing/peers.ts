import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { EventBody, EventOf, EventType, Recorder } from '../../../../rig/model/event.ts';
import { encodeMessage } from '../../../codec/iso8583/index.ts';
import { loadDialect } from '../../../host/dialect.ts';

/** The two ends of the path as the relay's tests need them: they count bytes and keep the order of what happened. */

const DIALECT = loadDialect('unionpay-pos');
const WAIT_WALL_MS = 20_000;

export interface Said {
  readonly mti: string;
  readonly stan?: string;
  /** Length of the whole frame; at least 100. */
  readonly length?: number;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A frame of exactly `length` bytes: field 57 takes up the slack. */
export function frameOf({ mti, stan = '000001', length = 200, fields = {} }: Said): Uint8Array {
  const encode = (slack: number) =>
    encodeMessage(DIALECT, {
      mti,
      tpdu: '6000030000',
      header: '602200000000',
      fields: {
        '3': '000000',
        '4': '000000012850',
        '11': stan,
        '25': '00',
        '41': '30001001',
        '42': '898320400000001',
        '49': '156',
        '57': 'x'.repeat(slack),
        '60': '22000001000600',
        ...fields,
      },
    });
  const slack = length - encode(1).length + 1;
  if (slack < 1) throw new Error(`no frame as short as ${length} bytes`);
  return encode(slack);
}

/** One socket of a peer: everything it received, and what became of it, in order. */
export class Peer {
  readonly socket: Socket;
  readonly log: string[] = [];
  readonly #chunks: Buffer[] = [];
  #count = 0;
  #wake: (() => void)[] = [];

  constructor(socket: Socket, onData: (peer: Peer, chunk: Buffer) => void = () => {}) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#count += chunk.length;
      onData(this, chunk);
      this.#changed();
    });
    socket.on('connect', () => this.#changed());
    socket.on('end', () => this.note('end'));
    socket.on('error', (error) => this.note('code' in error ? String(error.code) : error.message));
    socket.on('close', () => this.note('close'));
  }

  /** Number of bytes received. */
  get count(): number {
    return this.#count;
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  note(what: string): void {
    this.log.push(what);
    this.#changed();
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves when `ready` holds; fails after a generous while, saying what never came. */
  async until(ready: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + WAIT_WALL_MS;
    while (!ready()) {
      const left = deadline - Date.now();
      if (left <= 0) {
        throw new Error(`waited in vain for ${what}; ${this.#count} bytes, log: ${this.log.join(' ')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  bytes(count: number): Promise<void> {
    return this.until(() => this.#count >= count, `${count} bytes`);
  }

  /** The connection came to its end, one way or another. */
  gone(): Promise<void> {
    return this.until(() => this.log.length > 0, 'the end of the connection');
  }

  saw(what: string): Promise<void> {
    return this.until(() => this.log.includes(what), what);
  }
}

/** A host that counts what it gets and answers as told. */
export class TestHost {
  readonly peers: Peer[] = [];
  /** Called with every chunk; by default nothing is answered. */
  answer: (peer: Peer, chunk: Buffer) => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #wake: (() => void)[] = [];

  readonly #at: string;

  private constructor(at: string) {
    this.#at = at;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.peers.push(new Peer(socket, (peer, chunk) => this.answer(peer, chunk)));
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  static async start(at = '127.0.0.1'): Promise<TestHost> {
    const host = new TestHost(at);
    host.#server.listen(0, at);
    await once(host.#server, 'listening');
    return host;
  }

  get address(): { readonly host: string; readonly port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return { host: this.#at, port: address.port };
  }

  /** The nth connection, from 0, once it is there. */
  async peer(n: number): Promise<Peer> {
    while (!this.peers[n]) await new Promise<void>((resolve) => this.#wake.push(resolve));
    const peer = this.peers[n];
    if (!peer) throw new Error('unreachable');
    return peer;
  }

  /**
   * Goes a few times to the host and back beside the relay. What was under way on this machine's loopback before has
   * arrived afterwards, so that "nothing came" can be asserted without waiting for a time.
   */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const before = this.peers.length;
      const socket = connect(this.address);
      await once(socket, 'connect');
      const peer = await this.peer(before);
      socket.end('x');
      await peer.saw('end');
      peer.socket.end();
      await once(socket, 'close');
      this.peers.splice(this.peers.indexOf(peer), 1);
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const dialled = new Set<Socket>();

/** Ends what terminals have left open. */
export function hangUp(): void {
  for (const socket of dialled) socket.destroy();
  dialled.clear();
}

/** Connects as a terminal would; rejects with the code of the failure. */
export async function dial(address: { readonly host: string; readonly port: number }): Promise<Peer> {
  const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
  dialled.add(socket);
  socket.on('close', () => dialled.delete(socket));
  const peer = new Peer(socket);
  await peer.until(() => !socket.connecting, 'an answer to the attempt to connect');
  if (socket.destroyed) throw new Error(peer.log[0] ?? 'no connection');
  return peer;
}

/** Keeps every event; `of` selects. */
export class TestRecorder implements Recorder {
  readonly events: EventBody[] = [];
  #wake: (() => void)[] = [];

  record(event: EventBody): void {
    this.events.push(structuredClone(event));
    for (const wake of this.#wake.splice(0)) wake();
  }

  attach(): never {
    throw new Error('the relay attaches nothing');
  }

  of<T extends EventType>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** Resolves when an event fits. */
  async saw(fits: (event: EventBody) => boolean): Promise<void> {
    while (!this.events.some(fits)) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}
