import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'uqr';
import { qrModules } from './qr-size.ts';
import { pngOfBits } from './render/png.ts';
import { renderSvg } from './svg.ts';
import { bytes, ESC, GS, LATIN, LF, receiptOf } from './testing/bytes.ts';

describe('codec: escpos picture of the paper', () => {
  const svgOf = (...parts: (number | string | Uint8Array)[]) => renderSvg(receiptOf(bytes(...parts)));

  it('gives every character its own place', () => {
    const svg = svgOf('A额 B', LF);
    assert.match(svg, /<text x="0"[^>]*>A<\/text><text x="12"[^>]*>额<\/text><text x="48"[^>]*>B<\/text>/);
  });

  it('leaves places to the font where every character fills its cell, and gives them one each elsewhere', () => {
    assert.match(svgOf('AB  C', LF), /<text x="0" y="[\d.]+">AB {2}C<\/text>/);
    assert.match(svgOf('金额', LF), /<text x="0" [^>]* letter-spacing="0.96">金额<\/text>/);
    const accented = renderSvg(receiptOf(bytes('A', Uint8Array.of(0x82), 'B', LF), LATIN));
    assert.match(accented, /<text x="0 12 24" [^>]*>AéB<\/text>/);
  });

  it('shows bold, size, inverse and underline', () => {
    const svg = svgOf(ESC, 'E', 1, GS, 'B', 1, ESC, '-', 1, GS, '!', 0x21, 'A', LF);
    assert.match(svg, /scale\(3 2\)" font-weight="700" fill="#fdfcf7"><rect width="12" height="24"/);
    assert.match(svg, /<rect y="22" width="12" height="1.5"\/>/);
  });

  it('escapes what a receipt says', () => {
    const svg = svgOf('<script>&"\'', LF);
    assert.doesNotMatch(svg, /<script/);
    assert.match(svg, /&#60;script&#62;&#38;&#34;&#39;/);
  });

  it('tells cut paper from torn paper', () => {
    const edge = (svg: string) => /<path d="([^"]*)"/.exec(svg)?.[1] ?? '';
    assert.match(edge(svgOf('A', LF, GS, 'V', 0)), /^M.5 .5H439.5V\d+\.5H.5Z$/);
    assert.match(edge(svgOf('A', LF)), /l-\d/);
  });

  it('stores a picture once, under a name that depends on nothing but its content', () => {
    const logo = bytes(GS, '*', 1, 1, new Uint8Array(8).fill(0x55));
    const print = bytes(GS, '/', 0);
    const [one, two] = [svgOf(logo, print, print), svgOf('A', LF, logo, print)];
    const names = (svg: string) =>
      [...svg.matchAll(/(?:id="|href="#)(picture-[0-9a-f]+)"/g)].map((m) => m[1]);
    assert.equal(names(one).length, 3);
    assert.equal(new Set([...names(one), ...names(two)]).size, 1);
  });

  it('says where it stops showing paper that is too long', () => {
    const svg = renderSvg(
      receiptOf(bytes('A', ...Array<Uint8Array>(50).fill(bytes(ESC, 'd', 255)), 'B', LF)),
    );
    assert.match(svg, /… \d+ dots more/);
    assert.match(svg, /height="30086"/);
  });

  it('writes pictures that hold exactly the dots', () => {
    const png = pngOfBits(9, 2, Uint8Array.of(0x80, 0x80, 0x00, 0x00));
    assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
    const idat = png.indexOf('IDAT');
    const data = inflateSync(png.subarray(idat + 4, idat + 4 + png.readUInt32BE(idat - 4)));
    assert.equal(data.toString('hex'), '008080000000');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]], [9, 2, 1, 3]);
  });

  it('knows the size of QR codes', () => {
    const digits = fc.stringMatching(/^\d{1,800}$/);
    const capitals = fc.stringMatching(/^[A-Z0-9 $%*+./:-]{1,500}$/);
    const any = fc.stringMatching(/^[a-z][ -~]{0,600}$/);
    const level = fc.constantFrom('L', 'M', 'Q', 'H' as const);
    fc.assert(
      fc.property(fc.oneof(digits, capitals, any), level, (text, ecc) => {
        const { size } = encode(text, { ecc, boostEcc: false, border: 0, maskPattern: 0 });
        assert.equal(qrModules(Buffer.from(text), ecc), size);
      }),
      { numRuns: 60 },
    );
  });

  it('draws QR codes as modules and other symbols dot by dot, saying what they hold', () => {
    const svg = renderSvg(
      receiptOf(
        bytes(GS, '(k', 6, 0, 49, 80, 48, 'A<B', GS, '(k', 3, 0, 49, 81, 48, GS, 'k', 69, 2, 'AB'),
        LATIN,
      ),
    );
    assert.match(svg, /<path transform="translate\(0 0\) scale\(3\)"[^>]*d="M0 0h7v1h-7z/);
    assert.match(svg, /<image [^>]*href="data:image\/png[^>]*><title>code39 AB<\/title>/);
  });
});
