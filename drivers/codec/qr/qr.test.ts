import assert from 'node:assert/strict';
import fc from 'fast-check';
import { paymentCode, readPaymentCode } from './payment-code.ts';
import { enlarged, pictureOf, qrDots, readQr, spoilt } from './picture.ts';
import { pictureIn, pngOf } from './png.ts';

const CARD = { pan: '6299990000000000053', expiry: '3106', sequence: '1', 'service-code': '220' };

describe('QR codes', () => {
  it('are read from pictures of any size, framed, dim, and from PNG files', () => {
    const text = paymentCode(CARD);
    for (const scale of [2, 3, 8]) {
      const picture = enlarged(pictureOf(qrDots(text)), scale);
      assert.equal(readQr(picture), text);
      const dim = { ...picture, luma: picture.luma.map((grey) => 60 + grey / 3) };
      assert.equal(readQr(dim), text, 'dim');
    }
    const small = enlarged(pictureOf(qrDots(text)), 3);
    const width = small.width + 120;
    const height = small.height + 200;
    const luma = new Uint8Array(width * height).fill(230);
    for (let y = 0; y < small.height; y++)
      luma.set(small.luma.subarray(y * small.width, (y + 1) * small.width), (y + 90) * width + 40);
    const read = pictureIn(pngOf({ width, height, luma }));
    assert.ok(read);
    assert.equal(readQr(read), text, 'somewhere on a screen, in a PNG file');
  });

  it('say nothing when they are spoilt, or none', () => {
    assert.equal(readQr(enlarged(pictureOf(spoilt(qrDots(paymentCode(CARD)))), 4)), undefined);
    assert.equal(readQr({ width: 100, height: 100, luma: new Uint8Array(10_000).fill(255) }), undefined);
    assert.equal(readQr({ width: 100, height: 100, luma: new Uint8Array(3) }), undefined);
    assert.equal(pictureIn(Buffer.from('no picture')), undefined);
    // A head that claims 4 billion pixels.
    const bomb = Buffer.from(pngOf(pictureOf(qrDots('x'))));
    bomb.writeUInt32BE(0xffff, 16);
    bomb.writeUInt32BE(0xffff, 20);
    assert.equal(pictureIn(bomb), undefined);
  });

  it('never throw on hostile files', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void pictureIn(bytes)));
    const file = pngOf(enlarged(pictureOf(qrDots('hello')), 2));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Buffer.from(file);
        damaged[at] = value;
        const picture = pictureIn(damaged);
        if (picture && picture.width * picture.height < 100_000) readQr(picture);
      }),
      { numRuns: 40 },
    );
  });
});

describe('payment codes', () => {
  it('are laid out as EMV QRCPS says', () => {
    assert.equal(
      Buffer.from(paymentCode(CARD), 'base64').toString('hex'),
      [
        '8505 4350563031', // payload format indicator: CPV01
        '612a', // application template
        '4f08 a000000333010101',
        '570e 6299990000000000053d3106220f', // track 2 equivalent data, filled up with F
        '5a0a 6299990000000000053f',
        '5f3401 01',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('say again what was put into them, and nothing that is damaged or foreign', () => {
    const digits = (min: number, max: number) =>
      fc.stringMatching(new RegExp(`^\\d{${min},${max}}$`)).filter((text) => text.length >= min);
    fc.assert(
      fc.property(digits(12, 19), digits(4, 4), digits(3, 3), (pan, expiry, service) => {
        const card = { pan, expiry, sequence: '1', 'service-code': service };
        assert.deepEqual(readPaymentCode(paymentCode(card)), card);
      }),
      { numRuns: 50 },
    );
    for (const text of ['', 'https://example.org/pay', 'AAAA', paymentCode(CARD).slice(0, 40)])
      assert.equal(readPaymentCode(text), undefined, text);
    fc.assert(fc.property(fc.base64String({ maxLength: 400 }), (text) => void readPaymentCode(text)));
    const other = Buffer.from(paymentCode(CARD), 'base64');
    other[20] = (other[20] ?? 0) ^ 0x10; // the number and the track differ now
    assert.equal(readPaymentCode(other.toString('base64')), undefined);
  });
});
