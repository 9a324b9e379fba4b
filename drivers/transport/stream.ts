import type { RigError } from '../../rig/model/errors.ts';
import type { Direction, Tee } from './tee.ts';

/**
 * One connection over a port. Single use: when the port is lost this object is over, nothing that was written to
 * it is ever sent later, and a new connection is a new object. (A `SerialPort` that is opened again executes what was
 * written while it was closed: a stale motion command moves the finger.)
 */
export interface ByteStream {
  readonly path: string;
  readonly alive: boolean;
  /** Resolves when the operating system has the bytes. Rejects with TRANSPORT_LOST when the port is or gets lost. */
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes begin to flow with the first listener. The returned function unsubscribes. */
  onData(listener: (chunk: Uint8Array) => void): () => void;
  /** Resolves once when the stream is over: with the error that ended it, or undefined after `close()`. Never rejects. */
  readonly closed: Promise<RigError | undefined>;
  /** From now until the returned function is called, only counts of bytes are recorded, with this reason. Nests. */
  withhold(reason: string): () => void;
  /** Idempotent; takes at most two wall seconds. */
  close(): Promise<void>;
}

/**
 * Counts instead of bytes while anything is withheld. One count per direction for the whole stretch: the length of a
 * single command would already tell something about the coordinates in it.
 */
export function withholding(tee: Tee) {
  let depth = 0;
  const counts = { in: 0, out: 0 };
  let reason = '';
  const flush = () => {
    for (const dir of ['out', 'in'] as const) {
      if (counts[dir] > 0) tee.withheld(dir, counts[dir], reason);
      counts[dir] = 0;
    }
  };
  return {
    note(dir: Direction, chunk: Uint8Array) {
      if (depth === 0) return tee.bytes(dir, chunk);
      counts[dir] += chunk.length;
      if (dir === 'out') tee.unseen();
    },
    begin(why: string) {
      if (depth++ === 0) reason = why;
      let begun = true;
      return () => {
        if (!begun) return;
        begun = false;
        if (--depth === 0) flush();
      };
    },
    flush,
  };
}
