import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadProfile } from '../../../rig/bench/load.ts';
import { valueOrThrow } from '../../../rig/bench/load-issue.ts';
import { type CameraView, frameOf } from '../../virtual/android/camera.ts';
import { type GreyPicture, paint } from '../../virtual/android/paint.ts';
import { makeRandom } from '../../virtual/random.ts';
import { assign } from './assign.ts';
import { digitShapes, likeness } from './digit-shapes.ts';
import { cut, type Grey, greyOfPng, pngOfGrey, straight } from './grey.ts';
import { readPad } from './pad.ts';
import { isQuadrangle, rectify } from './rectify.ts';

const profile = valueOrThrow(loadProfile('vt-a')).value;
const { pixels } = profile.display;
if (!pixels) throw new Error('VT-A has a touch screen');
const { width, height } = pixels;
const VIEW: CameraView = {
  width: 600,
  height: 800,
  corners: [
    [75, 38],
    [509, 56],
    [528, 756],
    [59, 744],
  ],
  noise: 6,
};
const DIGITS = [...'0123456789'];
const asGrey = ({ grey, ...size }: GreyPicture): Grey => ({ ...size, pixels: grey });
/** The screen with the digits of `order` on the keys 0 to 9. */
const screenOf = (order: readonly string[]) =>
  paint(
    {
      lines: { lit: true, lines: ['VT-A', '', '消费', '请输入密码'] },
      labels: new Map(
        [...Object.keys(profile.keypad.keys), ...DIGITS].map((key) => [key, order[Number(key)] ?? key]),
      ),
      secure: true,
    },
    profile.keypad.keys,
    pixels,
  );
const permutation = fc.shuffledSubarray(DIGITS, { minLength: 10, maxLength: 10 });
/** Key by digit, as the order has it. */
const expected = (order: readonly string[]) => new Map(order.map((digit, key) => [digit, String(key)]));

describe('display: a shuffled pad in a picture', () => {
  it('is read out of a straight picture, whatever the order', () => {
    fc.assert(
      fc.property(permutation, (order) => {
        assert.deepEqual(
          new Map([...readPad(straight(asGrey(screenOf(order))), profile)].sort()),
          new Map([...expected(order)].sort()),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('is read out of what a camera sees at an angle, with noise and shade', () => {
    fc.assert(
      fc.property(permutation, fc.integer({ min: 1, max: 1e6 }), (order, seed) => {
        const frame = asGrey(frameOf(screenOf(order), VIEW, makeRandom(seed)));
        const flat = rectify(frame, VIEW.corners, width, height);
        assert.deepEqual(
          new Map([...readPad(straight(flat), profile)].sort()),
          new Map([...expected(order)].sort()),
        );
      }),
      { numRuns: 4 },
    );
  });

  it('is refused where nothing is to be seen, and where two keys show the same', () => {
    const black = { width, height, pixels: new Uint8Array(width * height) };
    assert.throws(() => readPad(straight(black), profile), { code: 'DISPLAY_UNSURE', blame: 'bench' });
    const twice = DIGITS.with(3, '7');
    assert.throws(() => readPad(straight(asGrey(screenOf(twice))), profile), { code: 'DISPLAY_UNSURE' });
  });

  it('is refused, or read rightly, when the camera is out of place or the light is bad', () => {
    const order = [...'5820146973'];
    const screen = screenOf(order);
    for (const shift of [5, 16, 38, 88])
      for (const noise of [0, 30, 60]) {
        const corners = VIEW.corners.map(([x, y]) => [x + shift, y + shift / 2] as const);
        const frame = asGrey(frameOf(screen, { ...VIEW, noise }, makeRandom(shift)));
        let read: ReadonlyMap<string, string> | undefined;
        try {
          read = readPad(straight(rectify(frame, corners, width, height)), profile);
        } catch {
          continue;
        }
        assert.deepEqual(
          new Map([...read].sort()),
          new Map([...expected(order)].sort()),
          `${shift} ${noise}`,
        );
      }
  });

  it('knows digits in typefaces that it has not learned', () => {
    const shapes = digitShapes();
    const faces = shapes[0]?.length ?? 0;
    assert.ok(faces >= 5);
    for (let left = 0; left < faces; left++) {
      const scores = shapes.map((own) =>
        shapes.map((others) =>
          Math.max(...others.map((other, i) => (i === left ? 0 : likeness(own[left] ?? other, other)))),
        ),
      );
      assert.deepEqual(assign(scores).columns, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], `typeface ${left}`);
    }
  });
});

describe('display: joint assignment', () => {
  it('finds what no other assignment surpasses, and how far ahead it is', () => {
    const rest = (n: number, columns: readonly number[]) =>
      Array.from({ length: n }, (_, i) => i).filter((i) => !columns.includes(i));
    const all = (n: number, columns: readonly number[] = []): number[][] =>
      columns.length === n
        ? [[...columns]]
        : rest(n, columns).flatMap((column) => all(n, [...columns, column]));
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }).chain((n) =>
          fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: n, maxLength: n }), {
            minLength: n,
            maxLength: n,
          }),
        ),
        (scores) => {
          const totals = all(scores.length)
            .map((columns) => columns.reduce((sum, column, row) => sum + (scores[row]?.[column] ?? 0), 0))
            .sort((a, b) => b - a);
          const { columns, total, margin } = assign(scores);
          assert.equal(new Set(columns).size, scores.length);
          assert.equal(total, totals[0]);
          assert.equal(
            columns.reduce((sum, column, row) => sum + (scores[row]?.[column] ?? 0), 0),
            total,
          );
          assert.equal(margin, (totals[0] ?? 0) - (totals[1] ?? 0));
        },
      ),
    );
  });

  it('lets the others decide about the one that is ambiguous', () => {
    assert.deepEqual(
      assign([
        [0.9, 0.8],
        [0.85, 0.2],
      ]).columns,
      [1, 0],
    );
  });
});

describe('display: pictures', () => {
  it('are straightened to what they were', () => {
    const screen = screenOf(DIGITS);
    const back = rectify(
      asGrey(frameOf(screen, { ...VIEW, noise: 0 }, makeRandom(1))),
      VIEW.corners,
      width,
      height,
    );
    const key = profile.keypad.keys['5'];
    assert.ok(key);
    const part = (from: Grey) => cut(from, pixels.x + key.x * 7 - 70, pixels.y + key.y * 7 - 40, 140, 80);
    const [was, is] = [part(asGrey(screen)).pixels, part(back).pixels];
    const far = was.filter((tone, i) => Math.abs(tone * 0.87 - (is[i] ?? 0)) > 60).length;
    assert.ok(far < was.length / 25, `${far} of ${was.length} pixels differ`);
  });

  it('are read from PNG files, and nothing else is', () => {
    const grey = { width: 5, height: 3, pixels: Uint8Array.from({ length: 15 }, (_, i) => i * 17) };
    assert.deepEqual([...greyOfPng(pngOfGrey(grey), 'a test').pixels], [...grey.pixels]);
    const good = pngOfGrey(grey);
    fc.assert(
      fc.property(
        fc.nat({ max: good.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        (at, value, short) => {
          const bad = Buffer.from(good);
          bad[at] = value;
          try {
            greyOfPng(short ? bad.subarray(0, at) : bad, 'a test');
          } catch (thrown) {
            assert.equal((thrown as { code?: string }).code, 'DISPLAY_PICTURE');
          }
        },
      ),
    );
  });

  it('have four corners in order, or none', () => {
    assert.ok(isQuadrangle(VIEW.corners));
    assert.ok(!isQuadrangle([...VIEW.corners].reverse()));
    assert.ok(
      !isQuadrangle([
        [0, 0],
        [10, 0],
        [0, 10],
        [10, 10],
      ]),
    );
  });
});
