import { connect } from 'node:net';
import type { AdbDaemonConnection } from '@yume-chan/adb';
import { AdbPacket, AdbPacketSerializeStream } from '@yume-chan/adb';
import {
  MaybeConsumable,
  PushReadableStream,
  pipeFrom,
  StructDeserializeStream,
} from '@yume-chan/stream-extra';
import { RigError } from '../../../rig/model/errors.ts';

/** What carries packets of ADB: a socket, or a pair of bulk endpoints. */
export interface AdbBytes {
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Resolves with the reason when it is over; with undefined after `close()`. Never rejects. */
  readonly closed: Promise<string | undefined>;
  close(): Promise<void>;
}

/** Wall time that opening a connection may take. */
const CONNECT_WALL_MS = 5000;

/** A TCP connection to a device's own ADB daemon. Errors: TRANSPORT_OPEN. */
export async function adbSocket(host: string, port: number): Promise<AdbBytes> {
  const socket = connect({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(
        new RigError(
          'TRANSPORT_OPEN',
          'bench',
          `no connection to the ADB daemon at ${host}:${port}: ${why}`,
          {
            hint: 'Is debugging over the network switched on at the device? Usually it listens at port 5555.',
          },
        ),
      );
    };
    const timer = setTimeout(() => fail('no answer'), CONNECT_WALL_MS);
    socket.once('error', (error) => fail(error.message));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve();
    });
  });
  let own = false;
  let why = 'the device closed the connection';
  socket.on('error', (error) => {
    why = error.message;
  });
  const closed = new Promise<string | undefined>((resolve) =>
    socket.once('close', () => resolve(own ? undefined : why)),
  );
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    onData: (listener) => void socket.on('data', listener),
    closed,
    close: async () => {
      own = true;
      socket.destroy();
      await closed;
    },
  };
}

/**
 * Bytes as the packets that the ADB library speaks in. Header and payload of a packet leave in two writes, as bulk
 * endpoints need it.
 */
export function packetsOver(bytes: AdbBytes): AdbDaemonConnection {
  const arriving = new PushReadableStream<Uint8Array>((controller) => {
    let last: Promise<unknown> = Promise.resolve();
    bytes.onData((chunk) => {
      const copy = Uint8Array.from(chunk);
      last = last.then(() => controller.enqueue(copy)).catch(() => {});
    });
    void bytes.closed.then(() => last.then(() => controller.close()).catch(() => {}));
  });
  const leaving = new MaybeConsumable.WritableStream<Uint8Array>({ write: (chunk) => bytes.write(chunk) });
  return {
    readable: arriving.pipeThrough(new StructDeserializeStream(AdbPacket)),
    writable: pipeFrom(leaving, new AdbPacketSerializeStream()),
  };
}
