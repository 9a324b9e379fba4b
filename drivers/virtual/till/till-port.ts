import { createServer, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { isControlField } from '../../codec/zvt/catalogue.ts';
import type { PseudoTerminal } from '../pty.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { attachZvt, zvtMemory } from './zvt-port.ts';

/** A till link of the virtual terminal that tills can connect to. */
export interface TillPort {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * ZVT over TCP: the terminal listens. One till at a time; a new connection takes the place of the one before, as a cable that
 * is plugged in again does. Throws SERVICE_FAILED when the address cannot be had.
 */
export async function listenForTill(
  address: { readonly host: string; readonly port: number },
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
): Promise<TillPort> {
  // The catalogue is read now: a till waits only so long for its first answer.
  isControlField(0x06, 0x01);
  let current: Socket | undefined;
  const memory = zvtMemory();
  const server = createServer({ noDelay: true }, (socket) => {
    current?.destroy();
    current = socket;
    socket.on('error', () => {});
    const end = attachZvt(
      {
        serial: false,
        write: (bytes) => {
          if (!socket.destroyed) socket.write(bytes);
        },
        onData: (listener) => void socket.on('data', listener),
      },
      terminal,
      clock,
      memory,
    );
    socket.once('close', end);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new RigError(
          'SERVICE_FAILED',
          'bench',
          `the till link cannot listen on ${address.host}:${address.port}: ${cause.message}`,
        ),
      ),
    );
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : address.port;
  return {
    address: `${address.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        current?.destroy();
        server.close(() => resolve());
      }),
  };
}

/** ZVT over a serial port. The returned function ends it. */
export const tillOnSerial = (
  line: Pick<PseudoTerminal, 'write' | 'onData'>,
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
): (() => void) =>
  attachZvt(
    { serial: true, write: (bytes) => line.write(bytes), onData: (listener) => line.onData(listener) },
    terminal,
    clock,
  );
