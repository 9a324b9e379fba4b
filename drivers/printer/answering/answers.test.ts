import assert from 'node:assert/strict';
import { decodeEscPos } from '../../codec/escpos/decoder.ts';
import { answerTo } from './answers.ts';
import { automaticStatus, type PrinterFault } from './condition.ts';

const identity = { maker: 'EPSON', model: 'TM-T88V', firmware: '1.00', charset: 'gb18030' };

/** Everything that is answered to a piece of printer language, as hex. */
const answers = (hex: string, ...faults: PrinterFault[]) =>
  decodeEscPos(Buffer.from(hex.replace(/\s/g, ''), 'hex'), { charset: 'gb18030', width: 384 }).requests.map(
    (request) => Buffer.from(answerTo(request, identity, new Set(faults)) ?? []).toString('hex'),
  );

describe('printer: status answers', () => {
  it('answers real-time status: all clear, also for stations that it does not have', () => {
    assert.deepEqual(
      answers('100401 100402 100403 100404 100405 100406 10040701 10040803 10041201'),
      Array<string>(9).fill('12'),
    );
    assert.deepEqual(answers('100501'), ['']);
  });
  it('says in every status what is wrong', () => {
    const asked = '100401 100402 100403 100404 1d7201 1b76 1d61ff';
    assert.deepEqual(answers(asked, 'near-end'), ['12', '12', '12', '1e', '03', '03', '1000030f']);
    assert.deepEqual(answers(asked, 'paper-out'), ['1a', '32', '12', '7e', '0f', '0f', '18000f0f']);
    assert.deepEqual(answers(asked, 'cover-open'), ['1a', '16', '12', '12', '00', '00', '3800000f']);
    assert.deepEqual(answers(asked, 'overheated'), ['1a', '52', '52', '12', '00', '00', '1840000f']);
    assert.deepEqual(answers(asked, 'cutter'), ['3a', '52', '1a', '12', '00', '00', '1808000f']);
    assert.deepEqual(answers(asked, 'hard-error'), ['1a', '52', '32', '12', '00', '00', '1820000f']);
    assert.deepEqual(answers(asked, 'offline'), ['1a', '12', '12', '12', '00', '00', '1800000f']);
    for (const quiet of ['busy', 'slow'] as const) assert.deepEqual(answers(asked, quiet), answers(asked));
    assert.deepEqual(answers('10140701', 'cover-open'), ['3800000f']);
  });
  it('answers paper and drawer status', () => {
    assert.deepEqual(answers('1d7201 1d7231 1d7202 1d7204 1b76 1b7500'), [
      '00',
      '00',
      '00',
      '00',
      '00',
      '00',
    ]);
  });
  it('answers automatic status back with four bytes when it is switched on', () => {
    assert.deepEqual(answers('1d61ff 1d6100'), ['1000000f', '']);
    assert.equal(Buffer.from(automaticStatus(new Set(['offline']))).toString('hex'), '1800000f');
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
    const all = answers('100401 100402 100403 100404 1d7201 1d61ff 1d4901 1d4902 1d4903', 'offline').join('');
    assert.doesNotMatch(all.replace(/(..)/g, '$1 '), /\b(11|13)\b/);
  });
});
