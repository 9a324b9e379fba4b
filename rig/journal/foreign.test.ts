import assert from 'node:assert/strict';
import fc from 'fast-check';
import { luhnValid, maskPan } from '../model/card.ts';
import { foreignIn, looksIssued, unfinishedIn, withoutForeign } from './foreign.ts';
import { Masker } from './masker.ts';
import { compileForStreams, StreamMasker } from './stream-masker.ts';

/** Numbers that payment schemes publish for tests, none of them in any card file here. */
const VISA = '4012888888881881';
const UNIONPAY = '6212345678900000003';
const NUMBERS = [
  VISA,
  '4716935168358',
  '5425233430109903',
  '2223000048400011',
  '378282246310005',
  '30569309025904',
  '3530111333300000',
  UNIONPAY,
  '6011111111111117',
];
const latin = (text: string) => Buffer.from(text, 'latin1').toString('hex');
const padded = (digits: string, end: 'f' | '0' | '') =>
  digits.length % 2 === 0 ? digits : end === '' ? `0${digits}` : `${digits}${end}`;

/** How the number of a card crosses a wire. */
const FORMS: Readonly<Record<string, (pan: string) => string>> = {
  'text alone': (pan) => latin(`PAN: ${pan}\r\n`),
  'text in fours': (pan) => latin(`CARD ${pan.replace(/(\d{4})(?=\d)/g, '$1 ')}\n`),
  'text with hyphens': (pan) => latin(`"${pan.replace(/(\d{4})(?=\d)/g, '$1-')}"`),
  'text behind its length': (pan) => latin(`0200B22000${pan.length}${pan}000000000000012850112216`),
  'text, track 2': (pan) => latin(`;${pan}=30122011234567890?`),
  'BCD behind its length': (pan) =>
    `60000300000200702406${String(pan.length)}${padded(pan, '0')}00000000001285`,
  'BCD behind its length, filled in front': (pan) => `0200${String(pan.length)}${padded(pan, '')}000000`,
  'tag 5A': (pan) =>
    `9f2608a1b2c3d4e5f601025a0${(padded(pan, 'f').length / 2).toString(16)}${padded(pan, 'f')}5f2403301231`,
  'track 2, BCD': (pan) => `37${padded(`${pan}d30122011234567890`, 'f')}9f`,
};

const stream = (pieces: readonly string[]) => {
  const masker = new StreamMasker(compileForStreams([]));
  return pieces.map((piece) => masker.push(piece)).join('') + masker.flush();
};
/** Digits that can be read in masked hex: those that are text, and the half bytes. */
const readable = (masked: string) => [
  masked.replace(/(..)/g, (pair) =>
    /^3\d$/.test(pair) ? (pair[1] ?? '') : pair === '20' || pair === '2d' ? '' : '.',
  ),
  masked,
];

describe('masking of cards that nobody named', () => {
  for (const [name, form] of Object.entries(FORMS)) {
    it(`${name}: no more than the first six and the last four digits, wherever the chunks are cut`, () => {
      for (const pan of NUMBERS) {
        assert.ok(looksIssued(pan), pan);
        const hex = form(pan);
        for (let at = 0; at <= hex.length; at += 2) {
          const masked = stream([hex.slice(0, at), hex.slice(at)]);
          assert.equal(masked.length, hex.length);
          for (const text of readable(masked))
            assert.ok(!text.includes(pan.slice(6, -4)), `${pan} cut at ${at}: ${masked}`);
          assert.equal(masked.replaceAll('*', ''), [...hex].filter((_, i) => masked[i] !== '*').join(''));
        }
        assert.ok(
          !readable(stream(hex.match(/../g) ?? [])).some((text) => text.includes(pan.slice(6, -4))),
          'byte by byte',
        );
      }
    });
  }

  it('hides what stands behind the separator of a track', () => {
    assert.doesNotMatch(stream([FORMS['track 2, BCD']?.(VISA) ?? '']), /301220/);
    assert.doesNotMatch(stream([FORMS['text, track 2']?.(VISA) ?? '']), new RegExp(latin('301220')));
  });

  it('leaves numbers of other kinds alone: amounts, references, times, hashes, numbers without check digit', () => {
    const others = [
      '4012888888881882',
      '0000000000012850',
      '202611221655123',
      '898440158120001',
      '1763828512345',
      '5555555555555555',
    ];
    for (const digits of others) {
      assert.equal(withoutForeign(`x ${digits} y`), `x ${digits} y`);
      assert.equal(stream([latin(`x ${digits} y`)]), latin(`x ${digits} y`));
    }
    assert.equal(withoutForeign(`a${VISA}`), `a${VISA}`, 'part of a hash or an id');
    const frame = '6000030000603100310000020070240280c00981100000000000128500012803010208';
    assert.equal(stream([frame]), frame);
  });

  it('texts, lists and artefacts too', () => {
    const masker = new Masker([]);
    assert.equal(
      withoutForeign(`card ${VISA}, then 4012 8888 8888 1881!`),
      `card ${maskPan(VISA)}, then 4012 88** **** 1881!`,
    );
    assert.deepEqual(masker.event({ type: 'screen', seq: 1, lit: true, lines: ['CARD', VISA] }), {
      type: 'screen',
      seq: 1,
      lit: true,
      lines: ['CARD', maskPan(VISA)],
    });
    assert.equal(masker.artefact('text/plain', VISA), maskPan(VISA));
  });

  it('random bytes: as many as came, few of them hidden, and little is held back', () => {
    let [hidden, all] = [0, 0];
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (chunks) => {
        const hex = chunks.map((chunk) => Buffer.from(chunk).toString('hex'));
        const masked = stream(hex);
        assert.equal(masked.length, hex.join('').length);
        hidden += masked.split('*').length - 1;
        all += masked.length;
        const held = unfinishedIn(Buffer.from(hex.join(''), 'hex'));
        assert.ok(held === undefined || hex.join('').length - held <= 60);
      }),
    );
    assert.ok(hidden <= all / 1000, `${hidden} of ${all}`);
  });

  it('whatever is a number of a scheme is found behind its length', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^4\d{14}$/), (start) => {
        const pan = [...'0123456789'].map((digit) => start + digit).find(luhnValid) ?? '';
        fc.pre(looksIssued(pan));
        assert.deepEqual(foreignIn(Buffer.from(`16${pan}`, 'hex')), [{ from: 8, to: 14 }]);
      }),
    );
  });
});
