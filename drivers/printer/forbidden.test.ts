import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { parse } from 'yaml';
import { CardFile, maskPan, track2Of } from '../../rig/model/card.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';
import { renderSvg } from '../codec/escpos/svg.ts';
import { textLines } from '../codec/escpos/text-lines.ts';
import { enlarged, pictureOf, qrDots } from '../codec/qr/picture.ts';
import { forbiddenContent, maskReceipt, suspectedContent } from './forbidden.ts';

const { cards } = CardFile.parse(parse(readFileSync(packaged('scenarios/cards.yaml'), 'utf8')));
const [card] = cards;
assert.ok(card);
const { pan, pin } = card;

const receiptOf = (content: string | Buffer): Receipt => {
  const bytes = typeof content === 'string' ? iconv.encode(content, 'gb18030') : content;
  const [receipt] = decodeEscPos(bytes, { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return receipt;
};
const found = (content: string | Buffer) => forbiddenContent(receiptOf(content), cards);
const qr = (text: string) =>
  Buffer.from(
    `\x1d(k${String.fromCharCode(text.length + 3)}\0\x31\x50\x30${text}\x1d(k\x03\0\x31\x51\x30`,
    'latin1',
  );
const rasterOf = (width: number, bits: Uint8Array) => {
  const stride = Math.ceil(width / 8);
  const height = bits.length / stride;
  return Buffer.from([0x1d, 0x76, 0x30, 0, stride, 0, height & 255, height >> 8, ...bits]);
};
/** Three dots a module, as `GS v 0`. */
const drawnQr = (text: string) => {
  const { width, height, luma } = enlarged(pictureOf(qrDots(text)), 3);
  const dots = new Bitmap(width, height);
  for (let i = 0; i < luma.length; i++) if (luma[i] === 0) dots.blacken(i % width, Math.floor(i / width));
  return rasterOf(width, dots.bits);
};
const codeC = (digits: string) =>
  Buffer.from([
    0x1d,
    0x6b,
    73,
    2 + digits.length / 2,
    0x7b,
    0x43,
    ...(digits.match(/../g) ?? []).map(Number),
  ]);

/** Nothing of what is printed, drawn or encoded may still hold the digits. */
function assertClean(receipt: Receipt): void {
  const masked = maskReceipt(receipt, cards);
  assert.deepEqual(forbiddenContent(masked, cards), []);
  const written =
    JSON.stringify(masked, (key, value: unknown) => (key === 'bits' ? undefined : value)) +
    textLines(masked).join('\n');
  for (const { pan: number } of cards)
    assert.ok(!written.normalize('NFKC').replace(/[\s-]/g, '').includes(number));
  assert.equal(masked.runs.length, receipt.runs.length);
  masked.runs.forEach((run, i) => {
    assert.equal([...run.text].length, [...(receipt.runs[i]?.text ?? '')].length);
  });
  renderSvg(masked);
}

describe('printer: forbidden content', () => {
  const clear: Readonly<Record<string, [content: string | Buffer, ids: string[]]>> = {
    'the number': [`卡号: ${pan}\n`, ['pan']],
    'groups of four': [`CARD ${pan.replace(/(.{4})/g, '$1 ')}\n`, ['pan']],
    hyphens: [`${pan.replace(/(.{4})/g, '$1-')}\n`, ['pan']],
    'two lines': [`卡号: ${pan.slice(0, 9)}\n${pan.slice(9)}\n`, ['pan']],
    'wrapped by the printer': [`卡号 CARD NUMBER IN FULL: ${pan}\n`, ['pan']],
    'full-width digits': [`${pan.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))}\n`, ['pan']],
    'digits before and behind': [`000${pan}999\n`, ['pan']],
    'several sizes': [
      Buffer.concat([
        Buffer.from(pan.slice(0, 8)),
        Buffer.from([0x1d, 0x21, 0x11]),
        Buffer.from(`${pan.slice(8)}\n`),
      ]),
      ['pan'],
    ],
    'placed by positions': [
      Buffer.concat([
        Buffer.from([0x1b, 0x24, 150, 0]),
        Buffer.from(pan.slice(9)),
        Buffer.from([0x1b, 0x24, 0, 0]),
        Buffer.from(`${pan.slice(0, 9)}\n`),
      ]),
      ['pan'],
    ],
    'a QR code': [qr(`https://example.com/?c=${pan}`), ['pan-in-barcode']],
    'a QR code, in groups': [qr(pan.replace(/(.{4})/g, '$1-')), ['pan-in-barcode']],
    'a barcode of digit pairs': [codeC(`${pan}0`), ['pan-in-barcode']],
    'track 2': [`${track2Of(card)}\n`, ['pan', 'track']],
    'track 2 with D': [`${track2Of(card).replace('=', 'D')}\n`, ['pan', 'track']],
    'track 1': [`%B${pan}^TEST/CARD^${card.expiry}220000\n`, ['pan', 'track']],
    'track 2 behind a masked number': [`${maskPan(pan)}=${card.expiry}2200000\n`, ['track']],
    'track 2 of a card that nobody knows': [';4111111111111111=28122010000012345?\n', ['track']],
    'track 2 without its sentinel': ['REF 4111111111111111=28122010000012345\n', ['track']],
    'track 1 of a card that nobody knows': ['%B4111111111111111^DOE/J^28122010000?\n', ['track']],
    'track 2 in a code': [qr(track2Of(card)), ['pan-in-barcode', 'track']],
    expiry: ['有效期: 30/12\n', ['expiry']],
    'expiry, English': ['EXP. DATE: 12/30\n', ['expiry']],
    'expiry, both, next line': ['有效期 EXP DATE:\n3012\n', ['expiry']],
    'expiry with century': ['VALID THRU 12/2030\n', ['expiry']],
    PIN: [`PIN: ${pin}\n`, ['pin']],
    'PIN, Chinese': [`密码:${pin}\n`, ['pin']],
    'PIN block': ['PIN BLOCK: 06122662A9876FED\n', ['pin-block']],
    CVV2: ['CVV2: 123\n', ['cvv']],
    'CVN2, Chinese': ['安全码 CVN2:\n4567\n', ['cvv']],
    'read from the other end': [`${[...pan].reverse().join('')}\n`, ['pan']],
    'one digit a line': [`${[...pan].join('\n')}\n`, ['pan']],
    'downwards, beside other text': [
      `${[...pan].map((digit, i) => `${digit}  line ${String.fromCharCode(97 + i)}`).join('\n')}\n`,
      ['pan'],
    ],
  };
  for (const [name, [content, ids]] of Object.entries(clear)) {
    it(`finds and masks ${name}`, () => {
      assert.deepEqual(found(content), ids);
      assertClean(receiptOf(content));
    });
  }

  for (const [name, text] of Object.entries({
    'a masked number': `卡号: ${maskPan(pan)} I\n`,
    'other digits': '参考号: 112204120001\n商户编号: 898320400000001\n6299990000000000099\n',
    'an STAN that equals a PIN': `凭证号 VOUCHER NO: ${pin}\n`,
    'a masked expiry': '有效期: **/**\n批次号: 301200\n',
    'a coupon': '优惠券有效期 2031-08-31\n',
    'PIN verified': '交易无需签名 PIN VERIFIED\n',
    'a CVV that is not printed': 'CVV2: ***\nCVM: 420300\n',
    'a verified PIN': 'PIN BLOCK OK\n',
    'an amount that equals an expiry': '金额: 30.12\n',
  })) {
    it(`lets ${name} pass`, () => {
      assert.deepEqual(found(text), []);
      assert.deepEqual(maskReceipt(receiptOf(text), cards).runs, receiptOf(text).runs);
    });
  }

  it('keeps the first six and the last four digits', () => {
    assert.deepEqual(textLines(maskReceipt(receiptOf(`A ${pan} Z\n`), cards)), [`A ${maskPan(pan)} Z`]);
    assert.equal(maskReceipt(receiptOf(qr(pan)), cards).barcodes[0]?.payload, maskPan(pan));
  });

  it('masks the start and the end of a number that stand alone: another copy may show the rest', () => {
    const own = { ...card, pan: '6222021234567890128' };
    const masked = (text: string) => textLines(maskReceipt(receiptOf(`${text}\n`), [own]));
    assert.deepEqual(masked('TRACE 6222021234'), ['TRACE 622202****']);
    assert.deepEqual(masked('REF 6222 0212 345'), ['REF 6222 02** ***']);
    assert.deepEqual(masked('REF 567890128'), ['REF *****0128']);
    assert.deepEqual(forbiddenContent(receiptOf('TRACE 6222021234\n'), [own]), []);
    for (const text of ['BIN 62220212', 'REF 000000000128', '62220212****0128'])
      assert.deepEqual(masked(text), [text]);
  });

  it('finds every card however its digits are set', () => {
    const separator = fc.constantFrom('', '', '', ' ', '-', '\n', '  ', '·', ' \n ');
    fc.assert(
      fc.property(
        fc.constantFrom(...cards),
        fc.infiniteStream(separator),
        fc.constantFrom('', 'x', '卡号:'),
        (one, between, before) => {
          const text = [...one.pan].map((digit) => digit + between.next().value).join('');
          const receipt = receiptOf(`${before}${text}\nend\n`);
          assert.ok(forbiddenContent(receipt, cards).includes('pan'));
          assertClean(receipt);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('printer: card data that was read from a picture', () => {
  const dots = new Uint8Array(48 * 60).fill(0xff);
  /** A picture of 384 x 60 dots, and what was read from it. */
  const pictureOf = (text: string): Receipt => ({
    ...receiptOf('logo\n'),
    runs: [
      {
        text,
        x: 0,
        y: 10,
        width: 12 * text.length,
        height: 24,
        scaleX: 1,
        scaleY: 1,
        bold: false,
        underline: false,
        inverse: false,
        confidence: 90,
      },
    ],
    images: [{ x: 0, y: 0, width: 384, height: 60, bits: dots }],
  });
  const judged = (text: string) => {
    const receipt = pictureOf(text);
    const certain = forbiddenContent(receipt, cards);
    return [certain, suspectedContent(receipt, cards, certain)];
  };
  const misread: Readonly<Record<string, string>> = {
    'two digits misread': `${pan.slice(0, 7)}${(Number(pan[7]) + 1) % 10}${(Number(pan[8]) + 1) % 10}${pan.slice(9)}`,
    'a digit left out': pan.slice(0, 8) + pan.slice(9),
    'a digit too many': `${pan.slice(0, 8)}1${pan.slice(8)}`,
    'letters for digits': pan.replaceAll('0', 'O'),
  };
  for (const [name, text] of Object.entries(misread)) {
    it(`suspects ${name}, and whitens the place`, () => {
      assert.deepEqual(judged(`CARD ${text}`), [[], ['pan-in-picture']]);
      const masked = maskReceipt(pictureOf(`CARD ${text}`), cards);
      assert.ok(!masked.runs[0]?.text.includes(text.slice(6, -4)));
      const black = (receipt: Receipt) =>
        (receipt.images[0]?.bits ?? new Uint8Array()).reduce((sum, byte) => sum + (byte === 0xff ? 8 : 0), 0);
      assert.ok(black(masked) < black(pictureOf('')), 'dots stay');
    });
  }
  it('neither finds nor suspects masked numbers and other digits', () => {
    assert.deepEqual(judged(`CARD ${maskPan(pan)}`), [[], []]);
    assert.deepEqual(judged('REF 123456789012 AUTH 123456'), [[], []]);
    assert.deepEqual(judged(`${pan.slice(0, 6)} ${pan.slice(-4)}`), [[], []]);
  });
  it('hides pictures that nobody has read, whatever they may show', () => {
    const unread = { ...pictureOf('logo'), runs: [], unread: true as const };
    const [image] = maskReceipt(unread, cards).images;
    assert.deepEqual([image?.width, image?.height], [384, 60]);
    assert.notDeepEqual(image?.bits, dots);
    const other = {
      ...unread,
      images: [{ x: 0, y: 0, width: 384, height: 60, bits: dots.map((_, i) => i) }],
    };
    assert.deepEqual(maskReceipt(other, cards).images, maskReceipt(unread, cards).images);
  });

  it('finds a number in a QR code that is drawn as dots, and whitens it', () => {
    const receipt = receiptOf(drawnQr(`https://pay.example.com/?c=${pan}`));
    assert.deepEqual(forbiddenContent(receipt, cards), ['pan-in-barcode']);
    const masked = maskReceipt(receipt, cards);
    assert.ok(!JSON.stringify(masked.barcodes).includes(pan));
    const bits = new Uint8Array(masked.images[0]?.bits ?? []);
    const again = decodeEscPos(rasterOf(masked.images[0]?.width ?? 0, bits), {
      charset: 'gb18030',
      width: 384,
    });
    assert.deepEqual(
      again.receipts.flatMap(({ barcodes }) => barcodes),
      [],
    );
    const harmless = receiptOf(drawnQr('https://pay.example.com/'));
    assert.deepEqual(maskReceipt(harmless, cards).images, harmless.images);
  });
});
