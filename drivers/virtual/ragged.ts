import type { PseudoTerminal } from './pty.ts';
import type { Random } from './random.ts';

type Port = Pick<PseudoTerminal, 'write' | 'onData'>;

/** Longest piece that leaves in one go: the packet of a full-speed USB serial adapter. */
const PACKET = 64;
/** How many pieces of a hundred leave early, wherever that cuts them: the adapter's latency timer ran out. */
const EARLY = 25;

/**
 * A serial adapter between a device and its port: bytes leave in order, but cut and joined where it pleases the adapter,
 * never where a message ends. Whoever reads must not take a chunk for a line.
 */
export function ragged(port: Port, random: Random): Port {
  let pending: Uint8Array[] = [];
  let sending = false;
  const send = () => {
    const all = Buffer.concat(pending);
    const early = random.next() * 100 < EARLY;
    const piece = early ? 1 + Math.floor(random.next() * PACKET) : PACKET;
    port.write(all.subarray(0, piece));
    pending = piece < all.length ? [all.subarray(piece)] : [];
    sending = pending.length > 0;
    if (sending) setImmediate(send);
  };
  return {
    onData: port.onData,
    write: (bytes) => {
      if (bytes.length === 0) return;
      pending.push(Uint8Array.from(bytes));
      if (sending) return;
      sending = true;
      setImmediate(send);
    },
  };
}
