import { createServer, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Protocol } from '../../codec/ecr/protocol.ts';
import { isControlField } from '../../codec/zvt/catalogue.ts';
import type { PseudoTerminal } from '../pty.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { attachEcr, ecrMemory } from './ecr-port.ts';
import type { TillCable } from './zvt-conversation.ts';
import { attachZvt, zvtMemory } from './zvt-port.ts';

/** A till link of the virtual terminal that tills can connect to. */
export interface TillPort {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** The terminal's end of a till protocol on one cable; the returned function ends it. */
export type AttachTill = (cable: TillCable, terminal: Pick<TerminalBody, 'till'>, clock: Clock) => () => void;

/** The terminal's end of ZVT. @param password six digits that it requires of its till; without it takes any */
export function zvtTill(password?: string): AttachTill {
  // The catalogue is read now: a till waits only so long for its first answer.
  isControlField(0x06, 0x01);
  const memory = zvtMemory(password);
  return (cable, terminal, clock) => attachZvt(cable, terminal, clock, memory);
}

/** The terminal's end of a protocol that a file describes. What it remembers of the till is one for all its cables. */
export function ecrTill(protocol: Protocol): AttachTill {
  const memory = ecrMemory();
  return (cable, terminal, clock) => attachEcr(protocol, memory, cable, terminal, clock);
}

/**
 * A till link over TCP: the terminal listens. One till at a time; a new connection takes the place of the one before, as a cable that
 * is plugged in again does. Throws SERVICE_FAILED when the address cannot be had.
 */
export async function listenForTill(
  address: { readonly host: string; readonly port: number },
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
  attach: AttachTill = zvtTill(),
): Promise<TillPort> {
  let current: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    current?.destroy();
    current = socket;
    socket.on('error', () => {});
    const end = attach(
      {
        serial: false,
        write: (bytes) => {
          if (!socket.destroyed) socket.write(bytes);
        },
        onData: (listener) => void socket.on('data', listener),
      },
      terminal,
      clock,
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

/** A till link over a serial port. The returned function ends it. */
export const tillOnSerial = (
  line: Pick<PseudoTerminal, 'write' | 'onData'>,
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
  attach: AttachTill = zvtTill(),
): (() => void) =>
  attach(
    { serial: true, write: (bytes) => line.write(bytes), onData: (listener) => line.onData(listener) },
    terminal,
    clock,
  );
