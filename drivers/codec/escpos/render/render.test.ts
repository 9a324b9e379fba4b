import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { encode } from 'uqr';
import { fonts } from '../fonts/fonts.ts';
import { bytes, CHINESE, ESC, GS, LATIN, LF, receiptOf } from '../testing/bytes.ts';
import type { Bitmap } from './bitmap.ts';
import { drawReceipt, LENGTH_MAX, renderReceipt, renderReceipts } from './render.ts';

/** The dots as text, a character a dot. */
const picture = (bitmap: Bitmap) =>
  Array.from({ length: bitmap.height }, (_, y) =>
    Array.from({ length: bitmap.width }, (_, x) => (bitmap.at(x, y) ? '#' : '.')).join(''),
  );
const paperOf = (...parts: (number | string | Uint8Array)[]) => drawReceipt(receiptOf(bytes(...parts)));
const same = (a: Bitmap, b: Bitmap) => assert.deepEqual(picture(a), picture(b));
const cell = (font: 'A' | 'B' | 'kanji', char: string) => {
  const found = fonts()[font].cell(char);
  if (!found) throw new Error(`${font} has no ${char}`);
  return found;
};

/** GS ( k with its length. */
const symbol = (cn: number, fn: number, ...rest: (number | string)[]) => {
  const body = bytes(cn, fn, ...rest);
  return bytes(GS, '(k', body.length & 255, body.length >> 8, body);
};

describe('codec: escpos paper in dots', () => {
  it('puts the glyphs of the fonts into their cells', () => {
    const paper = paperOf('A额', ESC, 'M', 1, 'b', LF);
    same(paper.cut(0, 0, 12, 24), cell('A', 'A'));
    same(paper.cut(12, 0, 24, 24), cell('kanji', '额'));
    // All stand on one line: font B is 17 dots high.
    same(paper.cut(36, 7, 9, 17), cell('B', 'b'));
  });

  it('prints the check digit that a printer adds to an EAN or UPC code, and no other', () => {
    const captioned = (m: number, digits: string) => {
      const receipt = receiptOf(bytes(GS, 'H', 2, GS, 'k', m, digits.length, digits, LF));
      const { y = 0, height = 0 } = receipt.barcodes[0] ?? {};
      const dots = drawReceipt(receipt).cut(0, y + height - 24, receipt.width, 24);
      assert.ok(dots.bits.some((byte) => byte !== 0));
      return Buffer.from(dots.bits).toString('hex');
    };
    assert.equal(captioned(67, '590123412345'), captioned(67, '5901234123457'));
    assert.equal(captioned(68, '9638507'), captioned(68, '96385074'));
    assert.equal(captioned(65, '03600029145'), captioned(65, '036000291452'));
    assert.notEqual(captioned(73, '{B590123412345'), captioned(73, '{B5901234123457'));
  });

  it('has a glyph for every character of every code page and of the double-byte charsets', () => {
    const { A, B, kanji } = fonts();
    for (const char of 'AÄßéñΩЖя€₽│╬█▒שעכฒก김'.slice(0, 19)) {
      assert.ok(A.cell(char), char);
      assert.ok(B.cell(char), char);
    }
    for (const char of '终端號麵龘ひカ한①※Ω、￥') assert.ok(kanji.cell(char), char);
  });

  it('enlarges, underlines, inverts and strikes twice', () => {
    const big = paperOf(GS, '!', 0x12, 'A', LF);
    const glyph = cell('A', 'A');
    for (let y = 0; y < 72; y++) {
      for (let x = 0; x < 24; x++) assert.equal(big.at(x, y), glyph.at(x >> 1, Math.floor(y / 3)));
    }
    const lined = paperOf(ESC, '-', 1, ' ', LF);
    assert.deepEqual([lined.at(0, 22), lined.at(11, 23), lined.at(0, 21)], [true, true, false]);
    const inverse = paperOf(GS, 'B', 1, 'A', LF).cut(0, 0, 12, 24);
    inverse.invert();
    same(inverse, glyph);
    const bold = paperOf(ESC, 'E', 1, 'l', LF).cut(0, 0, 12, 24);
    const thin = cell('A', 'l');
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 12; x++) assert.equal(bold.at(x, y), thin.at(x, y) || thin.at(x - 1, y));
    }
  });

  it('turns what is printed upside down', () => {
    const paper = paperOf(ESC, '{', 1, 'A额', LF);
    same(paper.cut(384 - 12, 0, 12, 24), cell('A', 'A').turned(180));
    same(paper.cut(384 - 36, 0, 24, 24), cell('kanji', '额').turned(180));
  });

  it('turns single characters', () => {
    const paper = paperOf(ESC, 'V', 1, 'A', LF);
    same(paper.cut(0, 0, 24, 12), cell('A', 'A').turned(90));
  });

  it('draws pictures dot by dot', () => {
    const paper = paperOf(GS, 'v0', 0, 1, 0, 2, 0, 0x81, 0x42);
    assert.deepEqual(picture(paper.cut(0, 0, 9, 2)), ['#......#.', '.#....#..']);
  });

  it('draws QR codes that hold what was sent', () => {
    const paper = paperOf(
      symbol(49, 67, 2),
      symbol(49, 69, 49),
      symbol(49, 80, 48, 'HTTPS://X.CN/1'),
      symbol(49, 81, 48),
    );
    const { size, data } = encode('HTTPS://X.CN/1', { ecc: 'M', boostEcc: false, border: 0 });
    for (let y = 0; y < size * 2; y++) {
      for (let x = 0; x < size * 2; x++) assert.equal(paper.at(x, y), data[y >> 1]?.[x >> 1], `${x}, ${y}`);
    }
  });

  it('draws bar codes as they are sent: EAN-13 by its tables', () => {
    const paper = paperOf(GS, 'w', 2, GS, 'h', 40, GS, 'k', 2, '6901234567892', 0);
    const row = (picture(paper)[10] ?? '').slice(0, 190);
    const modules = row.replace(/(.)\1/g, '$1');
    // Start, and the 9 in set A, the 0 in set B, as the first digit 6 asks.
    assert.match(modules, /^#\.#\.\.\.#\.##\.#\.\.###/);
    assert.equal(modules.length, 95);
    assert.match(modules, /#\.#$/);
  });

  it('draws Code 128 in the sets that the sender chose', () => {
    const inB = receiptOf(bytes(GS, 'k', 73, 8, '{B123456'));
    const inC = receiptOf(bytes(GS, 'k', 73, 5, '{C', 12, 34, 56));
    assert.deepEqual([inB.barcodes[0]?.payload, inC.barcodes[0]?.payload], ['123456', '123456']);
    // Start, data, check: 11 modules each; stop: 13.
    assert.deepEqual([inB.barcodes[0]?.width, inC.barcodes[0]?.width], [101 * 3, 68 * 3]);
    const bars = (receipt: typeof inB) => picture(drawReceipt(receipt))[0] ?? '';
    assert.match(bars(inB), /^(?:###){2}(?:\.\.\.)(?:###)(?:\.\.\.){2}(?:###)/);
    assert.match(bars(inB).slice(0, 303), /#$/);
    assert.match(bars(inC).slice(0, 204), /#$/);
    assert.match(bars(inC).slice(204), /^\.+$/);
  });

  it('draws the other symbols, in whole modules', () => {
    for (const [cn, size] of [
      [48, undefined],
      [50, undefined],
      [53, 19],
      [54, 12],
    ] as const) {
      const receipt = receiptOf(bytes(symbol(cn, 67, 4), symbol(cn, 80, 48, 'AB 12'), symbol(cn, 81, 48)));
      const [code] = receipt.barcodes;
      assert.equal(code?.payload, 'AB 12');
      if (size !== undefined) assert.equal(code?.width, size * 4);
      const dots = drawReceipt(receipt).cut(code?.x ?? 0, code?.y ?? 0, code?.width ?? 0, code?.height ?? 0);
      const black = dots.bits.reduce((sum, byte) => sum + byte.toString(2).replace(/0/g, '').length, 0);
      assert.ok(black > dots.width * dots.height * 0.2, `${code?.symbology} is drawn`);
    }
  });

  it('frames what cannot be drawn', () => {
    const receipt = receiptOf(bytes(GS, 'k', 2, '6901234567892', 0, LF));
    const masked = receipt.barcodes.map((code) => ({ ...code, payload: '690123******2' }));
    const paper = drawReceipt({ ...receipt, barcodes: masked });
    assert.match(picture(paper)[0]?.slice(0, 24) ?? '', /^(####\.\.\.\.){3}$/);
  });

  it('writes a PNG of two colours with its size in metres', () => {
    const receipt = receiptOf(bytes('A', LF), LATIN);
    const file = renderReceipt(receipt, { margin: 16 });
    const { width, height, data } = PNG.sync.read(file);
    assert.deepEqual([width, height], [576 + 32, 30 + 32]);
    const black = (x: number, y: number) => data[(y * width + x) * 4] === 0;
    const glyph = cell('A', 'A');
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 12; x++) assert.equal(black(16 + x, 16 + y), glyph.at(x, y));
    }
    assert.equal(file.readUInt32BE(file.indexOf('pHYs') + 4), 7992);
  });

  it('cuts out and marks a place', () => {
    const receipt = receiptOf(bytes('one', LF, 'two', LF, 'three', LF), CHINESE);
    const place = { x: 0, y: 30, width: 36, height: 24 };
    const file = renderReceipt(receipt, {
      crop: { x: 0, y: 20, width: 100, height: 44 },
      highlight: [place],
    });
    const { width, height, data } = PNG.sync.read(file);
    assert.deepEqual([width, height], [132, 76]);
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
    assert.deepEqual(at(30, 16 + 10 - 2), [0xd0, 0x10, 0x10]);
    assert.deepEqual(at(100, 40), [255, 255, 255]);
    const t = cell('A', 't');
    const [x, y] = [5, 12];
    assert.equal(at(16 + x, 26 + y)[0] === 0, t.at(x, y));
  });

  it('is bounded, however long the paper', () => {
    const receipt = receiptOf(bytes('A', ...Array<Uint8Array>(60).fill(bytes(ESC, 'd', 255)), 'B', LF));
    assert.ok(receipt.height > LENGTH_MAX);
    assert.equal(drawReceipt(receipt).height, LENGTH_MAX);
  });

  it('puts several receipts below each other', () => {
    const receipt = receiptOf(bytes('A', LF));
    const { height } = PNG.sync.read(renderReceipts([receipt, receipt]));
    assert.equal(height, 2 * (30 + 32 + 1));
  });
});
