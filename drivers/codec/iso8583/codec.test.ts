import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { dialectNames, loadDialect } from '../../host/dialect.ts';
import {
  Deframer,
  Dialect,
  decodeMessage,
  encodeMessage,
  encodingOf,
  type FieldDefinition,
  type Message,
  verifyMac,
} from './index.ts';
import { contrary, ebcdic, numbers } from './testing/contrary.ts';

const unionpay = loadDialect('unionpay-pos');
/** Every shipped dialect, and three that do everything otherwise. */
const dialects = [...dialectNames().map(loadDialect), contrary, ebcdic, numbers];

const character = (alphabet: string) => fc.constantFrom(...alphabet);
const textOf = (unit: fc.Arbitrary<string>, min: number, max: number) =>
  fc.string({ unit, minLength: min, maxLength: max });

/** Any legal value of a field. */
function valuesOf(dialect: Dialect, field: FieldDefinition): fc.Arbitrary<string> {
  const min = field.length ?? 0;
  const max = field.length ?? field.max ?? 0;
  if (field.type === 'b') {
    return fc
      .uint8Array({ minLength: min, maxLength: max })
      .map((b) => Buffer.from(b).toString('hex').toUpperCase());
  }
  if (field.type === 'a') {
    const ascii = textOf(
      fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
      min,
      max,
    );
    if (field.charset === 'ascii' || (field.charset === 'gb18030' && min > 0)) return ascii;
    return field.charset === 'latin1'
      ? textOf(
          fc.integer({ min: 0, max: 0xff }).map((c) => String.fromCharCode(c)),
          min,
          max,
        )
      : fc.oneof(ascii, textOf(character('无锡样板商店abc 8€'), 0, Math.floor(max / 4)));
  }
  const decimal = (least: number, most: number) => textOf(character('0123456789'), least, most);
  if (field.type === 'x') {
    return fc.tuple(character('CD0'), decimal(min - 1, max - 1)).map(([sign, rest]) => sign + rest);
  }
  const digits = field.type === 'n' ? decimal(min, max) : textOf(character('0123456789=ABCEF'), min, max);
  if (field.counts !== 'bytes' || encodingOf(dialect, field) !== 'bcd') return digits;
  // A padding nibble that is a digit leaves only even numbers of digits; another one must not end the value.
  return field.pad <= '9'
    ? digits.map((value) => value.slice(value.length % 2))
    : digits.map((value) => value.replaceAll(field.pad, '7'));
}

/** Any legal message of a dialect: any set of fields, each with any legal value. */
function messageOf(dialect: Dialect): fc.Arbitrary<Message> {
  const fields = Object.fromEntries(
    Object.entries(dialect.fields).map(([id, field]) => [id, valuesOf(dialect, field)]),
  );
  return fc.record({
    mti: fc.stringMatching(/^[0-2][1-8][0-9]{2}$/),
    tpdu: fc.stringMatching(new RegExp(`^[0-9A-F]{${dialect.frame.tpdu * 2}}$`)),
    header: fc.stringMatching(new RegExp(`^[0-9]{${(dialect.frame.header?.bytes ?? 0) * 2}}$`)),
    fields: fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>,
  });
}

/** Remarks about parts and tags: a value that is legal as a whole may be none of what its parts say. */
const isView = (dialect: Dialect, id: string): boolean =>
  id.includes('.') || dialect.fields[id]?.tlv === true || id === 'bitmap';

const fits = (dialect: Dialect, message: Message): Uint8Array | undefined => {
  try {
    return encodeMessage(dialect, message);
  } catch (thrown) {
    // Only the sum of all fields may be too much for a frame.
    if (isRigError(thrown) && thrown.code === 'CODEC_FRAME') return undefined;
    throw thrown;
  }
};

describe('iso8583 codec', () => {
  for (const dialect of dialects) {
    it(`decodes what it encoded, and encodes what it decoded (${dialect.id})`, () => {
      fc.assert(
        fc.property(messageOf(dialect), (message) => {
          const frame = fits(dialect, message);
          fc.pre(frame !== undefined);
          const decoded = decodeMessage(dialect, frame);
          assert.equal(decoded.mti, message.mti);
          for (const [id, value] of Object.entries(message.fields))
            assert.equal(decoded.fields[id], value, `F${id}`);
          const { mti, tpdu, header } = decoded;
          const wholes = Object.fromEntries(
            Object.keys(message.fields).map((id) => [id, decoded.fields[id] ?? '']),
          );
          assert.deepEqual(encodeMessage(dialect, { mti, tpdu, header, fields: wholes }), frame);
          assert.deepEqual(
            decoded.remarks.filter(({ id }) => !isView(dialect, id)),
            [],
          );
        }),
        { numRuns: 120 },
      );
    });

    it(`throws nothing but CODEC errors on garbage, and what it accepts without remark is legal (${dialect.id})`, () => {
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        // Nearly legal: a legal frame with some bytes changed.
        fc
          .tuple(
            messageOf(dialect),
            fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          )
          .map(([message, changes]) => {
            const frame = (fits(dialect, message) ?? new Uint8Array()).slice();
            for (const [at, byte] of changes) if (at < frame.length) frame[at] = byte;
            return frame;
          }),
      );
      fc.assert(
        fc.property(garbage, (bytes) => {
          let decoded: ReturnType<typeof decodeMessage>;
          try {
            decoded = decodeMessage(dialect, bytes);
          } catch (thrown) {
            assert.ok(isRigError(thrown), String(thrown));
            assert.match(thrown.code, /^CODEC_(FRAME|FIELD)$/);
            assert.match(thrown.message, /offset \d+/);
            return;
          }
          if (decoded.remarks.length > 0) return;
          const wholes = Object.entries(decoded.fields).filter(([id]) => !id.includes('.'));
          const again = encodeMessage(dialect, { ...decoded, fields: Object.fromEntries(wholes) });
          assert.deepEqual(Buffer.from(again), Buffer.from(bytes));
        }),
        { numRuns: 400 },
      );
    });
  }

  it('names the field that runs out of bytes, wherever a frame is cut', () => {
    const frame = encodeMessage(unionpay, {
      mti: '0200',
      tpdu: '6000030000',
      header: '602200000000',
      fields: { '3': '000000', '4': '000000012850', '41': '30001001', '60.1': '22', '60.2': '000001' },
    });
    for (let length = 0; length < frame.length; length++) {
      assert.throws(() => decodeMessage(unionpay, frame.subarray(0, length)), { code: 'CODEC_FRAME' });
    }
    // 2 length + 5 TPDU + 6 header + 2 MTI + 8 bitmap + 3 F3: F4 starts at 26.
    assert.throws(() => decodeMessage(unionpay, frame.subarray(0, 28)), {
      message: /offset 26: F4 Amount: expected 6 bytes, 2 are left/,
    });
    const longer = new Uint8Array([...frame.subarray(2), 0]);
    assert.throws(() => decodeMessage(unionpay, longer, { length: false }), {
      message: /1 bytes are left over/,
    });
  });

  const HEAD = { mti: '0200', tpdu: '6000030000', header: '602200000000' };
  const encodes = (fields: Message['fields']) => encodeMessage(unionpay, { ...HEAD, fields });

  it('refuses values that do not fit, naming field and expectation', () => {
    assert.throws(() => encodes({ '4': '12850' }), {
      code: 'CODEC_FIELD',
      message: /F4 Amount: expected a length of 12, found 5/,
    });
    assert.throws(() => encodes({ '3': '00000x' }), { message: /F3 Processing code: expected digits/ });
    assert.throws(() => encodes({ '41': '终端一二三四五六' }), {
      message: /F41 Terminal id: expected ascii text/,
    });
    assert.throws(() => encodes({ '60.1': '22', '60.3': '000' }), {
      message: /F60\.2 Batch number: expected a text value/,
    });
    assert.throws(() => encodes({ '65': '0' }), {
      message: /F65: the dialect unionpay-pos has no such field/,
    });
    assert.throws(() => encodeMessage(unionpay, { mti: '0200', fields: {} }), {
      message: /TPDU: expected 5 bytes/,
    });
  });

  it('writes the published quirks: F22 left, F23 right justified, F2 padded at its end, = as D', () => {
    const bytes = encodes({ '2': '6299990000000000012', '22': '021', '23': '001', '35': '62=1' });
    const data = Buffer.from(bytes.subarray(23)).toString('hex').toUpperCase();
    assert.equal(data, '1962999900000000000120' + '0210' + '0001' + '0462D1');
  });

  it('tells a wrong padding nibble without refusing the message', () => {
    const bytes = encodes({ '22': '021' });
    bytes[bytes.length - 1] = 0x1f;
    const { fields, remarks } = decodeMessage(unionpay, bytes);
    assert.equal(fields['22'], '021');
    assert.deepEqual(remarks, [{ id: '22', offset: 23, text: 'padding nibble is F, not 0' }]);
  });

  it('reads composite fields by the message they stand in', () => {
    const totals = encodeMessage(unionpay, {
      ...HEAD,
      mti: '0500',
      fields: { '48': `${'0'.repeat(11)}7001${'0'.repeat(15)}1${'0'.repeat(31)}`, '60': '00000001201' },
    });
    const settlement = decodeMessage(unionpay, totals);
    assert.deepEqual(
      [settlement.fields['48.1'], settlement.fields['48.2'], settlement.fields['48.5']],
      ['000000000007', '001', '1'],
    );
    const detail = `00000012${'6299990000000000012'.padStart(20, '0')}000000012850`;
    const upload = decodeMessage(
      unionpay,
      encodeMessage(unionpay, {
        ...HEAD,
        mti: '0320',
        fields: { '48': `02${detail}${detail}`, '60': '00000001201' },
      }),
    );
    assert.equal(upload.fields['48.3'], '000012');
    assert.equal(upload.fields['48.9'], '000000012850');
    const end = decodeMessage(
      unionpay,
      encodeMessage(unionpay, { ...HEAD, mti: '0320', fields: { '48.1': '0002', '60': '00000001202' } }),
    );
    assert.equal(end.fields['48.1'], '0002');
  });

  it('gives each value at its offset and with its length', () => {
    for (const dialect of dialects) {
      fc.assert(
        fc.property(messageOf(dialect), (message) => {
          const frame = fits(dialect, message);
          fc.pre(frame !== undefined);
          const { layout } = decodeMessage(dialect, frame);
          let at = 0;
          for (const { id, offset, length } of layout) {
            if (id.includes('.')) continue;
            assert.equal(offset, at, `${dialect.id} F${id}`);
            at += length;
          }
          assert.equal(at, frame.length);
        }),
        { numRuns: 25 },
      );
    }
  });

  it('writes what the contrary dialects say, byte by byte', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
    const data = (dialect: Dialect, fields: Message['fields'], mti = '0800', tpdu = '') => {
      const frame = encodeMessage(dialect, { mti, tpdu, fields }, { length: false });
      return hex(frame);
    };
    const text = (latin1: string) => hex(Buffer.from(latin1, 'latin1'));
    const map = (word: string) => text(`0800${word}00000000`);
    // LL counts bytes, an odd number of digits ends with F or begins with E.
    assert.equal(data(contrary, { '8': '123' }), `${map('01000000')}${text('02')}123F`);
    assert.equal(data(contrary, { '9': '123' }), `${map('00800000')}${text('02')}E123`);
    assert.equal(data(contrary, { '10': '000000065536' }), `${map('00400000')}0000010000`);
    assert.equal(data(contrary, { '28': 'D00000150' }), `${map('00000010')}4400000150`);
    // EBCDIC, three bitmaps: bits 1 and 65 say so; field 130.
    const maps = ['80000000', '00000000', '80000000', '00000000', '40000000', '00000000'].join('');
    const inEbcdic = [...`0800${maps}02`].map((digit) => `F${digit}`).join('');
    assert.equal(data(ebcdic, { '130': 'Aa' }), `${inEbcdic}C181`);
    // Numbers: MTI 0800 is 0320, length header is BCD and counts itself.
    const frame = encodeMessage(numbers, { mti: '0800', tpdu: '6000000000', fields: { '11': '7' } });
    assert.equal(hex(frame), '0018' + '6000000000' + '0320' + '0020000000000000' + '07');
  });

  it('fills fixed fields where the dialect says with what', () => {
    const filled = Dialect.parse({
      ...contrary,
      id: 'filled',
      fields: {
        '4': { ...contrary.fields['4'], length: 12, justify: 'right', pad: '0', fill: '0' },
        '41': { name: { en: 'a', zh: 'a' }, type: 'a', length: 8, fill: ' ' },
        '42': { name: { en: 'a', zh: 'a' }, type: 'a', length: 6, fill: '*', justify: 'right' },
      },
    });
    const frame = encodeMessage(filled, { mti: '0800', fields: { '4': '12850', '41': 'T1', '42': 'M' } });
    const { fields } = decodeMessage(filled, frame);
    assert.deepEqual(fields, { '4': '000000012850', '41': 'T1      ', '42': '*****M' });
    assert.throws(() => encodeMessage(filled, { mti: '0800', fields: { '41': '123456789' } }), {
      message: /F41 a: expected a length of 8, found 9/,
    });
  });

  it('puts the MAC behind the last field, as bytes or hex text', () => {
    const mak = Buffer.from('33'.repeat(8) + '44'.repeat(8), 'hex');
    for (const [name, size] of [
      ['iso8583-1987-ascii', 16],
      ['iso8583-1987-packed', 8],
    ] as const) {
      const dialect = loadDialect(name);
      const one = encodeMessage(dialect, { mti: '0800', fields: { '11': '000001' } }, { mak });
      assert.equal(decodeMessage(dialect, one).layout.at(-1)?.id, '64');
      assert.equal(decodeMessage(dialect, one).layout.at(-1)?.length, size);
      assert.equal(verifyMac(dialect, one, mak), 'ok');
      // With fields behind 64 the MAC stands in 128.
      const two = encodeMessage(dialect, { mti: '0800', fields: { '11': '000001', '70': '301' } }, { mak });
      assert.equal(decodeMessage(dialect, two).layout.at(-1)?.id, '128');
      assert.equal(verifyMac(dialect, two, mak), 'ok');
      assert.equal(verifyMac(dialect, two, Buffer.from('33'.repeat(16), 'hex')), 'wrong');
    }
  });

  it('reads the tags of field 55, and keeps what is no BER-TLV', () => {
    const good = decodeMessage(unionpay, encodes({ '55.9F26': '0102030405060708', '55.95': '0000000800' }));
    assert.equal(good.fields['55'], '9F26080102030405060708' + '95050000000800');
    assert.equal(good.fields['55.95'], '0000000800');
    const bad = decodeMessage(unionpay, encodes({ '55': '9F2608010203' }));
    assert.match(bad.remarks[0]?.text ?? '', /tag 9F26 at offset 0: expected 8 bytes, 3 are left/);
  });
});

describe('iso8583 deframer', () => {
  it('gives the same frames however the stream is cut', () => {
    for (const dialect of dialects) {
      fc.assert(
        fc.property(
          fc.array(messageOf(dialect), { maxLength: 4 }),
          fc.array(fc.integer({ min: 1, max: 60 })),
          (messages, cuts) => {
            const frames = messages.flatMap((message) => fits(dialect, message) ?? []);
            const stream = Buffer.concat(frames);
            const deframer = new Deframer(dialect);
            const found: Uint8Array[] = [];
            let at = 0;
            for (const size of [...cuts, stream.length]) {
              found.push(...deframer.push(stream.subarray(at, at + size)));
              at += size;
            }
            assert.deepEqual(
              found.map((frame) => Buffer.from(frame)),
              frames.map((frame) => Buffer.from(frame)),
            );
            assert.equal(deframer.damage, undefined);
            assert.equal(deframer.pending, 0);
          },
        ),
        { numRuns: 30 },
      );
    }
  });

  it('holds no more than one frame, and ends for good when a length cannot be', () => {
    const deframer = new Deframer(unionpay);
    assert.deepEqual(deframer.push(Buffer.from('0003aabb', 'hex')), []);
    assert.deepEqual([deframer.pending, deframer.expected], [4, 5]);
    assert.equal(deframer.push(Buffer.from('cc0003', 'hex')).length, 1);
    deframer.push(Buffer.from('aabbccffff', 'hex'));
    assert.match(
      deframer.damage?.message ?? '',
      /offset 10: a frame of 65535 bytes is announced; unionpay-pos allows 2048/,
    );
    assert.deepEqual(deframer.push(Buffer.from('0001aa', 'hex')), []);
    assert.equal(deframer.pending, 0);
  });

  it('never throws and never holds more than the maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 20 }), (chunks) => {
        for (const dialect of dialects) {
          const deframer = new Deframer(dialect);
          for (const chunk of chunks) deframer.push(chunk);
          assert.ok(deframer.pending <= dialect.frame.max + 4);
        }
      }),
    );
  });
});
