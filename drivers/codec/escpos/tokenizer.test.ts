import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COMMANDS, prefixOf } from './commands.ts';
import { bytes } from './testing/bytes.ts';
import { makeTokenizer, type Token } from './tokenizer.ts';

const tokensOf = (...chunks: Uint8Array[]): Token[] => {
  const tokenizer = makeTokenizer();
  return [...chunks.flatMap((chunk) => tokenizer.write(chunk)), ...tokenizer.end()];
};
const describeToken = (token: Token) =>
  `${token.kind === 'command' ? token.command.id : token.kind} ${Buffer.from(token.bytes).toString('hex')}`;
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

/** One command each, written from the command reference; `X` must come out as text behind it. */
// biome-ignore format: a table
const VECTORS: readonly (readonly [id: string, hex: string])[] = [
  ['ESC @', '1b40'], ['ESC !', '1b2130'], ['ESC $', '1b244801'], ['ESC *', '1b2a000200aabb'],
  ['ESC *', '1b2a210100aabbcc'], ['ESC &', '1b2603414202aabbccddeeff01112233'], ['ESC (', '1b28410400300102ff'],
  ['ESC D', '1b44081018 00'], ['ESC D', '1b440810'], ['ESC W', '1b5700000000800100 02'], ['ESC c', '1b633501'], ['ESC p', '1b70003cff'],
  ['ESC B', '1b420302'], ['ESC i', '1b69'], ['ESC t', '1b7410'], ['ESC v', '1b76'],
  ['FS &', '1c26'], ['FS (', '1c2843020030 32'], ['FS 2', `1c32feA1${'55'.repeat(72)}`], ['FS a', '1c613005'], ['FS a', '1c6131'],
  ['FS g', `1c673100000000000200abcd`], ['FS g', '1c67320000000000 0200'], ['FS p', '1c700100'], ['FS q', '1c7101 0100 0100 0102030405060708'],
  ['GS !', '1d2111'], ['GS ( k', '1d286b03003143 06'], ['GS ( L', '1d284c020030 32'], ['GS 8 L', '1d384c0b000000 3070300101310800010055'],
  ['GS *', '1d2a0101 0102030405060708'], ['GS C', '1d43300302'], ['GS C', '1d433b313b393b313b313b303b'], ['GS D', `1d4430433020203031424d 10000000 ${'00'.repeat(10)}`],
  ['GS Q', '1d513000 0200 0100 aabb'], ['GS V', '1d5600'], ['GS V', '1d564103'], ['GS a', '1d61ff'], ['GS g', '1d6730000000'],
  ['GS k', '1d6b04 3132333400'], ['GS k', '1d6b49 047b423132'], ['GS k', '1d6b02 3200'], ['GS v', '1d763000 0200 0200 aabbccdd'],
  ['GS ^', '1d5e010000'], ['GS z', '1d7a300102'],
  ['DLE EOT', '100401'], ['DLE EOT', '10040801'], ['DLE EOT', '10041201'], ['DLE ENQ', '100501'], ['DLE DC4', '1014010005'],
  ['SO', '0e'], ['VT', '0b'], ['GS |', '1d7c08'], ['DC2 q', '127100'], ['SI', '0f'], ['DC2', '12'], ['DC4', '14'], ['DC2 #', '1223a0'], ['DC2 *', '122a0201aabb'], ['ESC SI', '1b0f'], ['ESC j', '1b6a31'],
  ['ESC w', '1b7731'], ['ESC 81h', '1b81030004 4d58'], ['GS F9h', '1df93530'], ['GS o', '1d6f00040002'], ['GS k', '1d6b0b4d412c3100'],
  ['GS k', '1d6b51 02080001 0200 3100'], ['US DC1', '1f1104'], ['US $', '1f240102'], ['US (', '1f28410300303100'],
  ['DLE DC4', '10140801031401060208'], ['DLE DC4', '1014030102030405'], ['HT', '09'], ['LF', '0a'], ['FF', '0c'], ['CR', '0d'], ['CAN', '18'],
];

describe('codec: escpos tokenizer', () => {
  for (const [id, text] of VECTORS) {
    it(`finds the end of ${id} (${text.slice(0, 24)})`, () => {
      const command = hex(text);
      const tokens = tokensOf(bytes(command, 0x0a, 'X'));
      assert.deepEqual(tokens.map(describeToken), [
        `${id} ${Buffer.from(command).toString('hex')}`,
        'LF 0a',
        'text 58',
      ]);
    });
  }

  it('has a rule for every command that ends on any parameters', () => {
    for (const command of COMMANDS) {
      const prefix = Uint8Array.from(prefixOf(command.id));
      for (const fill of [0, 1, 0x30, 0x31, 0x41, 0xff]) {
        const body = bytes(prefix, new Uint8Array(600).fill(fill));
        const length = command.length(body);
        assert.ok(length === 0 || length >= prefix.length, `${command.id} with ${fill}: ${length}`);
      }
    }
  });

  it('keeps what nothing explains, and never what follows it', () => {
    assert.deepEqual(tokensOf(hex('1b99 4142')).map(describeToken), ['unknown 1b', 'text 994142']);
    assert.deepEqual(tokensOf(hex('1b7e 41')).map(describeToken), ['unknown 1b7e', 'text 41']);
    assert.deepEqual(tokensOf(hex('1b1b40 41')).map(describeToken), ['unknown 1b', 'ESC @ 1b40', 'text 41']);
    assert.deepEqual(tokensOf(hex('1d2831 4142')).map(describeToken), ['unknown 1d28', 'text 314142']);
    assert.deepEqual(tokensOf(hex('01 41')).map(describeToken), ['unknown 01', 'text 41']);
    assert.deepEqual(tokensOf(hex('1d6b08 41')).map(describeToken), [
      'unknown 1d6b',
      'unknown 08',
      'text 41',
    ]);
  });

  it('does not wait for the end of a barcode for ever', () => {
    const digits = '4'.repeat(400);
    const tokens = tokensOf(bytes(hex('1d6b04'), digits));
    assert.equal(
      tokens.filter((t) => t.kind === 'text').reduce((n, t) => n + t.bytes.length, 0),
      400,
    );
  });

  it('says where everything stood', () => {
    const tokens = tokensOf(bytes('AB', hex('1b40'), 'C', hex('1d56')));
    assert.deepEqual(
      tokens.map((t) => [t.kind, t.offset]),
      [
        ['text', 0],
        ['command', 2],
        ['text', 4],
        ['unknown', 5],
      ],
    );
  });

  it('puts every byte into exactly one token, whatever comes and however it is split', () => {
    const stream = fc.array(fc.oneof(interesting, fc.integer({ min: 0, max: 255 })), { maxLength: 300 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(300)), (content, cuts) => {
        const whole = Uint8Array.from(content);
        const points = [
          0,
          ...[...cuts].map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b),
          whole.length,
        ];
        const chunks = points.slice(1).map((to, i) => whole.slice(points[i], to));
        const tokens = tokensOf(...chunks);
        assert.deepEqual(Buffer.concat(tokens.map((t) => t.bytes)), Buffer.from(whole));
        // Text may be cut anywhere; all else comes out the same as in one piece.
        const solid = (list: readonly Token[]) =>
          list.filter((t) => t.kind !== 'text').map((t) => [t.offset, describeToken(t)]);
        assert.deepEqual(solid(tokens), solid(tokensOf(whole)));
      }),
    );
  });

  it('takes a long picture byte by byte', () => {
    const tokenizer = makeTokenizer();
    const picture = bytes(hex('1d763000 4800 ff0f'), new Uint8Array(72 * 4095), 'X');
    const tokens = [...picture].flatMap((byte) => tokenizer.write(Uint8Array.of(byte)));
    assert.deepEqual(
      tokens.map((t) => t.kind),
      ['command', 'text'],
    );
  });
});

/** Bytes that begin commands, so that random streams are full of them. */
const interesting = fc.constantFrom(
  0x1b,
  0x1d,
  0x1c,
  0x10,
  0x0a,
  0x00,
  0x28,
  0x6b,
  0x2a,
  0x76,
  0x44,
  0x26,
  0x04,
  0x14,
  0x38,
  0x4c,
);
