import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toMachine } from '../gantry/geometry.ts';
import { fitRigid, spreadOf, type TaughtPoint } from './fit.ts';

const KEYS = [
  { key: '1', x: 0, y: 0 },
  { key: 'cancel', x: 45, y: 0 },
  { key: 'enter', x: 45, y: 30 },
  { key: 'feed', x: 0, y: 30 },
];

const points = (
  placement: { x: number; y: number; rotation: number },
  off: (i: number) => { x: number; y: number },
  keys = KEYS,
): TaughtPoint[] =>
  keys.map(({ key, x, y }, i) => {
    const machine = toMachine(placement, { x, y });
    return {
      key,
      device: { x, y },
      machine: { x: machine.x + off(i).x, y: machine.y + off(i).y },
      contact: -20,
    };
  });
const none = () => ({ x: 0, y: 0 });

describe('teach: fit', () => {
  it('finds any placement exactly from two keys or more', () => {
    const mm = fc.double({ min: -400, max: 400, noNaN: true });
    const degrees = fc.double({ min: -179.9, max: 179.9, noNaN: true });
    fc.assert(
      fc.property(mm, mm, degrees, fc.integer({ min: 2, max: 4 }), (x, y, rotation, count) => {
        const fit = fitRigid(points({ x, y, rotation }, none, KEYS.slice(0, count)));
        assert.ok(Math.abs(fit.placement.x - x) < 1e-6);
        assert.ok(Math.abs(fit.placement.y - y) < 1e-6);
        assert.ok(Math.abs(fit.placement.rotation - rotation) < 1e-6);
        assert.ok(fit.rms < 1e-6);
      }),
    );
  });

  it('tells how far each key lies beside, and the root mean square of that', () => {
    // Two keys that were taught 0.6 mm too far apart: the fit halves it.
    const fit = fitRigid(
      points({ x: 10, y: 20, rotation: 0 }, (i) => ({ x: i === 1 ? 0.6 : 0, y: 0 }), KEYS.slice(0, 2)),
    );
    assert.deepEqual(
      fit.residuals.map(({ key, x, y }) => [key, Number(x.toFixed(3)), Math.abs(Number(y.toFixed(3)))]),
      [
        ['1', -0.3, 0],
        ['cancel', 0.3, 0],
      ],
    );
    assert.ok(Math.abs(fit.rms - 0.3) < 1e-9);
  });

  it('never makes the sum of squares worse than the true placement does', () => {
    const off = fc.array(
      fc.record({
        x: fc.double({ min: -1, max: 1, noNaN: true }),
        y: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
      { minLength: 4, maxLength: 4 },
    );
    fc.assert(
      fc.property(off, (errors) => {
        const fit = fitRigid(points({ x: -160, y: -60, rotation: 3 }, (i) => errors[i] ?? { x: 0, y: 0 }));
        const truth = Math.sqrt(errors.reduce((sum, { x, y }) => sum + x * x + y * y, 0) / 4);
        assert.ok(fit.rms <= truth + 1e-9);
      }),
    );
  });

  it('takes a slope from three heights that span a plane, and none from a row', () => {
    const tilted = points({ x: 0, y: 0, rotation: 0 }, none).map((point) => ({
      ...point,
      contact: -20 + 0.01 * point.machine.x - 0.02 * point.machine.y,
    }));
    const fit = fitRigid(tilted);
    assert.ok(Math.abs(fit.slope.x - 0.01) < 1e-9 && Math.abs(fit.slope.y + 0.02) < 1e-9);
    assert.ok(Math.abs(fit.contact + 20) < 1e-9);
    assert.ok(fit.rmsZ < 1e-9);
    const row = [0, 15, 30].map((x, i) => ({
      key: `${i}`,
      device: { x, y: 0 },
      machine: { x, y: 0 },
      contact: -20 + i,
    }));
    assert.deepEqual(fitRigid(row).slope, { x: 0, y: 0 });
    assert.equal(fitRigid(row).contact, -19);
  });

  it('knows how far apart the taught keys are', () => {
    assert.ok(Math.abs(spreadOf(points({ x: 0, y: 0, rotation: 0 }, none)) - Math.hypot(45, 30)) < 1e-9);
    assert.equal(spreadOf([]), 0);
  });
});
