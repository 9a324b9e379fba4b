import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeEscPosDecoder, type PrinterOptions } from './decoder.ts';
import { guessCharset } from './detect.ts';
import { renderSvg } from './svg.ts';
import { bytes, decode } from './testing/bytes.ts';
import { readableLines, readingOrder, textLines } from './text-lines.ts';

const raw = (...values: number[]) => fc.constant(Uint8Array.from(values));
const byte = fc.integer({ min: 0, max: 255 });
/** Pieces of printer language, so that streams get somewhere: text, commands with random parameters, junk. */
const piece: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }).map((text) => bytes(text)) },
  { weight: 2, arbitrary: fc.constantFrom('金额', '卡号 6299', '商户存根').map((text) => bytes(text)) },
  { weight: 3, arbitrary: raw(0x0a) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  fc.tuple(fc.constantFrom(0x21, 0x2d, 0x33, 0x45, 0x47, 0x4a, 0x4b, 0x4d, 0x52, 0x54, 0x56, 0x61, 0x64, 0x65, 0x74, 0x7b, 0x3d), byte).map((v) => Uint8Array.of(0x1b, ...v)),
  fc.tuple(fc.constantFrom(0x21, 0x42, 0x48, 0x66, 0x68, 0x77, 0x72, 0x61, 0x49), byte).map((v) => Uint8Array.of(0x1d, ...v)),
  fc.tuple(fc.constantFrom(0x24, 0x5c), byte, byte).map((v) => Uint8Array.of(0x1b, ...v)),
  fc.tuple(fc.constantFrom(0x24, 0x5c, 0x4c, 0x57, 0x50), byte, byte).map((v) => Uint8Array.of(0x1d, ...v)),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((area) => bytes(0x1b, 'W', area)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((dots) => bytes(0x1d, 'v0', 0, 1, 0, 4, 0, dots)),
  fc.uint8Array({ minLength: 6, maxLength: 6 }).map((dots) => bytes(0x1b, '*', 33, 2, 0, dots)),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((data) => bytes(0x1d, '(k', data.length + 3, 0, 49, 80, 48, data, 0x1d, '(k', 3, 0, 49, 81, 48)),
  fc.constantFrom(bytes(0x1d, ':'), bytes(0x1d, '^', 3, 0, 0), bytes(0x1b, '%', 1), bytes(0x1c, '&')),
  fc.uint8Array({ minLength: 24, maxLength: 24 }).map((dots) => bytes(0x1b, '&', 3, 'AA', 8, dots)),
  fc.uint8Array({ minLength: 72, maxLength: 72 }).map((dots) => bytes(0x1c, '2', 0xbd, 0xf0, dots)),
  fc.uint8Array({ maxLength: 20 }).map((data) => bytes(0x1d, 'k', 73, data.length, data)),
  fc.constantFrom([0x1b, 0x40], [0x1b, 0x4c], [0x1b, 0x53], [0x0c], [0x1b, 0x0c], [0x1d, 0x56, 0], [0x1b, 0x69], [0x1c, 0x26], [0x1c, 0x2e], [0x09], [0x10, 4, 1]).map((v) => Uint8Array.from(v)),
); // biome-ignore format: one piece a line
const stream = fc.array(piece, { maxLength: 60 }).map((pieces) => bytes(...pieces));
const options: fc.Arbitrary<PrinterOptions> = fc.record({
  charset: fc.constantFrom('gb18030', 'cp437', 'shift_jis', 'utf-8', 'big5', 'no such page'),
  width: fc.constantFrom(384, 576, 96),
});

describe('codec: escpos decoder, any bytes', () => {
  it('gives the same receipts however the bytes are split', () => {
    fc.assert(
      fc.property(stream, options, fc.array(fc.nat(400), { maxLength: 12 }), (content, printer, cuts) => {
        const points = [...cuts.map((cut) => Math.min(cut, content.length)), content.length].sort(
          (a, b) => a - b,
        );
        const decoder = makeEscPosDecoder(printer);
        let from = 0;
        const parts = points.map((to) => {
          const part = decoder.write(content.subarray(from, to));
          from = to;
          return part;
        });
        const tail = decoder.end();
        assert.equal(decoder.hasBegun, false);
        const whole = decode(content, printer);
        assert.deepEqual(
          [...parts, tail].flatMap(({ receipts }) => receipts),
          whole.receipts,
        );
        assert.deepEqual(
          [...parts, tail].flatMap(({ requests }) => requests),
          whole.requests,
        );
        assert.deepEqual(tail.stray, whole.stray);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every receipt on its paper, and renders it', () => {
    fc.assert(
      fc.property(stream, options, (content, printer) => {
        guessCharset(content);
        for (const receipt of decode(content, printer).receipts) {
          assert.ok(
            receipt.runs.length +
              receipt.barcodes.length +
              receipt.images.length +
              (receipt.stored?.length ?? 0) >
              0,
          );
          for (const run of receipt.runs) {
            assert.ok(
              run.x >= 0 && run.y >= 0 && run.width > 0 && run.y + run.height <= receipt.height,
              JSON.stringify(run),
            );
            assert.doesNotMatch(run.text, /\p{Cc}/u);
          }
          for (const image of receipt.images) {
            assert.equal(image.bits.length, Math.ceil(image.width / 8) * image.height);
          }
          const printed = textLines(receipt).join('').replace(/\s/g, '').length;
          const runs = receipt.runs
            .map(({ text }) => text)
            .join('')
            .replace(/\s/g, '').length;
          assert.ok(printed <= runs);
          assert.equal(readingOrder(receipt).flat().length, receipt.runs.length);
          readableLines(receipt);
          const svg = renderSvg(receipt);
          assert.match(svg, /^<svg [^>]+>\n/);
          assert.equal(svg.match(/<g /g)?.length, svg.match(/<\/g>/g)?.length);
          assert.doesNotMatch(svg, /[\p{Cs}\ufffe\uffff]/u);
        }
      }),
      { numRuns: 200 },
    );
  });

  const size = (value: unknown): number =>
    JSON.stringify(value, (_, v: unknown) => (v instanceof Uint8Array ? v.length : v)).length;

  it('makes no mountain of a few bytes', () => {
    const page = bytes(0x1b, 'L', 'x\n'.repeat(500));
    const bombs: Record<string, Uint8Array> = {
      'page copies': bytes(page, ...Array<Uint8Array>(2000).fill(Uint8Array.of(0x1b, 0x0c))),
      'stored pictures': bytes(0x1d, '*', 48, 48, new Uint8Array(48 * 48 * 8), ...Array<Uint8Array>(5000).fill(Uint8Array.of(0x1d, 0x2f, 3))),
      'stored codes': bytes(0x1d, '(k', 0x8a, 0x0b, 49, 80, 48, new Uint8Array(2951).fill(0x41), ...Array<Uint8Array>(5000).fill(bytes(0x1d, '(k', 3, 0, 49, 81, 48))),
      feeds: bytes('a', ...Array<Uint8Array>(20_000).fill(Uint8Array.of(0x1b, 0x64, 255)), 'b'),
      'far tabs': bytes(...Array<Uint8Array>(5000).fill(bytes(0x09, 'a', 0x0a))),
      overprint: bytes(...Array<Uint8Array>(20_000).fill(bytes('  a', 0x1b, '$', 0, 0))),
      'claims': bytes(0x1d, 'v0', 0, 255, 255, 255, 255, 'a'.repeat(20_000)),
    }; // biome-ignore format: one a line
    for (const [name, bomb] of Object.entries(bombs)) {
      const decoded = decode(bomb);
      assert.ok(
        size(decoded) < 1500 * bomb.length + 1_000_000,
        `${name}: ${size(decoded)} from ${bomb.length}`,
      );
      for (const receipt of decoded.receipts) {
        assert.ok(renderSvg(receipt).length < 1500 * bomb.length + 1_000_000, name);
        assert.ok(textLines(receipt).join('\n').length < 100 * bomb.length + 10_000, name);
      }
    }
  });
});
