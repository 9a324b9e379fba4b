import assert from 'node:assert/strict';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { clip, oneLine, pad, printable, widthOf, wrap } from './text.ts';

const anything = fc.string({ unit: 'grapheme', maxLength: 200 });

describe('text of the journal in reports', () => {
  it('never drives a terminal nor reorders its surroundings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        assert.doesNotMatch(oneLine(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        assert.doesNotThrow(() => encodeURIComponent(oneLine(text)), 'no half of a surrogate pair');
      }),
    );
    assert.equal(printable('a\u001b[31m\u202eb'), 'a␛[31m⟨U+202E⟩b');
  });

  it('is as wide as its graphemes are, however it is measured', () => {
    const near = fc
      .array(fc.integer({ min: 0x20, max: 0xffff }).filter((code) => code < 0xd800 || code > 0xdfff))
      .map((codes) => String.fromCharCode(...codes));
    const quick = fc.string({ unit: fc.constantFrom(...' aZ~é¡ÿ–“”…→←金额〈,(') });
    fc.assert(
      fc.property(fc.oneof(anything, near, quick), (text) => assert.equal(widthOf(text), stringWidth(text))),
    );
    for (let code = 0x20; code < 0x10000; code++) {
      const letter = String.fromCharCode(code);
      assert.equal(widthOf(letter), stringWidth(letter), code.toString(16));
    }
  });

  it('is cut, and says by how much', () => {
    assert.equal(printable('x'.repeat(10_000), 10), `${'x'.repeat(10)}… (+9990)`);
  });

  it('fits a number of terminal cells, Chinese counting twice', () => {
    assert.equal(clip('批准应答丢失', 7), '批准应…');
    assert.equal(pad('批准', 6), '批准  ');
    fc.assert(
      fc.property(anything, fc.integer({ min: 2, max: 60 }), (text, cells) => {
        const line = oneLine(text);
        assert.ok(stringWidth(clip(line, cells)) <= cells);
        for (const part of wrap(line, Math.max(4, cells))) assert.ok(stringWidth(part) <= Math.max(4, cells));
      }),
    );
  });
});
