import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FRESH_MODAL, interpret, interpretJog, wordsOf } from './gcode.ts';
import { makeReceiver } from './receiver.ts';
import { alongPath, distance, trapezoid } from './trapezoid.ts';

const ORIGIN = { x: 0, y: 0, z: 0 };
const GRBL_ERRORS = new Set([1, 2, 4, 20, 21, 22, 23, 25, 27, 28, 30, 31, 36]);
const coordinate = fc.integer({ min: -200_000, max: 0 }).map((micrometres) => micrometres / 1000);

describe('gantry g-code', () => {
  it('never throws, and every refusal is an error number of Grbl', () => {
    const letters = fc.constantFrom(...'GMXYZFPSTNIJ0123456789.+-= A$(');
    const line = fc.oneof(
      fc.string({ maxLength: 79 }),
      fc.array(letters, { maxLength: 40 }).map((c) => c.join('')),
    );
    fc.assert(
      fc.property(line, (text) => {
        const meaning = interpret(text.toUpperCase(), FRESH_MODAL, ORIGIN);
        if ('error' in meaning) assert.ok(GRBL_ERRORS.has(meaning.error), `error:${meaning.error}`);
        else
          for (const action of meaning.actions)
            if (action.do === 'move') assert.ok(Number.isFinite(action.to.x));
        const jog = interpretJog(text.toUpperCase(), FRESH_MODAL, ORIGIN);
        if (!('error' in jog)) assert.ok(jog.feed > 0);
      }),
    );
  });

  it('reads back every word that is written', () => {
    const word = fc.tuple(fc.constantFrom(...'GMXYZFPS'), coordinate);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const text = words.map(([letter, value]) => `${letter}${value.toFixed(3)}`).join('');
        assert.deepEqual(
          wordsOf(text),
          words.map(([letter, value]) => ({ letter, value: Number(value.toFixed(3)) })),
        );
      }),
    );
  });

  it('an absolute move ends where it says, a relative one that far away', () => {
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, (from, x, z) => {
        const at = { x: from, y: from, z: from };
        const absolute = interpret(`G90G0X${x}Z${z}`, FRESH_MODAL, at);
        assert.ok(!('error' in absolute));
        assert.deepEqual(absolute.actions, [{ do: 'move', to: { x, y: from, z } }]);
        const relative = interpret(`G91G0X${x}`, FRESH_MODAL, at);
        assert.ok(!('error' in relative));
        assert.deepEqual(relative.actions, [{ do: 'move', to: { x: x + from, y: from, z: from } }]);
      }),
    );
  });

  it('does things in the order of the standard: output, dwell, then motion', () => {
    const meaning = interpret('M3S10G4P0.5G1X-1F600', FRESH_MODAL, ORIGIN);
    assert.ok(!('error' in meaning));
    assert.deepEqual(
      meaning.actions.map((action) => action.do),
      ['drain', 'dwell', 'move'],
    );
    assert.equal(meaning.modal.spindle, 'M3');
  });
});

describe('gantry receiver', () => {
  it('gives the same lines however the bytes are split', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 100, unit: fc.constantFrom(...'G0X1\n\r(); ?!~') }),
        fc.array(fc.nat(100), { maxLength: 8 }),
        (text, cuts) => {
          const linesOf = (pieces: readonly string[]) => {
            const receiver = makeReceiver();
            const lines: unknown[] = [];
            const realtime: string[] = [];
            for (const piece of pieces) {
              realtime.push(...receiver.receive(Buffer.from(piece, 'latin1')));
              for (let line = receiver.nextLine(); line; line = receiver.nextLine()) lines.push(line);
            }
            return { lines, realtime };
          };
          const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort(
            (a, b) => a - b,
          );
          const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
          assert.deepEqual(linesOf(pieces), linesOf([text]));
        },
      ),
    );
  });

  it('stays bounded under any flood', () => {
    const receiver = makeReceiver();
    receiver.receive(new Uint8Array(100_000).fill(0x58));
    assert.equal(receiver.free, 0);
    assert.equal(receiver.nextLine(), undefined);
    receiver.receive(new Uint8Array(100_000).fill(0x58));
    assert.equal(receiver.free, 0);
    assert.equal(receiver.nextLine(), undefined);
    receiver.receive(Buffer.from('\n'));
    assert.deepEqual(receiver.nextLine(), { overflow: true });
    assert.equal(receiver.free, 128);
  });
});

describe('gantry trapezoid', () => {
  const figures = [
    fc.double({ min: 0.01, max: 300, noNaN: true }),
    fc.double({ min: 1, max: 1000, noNaN: true }),
    fc.double({ min: 10, max: 10_000, noNaN: true }),
  ] as const;

  it('takes the time of the closed formula', () => {
    fc.assert(
      fc.property(...figures, (d, v, a) => {
        const expected = d < v ** 2 / a ? 2 * Math.sqrt(d / a) : d / v + v / a;
        assert.ok(Math.abs(trapezoid(d, v, a).durationMs / 1000 - expected) < 1e-9 * Math.max(1, expected));
      }),
    );
  });

  it('only goes forward, from start to end, and timeAt inverts fractionAt', () => {
    fc.assert(
      fc.property(...figures, fc.double({ min: 0, max: 1, noNaN: true }), (d, v, a, part) => {
        const move = trapezoid(d, v, a);
        const at = move.fractionAt(part * move.durationMs);
        assert.ok(at >= 0 && at <= 1);
        assert.ok(move.fractionAt(part * move.durationMs * 0.9) <= at + 1e-9);
        assert.ok(Math.abs(move.fractionAt(move.timeAt(part)) - part) < 1e-6);
        assert.ok(move.speedAt(part * move.durationMs) <= v + 1e-9);
        assert.equal(move.fractionAt(move.durationMs), 1);
      }),
    );
  });

  it('holds every axis to its own limit along a slanted path', () => {
    const limits = { x: 500, y: 500, z: 200 };
    assert.equal(alongPath(ORIGIN, { x: -10, y: 0, z: 0 }, limits), 500);
    const slanted = alongPath(ORIGIN, { x: -3, y: 0, z: -4 }, limits);
    assert.ok(Math.abs(slanted - 250) < 1e-9); // 4/5 of it is Z, which may do 200
    assert.equal(distance(ORIGIN, { x: -3, y: 0, z: -4 }), 5);
  });
});
