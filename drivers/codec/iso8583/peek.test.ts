import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { packaged } from '../../../rig/model/package-root.ts';
import { loadDialect } from '../../host/dialect.ts';
import {
  announcedSize,
  classify,
  Deframer,
  decodeMessage,
  encodeMessage,
  kindsOfMti,
  peekMti,
} from './index.ts';
import { contrary, ebcdic, numbers } from './testing/contrary.ts';
import { legalMessage, Random } from './testing/legal.ts';

const DIALECTS = [
  ...readdirSync(packaged('drivers/host/dialects'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => loadDialect(name.replace('.yaml', ''))),
  contrary,
  ebcdic,
  numbers,
];

describe('peeking at a frame', () => {
  for (const dialect of DIALECTS) {
    it(`${dialect.id}: says of the head what decoding says of the whole`, () => {
      const random = new Random(7);
      for (let i = 0; i < 40; i++) {
        const rule = dialect.messages[i % dialect.messages.length];
        assert.ok(rule);
        const mti = i % 2 === 0 ? rule.request : rule.response;
        const frame = encodeMessage(dialect, { ...legalMessage(dialect, random), mti });
        const decoded = decodeMessage(dialect, frame);
        assert.equal(peekMti(dialect, frame), decoded.mti);
        assert.ok(kindsOfMti(dialect, mti).has(classify(dialect, decoded).kind));
        const size = dialect.frame.length ? frame.length : undefined;
        assert.equal(announcedSize(dialect, frame, 0), size);
        assert.equal(announcedSize(dialect, Buffer.concat([Buffer.from('ab'), frame]), 2), size);
      }
    });
  }

  it('knows nothing of a head that is not there yet, and of digits that are none', () => {
    const dialect = loadDialect('unionpay-pos');
    const frame = encodeMessage(dialect, {
      mti: '0200',
      tpdu: '6000030000',
      header: '602200000000',
      fields: { '11': '000001' },
    });
    for (let n = 0; n < 15; n++) assert.equal(peekMti(dialect, frame.subarray(0, n)), undefined);
    assert.equal(peekMti(dialect, frame.subarray(0, 15)), '0200');
    assert.equal(peekMti(dialect, Uint8Array.from(frame).fill(0xff, 13, 15)), undefined);
    assert.equal(announcedSize(dialect, frame.subarray(0, 1), 0), undefined);
    assert.equal(announcedSize(dialect, Uint8Array.of(0xff, 0xff, 0), 0), undefined);
  });

  it('keeps the offset in the stream right for frames that were recognised without the deframer', () => {
    const deframer = new Deframer(loadDialect('unionpay-pos'));
    deframer.skip(200);
    deframer.push(Uint8Array.of(0xff, 0xff));
    assert.match(deframer.damage?.message ?? '', /offset 200:/);
  });
});
