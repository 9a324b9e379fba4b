import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { type AdbPacket, encodePacket, MAX_PAYLOAD, makePacketReader } from './packet.ts';
import { offeredKey, signedBy } from './trust.ts';

/** An Android device as its daemon knows it. */
export interface AndroidDevice {
  readonly product: string;
  readonly model: string;
  readonly device: string;
  /** Whether somebody at the screen allows debugging from a machine that the device does not know. */
  readonly allowsDebugging: boolean;
  /** Runs a command line; resolves with what it writes. Never rejects. */
  run(commandLine: string): Promise<Uint8Array>;
}

export interface RunningDaemon {
  readonly address: string;
  close(): Promise<void>;
}

const VERSION = 0x01000001;
const AUTH = { token: 1, signature: 2, publicKey: 3 } as const;
/** Connections and, on each, streams that may be open at once. */
const LIMITS = { connections: 8, streams: 16 } as const;

/** The ADB daemon of a device, on a TCP port (0: any free one). Rejects when the port cannot be had. */
export async function serveAdb(
  device: AndroidDevice,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<RunningDaemon> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (sockets.size >= LIMITS.connections) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serveConnection(device, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    address: `${host}:${typeof bound === 'object' && bound ? bound.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A stream of one command: what is still to be sent, a piece for every OKAY of the other end. */
interface Stream {
  readonly remote: number;
  pieces: Buffer[] | undefined;
  ready: boolean;
}

function serveConnection(device: AndroidDevice, socket: Socket): void {
  const read = makePacketReader();
  const token = randomBytes(20);
  const streams = new Map<number, Stream>();
  let trusted = false;
  let largest = 4096;
  let next = 1;
  const send = (command: string, arg0: number, arg1: number, payload?: Uint8Array) => {
    if (!socket.destroyed) socket.write(encodePacket(command, arg0, arg1, payload));
  };
  const welcome = () => {
    trusted = true;
    const { product, model, device: name } = device;
    const banner = `device::ro.product.name=${product};ro.product.model=${model};ro.product.device=${name};`;
    send('CNXN', VERSION, MAX_PAYLOAD, Buffer.from(banner));
  };

  const authenticate = ({ arg0, payload }: AdbPacket) => {
    // The device knows no machine: a signature is answered with the next token, and then the key itself is offered.
    if (arg0 === AUTH.signature) return send('AUTH', AUTH.token, 0, token);
    const key = arg0 === AUTH.publicKey ? offeredKey(payload) : undefined;
    if (!key) return void socket.destroy();
    // Until somebody touches "allow" nothing is said.
    if (device.allowsDebugging && (lastSignature === undefined || signedBy(key, token, lastSignature)))
      welcome();
  };
  let lastSignature: Buffer | undefined;

  const flow = (local: number, stream: Stream) => {
    if (!stream.ready || !stream.pieces) return;
    const piece = stream.pieces.shift();
    if (!piece) {
      streams.delete(local);
      return send('CLSE', local, stream.remote);
    }
    stream.ready = false;
    send('WRTE', local, stream.remote, piece);
  };

  const open = (remote: number, service: string) => {
    const command = /^(?:exec|shell):(.+)$/su.exec(service)?.[1];
    if (command === undefined || streams.size >= LIMITS.streams) return send('CLSE', 0, remote);
    const local = next++;
    const stream: Stream = { remote, pieces: undefined, ready: true };
    streams.set(local, stream);
    send('OKAY', local, remote);
    void device.run(command).then((output) => {
      const bytes = Buffer.from(output);
      const piece = Math.min(largest, MAX_PAYLOAD);
      stream.pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
        bytes.subarray(i * piece, (i + 1) * piece),
      );
      flow(local, stream);
    });
  };

  const take = (packet: AdbPacket) => {
    const { command, arg0, arg1, payload } = packet;
    if (command === 'CNXN') {
      largest = Math.max(256, arg1);
      return send('AUTH', AUTH.token, 0, token);
    }
    if (command === 'AUTH') {
      if (arg0 === AUTH.signature) lastSignature = payload;
      return authenticate(packet);
    }
    if (!trusted) return void socket.destroy();
    if (command === 'OPEN') return open(arg0, payload.toString('utf8').replace(/\0$/u, ''));
    const stream = streams.get(arg1);
    if (!stream) return;
    if (command === 'CLSE') {
      streams.delete(arg1);
      send('CLSE', arg1, stream.remote);
    } else if (command === 'WRTE') send('OKAY', arg1, stream.remote);
    else if (command === 'OKAY') {
      stream.ready = true;
      flow(arg1, stream);
    }
  };
  socket.on('data', (bytes) => {
    const packets = read(bytes);
    if (!packets) return void socket.destroy();
    for (const packet of packets) take(packet);
  });
}
