import { RigError } from '../../../rig/model/errors.ts';
import type { Target } from '../../codec/grbl/commands.ts';
import type { Point } from '../../codec/grbl/responses.ts';
import { type Box, inside } from '../gantry/geometry.ts';
import type { GrblLink } from '../gantry/link.ts';

/** How far commanded and reported place may lie apart, mm. */
const TOLERANCE = 0.05;
const MOTION_MS = 30_000;
/** Sideways moves longer than this are made at clearance height only, mm: the tip may stand beside a key's edge. */
const NUDGE = 2;
/** How fast the tip goes down onto a key, mm/min. */
const SINK_FEED = 600;

/** A finger that is led by hand or by a search while nobody knows yet where the keys lie. */
export interface Jogger {
  readonly at: Point;
  /** Z at which it moves sideways. */
  readonly clearance: number;
  /** From now on it need not rise higher than this to move sideways. Never above where homing left it. */
  clear(z: number): void;
  /** To a place; what is not named stays. Errors: KEYPAD_POSITION, KEYPAD_ALARM. */
  to(target: Target): Promise<Point>;
  /** Up to clearance height. */
  up(): Promise<Point>;
  /** Down to `z`, hold for `ms`, up again to where it was, in one go. */
  dab(z: number, ms: number): Promise<Point>;
}

export interface JogSetup {
  readonly 'keep-in': Box;
  readonly 'travel-feed': number;
  /** Z to which the machine can go down, where its settings tell; below it the controller would raise the alarm. */
  readonly lowest?: number | undefined;
}

/**
 * @param link a controller that has homed on this very connection
 * @param home where it reports to stand
 */
export function joggerOver(link: GrblLink, setup: JogSetup, home: Point): Jogger {
  let at: Point | undefined = home;
  let clearance = home.z;
  const { barrier, linear, dwell } = link.dialect;
  const rapid = (target: Target) => link.dialect.rapid(target, setup['travel-feed']);

  const here = (): Point => {
    if (at) return at;
    throw new RigError('KEYPAD_POSITION', 'bench', 'nobody knows where the finger stands', {
      hint: 'Start again: that homes it.',
    });
  };
  /** Does the lines and reads back that the finger is where they led. */
  const move = async (lines: readonly string[], want: Point, ms = MOTION_MS): Promise<Point> => {
    at = undefined;
    await link.run([...lines, ...barrier], 'a move', ms);
    const { state, position } = await link.whereabouts();
    if (state !== 'Idle' || !position) {
      throw new RigError(
        'KEYPAD_POSITION',
        'bench',
        `the motion controller is in state ${state} after a move`,
      );
    }
    at = position;
    const off = Math.max(
      Math.abs(position.x - want.x),
      Math.abs(position.y - want.y),
      Math.abs(position.z - want.z),
    );
    if (off <= TOLERANCE) return position;
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the finger stands ${off.toFixed(2)} mm from where it was sent`,
      { hint: 'A soft limit or something in the way stopped it, or a command was lost.' },
    );
  };
  const allowed = (want: Point) => {
    if (!inside(setup['keep-in'], want)) {
      throw new RigError(
        'KEYPAD_POSITION',
        'bench',
        `${want.x.toFixed(2)}, ${want.y.toFixed(2)} lies outside the keep-in box`,
        { hint: 'The box stands in the bench file as `keep-in`; it must hold all keys.' },
      );
    }
    if (want.z > home.z + TOLERANCE) {
      throw new RigError('KEYPAD_POSITION', 'bench', 'the finger cannot go higher than where homing left it');
    }
  };

  const reachable = (z: number) => {
    if (setup.lowest === undefined || z >= setup.lowest) return;
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `Z ${z.toFixed(2)} lies below the travel of the machine, which ends at ${setup.lowest.toFixed(2)}`,
      { hint: 'The terminal stands too low under the finger: raise it.' },
    );
  };

  const jogger: Jogger = {
    get at() {
      return here();
    },
    get clearance() {
      return clearance;
    },
    clear: (z) => {
      clearance = Math.min(home.z, z);
    },
    async to(target) {
      const from = here();
      const want = { ...from, ...target };
      reachable(want.z);
      const side = Math.hypot(want.x - from.x, want.y - from.y);
      if (side > 0) allowed(want);
      else if (want.z > from.z) allowed({ ...want, ...middle(setup['keep-in']) });
      if (side > NUDGE && from.z < clearance - TOLERANCE) {
        // A refused line does not stop those behind it: the way over must wait until the way up was accepted.
        await move([rapid({ z: clearance })], { ...from, z: clearance });
      }
      const now = here();
      if (side > 0) await move([rapid({ x: want.x, y: want.y })], { ...want, z: now.z });
      const z = target.z ?? (side > NUDGE ? here().z : from.z);
      if (Math.abs(z - here().z) < TOLERANCE / 2) return here();
      const last = here();
      const line = z < last.z ? linear({ z }, SINK_FEED) : rapid({ z });
      return move([line], { ...last, z });
    },
    up: () => jogger.to({ z: clearance }),
    async dab(z, ms) {
      const from = here();
      reachable(z);
      const lines = [linear({ z }, SINK_FEED * 4), dwell(ms), rapid({ z: from.z })];
      return move(lines, from, MOTION_MS + ms);
    },
  };
  return jogger;
}

const middle = ({ x, y }: Box) => ({ x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2 });
