import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeTokenizer } from '../codec/escpos/tokenizer.ts';
import { DOTS_WITHHELD, withoutDots } from './dots-veil.ts';

/** What a tee is told, stretches of one kind joined: hex, or how many bytes are withheld. */
function told(chunks: readonly Uint8Array[], endAfter?: number): string[] {
  const out: string[] = [];
  let withheld = 0;
  const flush = () => {
    if (withheld > 0) out.push(`(${withheld})`);
    withheld = 0;
  };
  let open = false;
  const veil = withoutDots({
    bytes: (dir, chunk) => {
      assert.equal(dir, 'in');
      flush();
      const hex = Buffer.from(chunk).toString('hex');
      if (open) out.push((out.pop() ?? '') + hex);
      else out.push(hex);
      open = true;
    },
    withheld: (_, count, reason) => {
      assert.equal(reason, DOTS_WITHHELD);
      open = false;
      withheld += count;
    },
    unseen: () => {},
    link: () => {},
  });
  chunks.forEach((chunk, i) => {
    veil.bytes('in', chunk);
    if (i === endAfter) veil.receiptOver();
  });
  flush();
  return out;
}

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const inOne = (text: string) => told([hex(text)]);
const byteByByte = (text: string) => told([...hex(text)].map((byte) => Uint8Array.of(byte)));

/** Every command that carries dots, with text before and behind; in brackets what must not be kept. */
const PICTURES: readonly (readonly [name: string, before: string, dots: number, behind: string])[] = [
  ['GS v 0', '41 1d763000 0200 0300', 6, '42'],
  ['GS Q 0', '1d513000 0200 0100', 2, '0a'],
  ['GS *', '1d2a 01 02', 16, '1d2f00'],
  ['GS ( L 112', '1d284c 0e00 30 70 30 01 01 31 0800 0400', 4, '1d284c02003032'],
  ['GS 8 L 112', '1d384c 0c000000 30 70 30 01 01 31 0800 0200', 2, '1d284c02003032'],
  ['ESC * 0', '1b2a 00 0400', 4, '0a'],
  ['ESC * 33', '1b2a 21 0200', 6, '0a'],
  ['FS 2', '1c32 fea1', 72, 'fea1'],
  ['FS q', '1c71 01', 4 + 8, '41'],
  ['ESC &', '1b26 03 41 42', 1 + 3 + 1 + 6, '4142'],
];
const dotsOf: Readonly<Record<string, string>> = {
  'FS q': `01000100${'55'.repeat(8)}`,
  'ESC &': `01${'55'.repeat(3)}02${'55'.repeat(6)}`,
};

describe('printer: raw capture without the dots of pictures', () => {
  for (const [name, before, dots, behind] of PICTURES) {
    it(`keeps what stands around the dots of ${name}`, () => {
      const job = before + (dotsOf[name] ?? '55'.repeat(dots)) + behind;
      const wanted = [before.replace(/\s/g, ''), `(${dots})`, behind];
      assert.deepEqual(inOne(job), wanted);
      assert.deepEqual(byteByByte(job), wanted);
    });
  }
  it('keeps text, commands and unknown bytes as they are', () => {
    const job = '1b40 bdf0b6ee 0a 1d21 11 1b7f ff 1d284c02003032 100401 1d6b04303132 00 1d5600';
    assert.deepEqual(inOne(job), [job.replace(/\s/g, '')]);
    assert.deepEqual(byteByByte(job), [job.replace(/\s/g, '')]);
  });
  it('takes what follows a receipt for what it is, though its last picture was cut short', () => {
    const [cut, next] = [hex('1d763000 0a00 0a00 5555'), hex('1b40 4142')];
    assert.deepEqual(told([cut, next], 0), ['1d7630000a000a00', '(2)', '1b404142']);
  });
  it('tells of every byte once, in any split, and hides what the decoder takes for a picture', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(
        ...PICTURES.map(([name, before, dots]) => hex(before + (dotsOf[name] ?? '55'.repeat(dots)))),
      ),
      fc.constantFrom(hex('1d7630'), hex('1b2a21'), hex('1d384c'), hex('1c7102')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const job = Buffer.concat(pieces);
        const chunks: Buffer[] = [];
        for (let at = 0; at < job.length; at += size) chunks.push(job.subarray(at, at + size));
        const seen = told([job]);
        assert.deepEqual(told(chunks), seen);
        const length = (part: string) => (part.startsWith('(') ? Number(part.slice(1, -1)) : part.length / 2);
        assert.equal(
          seen.reduce((sum, part) => sum + length(part), 0),
          job.length,
        );
        const tokenizer = makeTokenizer();
        const commands = tokenizer.write(job).filter((token) => token.kind === 'command');
        const carried = commands.reduce(
          (sum, token) => sum + dotsIn(token.command.id, token.bytes.length),
          0,
        );
        const withheld = seen
          .filter((part) => part.startsWith('('))
          .reduce((sum, part) => sum + length(part), 0);
        // An unfinished picture at the end is hidden too.
        assert.ok(withheld >= carried && withheld <= carried + tokenizer.kept, `${withheld} of ${carried}`);
      }),
    );
  });
});

const HEADERS = new Map(
  Object.entries({
    'GS v': 8,
    'GS Q': 8,
    'GS *': 4,
    'GS D': 15,
    'GS ( L': 15,
    'GS 8 L': 17,
    'ESC *': 5,
    'ESC &': 5,
    'FS q': 3,
    'FS 2': 4,
  }),
);
const dotsIn = (id: string, length: number) => Math.max(0, length - (HEADERS.get(id) ?? length));
