import { deframe, type TwoWayFraming } from '../../codec/framing/scanner.ts';
import type { LinkStream } from '../stream.ts';

/** Whole numbers from 0 on, below a bound. */
export type Dice = (below: number) => number;

/** Between a till and a terminal: leaves frames whole, and puts something else into them. */
export interface HostileLink {
  /** While it is, messages are changed, left out, said twice, mixed with others and with control characters. */
  hostile: boolean;
  /** The stream with what happens on it. */
  through(stream: LinkStream): LinkStream;
}

const CONTROLS = [0x06, 0x15, 0x05, 0x04];
const POOL = 64;
/** So many frames at once, now and then. */
const FLOOD = 40;

/**
 * @param framing what makes a changed message a good frame again: what is tried is whoever reads messages
 * @param seeds messages that may be said at any time, by either side; those that were heard join them
 */
export function hostileLink(framing: TwoWayFraming, dice: Dice, seeds: readonly Uint8Array[]): HostileLink {
  const pool = [...seeds];
  const one = (): Uint8Array => pool[dice(pool.length)] ?? new Uint8Array(0);
  const framed = (payload: Uint8Array): Uint8Array => {
    try {
      return framing.frame(payload);
    } catch (error) {
      // Grown beyond what fits into a frame.
      if (error instanceof RangeError) return new Uint8Array(0);
      throw error;
    }
  };
  const changed = (payload: Uint8Array): Uint8Array[] => {
    switch (dice(8)) {
      case 0:
        return [];
      case 1:
        return [payload, payload];
      case 2:
        return [one(), payload];
      case 3:
        return Array.from({ length: dice(FLOOD) }, () => mutated(one(), dice));
      case 4:
        return [payload];
      default:
        return [mutated(payload, dice)];
    }
  };
  const link: HostileLink = {
    hostile: false,
    through: (stream) => {
      const way = () => {
        const deframer = deframe(framing);
        return (bytes: Uint8Array): Uint8Array => {
          if (!link.hostile) return bytes;
          const out: Uint8Array[] = [];
          for (const item of deframer.push(bytes)) {
            if (item.type !== 'frame' || item.form !== undefined) {
              out.push(dice(5) === 0 ? Uint8Array.of(CONTROLS[dice(4)] ?? 0) : item.raw);
              continue;
            }
            pool[pool.length < POOL ? pool.length : dice(POOL)] = item.payload;
            out.push(...changed(item.payload).map(framed));
          }
          return Buffer.concat(out);
        };
      };
      const [outwards, inwards] = [way(), way()];
      return {
        ...stream,
        write: (bytes) => stream.write(outwards(bytes)),
        onData: (listener) =>
          stream.onData((bytes) => {
            const passed = inwards(bytes);
            if (passed.length > 0) listener(passed);
          }),
      };
    },
  };
  return link;
}

/** A message with something in it changed: bytes, a piece left out, a piece twice, or far too much of it. */
function mutated(payload: Uint8Array, dice: Dice): Uint8Array {
  const at = dice(payload.length + 1);
  const end = at + dice(payload.length - at + 1);
  const [before, piece, after] = [payload.slice(0, at), payload.slice(at, end), payload.slice(end)];
  switch (dice(6)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, piece, piece, after]);
    case 2:
      return Buffer.concat([before, ...Array.from({ length: dice(100) }, () => piece), after]);
    case 3:
      return Buffer.concat([before, Uint8Array.from(piece, () => dice(256)), after]);
    default: {
      // A buffer's slice would be the very bytes, which may be somebody's constant.
      const copy = Uint8Array.from(payload);
      for (let times = 1 + dice(3); times > 0 && copy.length > 0; times--) {
        // A digit for a digit keeps more of it readable than any byte would.
        copy[dice(copy.length)] = dice(2) === 0 ? 0x30 + dice(10) : dice(256);
      }
      return copy;
    }
  }
}
