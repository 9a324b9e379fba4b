import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { CardFile, maskPan, type TestCard, track2Of } from '../model/card.ts';
import type { EventBody } from '../model/event.ts';
import { packaged } from '../model/package-root.ts';
import { Masker } from './masker.ts';
import { compileForStreams, maskBytes, StreamMasker } from './stream-masker.ts';
import { TextMasker } from './text-masker.ts';

const shipped = CardFile.parse(parse(readFileSync(packaged('scenarios/cards.yaml'), 'utf8'))).cards;
const [first] = shipped;
assert.ok(first);
/** Lengths at both ends, and a card whose digits leave no room for luck with the shipped ones. */
const cards: readonly TestCard[] = [
  ...shipped,
  { ...first, id: 'short', pan: '629999000004', pin: '8642' },
  { ...first, id: 'sixteen', pan: '6251640812345678', pin: '97531086' },
  { ...first, id: 'nineteen', pan: '6274031985267409318', pin: '70462' },
];
const anyCard = fc.constantFrom(...cards);
const text = new TextMasker(cards);
const streams = compileForStreams(cards);

const latin = (value: string) => Buffer.from(value, 'latin1');
const bcd = (digits: string) => Buffer.from(digits.length % 2 === 0 ? digits : `${digits}f`, 'hex');
const shifted = (digits: string) =>
  Buffer.from((digits.length % 2 === 1 ? `0${digits}` : `0${digits}f`).replaceAll('=', 'd'), 'hex');
const interleave = (value: string, between: string) => [...value].join(between);
const fullwidth = (digits: string) => digits.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)));

/** Every way in which a number may be written in a text. */
const TEXT_FORMS: Readonly<Record<string, (card: TestCard) => string>> = {
  plain: ({ pan }) => pan,
  'in fours': ({ pan }) => pan.replace(/(\d{4})(?=\d)/g, '$1 '),
  hyphens: ({ pan }) => interleave(pan, '-'),
  wrapped: ({ pan }) => `${pan.slice(0, 9)}\r\n  ${pan.slice(9)}`,
  'full width': ({ pan }) => fullwidth(pan),
  'hex of ASCII': ({ pan }) => latin(pan).toString('hex'),
  'hex dump of ASCII': ({ pan }) =>
    interleave(pan, '\0')
      .replace(/\d/g, (d) => `3${d}`)
      .replaceAll('\0', ' '),
  'track 2': (card) => track2Of(card),
  'track 2 as tag 57': (card) => track2Of(card).replace('=', 'D'),
  'track 2, hex of ASCII': (card) => latin(track2Of(card)).toString('hex').toUpperCase(),
  'track 1': ({ pan, expiry }) => `%B${pan}^CARD/TEST^${expiry}2201234567890?`,
};

/** Every way in which a number may cross a wire. */
const BYTE_FORMS: Readonly<Record<string, (card: TestCard) => Buffer>> = {
  ...Object.fromEntries(
    Object.entries(TEXT_FORMS).map(([name, form]) => [name, (card: TestCard) => latin(form(card))]),
  ),
  'full width': ({ pan }) => Buffer.from(fullwidth(pan), 'utf8'),
  'full width, GBK': ({ pan }) => Buffer.from([...pan].flatMap((d) => [0xa3, 0xb0 + Number(d)])),
  EBCDIC: ({ pan }) => Buffer.from([...pan].map((d) => 0xf0 + Number(d))),
  'UTF-16': ({ pan }) => Buffer.from(pan, 'utf16le'),
  BCD: ({ pan }) => bcd(pan),
  'BCD, shifted by a nibble': ({ pan }) => shifted(pan),
  'track 2, BCD, encrypted': (card) => bcd(encrypted(card)),
  'track 2, BCD': (card) => bcd(track2Of(card).replace('=', 'd')),
  'track 2, BCD, shifted': (card) => shifted(track2Of(card)),
  'base64 of ASCII': ({ pan }) => latin(latin(pan).toString('base64')),
  'base64 of BCD': ({ pan }) => latin(bcd(pan).toString('base64')),
};

/** A track 2 as UnionPay terminals encrypt it: eight bytes that end one before the end of the packed track. */
function encrypted(card: TestCard): string {
  const track = track2Of(card).replace('=', 'd');
  const end = Math.ceil(track.length / 2) * 2 - 2;
  return `${track.slice(0, end - 16)}0297313f07f8ac98${track.slice(end)}`;
}

/** The digits that may not be seen. */
const middle = ({ pan }: TestCard) => pan.slice(pan.length > 12 ? 6 : 0, -4);

/** Fails when four neighbouring middle digits of the card can still be read in these texts. */
const assertGone = (card: TestCard, ...seen: readonly string[]): void => assertGoneBut('', card, ...seen);

/** The same, but for digits that `around` holds anyway. */
function assertGoneBut(around: string, card: TestCard, ...seen: readonly string[]): void {
  // Only windows that the visible ends of any card do not hold themselves.
  const ends = `${cards.map(({ pan }) => `${pan.slice(0, 6)} ${pan.slice(-4)}`).join(' ')} ${around}`;
  const secret = middle(card);
  for (const shown of seen) {
    assert.ok(!shown.includes(card.pan), `${card.id} in ${shown}`);
    for (let i = 0; i + 5 <= secret.length; i++) {
      const window = secret.slice(i, i + 5);
      // Long runs of one digit say nothing.
      if (new Set(window).size >= 3 && !ends.includes(window))
        assert.ok(!shown.includes(window), `${window} of ${card.id} in ${shown}`);
    }
  }
}

/** Everything that bytes can be taken for. */
function readings(bytes: Buffer): readonly string[] {
  const ascii = bytes.toString('latin1');
  return [
    bytes.toString('hex'),
    ascii,
    ascii.replace(/[^0-9\xcc]/g, ''),
    ascii.replace(/3(\d)/g, '$1'),
    [...bytes].map((byte) => ((byte & 0xf) < 10 ? String(byte & 0xf) : 'x')).join(''),
    Buffer.from(ascii.replace(/[^\w+/]/g, ''), 'base64').toString('latin1'),
  ];
}

/** A stream in given pieces; what came out, as hex with `*`. */
function stream(pieces: readonly Uint8Array[]): string {
  const masker = new StreamMasker(streams);
  return pieces.map((piece) => masker.push(Buffer.from(piece).toString('hex'))).join('') + masker.flush();
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i] ?? 0, end));
}

describe('masking of texts', () => {
  for (const [name, form] of Object.entries(TEXT_FORMS)) {
    it(`hides every card written as ${name}, wherever it stands`, () => {
      fc.assert(
        fc.property(
          anyCard,
          fc.string({ maxLength: 20 }),
          fc.string({ maxLength: 20 }),
          (card, before, after) => {
            const clear = form(card);
            const shown = text.mask(`${before}|${clear}|${after}`);
            assert.equal(shown.length, before.length + clear.length + after.length + 2);
            const digits = shown
              .replace(/[０-９]/g, (d) => String(d.charCodeAt(0) - 0xff10))
              .replace(/[^0-9*]/g, '');
            assertGone(card, shown, digits, digits.replace(/3(\d)/g, '$1'));
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  it('shows the first six and the last four digits, and the separators', () => {
    for (const card of cards) assert.equal(text.mask(`PAN ${card.pan}.`), `PAN ${maskPan(card.pan)}.`);
    assert.equal(text.mask('6251 6408 1234 5678'), '6251 64** **** 5678');
  });

  it('hides expiry and service code behind a track 2 separator, but not what is no track', () => {
    assert.equal(text.mask('6251640812345678=30122200000 ok 2612'), '625164******5678=*********** ok 2612');
    assert.equal(text.mask('6251640812345678 3012'), '625164******5678 3012');
  });

  it('hides base64 at every alignment', () => {
    for (const card of cards) {
      for (const clear of [latin(card.pan), latin(track2Of(card)), bcd(card.pan), shifted(card.pan)]) {
        for (let padding = 0; padding < 6; padding++) {
          const encoded = Buffer.concat([Buffer.alloc(padding, 7), clear, Buffer.from('end')]).toString(
            'base64',
          );
          const shown = text.mask(encoded);
          assert.equal(shown.length, encoded.length);
          // Whoever decodes it with anything in place of the stars must not find the number.
          const decoded = Buffer.from(shown.replaceAll('*', '/'), 'base64');
          assertGone(card, decoded.toString('latin1'), decoded.toString('hex'));
        }
      }
    }
  });

  it('hides a PIN that stands alone and leaves numbers that hold its digits', () => {
    assert.equal(text.mask('entered 123456!'), 'entered ******!');
    for (const other of ['000000123456', '1123456', '123456abc', '12:34:56'])
      assert.equal(text.mask(other), other);
  });

  it('hides a short PIN only behind the word', () => {
    assert.equal(text.mask('PIN: 8642'), 'PIN: ****');
    assert.equal(text.mask('密码 8642'), '密码 ****');
    assert.equal(text.mask('trace 8642'), 'trace 8642');
  });

  it('hides clear PIN blocks of ISO 9564-1 formats 0 and 2', () => {
    // Format 0 by hand: 06123456FFFFFFFF xor 0000 + the 12 digits before the check digit (990000000000001 → 000000000001).
    assert.equal(text.mask('06123456fffffffe'), '06**************');
    assert.equal(text.mask('26123456FFFFFFFF'), '26**************');
  });

  it('hides a number that broke off after more digits than may be shown', () => {
    assert.equal(text.mask('CARD 625164081234'), 'CARD 625164******');
    assert.equal(text.mask('CARD 6251640812'), 'CARD 6251640812');
    assert.equal(text.mask('6251640812345 total'), '625164******* total');
  });

  it('hides a number whose digits stand in elements of their own', () => {
    const svg = `<text>${[...'6251640812345678'].map((d) => `<tspan x="12">${d}</tspan>`).join('')}</text>`;
    assert.equal(text.maskMarkup(svg).replace(/<[^>]*>/g, ''), '625164******5678');
  });

  it('returns the very same text when no card is in it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.base64String(), fc.stringMatching(/^[0-9 ]{0,40}$/)),
        (any) => {
          assert.equal(text.mask(any), any);
        },
      ),
    );
  });
});

describe('masking of byte streams', () => {
  for (const [name, form] of Object.entries(BYTE_FORMS)) {
    it(`hides every card sent as ${name}, however the bytes are split`, () => {
      fc.assert(
        fc.property(
          anyCard,
          fc.uint8Array({ maxLength: 12 }),
          fc.uint8Array({ maxLength: 12 }),
          fc.array(fc.nat(120), { maxLength: 12 }),
          (card, before, after, cuts) => {
            // The blanks keep random bytes from completing a number that is none.
            const blanks = Buffer.from('     ');
            const sent = form(card);
            const bytes = Buffer.concat([before, blanks, sent, blanks, after]);
            const without = Buffer.concat([before, blanks, Buffer.alloc(sent.length, 0xcc), blanks, after]);
            const shown = stream(cutAt(bytes, cuts));
            assert.equal(shown.length, bytes.length * 2, 'no byte is lost or added');
            [...bytes.toString('hex')].forEach((nibble, i) => {
              assert.ok(shown[i] === nibble || shown[i] === '*', 'only stars differ');
            });
            // Stars as something that neither completes nor hides a number.
            const read = Buffer.from(shown.replaceAll('*', 'c'), 'hex');
            assertGoneBut(readings(without).join(' '), card, shown, ...readings(read));
          },
        ),
        { numRuns: 150 },
      );
    });
  }

  it('splits at any place give the same', () => {
    const bytes = Buffer.concat([shifted(track2Of(first)), latin(`;${track2Of(first)}?`), bcd('00112233')]);
    const whole = stream([bytes]);
    assert.ok(whole.includes('*'));
    for (let at = 0; at <= bytes.length; at++)
      assert.equal(stream([bytes.subarray(0, at), bytes.subarray(at)]), whole);
    assert.equal(stream([...bytes].map((byte) => Uint8Array.of(byte))), whole);
  });

  it('gives everything at once that cannot become a number', () => {
    const masker = new StreamMasker(streams);
    assert.equal(masker.push('0262516408'), '02625164', 'holds back no more than the digits beyond six');
    assert.equal(masker.push('0000'), '080000', 'and gives them when they were none');
  });

  it('masks what was held when the stream ends within a number', () => {
    assert.equal(stream([latin('6251640812345')]), `${latin('625164').toString('hex')}${'*'.repeat(14)}`);
    assert.equal(stream([latin('62516408')]), latin('62516408').toString('hex'));
  });

  it('holds back a bounded number of bytes, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('62', '51', '64', '08', '20', '36', '32', '99', '00'), { maxLength: 400 }),
        (pairs) => {
          const masker = new StreamMasker(streams);
          let given = 0;
          pairs.forEach((pair, i) => {
            given += masker.push(pair).length / 2;
            assert.ok(i + 1 - given <= 320);
          });
        },
      ),
    );
  });

  it('leaves bytes without cards as they are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => stream([bytes]) === Buffer.from(bytes).toString('hex'),
      ),
    );
  });

  it('masks complete contents as bytes of the same number', () => {
    assert.equal(
      Buffer.from(maskBytes(streams, latin('6251640812345678'))).toString('latin1'),
      '625164******5678',
    );
    assert.equal(
      Buffer.from(maskBytes(streams, bcd('6251640812345678'))).toString('hex'),
      '6251642a2a2a5678',
    );
  });
});

describe('masking of events', () => {
  const note = (value: string): EventBody => ({ type: 'note', level: 'info', text: value });

  it('masks texts, lists of lines and keys at any depth', () => {
    const masker = new Masker(cards);
    const shown = masker.event({
      type: 'screen',
      seq: 1,
      lit: true,
      lines: ['CARD 62516408', '12345678'],
      state: '6251640812345678',
    });
    assert.deepEqual(shown, {
      type: 'screen',
      seq: 1,
      lit: true,
      lines: ['CARD 625164**', '****5678'],
      state: '625164******5678',
    });
    const ledger = { type: 'link', plane: 'card', stream: 's', state: 'up', detail: 'x' } as const;
    assert.equal(masker.event(ledger), ledger, 'nothing secret: the same object');
    assert.ok(
      !JSON.stringify(masker.event({ ...ledger, ...{ facts: { '6251640812345678': 1 } } })).includes(
        '08123456',
      ),
    );
  });

  it('masks card data fields of messages even of cards that it does not know', () => {
    const field = (id: string, value: string) => ({ id, name: 'n', value });
    const shown = new Masker([]).event({
      type: 'message',
      plane: 'host',
      connection: 'c',
      bytes: 1,
      message: {
        kind: 'sale',
        direction: 'request',
        mti: '0200',
        fields: [
          field('2', '4111111111111111'),
          field('35', '4111111111111111D3012201000000'),
          field('55.57', '4111111111111111=3012'),
          field('52', 'A1B2C3D4E5F60718'),
          field('11', '000001'),
        ],
      },
    });
    assert.ok(shown?.type === 'message');
    assert.deepEqual(
      shown.message.fields.map(({ value }) => value),
      [
        '411111******1111',
        '411111******1111D*************',
        '411111******1111=****',
        '****************',
        '000001',
      ],
    );
  });

  it('keeps streams apart and gives what it held back when they end', () => {
    const masker = new Masker(cards);
    const bytes = (streamName: string, value: string): EventBody => ({
      type: 'bytes',
      plane: 'network',
      stream: streamName,
      dir: 'in',
      hex: latin(value).toString('hex'),
      count: value.length,
    });
    const half = '62516408123';
    assert.ok(masker.event(bytes('a', half)));
    const other = masker.event(bytes('b', '45678'));
    assert.ok(
      other?.type === 'bytes' && !other.hex.includes('*'),
      'the other stream does not continue the first',
    );
    const released = masker.release((event) => event.stream === 'a');
    assert.equal(released.length, 1);
    assert.ok(released[0]?.type === 'bytes' && released[0].hex === '*'.repeat(10) && released[0].count === 5);
    assert.deepEqual(masker.release(), []);
  });

  it('never keeps bytes that a driver withholds', () => {
    const shown = new Masker(cards).event({
      type: 'bytes',
      plane: 'keypad',
      stream: 's',
      dir: 'out',
      hex: '4731',
      count: 2,
      withheld: 'pin',
    });
    assert.ok(shown?.type === 'bytes' && shown.hex === '' && shown.count === 2);
  });

  it('cuts texts that only fill the disk', () => {
    const shown = new Masker(cards).event(note('x'.repeat(3 << 20)));
    assert.ok(shown?.type === 'note' && shown.text.length < 1.1 * (1 << 20));
  });
});
