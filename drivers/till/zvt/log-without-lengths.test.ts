import assert from 'node:assert/strict';
import { apdusWithoutLengths } from './log-without-lengths.ts';

describe('a log that tells control fields apart', () => {
  it('gives every APDU its length, and an answer that was logged with it no other', () => {
    const log = [
      '2024/02/01 10:00:01 ECR => PT [06 01] (  7) APDU: 04 00 00 00 00 12 00',
      '2024/02/01 10:00:01 PT => ECR [80 00] (  0)',
      '2024/02/01 10:00:02 PT => ECR [04 FF] APDU: 0E',
      '2024/02/01 10:00:02 ECR => PT [80 00] APDU: 00',
      '2024/02/01 10:00:03 PT => ECR [84 9C 00]',
      'the till [till 7] says nothing',
    ].join('\n');
    assert.deepEqual(
      apdusWithoutLengths(log).map(({ line, bytes }) => [line, Buffer.from(bytes).toString('hex')]),
      [
        [1, '06010704000000001200'],
        [2, '800000'],
        [3, '04ff010e'],
        [4, '800000'],
        [5, '849c00'],
      ],
    );
    const long = apdusWithoutLengths(`[06 D3] APDU: ${'20 '.repeat(300).trim()}`);
    assert.equal(Buffer.from(long[0]?.bytes.subarray(0, 5) ?? []).toString('hex'), '06d3ff2c01');
  });
});
