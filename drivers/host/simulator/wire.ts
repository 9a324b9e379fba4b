import type { Dialect } from '../../codec/iso8583/index.ts';
import { afterOf, LATE, type Misdeeds } from './misbehaviour.ts';

/** Bytes that go out together, `wait` nominal ms after what went before. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly wait: number;
}

/** How an answer goes out. */
export interface Delivery {
  /** In this order; none: nothing is sent. */
  readonly pieces: readonly Piece[];
  /** So many of them, the first ones, are the answer; what follows was not asked for. */
  readonly answer: number;
  /** The connection is closed when they are out. */
  readonly close: boolean;
  /** The terminal can read the answer: it arrives whole and undamaged, if late, twice or in bits. */
  readonly legible: boolean;
}

/** How an answer goes out when nothing is wrong. */
export const whole = (frame: Uint8Array): Delivery => ({
  pieces: [{ bytes: frame, wait: 0 }],
  answer: 1,
  close: false,
  legible: true,
});

/** Nothing is sent. */
export const SILENCE: Delivery = { pieces: [], answer: 0, close: false, legible: false };

/** Between single bytes, so that each is a segment of its own. */
const TRICKLE = 5;

/** Frames that misdeeds need beside the answer itself. */
export interface Others {
  /** An answer to another STAN, made on demand. */
  stranger(): Uint8Array;
  /** An approval that was kept back until this answer. */
  readonly kept: Uint8Array | undefined;
}

/**
 * How a frame goes out under the misdeeds that are due: damage first, then how it is cut and timed. `mtiAt`: offset of
 * the MTI, where the bitmap is to be found.
 */
export function deliver(
  dialect: Dialect,
  frame: Uint8Array,
  mtiAt: number,
  misdeeds: Misdeeds,
  others: Others,
): Delivery {
  if (misdeeds.has('no-answer') || misdeeds.has('approval-after-reversal')) return SILENCE;
  if (misdeeds.has('close')) return { ...SILENCE, close: true };
  const length = misdeeds.of('wrong-length');
  const cut = misdeeds.of('truncated');
  const damaged = length !== undefined || cut !== undefined || misdeeds.has('wrong-bitmap');
  let bytes = misdeeds.has('wrong-bitmap') ? withWrongBitmap(dialect, frame, mtiAt) : frame;
  if (length) bytes = withWrongLength(dialect, bytes, length.bytes ?? 8);
  if (cut) bytes = truncated(bytes, cut.bytes);
  if (misdeeds.has('coalesced')) bytes = Buffer.concat([bytes, others.stranger()]);
  const late = misdeeds.of('late');
  const wait = late ? afterOf(late, LATE) : 0;
  const trickle = misdeeds.of('trickle');
  const pieces: Piece[] = trickle ? inBytes(bytes, wait, afterOf(trickle, TRICKLE)) : [{ bytes, wait }];
  const answer = pieces.length;
  const twice = misdeeds.of('duplicate');
  if (twice) pieces.push({ bytes, wait: afterOf(twice, 0) });
  if (others.kept) pieces.push({ bytes: others.kept, wait: 0 });
  return { pieces, answer, close: cut !== undefined, legible: !damaged };
}

const inBytes = (bytes: Uint8Array, first: number, between: number): Piece[] =>
  Array.from(bytes, (byte, i) => ({ bytes: Uint8Array.of(byte), wait: i === 0 ? first : between }));

/** The first bytes of a frame: so many, or all but so many when negative, or half; never all, never none. */
function truncated(frame: Uint8Array, stated: number | undefined): Uint8Array {
  const wanted = stated === undefined ? frame.length >> 1 : stated < 0 ? frame.length + stated : stated;
  return frame.subarray(0, Math.min(Math.max(wanted, 1), frame.length - 1));
}

/** The length header announces `more` bytes than there are; never less than none. Without such a header: as it is. */
function withWrongLength(dialect: Dialect, frame: Uint8Array, more: number): Uint8Array {
  const header = dialect.frame.length;
  if (!header) return frame;
  const { encoding, bytes: size, 'counts-itself': self } = header;
  const wrong = Math.max(0, frame.length - (self ? 0 : size) + more);
  const changed = frame.slice();
  if (encoding === 'binary') {
    for (let i = 0; i < size; i++) changed[i] = Math.floor(wrong / 256 ** (size - 1 - i)) & 0xff;
    return changed;
  }
  const digits = String(wrong).padStart(encoding === 'bcd' ? size * 2 : size, '0');
  const written = encoding === 'bcd' ? Buffer.from(digits, 'hex') : Buffer.from(digits, 'latin1');
  // EBCDIC digits are F0 to F9.
  changed.set(encoding === 'ebcdic' ? written.map((byte) => byte | 0xf0) : written.subarray(0, size));
  return changed;
}

/** Sets the bit of the lowest field above 39 that the dialect has and the message has not: what follows shifts. */
function withWrongBitmap(dialect: Dialect, frame: Uint8Array, mtiAt: number): Uint8Array {
  const at = mtiAt + (dialect.mti === 'ascii' || dialect.mti === 'ebcdic' ? 4 : 2);
  const nibbles = dialect.bitmap === 'binary' ? 2 : 1;
  const letters = dialect.bitmap === 'ebcdic-hex' ? 0xc1 : 0x41;
  const changed = frame.slice();
  for (let bit = 40; bit <= 63; bit++) {
    const byte = at + Math.floor((bit - 1) / (nibbles * 4));
    const mask = (nibbles === 2 ? 0x80 : 0x8) >> ((bit - 1) % (nibbles * 4));
    const value = changed[byte] ?? 0;
    // Hex text: a digit's value is its low nibble, a letter's nine more.
    const set = nibbles === 2 ? value : (value & 0xf) + (value >= letters && value < letters + 6 ? 9 : 0);
    if (!dialect.fields[String(bit)] || (set & mask) !== 0) continue;
    const wanted = set | mask;
    changed[byte] =
      nibbles === 2 ? wanted : wanted < 10 ? digitBase(dialect) + wanted : letters + wanted - 10;
    break;
  }
  return changed;
}

const digitBase = (dialect: Dialect) => (dialect.bitmap === 'ebcdic-hex' ? 0xf0 : 0x30);
