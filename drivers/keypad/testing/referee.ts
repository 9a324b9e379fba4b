import { splitLines } from '../../codec/framing/lines.ts';
import { parseMarlin } from '../../codec/grbl/marlin.ts';
import { parseResponse, type Response } from '../../codec/grbl/responses.ts';
import { type Box, inside } from '../gantry/geometry.ts';
import type { Direction } from './wire.ts';

const LINE_LIMIT = 4096;
const MOTION = /^(?:\$J=.*|(?:G53)?\s*G[01]\b.*|(?:G53)?G[01](?=[XYZ ]).*)[XYZ]/;
const HOMING = /^(?:\$H|G28\b)/;
/** Whoever says it, and in whichever language: what has homed before need not be there any more. */
const VOIDING: ReadonlySet<Response['kind']> = new Set(['banner', 'alarm', 'fault']);
const SLACK = 0.001; // mm: coordinates have three places

/**
 * Watches a cable and knows nothing of the driver: reads every line that leaves the rig, and what the rig has heard by
 * then. A line that moves the finger is a foul unless the controller has homed on this very connection and has told of
 * nothing since that voids its position, the place lies inside the box, and the finger was sent up before it goes sideways.
 */
export interface Referee {
  readonly fouls: readonly string[];
  /** Lines that moved something. */
  readonly moves: number;
  /** Another connection. */
  connected(): void;
  /** Bytes that have just been sent by the rig, or that are about to be heard by it. */
  crossed(direction: Direction, bytes: Uint8Array): void;
}

/** @param hover height to which the finger must have been sent before it goes sideways, mm */
export function refereeOf(box: Box, hover: number): Referee {
  const fouls: string[] = [];
  let moves = 0;
  let homing = false;
  let homed = false;
  /** Where it was last sent; homing ends above everything. */
  let z = Number.NEGATIVE_INFINITY;
  let sent = splitLines(LINE_LIMIT);
  let heard = splitLines(LINE_LIMIT);

  const hears = (line: string) => {
    for (const response of [parseResponse(line), parseMarlin(line)]) {
      if (VOIDING.has(response.kind)) homing = homed = false;
    }
    if (/^ok\b/.test(line.trim()) && homing) {
      homing = false;
      homed = true;
      z = Number.POSITIVE_INFINITY;
    }
  };
  const sends = (raw: string) => {
    // Real-time bytes are no part of a line; Marlin's have a number and a sum.
    const line = [...raw]
      .filter((char) => char >= ' ' && char <= '}' && !'?!'.includes(char))
      .join('')
      .replace(/^N\d+ ?/, '')
      .replace(/\*\d+$/, '');
    if (HOMING.test(line)) {
      homing = true;
      homed = false;
    }
    if (!MOTION.test(line)) return;
    moves++;
    const to = Object.fromEntries(
      [...line.matchAll(/([XYZ])([+-]?[\d.]+)/g)].map(([, axis, mm]) => [axis ?? '', Number(mm)]),
    );
    const foul = (why: string) => void fouls.push(`${line}: ${why}`);
    if (!homed) foul('it has not homed on this connection, or its position is void since');
    const sideways = to['X'] !== undefined || to['Y'] !== undefined;
    if (sideways && !inside(box, { x: to['X'] ?? Number.NaN, y: to['Y'] ?? Number.NaN }))
      foul('outside the box');
    if (sideways && z < hover - SLACK) foul(`sideways at Z ${z}, below ${hover}`);
    if (sideways && to['Z'] !== undefined) foul('sideways and down at once');
    if (to['Z'] !== undefined) z = to['Z'];
  };

  return {
    fouls,
    get moves() {
      return moves;
    },
    connected() {
      homing = homed = false;
      z = Number.NEGATIVE_INFINITY;
      sent = splitLines(LINE_LIMIT);
      heard = splitLines(LINE_LIMIT);
    },
    crossed(direction, bytes) {
      const [lines, take] = direction === 'to-rig' ? [heard, hears] : [sent, sends];
      for (const item of lines.push(bytes)) if ('line' in item) take(item.line);
    },
  };
}
