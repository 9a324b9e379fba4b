import type { Random } from '../../random.ts';
import { between, type Point } from './trapezoid.ts';

/** A key's area in the device frame: centre and size in mm; x right, y towards the person. */
export interface KeyArea {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Where the keypad really lies (world file): machine mm, degrees counter-clockwise seen from above. */
export interface KeypadPlace {
  readonly x: number;
  readonly y: number;
  readonly rotation: number;
  /** Z at which the tip touches a key, and how much deeper the key closes. */
  readonly contact: number;
  readonly travel: number;
  /** Standard deviation of where the tip lands, mm per axis; drawn anew at every touch-down. */
  readonly noise: number;
  /** How often a contact bounces when it closes or opens, 0 to 1; never without. */
  readonly bounce?: number | undefined;
  /** How far the tip reaches around its middle, mm: it may close two keys at once. A point without. */
  readonly tip?: number | undefined;
  /** Keys whose dome is worn: how much deeper each closes, mm. */
  readonly stiff?: Readonly<Record<string, number>> | undefined;
}

/** What feels the finger: the terminal's keys. */
export interface Touched {
  keyDown(key: string): void;
  keyUp(key: string): void;
}

/** A tip that follows straight paths and closes whatever key is really under it. */
export interface Finger {
  /** Moves the tip in a straight line from where it is; keys go down and come up in the order of the path. */
  moveTo(to: Point): void;
  /** Fractions of a straight path at which a key may change: where somebody who follows it in time should look. */
  marks(from: Point, to: Point): number[];
}

/** mm; a tip commanded exactly to the closing height closes the key in spite of rounding to three decimals. */
const CLOSING_TOLERANCE = 0.005;

export function makeFinger(
  start: Point,
  place: KeypadPlace,
  keys: Readonly<Record<string, KeyArea>>,
  touched: Touched,
  random: Random,
): Finger {
  const reach = place.tip ?? 0;
  const areas = Object.entries(keys);
  const closingOf = (key: string) =>
    place.contact - place.travel - (place.stiff?.[key] ?? 0) + CLOSING_TOLERANCE;
  /** Z at which something closes, the highest first. */
  const closings = [...new Set(areas.map(([key]) => closingOf(key)))].sort((a, b) => b - a);
  const closing = closings[0] ?? place.contact - place.travel;
  const angle = (place.rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let tip = start;
  let down: readonly string[] = [];
  let touching = false;
  let offset = { x: 0, y: 0 };

  /** Machine to device frame; machine = origin + R(rotation)·(x, −y). */
  const onKeypad = (point: Point) => {
    const dx = point.x + offset.x - place.x;
    const dy = point.y + offset.y - place.y;
    return { x: dx * cos + dy * sin, y: dx * sin - dy * cos };
  };

  /** The keys that a tip at a point closes, the one nearest to its middle first. */
  const keysUnder = (point: Point): readonly string[] => {
    if (point.z > closing) return [];
    const { x, y } = onKeypad(point);
    return areas
      .filter(
        ([name, key]) =>
          point.z <= closingOf(name) &&
          Math.abs(x - key.x) <= key.w / 2 + reach &&
          Math.abs(y - key.y) <= key.h / 2 + reach,
      )
      .map(([name, key]) => ({ name, far: Math.hypot(x - key.x, y - key.y) }))
      .sort((a, b) => a.far - b.far)
      .map(({ name }) => name);
  };

  /** Fractions at which a linear quantity that runs from `a` to `b` passes `level`. */
  const crossing = (a: number, b: number, level: number): number[] => {
    const fraction = (level - a) / (b - a);
    return fraction > 0 && fraction < 1 ? [fraction] : [];
  };

  /** Where the path passes the touching height, the closing height or the edge of a key. */
  const marks = (from: Point, to: Point): number[] => {
    const found = [place.contact, ...closings].flatMap((level) => crossing(from.z, to.z, level));
    if (Math.min(from.z, to.z) <= closing && (from.x !== to.x || from.y !== to.y)) {
      const [a, b] = [onKeypad(from), onKeypad(to)];
      for (const [, key] of areas) {
        for (const side of [-1, 1]) {
          found.push(...crossing(a.x, b.x, key.x + side * (key.w / 2 + reach)));
          found.push(...crossing(a.y, b.y, key.y + side * (key.h / 2 + reach)));
        }
      }
    }
    return found.sort((a, b) => a - b);
  };

  /** A contact goes over, and may come back and go over again within the few milliseconds of a metal dome. */
  const flip = (key: string, closed: boolean) => {
    const turn = (to: boolean) => (to ? touched.keyDown(key) : touched.keyUp(key));
    turn(closed);
    while (place.bounce !== undefined && random.next() < place.bounce) {
      turn(!closed);
      turn(closed);
    }
  };

  const feel = (point: Point) => {
    const under = keysUnder(point);
    const before = down;
    down = under;
    for (const key of before) if (!under.includes(key)) flip(key, false);
    for (const key of under) if (!before.includes(key)) flip(key, true);
  };

  /** A stretch that lies wholly above or wholly below the touching height. */
  const stretch = (from: Point, to: Point) => {
    const below = Math.min(from.z, to.z) < place.contact;
    if (below && !touching) offset = { x: random.gaussian(place.noise), y: random.gaussian(place.noise) };
    touching = below;
    let last = 0;
    for (const mark of [...marks(from, to), 1]) {
      feel(between(from, to, (last + mark) / 2));
      last = mark;
    }
    feel(to);
  };

  return {
    marks,
    moveTo: (to) => {
      const split = crossing(tip.z, to.z, place.contact)[0];
      if (split === undefined) stretch(tip, to);
      else {
        const surface = { ...between(tip, to, split), z: place.contact };
        stretch(tip, surface);
        stretch(surface, to);
      }
      tip = to;
    },
  };
}
