import type { VirtualUsbDevice } from '../device.ts';

/** What sits at the far end of a virtual serial cable. */
export interface SerialEnd {
  /** Bytes from the host. */
  take(bytes: Uint8Array, send: (bytes: Uint8Array) => void): void;
  rate?(baud: number): void;
  lines?(state: { readonly dtr: boolean; readonly rts: boolean }): void;
  /** The cable went in; the returned function is called when it goes out. */
  plugged?(send: (bytes: Uint8Array) => void): () => void;
  /** Sends without being asked, as fast as the host reads. */
  readonly flood?: boolean;
}

/** Answers with what it hears. */
export const echo: SerialEnd = { take: (bytes, send) => send(bytes) };
/** Hears and says nothing. */
export const silent: SerialEnd = { take: () => {} };
/** Never stops talking. */
export const flood: SerialEnd = { take: () => {}, flood: true };

/** Length of a piece of a flood, bytes; no multiple of a packet, so transfers end short now and then. */
const FLOOD_PIECE = Uint8Array.from({ length: 4000 }, (_, i) => 0x20 + (i % 95));

/** The parts of a model that are the same for every serial cable. */
export function lineEnd(end: SerialEnd, send: (bytes: Uint8Array) => void) {
  let ended: (() => void) | undefined;
  return {
    take: (bytes: Uint8Array) => end.take(bytes, send),
    plugged(device: VirtualUsbDevice, endpoint: number) {
      device.source = end.flood ? (asked) => (asked === endpoint ? FLOOD_PIECE : undefined) : undefined;
      ended = end.plugged?.(send);
    },
    unplugged() {
      ended?.();
      ended = undefined;
    },
  };
}
