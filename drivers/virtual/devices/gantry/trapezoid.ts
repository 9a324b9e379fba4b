/** A place in millimetres: machine coordinates unless said otherwise. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export const AXES = ['x', 'y', 'z'] as const;
export type Axis = (typeof AXES)[number];

/** Builds a point axis by axis. */
export const mapAxes = (of: (axis: Axis) => number): Point => ({ x: of('x'), y: of('y'), z: of('z') });

export const distance = (from: Point, to: Point): number =>
  Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z);

/** The point at `fraction` (0 to 1) of the straight path between two points. */
export const between = (from: Point, to: Point, fraction: number): Point =>
  mapAxes((axis) => from[axis] + (to[axis] - from[axis]) * fraction);

/**
 * A move from standstill to standstill along a straight line: accelerate, cruise, brake (a triangle when the path is too
 * short to reach full speed). Times in ms, fractions of the path 0 to 1, speed in mm/s.
 */
export interface Trapezoid {
  readonly durationMs: number;
  fractionAt(ms: number): number;
  /** When a fraction is reached; the inverse of `fractionAt`. */
  timeAt(fraction: number): number;
  speedAt(ms: number): number;
}

/**
 * t = 2·sqrt(d/a) when d < v²/a, else d/v + v/a.
 * @param length mm, >= 0
 * @param speed mm/s, > 0
 * @param acceleration mm/s², > 0
 */
export function trapezoid(length: number, speed: number, acceleration: number): Trapezoid {
  const top = Math.min(speed, Math.sqrt(length * acceleration));
  const ramp = top / acceleration; // s
  const ramped = (top * ramp) / 2; // mm, one ramp
  const duration = length === 0 ? 0 : 2 * ramp + (length - 2 * ramped) / top;
  const travelled = (s: number) => {
    if (s <= ramp) return (acceleration * s * s) / 2;
    if (s <= duration - ramp) return ramped + top * (s - ramp);
    return length - (acceleration * (duration - s) ** 2) / 2;
  };
  const reached = (mm: number) => {
    if (mm <= ramped) return Math.sqrt((2 * mm) / acceleration);
    if (mm <= length - ramped) return ramp + (mm - ramped) / top;
    return duration - Math.sqrt((2 * (length - mm)) / acceleration);
  };
  return {
    durationMs: duration * 1000,
    fractionAt: (ms) => (ms >= duration * 1000 ? 1 : Math.max(0, travelled(ms / 1000) / length)),
    timeAt: (fraction) => reached(Math.min(1, Math.max(0, fraction)) * length) * 1000,
    speedAt: (ms) => {
      const s = ms / 1000;
      if (s <= 0 || s >= duration) return 0;
      return Math.min(top, acceleration * s, acceleration * (duration - s));
    },
  };
}

/** Speed (mm/s) and acceleration (mm/s²) that an axis may have. */
export type AxisLimits = Readonly<Record<Axis, number>>;

/** The greatest value along a direction that keeps every axis within its own limit, as Grbl's planner chooses it. */
export function alongPath(from: Point, to: Point, limits: AxisLimits): number {
  const length = distance(from, to);
  let least = Number.POSITIVE_INFINITY;
  for (const axis of AXES) {
    const share = Math.abs(to[axis] - from[axis]) / length;
    if (share > 0) least = Math.min(least, limits[axis] / share);
  }
  return least;
}
