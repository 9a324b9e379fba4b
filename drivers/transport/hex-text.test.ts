import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dumpsIn, hexRunsIn } from './hex-text.ts';

const hex = ({ bytes }: { readonly bytes: Uint8Array }) => Buffer.from(bytes).toString('hex');
/** Bytes whose characters look like hex themselves. */
const BYTES = Buffer.from('0200 12345678 abcdef 00 11 22 33', 'latin1');

const shown = (byte: number) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');
const pair = (byte: number) => byte.toString(16).padStart(2, '0');

/** One dump in a style of its own. */
function dump(bytes: Uint8Array, style: 'wireshark' | 'xxd' | 'hexdump' | 'decimal' | 'od'): string {
  const width = style === 'decimal' ? 20 : 16;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const row = [...bytes.subarray(at, at + width)];
    const text = row.map(shown).join('');
    const pairs = row.map(pair);
    if (style === 'wireshark') {
      lines.push(`${at.toString(16).padStart(4, '0')}   ${pairs.join(' ').padEnd(47)}   ${text}`);
    } else if (style === 'xxd') {
      const groups = (pairs.join('').match(/.{1,4}/g) ?? []).join(' ');
      lines.push(`${at.toString(16).padStart(8, '0')}: ${groups.padEnd(39)}  ${text}`);
    } else if (style === 'hexdump') {
      const halves = `${pairs.slice(0, 8).join(' ')}  ${pairs.slice(8).join(' ')}`;
      lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.padEnd(49)} |${text}|`);
    } else if (style === 'decimal') {
      lines.push(`${String(at).padStart(5, '0')}:${pairs.join(' ').padEnd(60)}[${text.padEnd(20)}]`);
    } else {
      lines.push(`${at.toString(8).padStart(7, '0')} ${pairs.join(' ')}`);
    }
  }
  if (style === 'hexdump') lines.push(bytes.length.toString(16).padStart(8, '0'));
  if (style === 'od') lines.push(bytes.length.toString(8).padStart(7, '0'));
  return lines.join('\n');
}

describe('bytes that are shown as text', () => {
  for (const style of ['wireshark', 'xxd', 'hexdump', 'decimal', 'od'] as const) {
    it(`reads a dump as of ${style}, whatever its characters look like`, () => {
      assert.deepEqual(dumpsIn(dump(BYTES, style)).map(hex), [BYTES.toString('hex')]);
      const bytes = fc.uint8Array({ minLength: 17, maxLength: 90 });
      fc.assert(
        fc.property(bytes, (some) => {
          assert.deepEqual(dumpsIn(dump(some, style)).map(hex), [Buffer.from(some).toString('hex')]);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('reads several dumps among other lines, and says where they begin', () => {
    const text = `request:\n${dump(BYTES, 'wireshark')}\nanswer:\r\n${dump(BYTES.subarray(3), 'wireshark')}\n${dump(BYTES, 'wireshark')}`;
    const found = dumpsIn(text);
    assert.deepEqual(
      found.map(hex),
      [BYTES, BYTES.subarray(3), BYTES].map((bytes) => bytes.toString('hex')),
    );
    assert.deepEqual(
      found.map(({ line }) => line),
      [2, 5, 7],
    );
  });

  it('finds no dump where offsets and bytes disagree, or in plain hex', () => {
    assert.deepEqual(dumpsIn('0000  60 00 03\n0010  00 60'), []);
    assert.deepEqual(dumpsIn('0200 7020 0000\n00c1 0018'), []);
    assert.deepEqual(dumpsIn('nothing'), []);
  });

  it('reads the longest hex of each line of a log, in words or pairs, and lines that go on', () => {
    const log = [
      '2026-11-22 07:04:05.123 SEND [60000300006031003110010800] ok',
      'DEBUG recv=60 00 00 00 03 60 31 00 31 10 01 08 10',
      'no hex here, but 20261122070405 is a time',
      'bytes: 0x60, 0x00, 0x03, 0x00, 0x00, 0x60, 0x31, 0x00, 0x31, 0x10',
      'first 600003000060310031',
      '10010800',
    ].join('\n');
    assert.deepEqual(hexRunsIn(log).map(hex), [
      '60000300006031003110010800',
      '60000000036031003110010810',
      '60000300006031003110',
    ]);
    assert.deepEqual(hexRunsIn('all 60000300006031003110\n0800\n0020 0000').map(hex), [
      '60000300006031003110080000200000',
    ]);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '0000',
      '0010',
      ' ',
      '  ',
      '60',
      ':',
      '|',
      '\n',
      'x',
      '0x',
      '\t',
      '600003000060310031100800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        dumpsIn(pieces.join(''));
        hexRunsIn(pieces.join(''));
      }),
    );
  });
});
