import { createServer, type Server, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';

/** One sender, on a network port or a device file. */
export interface Link {
  /** Address of the sender, or the path of the device. */
  readonly from: string;
  write(bytes: Uint8Array): void;
  /** Each chunk is followed by a wait until the listener's promise resolves: that is how a full printer holds it back. */
  onData(listener: (chunk: Uint8Array) => Promise<void>): void;
  /** Resolves when the sender has gone; never rejects. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

/** Senders at the same time; more are turned away. */
const LINKS_MAX = 16;

/** `9100`, `host:9100`, `[::1]:9100`; port 0 takes a free one. Errors: USAGE. */
export function listenAddress(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new RigError('USAGE', 'file', `--listen ${text} is not a port`, {
      hint: 'Write a port or an address and a port: 9100, 0.0.0.0:9100, [::1]:9100.',
    });
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

/** Listens as network printers do (port 9100). Errors: TRANSPORT_OPEN. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  onLink: (link: Link) => void,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    if (sockets.size >= LINKS_MAX) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onLink(linkOver(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new RigError('TRANSPORT_OPEN', 'bench', `cannot listen on ${host}:${port}: ${cause.message}`, {
          cause,
          hint:
            cause.code === 'EADDRINUSE'
              ? 'Another program has the port; stop it or choose another with --listen.'
              : 'Give an address of this machine.',
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const at = server.address();
  return {
    address:
      typeof at === 'object' && at
        ? `${host.includes(':') ? `[${host}]` : host}:${at.port}`
        : `${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function linkOver(socket: Socket): Link {
  socket.on('error', () => socket.destroy());
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    from: `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`,
    // A sender that asks and never listens must not fill our memory with answers.
    write: (bytes) => {
      if (socket.writable && socket.writableLength < 64 * 1024) socket.write(bytes);
    },
    onData(listener) {
      socket.on('data', (chunk) => {
        socket.pause();
        void listener(chunk).then(() => socket.resume());
      });
    },
    ended,
    close: () => socket.destroy(),
  };
}
