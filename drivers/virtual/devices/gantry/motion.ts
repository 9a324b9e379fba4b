import type { Random } from '../../random.ts';
import {
  AXES,
  type AxisLimits,
  alongPath,
  between,
  distance,
  mapAxes,
  type Point,
  type Trapezoid,
  trapezoid,
} from './trapezoid.ts';

/** What the motors move: it knows where it really is. */
export interface Carriage {
  /** Moves in a straight line to a place in true machine coordinates. */
  moveTo(place: Point): void;
  /** Fractions of a straight path at which something that the carriage touches may change. */
  marks(from: Point, to: Point): readonly number[];
}

/** How motors lose steps: now and then a move ends beside where it was sent, and nobody is told. */
export interface LostSteps {
  /** Chance per move in X or Y, 0 to 1. */
  readonly chance: number;
  /** How far it ends beside, mm. */
  readonly mm: number;
}

/** What else is wrong between motors and carriage. */
export interface Play {
  /** Backlash: how far an axis moves after the carriage when it turns about, mm. */
  readonly backlash?: number | undefined;
  /** Belts or settings: how much farther the carriage really goes than it was told, as a share (0.01 is one per cent). */
  readonly scale?: number | undefined;
  /** Motors without current at rest (`$1` below 255): how far the carriage may drift until it moves again, mm. */
  readonly drift?: number | undefined;
}

export type MotionKind = 'Run' | 'Jog' | 'Home';

/** One planned move, standstill to standstill, in the controller's own coordinates. */
export interface Block {
  readonly kind: MotionKind;
  readonly from: Point;
  readonly to: Point;
  readonly motion: Trapezoid;
  /** mm/s and mm/s² along the path. */
  readonly speed: number;
  readonly acceleration: number;
}

/** @param feed mm/s along the path; absent: as fast as the axes can (a rapid) */
export function makeBlock(
  kind: MotionKind,
  from: Point,
  to: Point,
  limits: { readonly speed: AxisLimits; readonly acceleration: AxisLimits },
  feed?: number,
): Block {
  const length = distance(from, to);
  const rapid = length === 0 ? 1 : alongPath(from, to, limits.speed);
  const acceleration = length === 0 ? 1 : alongPath(from, to, limits.acceleration);
  const speed = Math.min(rapid, feed ?? rapid);
  return { kind, from, to, speed, acceleration, motion: trapezoid(length, speed, acceleration) };
}

/** Blocks that fit into the planner of a Grbl 1.1 controller. */
export const PLANNER_BLOCKS = 15;
/** mm; how far an abrupt stop may carry on, so that the position is really lost. */
const OVERSHOOT = 1;
/** ms; a look is asked for just after an event, so that rounding cannot hide it. */
const JUST_AFTER = 0.001;
const ORIGIN: Point = { x: 0, y: 0, z: 0 };

interface Running {
  readonly block: Block;
  readonly startedAt: number;
  /** True coordinates. */
  readonly from: Point;
  readonly to: Point;
  readonly marks: readonly number[];
  /** Fraction at which a limit switch closes, if one does. */
  readonly limitAt: number | undefined;
  /** Set while braking: where and when the block ends early. */
  readonly brakeTo?: { readonly fraction: number; readonly at: number };
}

/** The planner's queue and the axes that work it off in time. All times nominal ms, given by the caller. */
export interface Motion {
  /** Where the controller believes to be now, and to be when the queue is done. */
  readonly position: Point;
  readonly planned: Point;
  readonly running: MotionKind | undefined;
  readonly free: number;
  readonly busy: boolean;
  /** Something is queued that `advance` would begin. */
  readonly ready: boolean;
  /** Held: nothing new begins until `release`. `braking` until it stands still. */
  readonly held: 'no' | 'braking' | 'still';
  /** Appends a block; the caller has looked at `free`. */
  add(block: Block): void;
  /** Brings the axes up to `now`. `moved`: a block ended; `limit`: a switch closed and everything was dropped. */
  advance(now: number): 'nothing' | 'moved' | 'limit';
  hold(now: number): void;
  release(): void;
  /** Forgets all that is planned. */
  drop(): void;
  /** Stops dead: if it was moving, steps are lost. Returns what was moving. */
  abort(now: number): MotionKind | undefined;
  /** Homing goes by the switches: from here on the controller's coordinates are the true ones. */
  trustSwitches(): void;
  /** mm/s at `now`. */
  speedAt(now: number): number;
  nextDue(now: number): number | undefined;
}

/**
 * @param travel machine space is 0 (at the switches) to minus this, mm
 * @param start where the carriage really stands; the controller believes to be at the origin
 * @param blocks how many moves fit into the planner
 * @param lost steps lost in ordinary moves; none without
 * @param hardLimits whether the switches are wired up; without them an axis stalls at its end and loses steps
 */
export function makeMotion(
  travel: Point,
  start: Point,
  carriage: Carriage,
  random: Random,
  hardLimits: () => boolean,
  blocks: number = PLANNER_BLOCKS,
  lost?: LostSteps,
  play: Play = {},
): Motion {
  let position = ORIGIN;
  /** True place minus what the controller believes. */
  let slip = start;
  /** By how much each axis lags: half of the backlash, against the way it went last. */
  let lag: Point = ORIGIN;
  let planned = ORIGIN;
  let queue: Block[] = [];
  let running: Running | undefined;
  let held = false;

  const truly = (believed: Point) => mapAxes((axis) => believed[axis] + slip[axis]);
  const inside = (place: Point) => mapAxes((axis) => Math.min(0, Math.max(-travel[axis], place[axis])));

  /** Where a move really leads when steps are lost on the way: short or far by a little, on one of its axes. */
  const shortBy = (place: Point, { kind, from, to }: Block): Point => {
    if (!lost || kind === 'Home' || random.next() >= lost.chance) return place;
    const moved = (['x', 'y'] as const).filter((axis) => from[axis] !== to[axis]);
    const axis = moved[Math.floor(random.next() * moved.length)];
    return axis ? { ...place, [axis]: place[axis] + (random.next() < 0.5 ? -lost.mm : lost.mm) } : place;
  };

  /** Where a move really leads because of play; Z is preloaded by its weight and has none. */
  const besideBy = (place: Point, { kind, from, to }: Block): Point => {
    if (kind === 'Home') return place;
    const { backlash = 0, scale = 0, drift = 0 } = play;
    const before = lag;
    lag = mapAxes((axis) => {
      const way = Math.sign(to[axis] - from[axis]);
      return way === 0 || axis === 'z' ? before[axis] : (-way * backlash) / 2;
    });
    const drifted = drift === 0 ? 0 : drift * (2 * random.next() - 1);
    return mapAxes((axis) =>
      axis === 'z'
        ? place.z
        : place[axis] + lag[axis] - before[axis] + (to[axis] - from[axis]) * scale + drifted,
    );
  };

  const begin = (block: Block, now: number) => {
    const from = truly(block.from);
    const asked = shortBy(besideBy(truly(block.to), block), block);
    const end = inside(asked);
    const shares = AXES.filter((axis) => Math.abs(asked[axis] - end[axis]) > 1e-6).map(
      (axis) => (end[axis] - from[axis]) / (asked[axis] - from[axis]),
    );
    const stops = shares.length > 0 && hardLimits() && block.kind !== 'Home';
    const to = stops ? asked : end;
    const limitAt = stops ? Math.max(0, Math.min(...shares)) : undefined;
    running = { block, startedAt: now, from, to, limitAt, marks: carriage.marks(from, to) };
  };

  const place = (at: Running, fraction: number) => {
    position = between(at.block.from, at.block.to, fraction);
    carriage.moveTo(between(at.from, at.to, fraction));
  };

  const drop = () => {
    running = undefined;
    queue = [];
    held = false;
    planned = position;
  };

  const follow = (at: Running, now: number): 'nothing' | 'moved' | 'limit' => {
    const stopped = at.brakeTo !== undefined && now >= at.brakeTo.at;
    const fraction = stopped ? (at.brakeTo?.fraction ?? 1) : at.block.motion.fractionAt(now - at.startedAt);
    if (at.limitAt !== undefined && fraction >= at.limitAt) {
      place(at, at.limitAt);
      drop();
      return 'limit';
    }
    // While braking the path is followed no further than to where the brake ends it.
    place(at, Math.min(fraction, at.brakeTo?.fraction ?? 1));
    if (fraction < 1 && !stopped) return 'nothing';
    running = undefined;
    if (fraction < 1) {
      const { block } = at;
      const length = distance(position, block.to);
      const motion = trapezoid(length, block.speed, block.acceleration);
      queue.unshift({ ...block, from: position, motion });
    } else {
      // Against a stop the motors lose steps: from here on the controller is wrong about where it is.
      slip = mapAxes((axis) => at.to[axis] - at.block.to[axis]);
    }
    return 'moved';
  };

  return {
    get position() {
      return position;
    },
    get planned() {
      return planned;
    },
    get running() {
      return running?.block.kind ?? queue[0]?.kind;
    },
    get free() {
      return blocks - queue.length - (running ? 1 : 0);
    },
    get busy() {
      return running !== undefined || queue.length > 0;
    },
    get ready() {
      return !running && !held && queue.length > 0;
    },
    get held() {
      if (!held) return 'no';
      return running ? 'braking' : 'still';
    },
    add: (block) => {
      queue.push(block);
      planned = block.to;
    },
    advance: (now) => {
      const followed = running ? follow(running, now) : 'nothing';
      if (followed === 'limit') return followed;
      const next = running || held ? undefined : queue.shift();
      // A block begins when the end of the one before was noticed: a late look never shortens what follows.
      if (next) begin(next, now);
      return next ? 'moved' : followed;
    },
    hold: (now) => {
      held = true;
      if (!running || running.brakeTo) return;
      const { block, startedAt } = running;
      const speed = block.motion.speedAt(now - startedAt);
      const length = distance(block.from, block.to);
      const covered = length === 0 ? 1 : speed ** 2 / (2 * block.acceleration) / length;
      const fraction = Math.min(1, block.motion.fractionAt(now - startedAt) + covered);
      const at = Math.min(now + (speed / block.acceleration) * 1000, startedAt + block.motion.durationMs);
      running = { ...running, brakeTo: { fraction, at } };
    },
    release: () => {
      held = false;
    },
    drop,
    abort: (now) => {
      if (running) follow(running, now);
      const moving = running;
      if (moving) {
        const length = distance(moving.from, moving.to);
        const beyond = length === 0 ? 0 : (random.next() * OVERSHOOT) / length;
        const here = truly(position);
        const rest = inside(mapAxes((axis) => here[axis] + (moving.to[axis] - moving.from[axis]) * beyond));
        carriage.moveTo(rest);
        slip = mapAxes((axis) => rest[axis] - position[axis]);
      }
      drop();
      return moving?.block.kind;
    },
    trustSwitches: () => {
      position = truly(position);
      planned = position;
      slip = ORIGIN;
      lag = ORIGIN;
    },
    speedAt: (now) => {
      if (!running) return 0;
      const { block, startedAt, brakeTo } = running;
      const speed = block.motion.speedAt(now - startedAt);
      return brakeTo ? Math.min(speed, Math.max(0, ((brakeTo.at - now) / 1000) * block.acceleration)) : speed;
    },
    nextDue: (now) => {
      if (!running) return undefined;
      const { startedAt, block, marks, limitAt, brakeTo } = running;
      const timeOf = (fraction: number) => startedAt + block.motion.timeAt(fraction);
      const ahead = marks.map(timeOf).find((time) => time + JUST_AFTER > now);
      const times = [brakeTo?.at ?? timeOf(1), ahead, limitAt === undefined ? undefined : timeOf(limitAt)];
      return Math.min(...times.filter((time) => time !== undefined)) + JUST_AFTER;
    },
  };
}
