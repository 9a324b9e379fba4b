import assert from 'node:assert/strict';
import fc from 'fast-check';
import { detectDialect, receiveBufferOf } from './dialects.ts';
import { marlinDwell, marlinRapid, numbered, parseMarlin } from './marlin.ts';
import { parseResponse } from './responses.ts';

describe('marlin: responses', () => {
  it('understands what Marlin says', () => {
    assert.deepEqual(parseMarlin('ok'), { kind: 'ok' });
    assert.deepEqual(parseMarlin('ok N12 P15 B3'), { kind: 'ok' });
    assert.deepEqual(parseMarlin('echo:busy: processing'), { kind: 'busy' });
    assert.deepEqual(parseMarlin('Resend: 12'), { kind: 'resend', number: 12 });
    assert.deepEqual(parseMarlin('start'), { kind: 'banner', firmware: 'Marlin', version: '' });
    assert.deepEqual(parseMarlin('FIRMWARE_NAME:Marlin 2.1.2 (x)'), {
      kind: 'identity',
      firmware: 'Marlin',
      version: '2.1.2',
    });
    assert.equal(parseMarlin('echo:Unknown command: "G53"').kind, 'refused');
    assert.equal(parseMarlin('Error:checksum mismatch, Last Line: 4').kind, 'message');
    assert.deepEqual(parseMarlin('Error:Printer halted. kill() called!'), {
      kind: 'fault',
      text: 'Printer halted. kill() called!',
    });
    const at = parseMarlin('X:-10.00 Y:2.50 Z:0.00 E:0.00 Count X:-800 Y:200 Z:0');
    assert.deepEqual(at.kind === 'status' && at.mpos, { x: -10, y: 2.5, z: 0 });
    for (const line of ['okay', 'ok!', 'Resend: x', 'X:1 Y:nan Z:0', 'started'])
      assert.equal(parseMarlin(line).kind, 'unknown', line);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (line) => {
        assert.equal(typeof parseMarlin(line).kind, 'string');
      }),
    );
  });

  it('numbers lines with a checksum that no changed character leaves right', () => {
    assert.equal(numbered(3, 'T0'), 'N3 T0*57');
    const sum = (text: string) => [...text].reduce((all, char) => all ^ char.charCodeAt(0), 0);
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(), fc.integer({ min: 1, max: 127 }), (number, at, flip) => {
        const line = numbered(number, 'G0 X-160.000 Y-060.000 F6000');
        const star = line.lastIndexOf('*');
        const text = line.slice(0, star);
        const place = at % text.length;
        const changed =
          text.slice(0, place) + String.fromCharCode(text.charCodeAt(place) ^ flip) + text.slice(place + 1);
        assert.equal(Number(line.slice(star + 1)), sum(text));
        assert.notEqual(Number(line.slice(star + 1)), sum(changed));
      }),
    );
  });

  it('gives every rapid move its feed, and dwells in milliseconds', () => {
    assert.equal(marlinRapid({ x: -160, z: 1.5 }, 6000), 'G0 X-160.000 Z+001.500 F6000');
    assert.equal(marlinDwell(80), 'G4 P80');
  });
});

describe('grbl: dialects', () => {
  const of = (...lines: string[]) => detectDialect(lines.map(parseResponse));

  it('go by what a controller says of itself, more than by its greeting', () => {
    assert.equal(of("Grbl 1.1h ['$' for help]", '[VER:1.1h.20190830:]', '[OPT:V,15,128]'), 'grbl');
    assert.equal(of("GrblHAL 1.1f ['$' or '$HELP' for help]"), 'grblhal');
    assert.equal(of("Grbl 1.1f ['$' for help]", '[VER:1.1f.20240101:]', '[FIRMWARE:grblHAL]'), 'grblhal');
    assert.equal(of("Grbl 3.7 [FluidNC v3.7.8 (wifi) '$' for help]"), 'fluidnc');
    assert.equal(of("Grbl 1.1 [My Shop '$' for help]", '[VER:3.7 FluidNC v3.7.8:]'), 'fluidnc');
    assert.equal(of('[VER:1.1h.20190830:]'), 'grbl', 'also without a greeting');
    assert.equal(of('hello', 'ok'), undefined);
    assert.equal(detectDialect([parseMarlin('start')]), 'marlin');
  });

  it('read how much it can receive', () => {
    assert.equal(receiveBufferOf([parseResponse('[OPT:V,15,128]')]), 128);
    assert.equal(receiveBufferOf([parseResponse('[OPT:VNMGL,100,1024,3,0]')]), 1024);
    assert.equal(receiveBufferOf([parseResponse('[OPT:PHSW]')]), undefined);
  });
});
