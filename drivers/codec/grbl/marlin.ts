import { coordinateText, inRange, type Target } from './commands.ts';
import type { Response } from './responses.ts';

/**
 * Marlin's line protocol: commands, and its answers as the same values as Grbl's. Source: Marlin's G-code reference and
 * its host protocol notes. Dwell is in milliseconds here (Grbl: seconds); positions are work positions without G53.
 */

export const MARLIN_IDENTITY = 'M115';
export const marlinPosition = 'M114';
/** Z first: the finger comes up before it travels. (Plain G28 homes Z last.) */
export const MARLIN_HOME: readonly string[] = ['G28 Z', 'G28 X Y'];
/** Millimetres, absolute; motors stay energised; a sign of life every two seconds while it works. */
export const MARLIN_MODES: readonly string[] = ['G21', 'G90', 'M84 S0', 'M113 S2'];

const axes = (target: Target): string =>
  (['x', 'y', 'z'] as const)
    .map((axis) =>
      target[axis] === undefined ? '' : ` ${axis.toUpperCase()}${coordinateText(target[axis])}`,
    )
    .join('');

/** Marlin's G0 obeys the feed rate, so it must be given: mm per minute. */
export const marlinRapid = (target: Target, feed: number): string =>
  `G0${axes(target)} F${inRange(feed, 1, 1_000_000, 'feed').toFixed(0)}`;
export const marlinLinear = (target: Target, feed: number): string =>
  `G1${axes(target)} F${inRange(feed, 1, 1_000_000, 'feed').toFixed(0)}`;
/** Milliseconds, 1 … 10,000. */
export const marlinDwell = (ms: number): string => `G4 P${inRange(ms, 1, 10_000, 'dwell').toFixed(0)}`;

/** A line with its number and the XOR of its bytes, as Marlin checks it. */
export function numbered(number: number, line: string): string {
  const text = `N${number} ${line}`;
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i);
  return `${text}*${sum}`;
}

/** An error code of our own: the line was acknowledged, but its command is unknown to this build. */
export const UNKNOWN_COMMAND = 0;

const NUMBER = String.raw`(-?\d{1,6}(?:\.\d{1,6})?)`;
const POSITION = new RegExp(`^X:${NUMBER} ?Y:${NUMBER} ?Z:${NUMBER}(?: |$)`);

/** Understands one line of Marlin without its end; never throws. */
export function parseMarlin(line: string): Response {
  if (/^ok(?: [NPBT@\d].*)?$/.test(line)) return { kind: 'ok' };
  if (/^echo: ?busy:/.test(line)) return { kind: 'busy' };
  const again = /^Resend: ?N?(\d{1,9})$/.exec(line) ?? /^rs N?(\d{1,9})$/.exec(line);
  if (again) return { kind: 'resend', number: Number(again[1]) };
  if (line === 'start') return { kind: 'banner', firmware: 'Marlin', version: '' };
  const identity = /^FIRMWARE_NAME:\s*(Marlin)[ -]?(\S*)/.exec(line);
  if (identity) return { kind: 'identity', firmware: 'Marlin', version: identity[2] ?? '' };
  if (/^echo: ?Unknown command:/i.test(line)) return { kind: 'refused', text: 'unknown command' };
  const place = POSITION.exec(line);
  if (place) {
    const [x, y, z] = [Number(place[1]), Number(place[2]), Number(place[3])];
    return { kind: 'status', state: 'Idle', mpos: { x, y, z }, fields: new Map() };
  }
  const error = /^(?:Error|!!) ?:?(.*)$/.exec(line);
  if (error) {
    const text = (error[1] ?? '').trim();
    // These announce a `Resend`; it says what is to be done.
    if (/checksum|line number/i.test(text)) return { kind: 'message', text };
    return { kind: 'fault', text: text.slice(0, 120) };
  }
  const echo = /^echo: ?(.*)$/.exec(line);
  if (echo) return { kind: 'message', text: echo[1] ?? '' };
  return { kind: 'unknown', text: line };
}
