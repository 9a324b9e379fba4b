import assert from 'node:assert/strict';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { answerTo, automaticStatus } from './status.ts';

const identity = { maker: 'EPSON', model: 'TM-T88V', firmware: '1.00', charset: 'gb18030' };

/** Everything that is answered to a piece of printer language, as hex. */
const answers = (hex: string, busy = false) =>
  decodeEscPos(Buffer.from(hex.replace(/\s/g, ''), 'hex'), { charset: 'gb18030', width: 384 }).requests.map(
    (request) => Buffer.from(answerTo(request, identity, busy) ?? []).toString('hex'),
  );

describe('printer: status answers', () => {
  it('answers real-time status: all clear', () => {
    assert.deepEqual(answers('100401 100402 100403 100404'), ['12', '12', '12', '12']);
  });
  it('is off line while it holds the sender back, with its paper in', () => {
    assert.deepEqual(answers('100401 100404', true), ['1a', '12']);
  });
  it('says nothing about ink and cheques, which it does not have', () => {
    assert.deepEqual(answers('10040701 10040803 100505'), ['', '', '']);
  });
  it('answers paper and drawer status', () => {
    assert.deepEqual(answers('1d7201 1d7231 1d7202 1d7204 1b76 1b7500'), ['00', '00', '00', '', '00', '00']);
  });
  it('answers automatic status back with four bytes when it is switched on', () => {
    assert.deepEqual(answers('1d61ff 1d6100'), ['1000000f', '']);
    assert.equal(Buffer.from(automaticStatus(true)).toString('hex'), '1800000f');
  });
  it('says what it is', () => {
    const text = (value: string) => `5f${Buffer.from(value).toString('hex')}00`;
    assert.deepEqual(answers('1d4901 1d4902 1d4903 1d4941 1d4942 1d4943 1d4945'), [
      '20', '03', '01', text('1.00'), text('EPSON'), text('TM-T88V'), text('CHINA GB18030'),
    ]); // biome-ignore format: a table
  });
  it('sends a process id back', () => {
    assert.deepEqual(answers('1d28480600 30 30 31323334'), ['37223132333400']);
  });
  it('uses no byte that flow control uses', () => {
    const all = answers('100401 100402 100403 100404 1d7201 1d61ff 1d4901 1d4902 1d4903', true).join('');
    assert.doesNotMatch(all.replace(/(..)/g, '$1 '), /\b(11|13)\b/);
  });
});
