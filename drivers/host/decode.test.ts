import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isRigError } from '../../rig/model/errors.ts';
import { encodeMessage, toDialogueMessage } from '../codec/iso8583/index.ts';
import { readInput } from './decode-frames.ts';
import { LengthForm, type Travel } from './decode-framing.ts';
import { behindFront, otherDialect } from './decode-guess.ts';
import { understandings } from './decode-input.ts';
import { loadDialect } from './dialect.ts';

/** Messages as other people’s terminals, switches and hosts write them, put together by hand from the field definitions. */
const PAN = '6299990000000000012';
const latin1 = (text: string) => Buffer.from(text, 'latin1').toString('hex').toUpperCase();
/** Digits only. */
const ebcdic = (digits: string) => [...digits].map((digit) => `F${digit}`).join('');

const FRAMES = [
  {
    what: 'a UnionPay sale by chip, with tags of the acquirer’s own in F55, one digit in F48, serial data in F59',
    dialect: 'unionpay-pos',
    hex:
      `60000600006031003110030200702406C020C19A3119${PAN}0` + // TPDU to 2
      '00000000000000000100040330120710000100' + // 3, 4, 11, 14, 22 left-justified, 23 right-justified, 25
      `1233${PAN}D30122013949030` + // 26, 35 with an odd number of digits
      `${latin1('10000019850100082410002')}000100313536` + // 41, 42, 48, 49
      'D1EEF419D0AE26092600000000000000' + // 52, 53
      '00189F2701809F36020157DF31009F74009C0100' + // 55
      `0010${latin1('A1234567B9')}00142200002400060038463635314232 36`.replace(' ', ''), // 59, 60, 64
    kind: 'sale',
    fields: { '22': '071', '23': '001', '48': '0', '59': 'A1234567B9', '60.2': '000024', '55.9F36': '0157' },
  },
  {
    what: 'a UnionPay answer: expiry and settlement date, issuer and acquirer in F44, a scheme without text in F63',
    dialect: 'unionpay-pos',
    hex:
      `60000000056031000000000210703E00810ED0801319${PAN}0` +
      '0000000000000000010001340919470428301204270008' + // 3, 4, 11 to 15, 25, 32
      `00095840${latin1('09194714505600584200' + '00130244' + '038621100000000')}` + // 32, 37 to 39, 41, 42
      `22${latin1('93010000   03025840   156')}` + // 44, 49
      `0013220000070005000003${latin1('CUP')}3531443837343145`, // 60, 63, 64
    kind: 'sale',
    fields: { '38': '005842', '44.1': '93010000   ', '44.2': '03025840   ', '63.1': 'CUP' },
  },
  {
    what: 'a sale behind a NAC: NII, right-justified entry mode, currency in digits, tables in F63',
    dialect: 'nac-pos',
    hex:
      '600010000002003020058020C090020020000000000005550000270021022600' +
      `37${PAN}D301210120000000320${latin1('14111111' + '88003044333    ')}` + // 35, 41, 42
      `0124AA17EAB7BF18034B00070005${latin1('3LC02')}`, // 49, 52, 63
    kind: 'sale',
    fields: { '22': '021', '24': '226', '49': '124', '63': '\u0000\u00053LC02' },
  },
  {
    what: 'an echo test of a switch: text with binary bitmaps',
    dialect: 'iso8583-1987-ascii-binary',
    hex: `${latin1('0800')}82200000000000000400000000000000${latin1('0911131411000007301')}`,
    kind: 'echo',
    fields: { '7': '0911131411', '70': '301' },
  },
  {
    what: 'an echo test of a mainframe: EBCDIC',
    dialect: 'iso8583-1987-ebcdic',
    hex: `${ebcdic('0800')}82200000000000000400000000000000${ebcdic('0911131411000007301')}`,
    kind: 'echo',
    fields: { '11': '000007', '70': '301' },
  },
  {
    what: 'a sign-on answer of a card network: packed, characters in EBCDIC',
    dialect: 'iso8583-1987-packed-ebcdic',
    hex: `0810822000000200000004000000000000000911131411000005${ebcdic('00')}0001`,
    kind: 'sign-on',
    fields: { '39': '00', '70': '001' },
  },
  {
    what: 'an echo test of 1993, packed',
    dialect: 'iso8583-1993-packed',
    hex: `1804023001000080000009111314110000012611221314110831${latin1('30001001')}`,
    kind: 'echo',
    fields: { '12': '261122131411', '24': '831' },
  },
] as const;

const withLength = (hex: string) => (hex.length / 2).toString(16).padStart(4, '0') + hex;
const [SALE] = FRAMES;
const UNIONPAY = loadDialect('unionpay-pos');
const read = async (text: string, dialect = UNIONPAY, travel: Travel = {}) =>
  readInput(await understandings(text, undefined), dialect, travel);
const kinds = ({ placed }: Awaited<ReturnType<typeof read>>) =>
  placed.map(({ dialect, message }) => toDialogueMessage(dialect, message).kind);

describe('decoding what others wrote', () => {
  for (const { what, dialect: name, hex, kind, fields } of FRAMES) {
    it(`${what}: reads, is found when no dialect is named, and encodes to the same bytes`, async () => {
      const dialect = loadDialect(name);
      for (const form of [hex, withLength(hex)]) {
        const { placed, error } = await read(form, dialect);
        assert.equal(error, undefined);
        const [only] = placed;
        assert.ok(only && placed.length === 1);
        assert.deepEqual(only.message.remarks, []);
        assert.equal(toDialogueMessage(only.dialect, only.message).kind, kind);
        for (const [id, value] of Object.entries(fields)) assert.equal(only.message.fields[id], value, id);
        const { mti, tpdu, header } = only.message;
        const whole = Object.entries(only.message.fields).filter(([id]) => !id.includes('.'));
        const again = encodeMessage(only.dialect, { mti, tpdu, header, fields: Object.fromEntries(whole) });
        assert.equal(Buffer.from(again).toString('hex').toUpperCase(), form.toUpperCase());
      }
      if (name === 'unionpay-pos') return;
      const inputs = await understandings(withLength(hex), undefined);
      assert.ok(readInput(inputs, UNIONPAY, {}).error);
      const other = otherDialect(inputs, 'unionpay-pos', {});
      assert.equal(other?.outcome.placed[0]?.message.mti, (await read(hex, dialect)).placed[0]?.message.mti);
      assert.deepEqual(kinds(other?.outcome ?? { placed: [] }), [kind]);
    });
  }

  it('reads hex however it is spelled, several frames on lines of their own, dumps and logs', async () => {
    const hex = withLength(SALE.hex);
    const pairs = hex.match(/../g) ?? [];
    const dump = Array.from({ length: Math.ceil(pairs.length / 16) }, (_, row) => {
      const some = pairs.slice(row * 16, row * 16 + 16);
      return `${(row * 16).toString(16).padStart(4, '0')}   ${some.join(' ').padEnd(47)}   ${'02'.repeat(some.length / 2)}`;
    }).join('\n');
    const spelled = [pairs.join(' '), `0x${pairs.join(', 0x')}`, `\\x${pairs.join('\\x')}`, pairs.join(':')];
    for (const text of [...spelled, dump, `2026-11-22 07:04:05 SEND: ${pairs.join(' ')}`]) {
      const outcome = await read(text);
      assert.equal(outcome.error, undefined, text);
      assert.deepEqual(kinds(outcome), ['sale'], text);
    }
    for (const text of [
      hex + hex,
      `${SALE.hex}\n${hex}\n\n${SALE.hex}`,
      `${dump}\n\n${dump}`,
      `07:04:05 SEND ${hex}\n07:04:06 nothing\n07:04:07 RECV ${SALE.hex}`,
    ]) {
      const outcome = await read(text);
      assert.equal(outcome.error, undefined, text);
      assert.ok(outcome.placed.length >= 2 && kinds(outcome).every((kind) => kind === 'sale'), text);
    }
  });

  it('reads a message that is text itself', async () => {
    const echo = '0800822000000000000004000000000000000911131411000007301';
    const outcome = await read(echo, loadDialect('iso8583-1987-ascii'));
    assert.deepEqual(kinds(outcome), ['echo']);
    assert.equal(outcome.placed[0]?.notes[0]?.text, 'read as text that is the message itself');
  });

  it('keeps to the framing that it is told', async () => {
    const bare = SALE.hex.slice(22);
    const lengths = ['none', 'ascii4', 'bcd2', 'binary4', 'binary2-inclusive'] as const;
    const size = bare.length / 2;
    const headers = {
      none: '',
      ascii4: latin1(String(size).padStart(4, '0')),
      bcd2: String(size).padStart(4, '0'),
      binary4: size.toString(16).padStart(8, '0'),
      'binary2-inclusive': (size + 2).toString(16).padStart(4, '0'),
    };
    for (const form of lengths) {
      for (const told of lengths) {
        const travel: Travel = { length: LengthForm.parse(told), tpdu: false, header: false };
        const { error } = await read(headers[form] + bare, UNIONPAY, travel);
        assert.equal(error === undefined, form === told, `${form} read as ${told}`);
      }
    }
    assert.ok((await read(bare, UNIONPAY, { length: 'none', tpdu: true })).error);
    assert.ok(!LengthForm.safeParse('ascii9').success);
  });

  it('tells which field is wrong, and does not take another framing or dialect for a frame that is damaged', async () => {
    // An A among the digits of F4.
    const wrong = withLength(SALE.hex.replace('000000000001000403', '0000000A0001000403'));
    const { placed, error } = await read(wrong);
    assert.deepEqual(placed, []);
    assert.match(error?.message ?? '', /F4 Amount at offset 40: expected digits/);
    const inputs = await understandings(wrong, undefined);
    assert.equal(otherDialect(inputs, 'unionpay-pos', {}), undefined);
    // The same without its length header, which the first two bytes of the TPDU can be none of.
    const bare = await read(wrong.slice(4));
    assert.match(
      bare.error?.message ?? '',
      /F4 Amount at offset 38: expected digits \(read without length header\)/,
    );
    // A length header that is one too large.
    const long = (SALE.hex.length / 2 + 1).toString(16).padStart(4, '0') + SALE.hex;
    assert.match((await read(long)).error?.message ?? '', /the length header says \d+ bytes, there are \d+/);
    assert.equal(otherDialect(await understandings(long, undefined), 'unionpay-pos', {}), undefined);
  });

  it('names the field that is cut short also where TPDU and header were left away, and no card number', async () => {
    const bare = SALE.hex.slice(22);
    for (const [bytes, expected] of [
      [60, /F41 Terminal id: expected 8 bytes, 1 are left/],
      [20, /offset 11: F2 Primary account number: expected 10 bytes, 9 are left/],
      [9, /offset 2: bitmap: expected 8 bytes, 7 are left/],
    ] as const) {
      const { error } = await read(bare.slice(0, 2 * bytes));
      assert.match(error?.message ?? '', expected);
      assert.match(error?.message ?? '', /\(read without length header, without TPDU and header\)$/);
      assert.ok(!error?.message.includes(PAN.slice(6, 15)));
    }
    // A byte too many: the message is told, and where it ended.
    const { placed, error } = await read(`${bare}00`);
    assert.equal(placed.length, 1);
    assert.match(error?.message ?? '', new RegExp(`^frame 2, which starts at offset ${bare.length / 2}: `));
  });

  it('finds a message behind an envelope that no dialect knows, and reads it when told to skip that', async () => {
    const front = '6000100000FD0072AABBCCDD603200310000';
    const enveloped = withLength(front + SALE.hex.slice(22));
    const inputs = await understandings(enveloped, undefined);
    assert.ok(readInput(inputs, UNIONPAY, {}).error);
    const found = behindFront(inputs, UNIONPAY);
    assert.deepEqual([found?.skip, found?.dialect.id], [2 + front.length / 2, 'unionpay-pos']);
    const outcome = readInput(inputs, UNIONPAY, { skip: 2 + front.length / 2 });
    assert.equal(outcome.error, undefined);
    assert.deepEqual(kinds(outcome), ['sale']);
    assert.equal(outcome.placed[0]?.offset, 20);
  });

  it('refuses packet captures and text without bytes, each with what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-decode-'));
    const file = join(folder, 'trace.pcap');
    writeFileSync(file, Buffer.from('d4c3b2a1020004000000000000000000', 'hex'));
    try {
      await assert.rejects(understandings(undefined, file), (thrown) => {
        assert.ok(isRigError(thrown));
        assert.equal(thrown.code, 'USAGE');
        return /tshark/.test(thrown.hint ?? '');
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
    await assert.rejects(understandings('', undefined), { code: 'USAGE' });
    await assert.rejects(understandings('nothing here', undefined), { code: 'USAGE' });
  });

  it('never fails with anything but its error, whatever the text', async () => {
    const piece = fc.constantFrom(
      SALE.hex,
      '0080',
      '0000  ',
      '0010: ',
      '60 00 ',
      ' ',
      '\n',
      '|..|',
      '0x',
      'SEND ',
      '0200B2200000',
      '中',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        try {
          const { error } = await read(pieces.join(''));
          if (error) assert.equal(error.blame, 'file');
        } catch (thrown) {
          assert.ok(isRigError(thrown), String(thrown));
        }
      }),
      { numRuns: 60 },
    );
  });
});
