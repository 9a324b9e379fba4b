import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type KeyShape, type Place, type Placement, toMachine } from '../gantry/geometry.ts';
import { axesAt, centreOf, type Probe, searchKey, smallestGap } from './search.ts';

const KEY: KeyShape = { x: 45, y: 20, w: 12, h: 7 };

/** Whether the key is hit at a machine place. */
const probeOf =
  (placement: Placement, tried: Place[] = []): Probe =>
  async (place) => {
    tried.push(place);
    const { u, v } = axesAt(placement.rotation);
    const centre = toMachine(placement, KEY);
    const [dx, dy] = [place.x - centre.x, place.y - centre.y];
    const on = Math.abs(dx * u.x + dy * u.y) <= KEY.w / 2 && Math.abs(dx * v.x + dy * v.y) <= KEY.h / 2;
    return on ? 'hit' : 'miss';
  };

describe('teach: search', () => {
  it('finds a key wherever it lies within the radius, and its middle to a fifth of a millimetre', async () => {
    const off = fc.double({ min: -7, max: 7, noNaN: true });
    await fc.assert(
      fc.asyncProperty(off, off, fc.double({ min: -8, max: 8, noNaN: true }), async (x, y, rotation) => {
        const truth = { x, y, rotation };
        const probe = probeOf(truth);
        const start = toMachine({ x: 0, y: 0, rotation }, KEY);
        const axes = axesAt(rotation);
        const hit = await searchKey(probe, start, KEY, axes, 14, () => true);
        assert.ok(hit);
        const middle = await centreOf(probe, hit, KEY, axes, 1.5);
        assert.ok(middle);
        const centre = toMachine(truth, KEY);
        assert.ok(Math.hypot(middle.x - centre.x, middle.y - centre.y) < 0.2);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps to where the finger may go, and gives up where there is nothing', async () => {
    const tried: Place[] = [];
    const probe = probeOf({ x: 100, y: 0, rotation: 0 }, tried);
    const found = await searchKey(probe, { x: 0, y: 0 }, KEY, axesAt(0), 12, ({ x }) => x >= 0);
    assert.equal(found, undefined);
    assert.ok(tried.length > 5);
    assert.ok(tried.every(({ x, y }) => x >= 0 && Math.hypot(x, y) <= 12 + 1e-9));
  });

  it('does not take something of another size for the key', async () => {
    assert.equal(await centreOf(async () => 'hit', { x: 0, y: 0 }, KEY, axesAt(0), 1.5), undefined);
    const thin: Probe = async ({ x }) => (Math.abs(x) < 1 ? 'hit' : 'miss');
    assert.equal(await centreOf(thin, { x: 0, y: 0 }, KEY, axesAt(0), 1.5), undefined);
  });

  it('never goes farther beyond an edge than it was told', async () => {
    const truth = { x: 0, y: 0, rotation: 0 };
    const tried: Place[] = [];
    const centre = toMachine(truth, KEY);
    await centreOf(probeOf(truth, tried), { x: centre.x + 5, y: centre.y - 3 }, KEY, axesAt(0), 1.5);
    for (const { x, y } of tried) {
      assert.ok(Math.abs(x - centre.x) <= KEY.w / 2 + 1.5 + 1e-9);
      assert.ok(Math.abs(y - centre.y) <= KEY.h / 2 + 1.5 + 1e-9);
    }
  });

  it('knows the smallest gap of a layout', () => {
    const keys = [KEY, { ...KEY, x: 60 }, { ...KEY, y: 30 }];
    assert.equal(smallestGap(keys), 3);
    assert.equal(smallestGap([KEY]), Number.POSITIVE_INFINITY);
  });
});
