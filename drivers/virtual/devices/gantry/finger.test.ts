import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeRandom } from '../../random.ts';
import { makeRecordingBody } from '../../testing/recording-body.ts';
import { type KeypadPlace, makeFinger } from './finger.ts';
import type { Point } from './trapezoid.ts';

const KEYS = {
  '1': { x: 0, y: 0, w: 12, h: 7 },
  '2': { x: 15, y: 0, w: 12, h: 7 },
  '4': { x: 0, y: 10, w: 12, h: 7 },
};
const PLACE: KeypadPlace = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, noise: 0 };
const HOVER = -16;
const PRESSED = -21.2;

function fingerOver(place: Partial<KeypadPlace> = {}, seed = 1) {
  const body = makeRecordingBody();
  const finger = makeFinger(
    { x: -100, y: -100, z: HOVER },
    { ...PLACE, ...place },
    KEYS,
    body,
    makeRandom(seed),
  );
  const go = (x: number, y: number, z: number) => finger.moveTo({ x, y, z });
  /** Straight over a place, down, up. */
  const press = (x: number, y: number, z = PRESSED) => {
    go(x, y, HOVER);
    go(x, y, z);
    go(x, y, HOVER);
  };
  return { body, finger, go, press };
}

describe('gantry finger', () => {
  it('closes the key under it when it comes down, and opens it when it lifts', () => {
    const { body, go } = fingerOver();
    go(-160, -60, HOVER);
    go(-160, -60, PRESSED);
    assert.deepEqual(body.touches, ['down 1']);
    go(-160, -60, HOVER);
    assert.deepEqual(body.touches, ['down 1', 'up 1']);
  });

  it('above the closing height nothing closes, wherever it goes', () => {
    const { body, press, go } = fingerOver();
    press(-160, -60, -21.1);
    press(-145, -60, -20);
    go(-160, -60, -20.5);
    go(-145, -60, -20.5);
    assert.deepEqual(body.touches, []);
  });

  it('between keys and beside the keypad it closes nothing', () => {
    const { body, press } = fingerOver();
    press(-152.5, -60); // gap between 1 and 2
    press(-160, -65); // gap between 1 and 4
    press(-120, -60);
    assert.deepEqual(body.touches, []);
  });

  it('dragged along while down it leaves one key and comes upon the next', () => {
    const { body, go } = fingerOver();
    go(-160, -60, PRESSED);
    go(-145, -60, PRESSED);
    go(-145, -60, HOVER);
    assert.deepEqual(body.touches, ['down 1', 'up 1', 'down 2', 'up 2']);
  });

  it('a slanting descent closes what is under the tip at closing height, not at its end', () => {
    const { body, finger } = fingerOver();
    finger.moveTo({ x: -160, y: -60, z: -19.9 });
    finger.moveTo({ x: -145, y: -60, z: -100 });
    assert.deepEqual(body.touches, ['down 1', 'up 1', 'down 2']);
  });

  it('finds keys where the keypad really lies: shifted and turned', () => {
    const quarter = fingerOver({ rotation: 90 });
    quarter.press(-160, -45); // key 2 lies 15 mm to the right, which is now away from the person
    quarter.press(-150, -60); // key 4 lies 10 mm towards the person, which is now to the right
    assert.deepEqual(quarter.body.touches, ['down 2', 'up 2', 'down 4', 'up 4']);
    const shifted = fingerOver({ y: -66 });
    shifted.press(-160, -60);
    assert.deepEqual(shifted.body.touches, [], 'six millimetres off is off the key');
  });

  it('the world decides, not the path: any key in any position is hit at its own place', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        number(-180, -20),
        number(-180, -20),
        number(-180, 180),
        fc.constantFrom('1', '2', '4' as const),
        (x, y, rotation, name) => {
          const { body, press } = fingerOver({ x, y, rotation });
          const key = KEYS[name as keyof typeof KEYS];
          const angle = (rotation * Math.PI) / 180;
          press(
            x + key.x * Math.cos(angle) + key.y * Math.sin(angle),
            y + key.x * Math.sin(angle) - key.y * Math.cos(angle),
          );
          assert.deepEqual(body.touches, [`down ${name}`, `up ${name}`]);
        },
      ),
    );
  });

  it('stopping on the way makes no difference', () => {
    const point = fc.record<Point>({
      x: fc.integer({ min: -170, max: -130 }),
      y: fc.integer({ min: -75, max: -55 }),
      z: fc.integer({ min: -23, max: -16 }),
    });
    fc.assert(
      fc.property(
        fc.array(point, { maxLength: 6 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (points, part) => {
          const whole = fingerOver({ noise: 0.1 });
          const pieces = fingerOver({ noise: 0.1 });
          let last: Point = { x: -100, y: -100, z: HOVER };
          for (const to of points) {
            whole.finger.moveTo(to);
            const middle = {
              x: last.x + (to.x - last.x) * part,
              y: last.y + (to.y - last.y) * part,
              z: last.z + (to.z - last.z) * part,
            };
            pieces.finger.moveTo(middle);
            pieces.finger.moveTo(to);
            last = to;
          }
          assert.deepEqual(pieces.body.touches, whole.body.touches);
        },
      ),
    );
  });

  it('lands with the noise of the world, the same for the same seed', () => {
    // A tip commanded to the very edge of a key hits it about every other time.
    const edge = (seed: number) => {
      const { body, press } = fingerOver({ noise: 0.1 }, seed);
      for (let i = 0; i < 200; i++) press(-154, -60);
      return body.touches.filter((touch) => touch === 'down 1').length;
    };
    assert.equal(edge(7), edge(7));
    assert.ok(edge(7) > 60 && edge(7) < 140, `${edge(7)} of 200`);
    const { body, press } = fingerOver({ noise: 0.1 });
    for (let i = 0; i < 200; i++) press(-160, -60);
    assert.equal(body.touches.length, 400, 'in the middle it always hits');
  });
});
