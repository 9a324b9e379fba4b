import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Target } from '../../codec/grbl/commands.ts';
import type { Point } from '../../codec/grbl/responses.ts';
import { type Box, contactAt, type FingerPlacement, hoverHeight, inside, type Place } from './geometry.ts';
import type { GrblLink } from './link.ts';

/** How far commanded and reported place may lie apart, mm. */
const TOLERANCE = 0.05;
/** Part of the dwell that a press lasts at the very least; clocks of two machines differ by less. */
const LEAST_DWELL = 0.9;
/** How long one stretch of motion may take, nominal ms. A slow leadscrew crosses a whole keypad in 10 s. */
const MOTION_MS = 30_000;

/**
 * The moves of a homed finger, each behind its interlocks: position known, target inside the keep-in box, Z at hover
 * before X or Y changes. No error tells a place when the move is `secret`.
 */
export interface Finger {
  /** The way down was sent and it is not proved that the finger came up again. */
  readonly mayBeDown: boolean;
  /** Down and up again at a place; returns the place that the controller reports. KEYPAD_POSITION, KEYPAD_ALARM. */
  press(place: Place, doing: Doing): Promise<Point>;
  /** To a place at hover height. */
  move(place: Place, doing: Doing): Promise<Point>;
  /** Up to hover height, wherever it is. */
  lift(): Promise<void>;
}

export interface Doing {
  /** For messages: `the press of key "5"`. */
  readonly what: string;
  readonly secret: boolean;
}

/** What the finger must know about the fixture. */
export interface FingerSetup {
  readonly placement: FingerPlacement;
  readonly 'keep-in': Box;
  /** mm, ms, mm/min, mm/min, as in the bench file. */
  readonly overtravel: number;
  readonly dwell: number;
  readonly feed: number;
  readonly 'travel-feed': number;
}

/**
 * @param link a controller that has homed on this very connection
 * @param home where it reports to stand
 * @param clock on which a press takes its time
 */
export function fingerOver(link: GrblLink, options: FingerSetup, home: Point, clock: Clock): Finger {
  const up = hoverHeight(options.placement, options['keep-in']);
  let position: Point | undefined = home;
  let mayBeDown = false;
  const { barrier } = link.dialect;
  const rapid = (target: Target) => link.dialect.rapid(target, options['travel-feed']);

  const refuse = (doing: Doing, why: string, hint: string) =>
    new RigError('KEYPAD_POSITION', 'bench', `${doing.what} was not possible: ${why}`, { hint });

  /** Reads back where the finger stands; a controller that is not at rest is not where it should be. */
  const readBack = async (): Promise<Point> => {
    position = undefined;
    const found = await link.whereabouts();
    if (found.inputs.includes('E')) {
      throw new RigError(
        'KEYPAD_POSITION',
        'bench',
        'the emergency stop of the motion controller is pressed',
        {
          hint: 'Look at the fixture, release it, and open the bench again.',
        },
      );
    }
    if (found.state !== 'Idle' || !found.position) {
      throw new RigError(
        'KEYPAD_POSITION',
        'bench',
        `the motion controller is in state ${found.state} after a move`,
        {
          hint: 'A door or hold input may be active; set `$10=1` if it reports no machine position.',
        },
      );
    }
    position = found.position;
    if (position.z >= up - TOLERANCE) mayBeDown = false;
    return position;
  };

  /** Reads back that it stands over `place`. A digit of a report may arrive damaged: only two of them convict. */
  const arrived = async (place: Place, doing: Doing): Promise<Point> => {
    const isThere = (at: Point) =>
      Math.max(Math.abs(at.x - place.x), Math.abs(at.y - place.y), Math.abs(at.z - up)) <= TOLERANCE;
    const first = await readBack();
    const at = isThere(first) ? first : await readBack();
    if (isThere(at)) return at;
    const shown = doing.secret ? '' : `: told ${show({ ...place, z: up })}, reports ${show(at)}`;
    throw refuse(
      doing,
      `the finger is not where it was sent${shown}`,
      'A command was lost; check the cable and its shielding.',
    );
  };

  /** Over the place at hover height. Resolves when the moves are accepted: none of what follows may run without them. */
  const approach = async (place: Place, doing: Doing) => {
    if (link.dead?.code.startsWith('TRANSPORT')) throw link.dead;
    if (link.dead)
      throw refuse(doing, link.dead.message, link.dead.hint ?? 'Open the bench again to home the finger.');
    if (!inside(options['keep-in'], place)) {
      const shown = doing.secret ? 'its place' : show(place);
      throw refuse(
        doing,
        `${shown} lies outside the keep-in box`,
        'Check placement and keep-in in the bench file.',
      );
    }
    const from = position ?? (await readBack());
    position = undefined; // until it is read back: a move that fails ends anywhere
    const over = rapid({ x: place.x, y: place.y });
    const atHover = rapid({ z: up });
    const low = from.z < up - TOLERANCE;
    const high = from.z > up + TOLERANCE;
    // A refused line does not stop those behind it: going down must wait until coming here was accepted.
    if (low) await link.run([atHover], doing.what, MOTION_MS);
    await link.run(high ? [over, atHover] : [over], doing.what, MOTION_MS);
  };

  const lift = async () => {
    if (position && position.z >= up - TOLERANCE) return;
    await link.run([rapid({ z: up }), ...barrier], 'lifting the finger', MOTION_MS);
    const at = await readBack();
    if (at.z < up - TOLERANCE) throw new RigError('KEYPAD_POSITION', 'bench', 'the finger did not come up');
  };

  /** Does `motion`; if it fails while the controller still obeys, the finger comes up before the error is told. */
  const orLift = async <T>(motion: () => Promise<T>): Promise<T> => {
    try {
      return await motion();
    } catch (error) {
      if (!link.dead) await lift().catch(() => {});
      throw error;
    }
  };

  return {
    get mayBeDown() {
      return mayBeDown;
    },
    lift,
    move: (place, doing) =>
      orLift(async () => {
        await approach(place, doing);
        await link.run(barrier, doing.what, MOTION_MS);
        return arrived(place, doing);
      }),
    press: (place, doing) =>
      orLift(async () => {
        await approach(place, doing);
        const { linear, dwell } = link.dialect;
        const down = contactAt(options.placement, place) - options.placement.travel - options.overtravel;
        const stroke = [
          linear({ z: down }, options.feed),
          dwell(options.dwell),
          rapid({ z: up }),
          ...barrier,
        ];
        mayBeDown = true;
        const began = clock.now();
        await link.run(stroke, doing.what, MOTION_MS + options.dwell);
        // Nobody can have held a key for that long in less time: what was acknowledged was not done.
        if (clock.now() - began < options.dwell * LEAST_DWELL) {
          position = undefined;
          throw refuse(
            doing,
            `the motion controller says that it is done before the ${options.dwell} ms of the press can be over`,
            'It acknowledges what it has not done: is something between it and this port? Try `posrig keypad conform`.',
          );
        }
        return arrived(place, doing);
      }),
  };
}

const show = (place: Place & { readonly z?: number }): string =>
  [place.x, place.y, ...(place.z === undefined ? [] : [place.z])].map((mm) => mm.toFixed(2)).join(', ');
