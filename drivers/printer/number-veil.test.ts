import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NumberVeil, withoutNumbers } from './number-veil.ts';
import { shippedCards, shownBytes } from './shown.ts';

const PAN = '6299990000000000012';
const cards = shippedCards();

/** What is given for these chunks, in the end. */
function veiled(...chunks: readonly string[]): string {
  const veil = new NumberVeil(cards);
  const given = chunks.map((chunk) => veil.push(Buffer.from(chunk, 'latin1')));
  return Buffer.concat([...given, veil.flush()]).toString('latin1');
}
const digitsOf = (text: string) => text.replace(/[^0-9*]/g, '');

describe('printer: raw capture without card numbers in pieces', () => {
  const masked = '629999*********0012';
  for (const [how, job, shown] of [
    ['in one', `A ${PAN} Z`, masked],
    ['between commands', [...PAN].map((digit) => `\x1bE1${digit}\x1bE0`).join(''), undefined],
    ['one a line, beside other text', [...PAN].map((digit) => `x${digit}\n`).join(''), masked],
    ['from the other end', `${[...PAN].reverse().join('')}\n`, '2100*********999926'],
    ['over lines with words between', `NO ${PAN.slice(0, 8)}\nand\n${PAN.slice(8)}\n`, masked],
  ] as const) {
    it(`hides a number ${how}`, () => {
      const given = veiled(job);
      assert.equal(given.length, job.length);
      assert.ok(given.includes('*'));
      if (shown !== undefined) assert.equal(digitsOf(given), shown);
      assert.equal(veiled(...job), given, 'byte by byte');
    });
  }

  it('lets everything else pass at once', () => {
    const veil = new NumberVeil(cards);
    for (const text of [
      'CARD 629999*********0012\n',
      'AMOUNT 128.50\n',
      '\x1bE1',
      '629999 1 2 3 4\n',
      '\x1dv0\0\x01\0',
    ])
      assert.equal(Buffer.from(veil.push(Buffer.from(text, 'latin1'))).toString('latin1'), text);
  });

  it('holds back no more than a number that has begun, and hides it when it does not go on', () => {
    const veil = new NumberVeil(cards);
    assert.equal(Buffer.from(veil.push(Buffer.from(PAN.slice(0, 12)))).toString(), PAN.slice(0, 6));
    assert.equal(Buffer.from(veil.flush()).toString(), '******');
    assert.equal(Buffer.from(veil.push(Buffer.from('1'))).toString(), '1');
  });

  it('writes down every byte, and what is held before a line is closed', () => {
    const seen: string[] = [];
    const tee = withoutNumbers(
      {
        bytes: (dir, chunk) => void seen.push(`${dir} ${Buffer.from(chunk).toString('latin1')}`),
        withheld: () => {},
        unseen: () => {},
        link: (state) => void seen.push(state),
        receiptOver: () => void seen.push('over'),
      },
      cards,
    );
    tee.bytes('in', Buffer.from(PAN.slice(0, 10)));
    tee.bytes('out', Buffer.from('x'));
    tee.receiptOver();
    tee.bytes('in', Buffer.from(PAN.slice(0, 9)));
    tee.link('closed');
    assert.deepEqual(seen, ['in 629999', 'out x', 'in ****', 'over', 'in 629999', 'in ***', 'closed']);
  });

  it('gives as many bytes in any split, and nothing in full', () => {
    const piece = fc.oneof(
      fc.constantFrom(PAN, PAN.slice(0, 9), PAN.slice(9), '\x1bE1', '\n', 'x', '\x1b!', '\x1d'),
      fc.string({ maxLength: 5 }).map((text) => Buffer.from(text, 'latin1').toString('latin1')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
        const job = parts.join('');
        const given = veiled(...parts);
        assert.equal(given.length, job.length);
        assert.equal(veiled(job).length, job.length);
        // A digit that a command takes for its own leaves the number whole in the bytes.
        const kept = shownBytes(cards).bytes(Buffer.from(given, 'latin1'));
        assert.ok(!Buffer.from(kept).includes(PAN));
      }),
      { numRuns: 200 },
    );
  });
});
