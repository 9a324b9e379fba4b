import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bareApdu } from './bare-apdu.ts';
import { crc16Kermit, dleCrc } from './dle-crc.ts';
import { deframe, type Frame, type FrameItem, type Framing } from './scanner.ts';
import { lrcOf, stxEtxLrc } from './stx-etx-lrc.ts';
import { SAMPLES } from './testing/framings.ts';
import { textFields, textTlv } from './text-tlv.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const framesIn = (items: readonly FrameItem[]): Frame[] => items.filter((item) => item.type === 'frame');
const payloads = (items: readonly FrameItem[]): string[] =>
  framesIn(items).map(({ payload }) => hex(payload));

/** The whole stream in pieces of the given sizes, over and over. */
function inPieces(framing: Framing, stream: Uint8Array, sizes: readonly number[]): FrameItem[] {
  const deframer = deframe(framing);
  const items: FrameItem[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    items.push(...deframer.push(stream.subarray(at, at + size)));
    at += size;
    assert.ok(deframer.held < framing.longest, `${deframer.held} bytes held`);
  }
  items.push(...deframer.flush());
  assert.equal(deframer.held, 0);
  return items;
}

const whole = (items: readonly FrameItem[]): string => items.map(({ raw }) => hex(raw)).join('');
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
/** Bytes that framings stumble over, more often than chance would have it. */
const trap = fc.constantFrom(0x10, 0x02, 0x03, 0x06, 0x15, 0x01, 0x04, 0x05, 0x55, 0xaa, 0x43, 0x5a, 0xff, 0);
const nasty = fc.oneof(
  { weight: 3, arbitrary: trap },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);
const some = (maxLength: number) => fc.array(nasty, { maxLength }).map((array) => Uint8Array.from(array));

/**
 * Idle characters before a frame: without them what looks like a frame without its end takes the first marks of the next one
 * for its checksum, and now and then that even fits; then nobody can tell.
 */
const IDLE = Buffer.alloc(2);

describe('framings of till links', () => {
  for (const [name, { framing, make, marked, checked = true }] of Object.entries(SAMPLES)) {
    it(`${name}: every frame comes out as it went in, however the stream is cut`, () => {
      fc.assert(
        fc.property(fc.array(some(60), { minLength: 1, maxLength: 4 }), sizes, (all, cuts) => {
          const made = all.map(make);
          const items = inPieces(framing, Buffer.concat(made.map(({ wire }) => wire)), cuts);
          assert.deepEqual(
            payloads(items),
            made.map(({ payload }) => hex(payload)),
          );
        }),
        { numRuns: 60 },
      );
    });

    it(`${name}: no byte of any stream is lost, and cutting it otherwise makes no difference`, () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(
              some(80),
              some(40).map((data) => make(data).wire),
            ),
            { maxLength: 5 },
          ),
          sizes,
          (parts, cuts) => {
            const stream = Buffer.concat(parts);
            const items = inPieces(framing, stream, cuts);
            assert.equal(whole(items), hex(stream));
            let offset = 0;
            for (const item of items) {
              assert.equal(item.offset, offset);
              offset += item.raw.length;
            }
            assert.deepEqual(payloads(items), payloads(inPieces(framing, stream, [1])));
          },
        ),
        { numRuns: 80 },
      );
    });

    if (!marked) continue;
    it(`${name}: behind any garbage the next good frame is found`, () => {
      fc.assert(
        fc.property(some(60), some(50), sizes, (garbage, data, cuts) => {
          const { wire, payload } = make(data);
          const items = inPieces(framing, Buffer.concat([garbage, IDLE, wire]), cuts);
          assert.equal(payloads(items).at(-1), hex(payload));
        }),
        { numRuns: 120 },
      );
    });

    it(`${name}: behind a frame that was cut short or changed the next good one is found`, () => {
      fc.assert(
        fc.property(
          some(40),
          some(40),
          fc.nat(),
          fc.integer({ min: 1, max: 255 }),
          (first, second, place, change) => {
            const broken = Uint8Array.from(make(first).wire);
            const at = place % broken.length;
            const next = make(second);
            const deframer = deframe(framing);
            // A frame without its checksum may be whole with what follows; the silence of the line tells them apart.
            const cut = [...deframer.push(broken.subarray(0, at)), ...deframer.flush()];
            assert.equal(whole(cut), hex(broken.subarray(0, at)));
            assert.equal(
              payloads([...deframer.push(next.wire), ...deframer.flush()]).at(-1),
              hex(next.payload),
            );
            if (!checked) return;
            broken[at] = (broken[at] ?? 0) ^ change;
            const changed = Buffer.concat([broken, IDLE, next.wire]);
            assert.equal(payloads(inPieces(framing, changed, [7])).at(-1), hex(next.payload));
          },
        ),
        { numRuns: 120 },
      );
    });
  }

  it('bare APDU: behind garbage that is no known command the next APDU is found', () => {
    const framing = bareApdu({ known: (cla, ins) => cla === 0x06 && ins === 0x01 });
    const items = inPieces(framing, bytes('000010ff0601020304'), [9]);
    assert.deepEqual(payloads(items), ['0601020304']);
    assert.deepEqual(items[0], {
      type: 'discarded',
      offset: 0,
      raw: bytes('000010ff'),
      why: 'no frame begins with this',
    });
  });
});

describe('the framing of ZVT on a serial line', () => {
  it('writes the published frames', () => {
    const { frame } = dleCrc();
    assert.equal(hex(frame(bytes('800000'))), '10028000001003f51f');
    assert.equal(hex(frame(bytes('06010704000000001000'))), '1002060107040000000010100010036291');
    assert.equal(crc16Kermit(Buffer.from('123456789')), 0x2189);
  });

  it('tells acknowledgements between frames from the same bytes in one', () => {
    const { frame } = dleCrc();
    const stream = Buffer.concat([bytes('06'), frame(bytes('061506')), bytes('15')]);
    const items = inPieces(dleCrc(), stream, [3]);
    assert.deepEqual(
      items.map((item) => (item.type === 'control' ? item.name : item.type)),
      ['ACK', 'frame', 'NAK'],
    );
  });

  it('reports one damaged frame once, with both checksums', () => {
    const stream = Buffer.concat([
      bytes('1002060107040000000010100010036292'),
      dleCrc().frame(bytes('800000')),
    ]);
    const items = inPieces(dleCrc(), stream, [1]);
    const damaged = items.filter((item) => item.type === 'damaged');
    assert.equal(damaged.length, 1);
    assert.match(damaged[0]?.why ?? '', /CRC 62 92, expected 62 91/);
    assert.deepEqual(payloads(items), ['800000']);
  });

  it('gives up a frame that grows past the limit', () => {
    const deframer = deframe(dleCrc(64));
    const items = deframer.push(
      Buffer.concat([bytes('1002'), Buffer.alloc(500, 0x41), dleCrc().frame(bytes('800000'))]),
    );
    assert.deepEqual(payloads(items), ['800000']);
    assert.equal(items[0]?.type, 'discarded');
  });
});

describe('STX … ETX LRC', () => {
  it('has the published checksums', () => {
    assert.equal(lrcOf(Buffer.from('0200|123|'), { over: 'text+etx' }), 0x31);
    assert.equal(lrcOf(bytes(''), { over: 'text', base: 0x7f }), 0x7f);
    assert.equal(lrcOf(bytes(''), { over: 'stx+text+etx', base: 0x7f }), 0x7e);
    const concert = Buffer.from(`010000123401${'0'}978${' '.repeat(10)}A011B010`);
    assert.equal(lrcOf(concert, { over: 'text+etx' }), 0x03);
  });

  it('takes a checksum that equals ETX, STX or ACK for what it is', () => {
    const framing = stxEtxLrc({ over: 'text+etx' });
    for (const lrc of [0x03, 0x02, 0x06]) {
      const payload = Uint8Array.from([0x41, 0x41 ^ 0x03 ^ lrc]);
      const wire = framing.frame(payload);
      assert.equal(wire.at(-1), lrc);
      assert.deepEqual(payloads(inPieces(framing, Buffer.concat([wire, wire]), [1])), [
        hex(payload),
        hex(payload),
      ]);
    }
  });

  it('reads progress text, which has no checksum', () => {
    const items = inPieces(
      stxEtxLrc({ over: 'text', base: 0x7f, progress: true }),
      Buffer.from('\u0001INSERT CARD\u0004\u0006'),
      [4],
    );
    assert.deepEqual(
      items.map((item) =>
        item.type === 'frame' ? [item.form, Buffer.from(item.payload).toString()] : item.type,
      ),
      [['SOH', 'INSERT CARD'], 'control'],
    );
  });

  it('reads ACK and NAK with ETX and a checksum behind them, and bare ones too', () => {
    const framing = stxEtxLrc({ over: 'stx+text+etx', base: 0x7f, longControls: true });
    const frame = framing.frame(bytes('41'));
    const stream = Buffer.concat([bytes('06037a'), frame, bytes('06'), frame, bytes('150369'), bytes('06')]);
    for (const sizes of [[1], [2], [100]]) {
      assert.deepEqual(
        inPieces(framing, stream, sizes).map((item) =>
          item.type === 'control' ? `${item.name} ${item.raw.length}` : item.type,
        ),
        ['ACK 3', 'frame', 'ACK 1', 'frame', 'NAK 3', 'ACK 1'],
      );
    }
  });

  it('refuses text with a mark in it', () => {
    assert.throws(() => stxEtxLrc({ over: 'text' }).frame(bytes('4103')), RangeError);
  });
});

describe('text TLV', () => {
  it('says whether what it holds is whole, so that a short silence can end it', () => {
    const deframer = deframe(textTlv());
    const all = Buffer.from('CZ0040300CA00201');
    const whole = [...all].map((byte) => {
      deframer.push(Uint8Array.of(byte));
      return deframer.whole;
    });
    // Behind the first field, and behind the second.
    assert.deepEqual(
      whole.flatMap((is, i) => (is ? [i] : [])),
      [8, 15],
    );
  });

  it('reads a message when the next begins, or when the line is quiet', () => {
    const deframer = deframe(textTlv());
    assert.deepEqual(framesIn(deframer.push(Buffer.from('CZ0040300CJ0120123456789'))), []);
    const [first] = framesIn(deframer.push(Buffer.from('01CZ0040301')));
    assert.deepEqual(textFields(first?.payload ?? bytes('')), [
      { tag: 'CZ', value: '0300' },
      { tag: 'CJ', value: '012345678901' },
    ]);
    assert.deepEqual(payloads(deframer.flush()), [hex(Buffer.from('CZ0040301'))]);
  });
});
