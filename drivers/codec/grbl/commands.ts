/**
 * Lines and real-time bytes to a Grbl-class controller. Lines carry no line end; `encodeLine` adds the LF. (Only LF:
 * Grbl answers CR LF with two `ok`.)
 */

/** Single bytes that act at once, wherever they stand in the stream. Never sent as text: 0x85 would become two bytes. */
export const REALTIME = {
  status: 0x3f,
  hold: 0x21,
  resume: 0x7e,
  reset: 0x18,
  jogCancel: 0x85,
} as const;

/** Longest line of Grbl 1.1, without its end. grblHAL takes 256, FluidNC 255. */
export const LINE_LIMIT = 79;
/** Usable receive buffer of Grbl 1.1 is 128 bytes; one is left free. Overflowing bytes vanish without a word. */
export const WINDOW = 127;

export const HOME = '$H';
export const BUILD_INFO = '$I';
export const SETTINGS = '$$';
/** Millimetres, absolute, feed in mm per minute. */
export const MODES = 'G21G90G94';
/** Answered only when every move before it has ended: `ok` to a move means queued. `P` is in seconds on Grbl. */
export const BARRIER = 'G4P0.01';

/** Waits `ms` milliseconds on the controller's clock, after all moves before it; 1 ms … 10 s. */
export const dwell = (ms: number): string => `G4P${(inRange(ms, 1, 10_000, 'dwell') / 1000).toFixed(3)}`;

export interface Target {
  readonly x?: number;
  readonly y?: number;
  readonly z?: number;
}

/** A jog by a distance (mm) at `feed` mm per minute: leaves the modes alone, and 0x85 stops it. */
export const jogBy = (target: Target, feed: number): string =>
  `$J=G91G21${axes(target)}F${inRange(feed, 1, 1_000_000, 'feed').toFixed(0)}`;

/** A move in machine coordinates (mm), as fast as the machine's settings allow. */
export const rapid = (target: Target): string => `G53G0${axes(target)}`;

/** A straight move in machine coordinates (mm) at `feed` mm per minute. */
export const linear = (target: Target, feed: number): string =>
  `G53G1${axes(target)}F${inRange(feed, 1, 1_000_000, 'feed').toFixed(0)}`;

const axes = (target: Target): string =>
  (['x', 'y', 'z'] as const)
    .map((axis) => (target[axis] === undefined ? '' : `${axis.toUpperCase()}${coordinateText(target[axis])}`))
    .join('');

/** Three places and always the same width (`-012.500`), so that the length of a line says nothing about the place. */
export function coordinateText(mm: number): string {
  const text = Math.abs(inRange(mm, -999.999, 999.999, 'coordinate'))
    .toFixed(3)
    .padStart(7, '0');
  return `${mm < 0 ? '-' : '+'}${text}`;
}

/** The bytes of a line. ASCII only, at most LINE_LIMIT characters, no real-time characters inside. */
export function encodeLine(line: string): Uint8Array {
  if (line.length > LINE_LIMIT || !/^[ \x22-\x3e\x40-\x7d]*$/.test(line)) {
    throw new RangeError('not a line that a Grbl-class controller takes');
  }
  return new TextEncoder().encode(`${line}\n`);
}

/** `value`, or a RangeError that names it. */
export function inRange(value: number, min: number, max: number, what: string): number {
  if (!(value >= min && value <= max)) throw new RangeError(`${what} must lie between ${min} and ${max}`);
  return value;
}
