import { createServer, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';

/** Connections at once; more are refused, so that nobody can exhaust the rig or the acquirer behind it. */
const MOST_CONNECTIONS = 1024;

export interface ListenerEvents {
  accepted(socket: Socket): void;
  /** How many there are now. */
  count(): number;
  failed(error: Error): void;
}

/** Takes connections as they come, half-open ones too: whoever stops sending may still be answered. Throws TRANSPORT_OPEN. */
export async function listen(
  address: { readonly host: string; readonly port: number },
  events: ListenerEvents,
): Promise<{ readonly host: string; readonly port: number; close(): Promise<void> }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (events.count() < MOST_CONNECTIONS) return events.accepted(socket);
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
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
      ),
    );
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', (error) => events.failed(error));
      resolve();
    });
  });
  const found = server.address();
  const port = typeof found === 'object' && found ? found.port : address.port;
  let closing: Promise<void> | undefined;
  return {
    host: address.host,
    port,
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      return closing;
    },
  };
}
