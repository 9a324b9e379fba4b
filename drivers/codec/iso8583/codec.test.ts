import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { loadDialect } from '../../host/dialect.ts';
import {
  Deframer,
  Dialect,
  decodeMessage,
  encodeMessage,
  type FieldDefinition,
  type Message,
} from './index.ts';

const unionpay = loadDialect('unionpay-pos');
const base = { version: 1, id: 'test', title: { en: 't', zh: 't' } };
const named = (field: object) => ({ name: { en: 'a field', zh: '域' }, ...field });
const dialogue = {
  stan: '11',
  terminal: '41',
  merchant: '42',
  amount: '4',
  currency: '49',
  rrn: '37',
  'auth-code': '38',
  code: '39',
};
const rule = { kind: 'echo', request: '0800', response: '0810' };

/** Everything the other dialect does differently: text MTI and bitmap, other prefixes, both bitmaps, all justifications. */
const other = Dialect.parse({
  ...base,
  frame: { length: { encoding: 'ascii', bytes: 4, 'counts-itself': true }, max: 1500 },
  mti: 'ascii',
  bitmap: 'hex',
  'prefix-encoding': 'ascii',
  dialogue,
  messages: [rule],
  fields: {
    '2': named({ type: 'n', prefix: 'll', max: 19, pad: 'F' }),
    '3': named({ type: 'n', length: 6, encoding: 'ascii' }),
    '4': named({ type: 'n', length: 5, justify: 'left', pad: 'F' }),
    '5': named({ type: 'n', length: 5 }),
    '6': named({
      type: 'n',
      prefix: 'll',
      max: 21,
      justify: 'right',
      counts: 'digits',
      'prefix-encoding': 'bcd',
    }),
    '7': named({ type: 'n', prefix: 'll', max: 40, counts: 'bytes', 'prefix-encoding': 'binary' }),
    '35': named({ type: 'z', prefix: 'll', max: 37, 'prefix-encoding': 'binary' }),
    '45': named({ type: 'z', prefix: 'll', max: 76, encoding: 'ascii' }),
    '52': named({ type: 'b', length: 8, encoding: 'ascii' }),
    '63': named({ type: 'a', prefix: 'lll', max: 300, charset: 'gb18030', 'prefix-encoding': 'binary' }),
    '64': named({ type: 'b', length: 8 }),
    '70': named({ type: 'n', length: 3, encoding: 'ascii' }),
    '127': named({ type: 'b', prefix: 'lll', max: 300 }),
    '128': named({ type: 'b', length: 8 }),
  },
});

const character = (alphabet: string) => fc.constantFrom(...alphabet);
const textOf = (unit: fc.Arbitrary<string>, min: number, max: number) =>
  fc.string({ unit, minLength: min, maxLength: max });

/** Any legal value of a field. */
function valuesOf(field: FieldDefinition): fc.Arbitrary<string> {
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
    return field.charset === 'ascii'
      ? ascii
      : fc.oneof(ascii, textOf(character('无锡样板商店abc 8€'), 0, Math.floor(max / 4)));
  }
  const digits = textOf(character(field.type === 'n' ? '0123456789' : '0123456789=ABCEF'), min, max);
  return field.counts === 'bytes' ? digits.map((value) => value.slice(value.length % 2)) : digits;
}

/** Any legal message of a dialect: any set of fields, each with any legal value. */
function messageOf(dialect: Dialect): fc.Arbitrary<Message> {
  const fields = Object.fromEntries(
    Object.entries(dialect.fields).map(([id, field]) => [id, valuesOf(field)]),
  );
  return fc.record({
    mti: fc.stringMatching(/^0[1-8][0-9]{2}$/),
    tpdu: fc.stringMatching(new RegExp(`^[0-9A-F]{${dialect.frame.tpdu * 2}}$`)),
    header: fc.stringMatching(new RegExp(`^[0-9]{${(dialect.frame.header?.bytes ?? 0) * 2}}$`)),
    fields: fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>,
  });
}

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
  for (const dialect of [unionpay, other]) {
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
        }),
        { numRuns: 300 },
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
          assert.deepEqual(again, Uint8Array.from(bytes));
        }),
        { numRuns: 1500 },
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
    for (const dialect of [unionpay, other]) {
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
            assert.equal(deframer.pending, 0);
            assert.equal(deframer.damage, undefined);
          },
        ),
        { numRuns: 60 },
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
        for (const dialect of [unionpay, other]) {
          const deframer = new Deframer(dialect);
          for (const chunk of chunks) deframer.push(chunk);
          assert.ok(deframer.pending <= dialect.frame.max + 4);
        }
      }),
    );
  });
});
