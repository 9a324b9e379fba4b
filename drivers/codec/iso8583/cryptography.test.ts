import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cardKey,
  cryptogramScheme,
  cryptogramVersion,
  decryptPin,
  decryptTrack,
  type EmvData,
  emvData,
  encryptPin,
  encryptTrack,
  kcv,
  macBy,
  pinBlock,
  pinFormat,
  pinOf,
  sessionKey,
  verifyCryptogram,
} from './index.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const key = (byte: string, length: number) => hex(byte.repeat(length));

/** Published by the tests of the Python package pyemv (MIT): issuer key, PAN and transaction made up. */
describe('application cryptograms against published vectors', () => {
  const issuer = hex('0123456789ABCDEFFEDCBA9876543210');
  const card = cardKey(issuer, '1234567890123456', '00');
  const transaction = {
    '9F02': '000000004000',
    '9F03': '000000000000',
    '9F1A': '0124',
    '95': '8000048000',
    '5F2A': '0124',
    '9A': '191105',
    '9C': '01',
    '9F37': '52BF4585',
    '82': '1800',
    '9F36': '001C',
  };
  const version10: EmvData = { ...transaction, '9F10': '06010A03A06010', '9F26': '29CCA15AE665FA2E' };
  const version18: EmvData = { ...transaction, '9F10': '06011203A0B800', '9F26': '7A788EA6B8A3E733' };

  it('derives the card key and the session key', () => {
    assert.equal(kcv(card).slice(0, 4), 'BAB0');
    assert.equal(kcv(sessionKey(card, hex('001C'))).slice(0, 4), '22C8');
    for (const byte of card) assert.equal(byte.toString(2).replaceAll('0', '').length % 2, 1);
  });

  it('computes and checks the request cryptogram, version 10 and 18', () => {
    assert.equal(cryptogramVersion(version10), 10);
    assert.equal(cryptogramVersion(version18), 18);
    assert.equal(text(cryptogramScheme(10).cryptogram(card, version10)), '29CCA15AE665FA2E');
    assert.equal(text(cryptogramScheme(18).cryptogram(card, version18)), '7A788EA6B8A3E733');
    for (const data of [version10, version18]) {
      assert.equal(verifyCryptogram(card, data), 'ok');
      assert.equal(verifyCryptogram(card, { ...data, '9F02': '000000004001' }), 'wrong');
      assert.equal(verifyCryptogram(cardKey(issuer, '1234567890123456', '01'), data), 'wrong');
    }
    assert.equal(verifyCryptogram(card, { ...version10, '9F10': '0601FF03A06010' }), 'unknown version');
    assert.throws(() => verifyCryptogram(card, { ...version10, '9F37': undefined }), {
      code: 'CODEC_FIELD',
      message: /F55\.9F37: expected a value for the cryptogram/,
    });
  });

  it('computes the response cryptogram, method 1 and 2', () => {
    assert.equal(text(cryptogramScheme(10).authentication(card, version10, '00')), '28993816AFAE4AEB3030');
    const response = cryptogramScheme(18).authentication(card, version18, '00', hex('00000000'));
    assert.equal(text(response), '9AF514C100000000');
  });

  for (const [option, pan, sequence, check] of [
    ['A', '12345678901234567', '45', 'FF08'],
    ['B', '12345678901234567', '45', '0BAF'],
    ['B', '12345678901234567', '00', '4626'],
    ['B', '123456789012345679', '00', 'C2F3'],
    ['B', '000000000000000005', '23', 'DD73'], // its hash has too few decimal digits
    ['B', '1234567890123456', '00', 'BAB0'], // 16 digits: as option A
  ] as const) {
    it(`derives the key of a card with ${pan.length} digits, sequence ${sequence}, by option ${option}`, () => {
      assert.equal(kcv(cardKey(issuer, pan, sequence, option)).slice(0, 4), check);
    });
  }

  it('takes its data from the tags of a message', () => {
    assert.deepEqual(emvData({ '4': '1', '55': '9A', '55.9A': '191105' }), { '9A': '191105' });
  });
});

describe('MACs', () => {
  const data = hex('11121314151617182827262524232221313233343536373844434241');

  it('computes the retail MAC (ISO/IEC 9797-1 algorithm 3, published example)', () => {
    // Example of ISO/IEC 9797-1 annex B: "Now is the time for all ", zero padding.
    const mac = macBy(
      'x9.19',
      hex('0123456789ABCDEFFEDCBA9876543210'),
      Buffer.from('Now is the time for all '),
    );
    assert.equal(text(mac), 'A1C72E74EA3FA9B6');
  });

  it('computes the CBC MAC (ISO/IEC 9797-1 algorithm 1, published example)', () => {
    const mac = macBy('x9.9', hex('0123456789ABCDEF'), Buffer.from('Now is the time for all '));
    assert.equal(text(mac), '70A30640CC76DD8B');
  });

  it('folds and encrypts once, and takes double-length keys for both of UnionPay’s', () => {
    // The blocks XORed, under a key of equal halves, which is single DES.
    const folded = macBy('xor-3des', key('33', 16), data);
    assert.deepEqual(folded, macBy('xor-3des', key('33', 8), data));
    assert.notDeepEqual(folded, macBy('xor-3des', hex('33'.repeat(8) + '44'.repeat(8)), data));
    assert.equal(Buffer.from(macBy('unionpay-ecb', key('33', 16), data)).toString(), '91D1BEC1');
    const double = macBy('unionpay-ecb', hex('33'.repeat(8) + '44'.repeat(8)), data);
    assert.match(Buffer.from(double).toString(), /^[0-9A-F]{8}$/);
    assert.throws(() => macBy('x9.19', key('33', 8), data), { code: 'CRYPTO_KEY' });
  });
});

describe('PIN blocks', () => {
  const pin = fc.stringMatching(/^\d{4,12}$/);
  const pan = fc.stringMatching(/^\d{12,19}$/);

  it('come back from both formats', () => {
    fc.assert(
      fc.property(pin, pan, fc.constantFrom(0 as const, 1 as const), (secret, card, format) => {
        assert.equal(pinOf(pinBlock(secret, card, format), card, format), secret);
        const block = encryptPin(key('22', 16), secret, card, format);
        assert.equal(decryptPin(key('22', 16), block, card, format), secret);
      }),
    );
  });

  it('of format 1 start with 1 and the length, are not bound to a PAN, and differ each time', () => {
    const first = pinFormat(1).block('123456', '');
    assert.match(text(first), /^16123456[0-9A-F]{8}$/);
    assert.equal(pinFormat(1).pinOf(first, '6299990000000000012'), '123456');
    assert.notEqual(text(first), text(pinFormat(1).block('123456', '')));
    assert.equal(pinFormat(0).pinOf(first, '6299990000000000012'), undefined);
  });
});

describe('track encryption', () => {
  const tdk = hex('44'.repeat(8) + '55'.repeat(8));

  it('replaces the eight bytes that end one byte before the end of the packed track', () => {
    const track = '6299990000000000012=30122010000000000';
    const encrypted = encryptTrack(tdk, track);
    assert.equal(encrypted.length, track.length);
    // 37 digits are 19 bytes; bytes 10 to 17 change: digits 20 to 35.
    assert.equal(encrypted.slice(0, 20), track.slice(0, 20));
    assert.equal(encrypted.slice(36), track.slice(36));
    assert.notEqual(encrypted.slice(20, 36), track.slice(20, 36));
    assert.equal(decryptTrack(tdk, encrypted), track);
  });

  it('comes back for tracks of every length that has a block', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9=]{17,104}$/), (track) => {
        assert.equal(decryptTrack(tdk, encryptTrack(tdk, track)), track);
      }),
    );
    assert.throws(() => encryptTrack(tdk, '1234567890123456'), { code: 'CODEC_FIELD' });
  });
});
