import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { RigError } from '../../../rig/model/errors.ts';
import type { Link } from './listener.ts';

const CHUNK = 16 * 1024;
const LOOK_AGAIN_MS = 10;

/**
 * A device file that printing bytes can be read from and answers written to: a USB gadget printer (/dev/g_printer0), or a
 * serial line. It never blocks on writing: a host that does not read its printer's answers does not get them.
 * Errors: TRANSPORT_OPEN.
 */
export async function openDevice(path: string): Promise<Link> {
  const file = await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new RigError('TRANSPORT_OPEN', 'bench', `${path} cannot be opened: ${cause.message}`, {
        cause,
        hint:
          cause.code === 'ENOENT'
            ? 'Load the gadget (modprobe g_printer) or give the path of the device.'
            : 'Run as a user who may read and write the device.',
      });
    },
  );
  let take: ((chunk: Uint8Array) => Promise<void>) | undefined;
  let closing = false;
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  return {
    from: path,
    write: (bytes) => void file.write(bytes).catch(() => {}),
    onData(listener) {
      take = listener;
      void readOn(
        file,
        (chunk) => take?.(chunk) ?? Promise.resolve(),
        () => closing,
      ).finally(over);
    },
    ended,
    close() {
      closing = true;
      void file.close().catch(() => {});
      over();
    },
  };
}

async function readOn(
  file: FileHandle,
  take: (chunk: Uint8Array) => Promise<void>,
  closing: () => boolean,
): Promise<void> {
  const buffer = Buffer.alloc(CHUNK);
  while (!closing()) {
    const read = await file.read(buffer, 0, CHUNK, null).catch((error: NodeJS.ErrnoException) => error.code);
    if (read === 'EAGAIN') await aMoment();
    else if (typeof read !== 'object' || read.bytesRead === 0) return;
    else await take(new Uint8Array(buffer.subarray(0, read.bytesRead)));
  }
}

/** Node cannot wait for such a device, and a read that waits could not be ended: we look again. */
const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
