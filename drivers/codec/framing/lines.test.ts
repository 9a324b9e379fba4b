import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type LineItem, splitLines } from './lines.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Feeds `bytes` cut at the given places. */
function feed(limit: number, bytes: Uint8Array, cuts: readonly number[]): LineItem[] {
  const splitter = splitLines(limit);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).flatMap((to, i) => [...splitter.push(bytes.subarray(places[i], to))]);
}

describe('framing: lines', () => {
  it('delivers lines without LF or CR LF, and holds the rest', () => {
    const splitter = splitLines(80);
    assert.deepEqual(splitter.push(bytesOf('ok\r\n<Idle>\nerr')), [{ line: 'ok' }, { line: '<Idle>' }]);
    assert.equal(splitter.held, 3);
    assert.deepEqual(splitter.push(bytesOf('or:9\n\n')), [{ line: 'error:9' }, { line: '' }]);
    assert.equal(splitter.held, 0);
  });

  it('counts the bytes of a line that is too long, and goes on with the next', () => {
    assert.deepEqual(feed(4, bytesOf('12345\nabcd\r\nx'), []), [{ discarded: 6 }, { line: 'abcd' }]);
    assert.deepEqual(feed(4, bytesOf('1234567890\nok\n'), []), [{ discarded: 11 }, { line: 'ok' }]);
  });

  it('never holds more than its limit allows', () => {
    const splitter = splitLines(16);
    for (let i = 0; i < 1000; i++) splitter.push(new Uint8Array(1000).fill(0x41));
    assert.deepEqual(splitter.push(bytesOf('\n')), [{ discarded: 1_000_001 }]);
  });

  it('says the same however the stream is cut, and accounts for every byte', () => {
    const stream = fc.array(fc.constantFrom(0x0a, 0x0d, 0x41, 0x42, 0xe4, 0xff, 0x00), { maxLength: 200 });
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        (raw, cuts, limit) => {
          const bytes = Uint8Array.from(raw);
          const whole = feed(limit, bytes, []);
          assert.deepEqual(feed(limit, bytes, cuts), whole);
          assert.equal(whole.length, raw.filter((byte) => byte === 0x0a).length);
          for (const item of whole) {
            if ('discarded' in item) assert.ok(item.discarded > limit);
            else assert.ok(!item.line.includes('\n'));
          }
        },
      ),
    );
  });

  it('gives back the lines that were sent', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 8 }), (lines, cuts) => {
        const sent = bytesOf(lines.map((text) => `${text}\n`).join(''));
        assert.deepEqual(
          feed(4096, sent, cuts),
          // A decoder takes a byte order mark at the start of a text for what it is.
          lines.map((text) => ({ line: text.replace(/^\ufeff/, '') })),
        );
      }),
    );
  });
});
