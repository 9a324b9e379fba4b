/** Where keys lie under the finger: device frame (profile) to machine frame (controller). Millimetres and degrees; pure. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** How the terminal lies on the fixture, as calibrated. */
export interface Placement extends Place {
  /** Degrees, counter-clockwise seen from above. */
  readonly rotation: number;
}

/** Placement with the heights of the keys. */
export interface FingerPlacement extends Placement {
  /** Z at which the finger touches a key, at the place of the top left key. */
  readonly contact: number;
  readonly travel: number;
  /** How high above contact the finger moves. */
  readonly hover: number;
  /** How contact changes over the machine, mm per mm; level without. */
  readonly slope?: { readonly x: number; readonly y: number } | undefined;
}

export interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Centre and size of a key in the device frame: x right, y towards the person. */
export interface KeyShape extends Place {
  readonly w: number;
  readonly h: number;
}

/**
 * Machine place of a point of the device frame: `placement + R(rotation) · (x, −y)`. The y axis turns over because the
 * device frame counts towards the person and the machine away from them.
 */
export function toMachine(placement: Placement, point: Place): Place {
  const angle = (placement.rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: placement.x + point.x * cos + point.y * sin, y: placement.y + point.x * sin - point.y * cos };
}

export const inside = (box: Box, place: Place): boolean =>
  place.x >= box.x[0] && place.x <= box.x[1] && place.y >= box.y[0] && place.y <= box.y[1];

/** Distance from a place to the nearest edge of a key as it lies on the machine; 0 on the key. */
export function distanceToKey(placement: Placement, key: KeyShape, place: Place): number {
  const centre = toMachine(placement, key);
  const angle = (-placement.rotation * Math.PI) / 180;
  const [dx, dy] = [place.x - centre.x, place.y - centre.y];
  const along = Math.abs(dx * Math.cos(angle) - dy * Math.sin(angle));
  const across = Math.abs(dx * Math.sin(angle) + dy * Math.cos(angle));
  return Math.hypot(Math.max(0, along - key.w / 2), Math.max(0, across - key.h / 2));
}

/** The corner of the keep-in box that is farthest from every key: where the finger waits. */
export function quietCorner(box: Box, placement: Placement, keys: readonly KeyShape[]): Place {
  const corners = box.x.flatMap((x) => box.y.map((y) => ({ x, y })));
  const room = (corner: Place) => Math.min(...keys.map((key) => distanceToKey(placement, key, corner)));
  return corners.reduce((best, corner) => (room(corner) > room(best) ? corner : best));
}

/** Z at which the finger touches a key at a machine place. */
export const contactAt = ({ x, y, contact, slope }: FingerPlacement, place: Place): number =>
  contact + (slope ? slope.x * (place.x - x) + slope.y * (place.y - y) : 0);

/** Z at which the finger moves: at least `hover` above every key in the box. */
export const hoverHeight = (placement: FingerPlacement, box: Box): number =>
  placement.hover + Math.max(...box.x.flatMap((x) => box.y.map((y) => contactAt(placement, { x, y }))));
