import type { KeyShape, Place } from '../gantry/geometry.ts';

/** What a press at a place did: the wanted key, nothing, or another key. */
export type Probed = 'hit' | 'miss' | 'other';
export type Probe = (place: Place) => Promise<Probed>;

/** Axes of the keypad on the machine: unit vectors of the device's x and y. */
export interface Axes {
  readonly u: Place;
  readonly v: Place;
}

/** How finely an edge is looked for, mm. */
const RESOLUTION = 0.15;
/** Part of the smaller side of a key by which the places of a search lie apart: no key fits between them. */
const PITCH = 0.8;
/** How far beyond its size a key is still the same key, mm. */
const SLACK = 1;

export const axesAt = (rotation: number): Axes => {
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { u: { x: cos, y: sin }, v: { x: sin, y: -cos } };
};

const from = (place: Place, axis: Place, mm: number): Place => ({
  x: place.x + axis.x * mm,
  y: place.y + axis.y * mm,
});

/**
 * The first place near `start` where the wanted key is hit, nearest first, at most `radius` mm away; undefined when
 * there is none. `allowed` keeps the finger inside its box.
 */
export async function searchKey(
  probe: Probe,
  start: Place,
  key: KeyShape,
  axes: Axes,
  radius: number,
  allowed: (place: Place) => boolean,
): Promise<Place | undefined> {
  const pitch = PITCH * Math.min(key.w, key.h);
  const reach = Math.ceil(radius / pitch);
  const steps = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const places = steps
    .flatMap((i) => steps.map((j) => ({ i, j, far: Math.hypot(i, j) * pitch })))
    .filter(({ far }) => far <= radius)
    .sort((a, b) => a.far - b.far || a.i - b.i || a.j - b.j)
    .map(({ i, j }) => from(from(start, axes.u, i * pitch), axes.v, j * pitch))
    .filter(allowed);
  for (const place of places) if ((await probe(place)) === 'hit') return place;
  return undefined;
}

/**
 * The middle of a key of known size, from a place on it: both edges along its width, then both along its height. Never
 * steps farther than `step` beyond an edge, so that a neighbour is not pressed. Undefined when its edges are farther
 * apart, or nearer, than such a key's can be: something else was pressed.
 */
export async function centreOf(
  probe: Probe,
  on: Place,
  key: KeyShape,
  axes: Axes,
  step: number,
): Promise<Place | undefined> {
  let middle = on;
  for (const [axis, size] of [
    [axes.u, key.w],
    [axes.v, key.h],
  ] as const) {
    const low = await edge(probe, middle, axis, -1, 0, step, size);
    if (low === undefined) return undefined;
    // The other edge lies about one size further: begin shortly before it.
    const begin = Math.max(0, size - low - 2 * step);
    const high = await edge(probe, middle, axis, 1, begin, step, size);
    if (high === undefined) return undefined;
    if (Math.abs(high + low - size) > SLACK + step) return undefined;
    middle = from(middle, axis, (high - low) / 2);
  }
  return middle;
}

/** Distance from a place on a key to its edge in one direction; undefined when there is none within its size. */
async function edge(
  probe: Probe,
  on: Place,
  axis: Place,
  sign: 1 | -1,
  begin: number,
  step: number,
  size: number,
): Promise<number | undefined> {
  let inside = begin > 0 && (await probe(from(on, axis, sign * begin))) === 'hit' ? begin : 0;
  let outside: number;
  for (outside = inside + step; (await probe(from(on, axis, sign * outside))) === 'hit'; outside += step) {
    inside = outside;
    if (outside > size + SLACK) return undefined;
  }
  while (outside - inside > RESOLUTION) {
    const between = (inside + outside) / 2;
    if ((await probe(from(on, axis, sign * between))) === 'hit') inside = between;
    else outside = between;
  }
  return (inside + outside) / 2;
}

/** The smallest gap between two keys of a layout, mm; Infinity for a single key. */
export function smallestGap(keys: readonly KeyShape[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [i, a] of keys.entries()) {
    for (const b of keys.slice(i + 1)) {
      const [dx, dy] = [Math.abs(a.x - b.x) - (a.w + b.w) / 2, Math.abs(a.y - b.y) - (a.h + b.h) / 2];
      least = Math.min(least, Math.max(dx, dy));
    }
  }
  return least;
}
