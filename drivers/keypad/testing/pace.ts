import type { Random } from '../../virtual/random.ts';
import { BELIEVED, KEYS, keyShapes, MACHINE, robot } from './robot.ts';
import { BYTE_MS } from './wire.ts';

export interface Machine {
  readonly name: string;
  /** mm/s and mm/s². */
  readonly xy: { readonly speed: number; readonly acceleration: number };
  readonly z: { readonly speed: number; readonly acceleration: number };
}

/** From a controller as it leaves the factory to a good belt gantry. */
export const MACHINES: readonly Machine[] = [
  {
    name: 'Grbl with factory settings',
    xy: { speed: 500 / 60, acceleration: 10 },
    z: { speed: 500 / 60, acceleration: 10 },
  },
  {
    name: 'hobby belts with a leadscrew Z',
    xy: { speed: 150, acceleration: 800 },
    z: { speed: 20, acceleration: 500 },
  },
  {
    name: 'good belt gantry',
    xy: { speed: 500, acceleration: 2000 },
    z: { speed: 200, acceleration: 1500 },
  },
];

const DWELL_MS = 60;
/** Heights that make a stroke of 6 mm. */
const HOVER = 4.5;
const OVERTRAVEL = 0.3;
/** What the lines of a press cost, ms. */
const LINES_MS = 20;

/** t = 2·sqrt(d/a) when d < v²/a, else d/v + v/a; ms. */
const travelMs = (mm: number, { speed, acceleration }: Machine['xy']): number =>
  1000 *
  (mm < speed ** 2 / acceleration ? 2 * Math.sqrt(mm / acceleration) : mm / speed + speed / acceleration);

/** Presses a minute, as they come out in event time and by the closed form for the same way over the keys. */
export async function paceOf(
  machine: Machine,
  presses: number,
  random: Random,
): Promise<{ readonly measured: number; readonly closedForm: number }> {
  const { xy, z } = machine;
  const axes = (of: 'speed' | 'acceleration') => ({ x: xy[of], y: xy[of], z: z[of] });
  const arm = robot(random.fork('robot'), {
    byteMs: BYTE_MS,
    machine: { travel: MACHINE.travel, speed: axes('speed'), acceleration: axes('acceleration') },
  });
  try {
    const keypad = await arm.open({
      dwell: DWELL_MS,
      overtravel: OVERTRAVEL,
      feed: z.speed * 60,
      placement: { ...BELIEVED, hover: HOVER },
    });
    const keys = KEYS();
    const shapes = keyShapes();
    const way = Array.from(
      { length: presses + 1 },
      () => keys[Math.floor(random.next() * keys.length)] ?? '1',
    );
    const [first = '1', ...rest] = way;
    await keypad.press(first);
    const began = arm.clock.now();
    for (const key of rest) await keypad.press(key);
    const took = arm.clock.now() - began;
    const stroke = HOVER + BELIEVED.travel + OVERTRAVEL;
    const expected = rest.reduce((sum, key, i) => {
      const [a, b] = [shapes[way[i] ?? key], shapes[key]];
      const hop = a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
      // Straight lines: the axis that moves farthest limits a diagonal, as in the controller.
      const share = a && b && hop > 0 ? hop / Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) : 1;
      const along = { speed: xy.speed * share, acceleration: xy.acceleration * share };
      return sum + (hop > 0 ? travelMs(hop, along) : 0) + 2 * travelMs(stroke, z) + DWELL_MS + LINES_MS;
    }, 0);
    await keypad.close();
    return { measured: (60_000 * presses) / took, closedForm: (60_000 * presses) / expected };
  } finally {
    arm.switchOff();
  }
}
