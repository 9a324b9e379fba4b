import { createServer, type Server, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { enframe, type Framing, unframer } from '../wire/framing.ts';

/** Connections at once unless told otherwise; a terminal needs one. More are refused, so that nobody can exhaust the host. */
const MAX_CONNECTIONS = 4096;
/** A peer that sends requests and reads no answers is cut off when this many bytes wait for it. */
const MAX_UNREAD = 1024 * 1024;

/** One terminal's line, as the conversation sees it. */
export interface Connection {
  readonly id: string;
  /** Source address, IPv4 in its usual form. */
  readonly remote: string;
  /** Sends a frame; false when the line is gone. */
  send(frame: Uint8Array): boolean;
  /** Ends the line when what was sent is out. */
  close(): void;
}

export interface Listener {
  opened(connection: Connection): void;
  frame(connection: Connection, frame: Uint8Array): void;
  /** The stream cannot be cut into frames any more; it is closed after this. */
  damaged(connection: Connection, error: RigError): void;
  closed(connection: Connection): void;
  /** The server itself has died. */
  failed(error: Error): void;
}

export interface HostServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Listens for terminals and cuts what they send into frames. Port 0 takes a free one. Throws TRANSPORT_OPEN. */
export async function listen(
  address: { readonly host: string; readonly port: number },
  dialect: Dialect,
  listener: Listener,
  framing: Framing = 'raw',
): Promise<HostServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    serve(socket, `c${++count}`, { dialect, framing }, listener, () => sockets.delete(socket));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await bound(server, address);
  server.on('error', (error) => listener.failed(error));
  const found = server.address();
  const port = typeof found === 'object' && found ? found.port : address.port;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closing;
  };
  return { host: address.host, port, close };
}

function bound(server: Server, address: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) =>
      reject(
        new RigError(
          'TRANSPORT_OPEN',
          'bench',
          `cannot listen on ${address.host}:${address.port}: ${cause.message}`,
          {
            cause,
            hint: 'Choose an address of this machine and a port that is free; port 0 takes any free port.',
          },
        ),
      );
    server.once('error', refuse);
    server.listen(address.port, address.host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function serve(
  socket: Socket,
  id: string,
  { dialect, framing }: { readonly dialect: Dialect; readonly framing: Framing },
  listener: Listener,
  done: () => void,
): void {
  const reader = unframer(framing, 'request', dialect);
  const connection: Connection = {
    id,
    remote: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    send: (frame) => {
      if (!socket.writable) return false;
      socket.write(enframe(framing, 'response', frame));
      if (socket.writableLength > MAX_UNREAD) socket.destroy();
      return true;
    },
    close: () => socket.destroySoon(),
  };
  listener.opened(connection);
  socket.on('data', (chunk) => {
    const found = reader.push(chunk);
    for (const item of found) if ('frame' in item) listener.frame(connection, item.frame);
    const trouble = reader.damage ?? found.flatMap((item) => ('trouble' in item ? [item.trouble] : []))[0];
    if (trouble !== undefined && !socket.destroyed) {
      listener.damaged(
        connection,
        new RigError('CODEC_FRAME', 'terminal', trouble, {
          hint: 'Check that both ends use the same framing and length header.',
        }),
      );
      socket.destroy();
    }
  });
  // 'close' follows every error and is what counts.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    done();
    listener.closed(connection);
  });
}
