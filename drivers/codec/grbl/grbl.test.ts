import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dwell, encodeLine, linear, MODES, rapid } from './commands.ts';
import { alarmMeaning, describeAlarm, describeError } from './meanings.ts';
import { parseResponse } from './responses.ts';

describe('grbl: responses', () => {
  it('understands what Grbl 1.1, grblHAL and FluidNC say', () => {
    assert.deepEqual(parseResponse('ok'), { kind: 'ok' });
    assert.deepEqual(parseResponse('error:24'), { kind: 'error', code: 24 });
    assert.deepEqual(parseResponse('ALARM:9'), { kind: 'alarm', code: 9 });
    assert.deepEqual(parseResponse("[MSG:'$H'|'$X' to unlock]"), {
      kind: 'message',
      text: "'$H'|'$X' to unlock",
    });
    assert.deepEqual(parseResponse('[OPT:V,15,128]'), { kind: 'feedback', tag: 'OPT', text: 'V,15,128' });
    assert.deepEqual(parseResponse('[VER:1.1h.20190830:bench 3]'), {
      kind: 'feedback',
      tag: 'VER',
      text: '1.1h.20190830:bench 3',
    });
    assert.deepEqual(parseResponse('$130=200.000'), { kind: 'setting', number: 130, value: '200.000' });
    assert.deepEqual(parseResponse('$22=1 (homing cycle, bool)'), {
      kind: 'setting',
      number: 22,
      value: '1',
    });
    assert.deepEqual(parseResponse('>G54:ok'), { kind: 'startup', text: 'G54:ok' });
    assert.equal(parseResponse('ok ').kind, 'unknown');
    assert.equal(parseResponse('error:').kind, 'unknown');
  });

  it('knows a restart by its banner, also behind what it cut off', () => {
    const banner = { kind: 'banner', firmware: 'Grbl', version: '1.1h' };
    assert.deepEqual(parseResponse("Grbl 1.1h ['$' for help]"), banner);
    assert.deepEqual(parseResponse("<Run|MPos:-1Grbl 1.1h ['$' for help]"), banner);
    assert.deepEqual(parseResponse("GrblHAL 1.1f ['$' or '$HELP' for help]"), {
      kind: 'banner',
      firmware: 'GrblHAL',
      version: '1.1f',
    });
    assert.deepEqual(parseResponse("Grbl 3.7 [FluidNC v3.7.8 (wifi) '$' for help]"), {
      kind: 'banner',
      firmware: 'FluidNC',
      version: 'v3.7.8',
    });
    assert.equal(parseResponse('[MSG:INFO: Grbl 1.1 [x]]').kind, 'message');
  });

  it('reads status reports, and keeps fields it does not know', () => {
    const report = parseResponse(
      '<Hold:1|MPos:-160.000,-60.000,-16.000|Bf:15,128|FS:0,0|H:1|WCO:1.000,2.000,3.000|TLR>',
    );
    assert.ok(report.kind === 'status');
    assert.equal(report.state, 'Hold');
    assert.equal(report.sub, 1);
    assert.deepEqual(report.mpos, { x: -160, y: -60, z: -16 });
    assert.deepEqual(report.wco, { x: 1, y: 2, z: 3 });
    assert.equal(report.fields.get('TLR'), '');
    assert.equal(report.fields.get('H'), '1');
    const four = parseResponse('<Idle|WPos:1.0,-2.5,3,4>');
    assert.deepEqual(four.kind === 'status' && four.wpos, { x: 1, y: -2.5, z: 3 });
    for (const broken of [
      '<Idle|MPos:1.0,2.0>',
      '<Idle|MPos:1.0,nan,3.0>',
      '<Idle|MPos:1e9,0,0>',
      '<Idle>',
    ]) {
      const parsed = parseResponse(broken);
      assert.ok(parsed.kind === 'status' && parsed.mpos === undefined, broken);
    }
    assert.equal(parseResponse('<|MPos:0,0,0>').kind, 'unknown');
  });

  it('never throws, and makes nothing of a line that a bit error has changed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (line) => {
        assert.equal(typeof parseResponse(line).kind, 'string');
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('ok', 'error:9', 'ALARM:1'),
        fc.nat(),
        fc.integer({ min: 0x80, max: 0xff }),
        (line, at, code) => {
          const place = at % line.length;
          const changed = line.slice(0, place) + String.fromCharCode(code) + line.slice(place + 1);
          assert.equal(parseResponse(changed).kind, 'unknown');
        },
      ),
    );
  });

  it('reads back every position it is told', () => {
    const mm = fc.integer({ min: -999_999, max: 999_999 }).map((micrometres) => micrometres / 1000);
    fc.assert(
      fc.property(mm, mm, mm, (x, y, z) => {
        const text = [x, y, z].map((value) => value.toFixed(3)).join(',');
        const report = parseResponse(`<Run|MPos:${text}|FS:0,0>`);
        assert.ok(report.kind === 'status' && report.mpos);
        assert.deepEqual(
          [report.mpos.x, report.mpos.y, report.mpos.z],
          [x, y, z].map((value) => Number(value.toFixed(3))),
        );
      }),
    );
  });
});

describe('grbl: commands', () => {
  it('writes moves in machine coordinates', () => {
    assert.equal(rapid({ x: -160, y: -60.5 }), 'G53G0X-160.000Y-060.500');
    assert.equal(rapid({ z: 0 }), 'G53G0Z+000.000');
    assert.equal(linear({ z: -21.5 }, 3000), 'G53G1Z-021.500F3000');
    assert.equal(dwell(80), 'G4P0.080');
    assert.deepEqual(encodeLine(MODES).at(-1), 0x0a);
  });

  it('writes every place in the same number of characters, and no other place', () => {
    const mm = fc.double({ min: -999.999, max: 999.999, noNaN: true });
    fc.assert(
      fc.property(mm, mm, (x, y) => {
        const line = rapid({ x, y });
        assert.equal(line.length, rapid({ x: 0, y: 0 }).length);
        const match = /^G53G0X([+-][\d.]+)Y([+-][\d.]+)$/.exec(line);
        assert.ok(
          match && Math.abs(Number(match[1]) - x) <= 0.0006 && Math.abs(Number(match[2]) - y) <= 0.0006,
        );
        assert.ok(encodeLine(line).length <= 80);
      }),
    );
  });

  it('refuses what would harm: no place, no end of the world, no real-time character in a line', () => {
    assert.throws(() => rapid({ x: Number.NaN }), RangeError);
    assert.throws(() => rapid({ x: 1000 }), RangeError);
    assert.throws(() => dwell(60_000), RangeError);
    for (const line of ['G0X1?', 'G0X1!', 'G0\nX1', 'G0~', 'x'.repeat(80), '\x18']) {
      assert.throws(() => encodeLine(line), RangeError, line);
    }
  });
});

describe('grbl: meanings', () => {
  it('explains errors and alarms, and admits what it does not know', () => {
    assert.equal(describeError(9, 'grbl'), 'error:9 (g-code is locked out during an alarm or a jog)');
    assert.equal(describeAlarm(1, 'grbl'), 'ALARM:1 (a limit switch was hit)');
    assert.match(describeAlarm(99, 'grbl'), /not in the tables/);
    // Firmware of other families may call itself Grbl: what differs among them is told for each.
    assert.equal(
      describeAlarm(10, 'grbl'),
      'ALARM:10 (dual-axis homing found no second switch; on grblHAL: the emergency stop is pressed; on FluidNC: the spindle did not obey)',
    );
    assert.match(describeAlarm(22, 'grbl'), /controller; on grblHAL: a receive buffer overflowed\)$/);
    assert.match(describeError(79, 'grbl'), /on grblHAL: a critical event must be cleared/);
    assert.equal(describeAlarm(10, 'grblhal'), 'ALARM:10 (the emergency stop is pressed)');
    assert.equal(describeError(79, 'fluidnc'), 'error:79 (not in the tables of this controller)');
    assert.ok([6, 7, 8, 9].every((code) => alarmMeaning(code, 'grbl')?.homing));
  });
});
