import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DIALECT } from '../../codec/grbl/dialects.ts';
import { distanceToKey, inside, quietCorner, toMachine } from './geometry.ts';
import { checkSettings, homingLimit, type Settings, settingsHash } from './settings.ts';

const mm = fc.double({ min: -200, max: 200, noNaN: true });
const placement = fc.record({ x: mm, y: mm, rotation: fc.double({ min: -180, max: 180, noNaN: true }) });

describe('gantry: geometry', () => {
  it('turns the device frame over and by the rotation', () => {
    assert.deepEqual(toMachine({ x: -160, y: -60, rotation: 0 }, { x: 15, y: 10 }), { x: -145, y: -70 });
    const turned = toMachine({ x: 0, y: 0, rotation: 90 }, { x: 10, y: 0 });
    assert.ok(Math.abs(turned.x) < 1e-9 && Math.abs(turned.y - 10) < 1e-9);
  });

  it('keeps every distance', () => {
    fc.assert(
      fc.property(placement, mm, mm, mm, mm, (where, ax, ay, bx, by) => {
        const [a, b] = [toMachine(where, { x: ax, y: ay }), toMachine(where, { x: bx, y: by })];
        assert.ok(Math.abs(Math.hypot(a.x - b.x, a.y - b.y) - Math.hypot(ax - bx, ay - by)) < 1e-6);
      }),
    );
  });

  it('measures the way to a key as it lies', () => {
    fc.assert(
      fc.property(placement, mm, mm, fc.double({ min: 0, max: 50, noNaN: true }), (where, x, y, gap) => {
        const key = { x, y, w: 12, h: 7 };
        const near = (dx: number, dy: number) =>
          distanceToKey(where, key, toMachine(where, { x: x + dx, y: y + dy }));
        assert.equal(near(0, 0), 0);
        assert.ok(Math.abs(near(6 + gap, 0) - gap) < 1e-6);
        assert.ok(Math.abs(near(0, -3.5 - gap) - gap) < 1e-6);
      }),
    );
  });

  it('waits in the corner with the most room', () => {
    const box = { x: [-170, -100], y: [-105, -50] } as const;
    const keys = [
      { x: 0, y: 0, w: 12, h: 7 },
      { x: 45, y: 0, w: 12, h: 7 },
      { x: 0, y: 30, w: 12, h: 7 },
    ];
    assert.deepEqual(quietCorner(box, { x: -160, y: -60, rotation: 0 }, keys), { x: -100, y: -105 });
    assert.ok(inside(box, { x: -170, y: -50 }) && !inside(box, { x: -170.01, y: -50 }));
  });
});

describe('gantry: settings', () => {
  const good = new Map([
    [1, '255'],
    [13, '0'],
    [20, '1'],
    [22, '1'],
  ]);

  it('warns of what may cost a press, refuses what costs the position', () => {
    const check = (settings: Settings) => checkSettings(settings, DIALECT.grbl);
    assert.deepEqual(check(good), []);
    assert.equal(check(new Map([...good, [1, '25'], [20, '0']])).length, 2);
    assert.deepEqual(check(new Map([...good, [22, '3']])), [], 'flags of grblHAL');
    assert.throws(() => check(new Map([...good, [22, '2']])), /homing is disabled/);
    assert.throws(() => check(new Map()), /does not list/);
    assert.deepEqual(checkSettings(new Map(), DIALECT.fluidnc), [], 'it shows what its configuration has');
  });

  it('gives homing the time that its rates need', () => {
    const slow = homingLimit(
      new Map([
        [25, '500'],
        [130, '200'],
        [131, '200'],
        [132, '200'],
      ]),
    );
    assert.ok(slow > (900 / 500) * 60_000, String(slow));
    assert.ok(
      homingLimit(
        new Map([
          [25, '0'],
          [24, 'x'],
        ]),
      ) <
        10 * 60_000,
    );
  });

  it('fingerprints the settings, not their order', () => {
    assert.equal(settingsHash(good), settingsHash(new Map([...good].reverse())));
    assert.notEqual(settingsHash(good), settingsHash(new Map([...good, [25, '1']])));
  });
});
