import assert from 'node:assert/strict';
import fc from 'fast-check';
import { numatoAllOff, numatoAnswer, numatoName, numatoOutput, numatoRead, numatoSwitch } from './numato.ts';
import { featureAllOff, featureState, featureSwitch, readSummed, summedSwitch } from './reports.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('relay boards', () => {
  it('Numato: outputs above the tenth are letters', () => {
    assert.equal(numatoSwitch(1, true), 'relay on 0');
    assert.equal(numatoSwitch(11, false), 'relay off A');
    assert.equal(numatoRead(32), 'relay read V');
    assert.equal(numatoAllOff(8), 'relay writeall 00');
    assert.equal(numatoAllOff(16), 'relay writeall 0000');
    assert.throws(() => numatoName(33), RangeError);
    for (let output = 1; output <= 32; output++) assert.equal(numatoOutput(numatoName(output)), output);
    assert.equal(numatoOutput('W'), undefined);
  });

  it('Numato: the answer stands behind the echo of the very command', () => {
    assert.equal(numatoAnswer('relay read 0', 'relay read 0\n\ron\n\r'), 'on');
    assert.equal(numatoAnswer('relay on 0', '\n\rrelay on 0\n\r'), '');
    assert.equal(numatoAnswer('relay read 0', 'relay read 1\n\ron\n\r'), undefined);
    fc.assert(fc.property(fc.string(), (said) => void numatoAnswer('ver', said)));
  });

  it('reports as they stand in the makers’ examples', () => {
    assert.equal(hex(featureSwitch(1, true)), 'ff01000000000000');
    assert.equal(hex(featureSwitch(8, false)), 'fd08000000000000');
    assert.equal(hex(featureAllOff()), 'fc00000000000000');
    assert.equal(hex(summedSwitch(1, true)), 'a00101a2');
    assert.equal(hex(summedSwitch(1, false)), 'a00100a1');
    assert.equal(hex(summedSwitch(2, true)), 'a00201a3');
    assert.equal(featureState(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0b10), 2), true);
    assert.equal(featureState(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0b10), 1), false);
    assert.equal(featureState(Uint8Array.of(1, 2), 1), undefined);
  });

  it('reads back what it wrote, and nothing that is damaged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.boolean(), (output, on) => {
        assert.deepEqual(readSummed(summedSwitch(output, on)), { output, on });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        const found = readSummed(bytes);
        if (found) assert.equal(hex(summedSwitch(found.output, found.on)), hex(bytes));
      }),
    );
  });
});
