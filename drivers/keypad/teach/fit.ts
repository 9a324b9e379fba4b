import { type Place, type Placement, toMachine } from '../gantry/geometry.ts';

/** A key that was taught: where its centre lies in the profile (device mm), and where the finger met it (machine mm). */
export interface TaughtPoint {
  readonly key: string;
  readonly device: Place;
  readonly machine: Place;
  /** Height (Z) of the top of the key, machine mm. */
  readonly contact: number;
}

/** How the heights of the keys change over the machine, mm per mm; level unless three keys tell. */
export interface Slope {
  readonly x: number;
  readonly y: number;
}

export interface Fit {
  readonly placement: Placement;
  /** Height of the keys at the place of the top left key. */
  readonly contact: number;
  readonly slope: Slope;
  /** By point, in the order given: found minus fitted, machine mm. */
  readonly residuals: readonly (Place & { readonly key: string; readonly z: number })[];
  /** Root mean square of the distances found to fitted, mm. */
  readonly rms: number;
  /** Root mean square of the heights' residuals, mm. */
  readonly rmsZ: number;
}

/** A fit worse than this is refused, mm RMS: keys would be missed at the edge of the keypad. */
export const WORST_RMS = 0.5;
/** Keys nearer to one another than this tell no rotation, mm. */
export const LEAST_SPREAD = 10;

/**
 * The rotation and shift that bring the profile's keys onto the taught places, by least squares (Procrustes without
 * scale and mirror). An affine fit would follow the teaching error of every point and carry it on beyond them: at four
 * taught keys its worst error is one and a half times that of this one. Needs two points that are not in one place.
 */
export function fitRigid(points: readonly TaughtPoint[]): Fit {
  const mean = (of: (point: TaughtPoint) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  // The device's y counts towards the person, the machine's away from them.
  const from = { x: mean((p) => p.device.x), y: -mean((p) => p.device.y) };
  const to = { x: mean((p) => p.machine.x), y: mean((p) => p.machine.y) };
  let [dot, cross] = [0, 0];
  for (const { device, machine } of points) {
    const [ax, ay] = [device.x - from.x, -device.y - from.y];
    const [bx, by] = [machine.x - to.x, machine.y - to.y];
    dot += ax * bx + ay * by;
    cross += ax * by - ay * bx;
  }
  const angle = Math.atan2(cross, dot);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const placement = {
    x: to.x - from.x * cos + from.y * sin,
    y: to.y - from.x * sin - from.y * cos,
    rotation: (angle * 180) / Math.PI,
  };
  const { contact, slope } = fitHeights(points, placement);
  const residuals = points.map(({ key, device, machine, contact: z }) => {
    const fitted = toMachine(placement, device);
    const height = contact + slope.x * (machine.x - placement.x) + slope.y * (machine.y - placement.y);
    return { key, x: machine.x - fitted.x, y: machine.y - fitted.y, z: z - height };
  });
  const rmsOf = (square: (r: (typeof residuals)[number]) => number) =>
    Math.sqrt(residuals.reduce((sum, each) => sum + square(each), 0) / residuals.length);
  return {
    placement,
    contact,
    slope,
    residuals,
    rms: rmsOf(({ x, y }) => x * x + y * y),
    rmsZ: rmsOf(({ z }) => z * z),
  };
}

/** Greatest distance between two taught keys, device mm. */
export function spreadOf(points: readonly TaughtPoint[]): number {
  return Math.max(
    0,
    ...points.flatMap((a) => points.map((b) => Math.hypot(a.device.x - b.device.x, a.device.y - b.device.y))),
  );
}

/** A plane through three heights or more that span one; otherwise level, at their mean. */
function fitHeights(
  points: readonly TaughtPoint[],
  origin: Place,
): { readonly contact: number; readonly slope: Slope } {
  const n = points.length;
  const mean = (of: (point: TaughtPoint) => number) => points.reduce((sum, p) => sum + of(p), 0) / n;
  const [mx, my, mz] = [mean((p) => p.machine.x), mean((p) => p.machine.y), mean((p) => p.contact)];
  let [xx, xy, yy, xz, yz] = [0, 0, 0, 0, 0];
  for (const { machine, contact } of points) {
    const [x, y, z] = [machine.x - mx, machine.y - my, contact - mz];
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xz += x * z;
    yz += y * z;
  }
  const determinant = xx * yy - xy * xy;
  // The smaller spread of the points, squared: in a row they say nothing about the slope across it.
  const across = (xx + yy) / 2 - Math.sqrt(((xx - yy) / 2) ** 2 + xy * xy);
  if (n < 3 || across < (LEAST_SPREAD / 2) ** 2) return { contact: mz, slope: { x: 0, y: 0 } };
  const slope = { x: (xz * yy - yz * xy) / determinant, y: (yz * xx - xz * xy) / determinant };
  return { contact: mz + slope.x * (origin.x - mx) + slope.y * (origin.y - my), slope };
}
