import assert from 'node:assert/strict';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { isRigError } from '../../../rig/model/errors.ts';
import { decodeApdu, encodeApdu, readApdu } from './apdu.ts';
import { answer, apdu, bcd, bmp, holding, tag } from './build.ts';
import { LANGUAGES, resultName, statusName } from './catalogue.ts';
import { find, nameOf, type ShownField, showFields } from './show.ts';

const apduHex = (control: string, data: Uint8Array): string => hex(apdu(control, data));
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/[\s-]/g, ''), 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const shown = (text: string, more = {}): ShownField[] =>
  showFields(decodeApdu(bytes(text)), { language: 'en', ...more });
const flat = (fields: readonly ShownField[]): [string, string][] =>
  fields.flatMap(({ id, value, fields: inner }) => [[id, value] as [string, string], ...flat(inner ?? [])]);

describe('ZVT', () => {
  it('reads the status of a payment, TLV container and all', () => {
    const message =
      '04-0F-65-27-00-0C-23-13-55-0D-10-29-0E-99-99-22-F0-F8-EE-EE-EE-EE-EE-EE-47-71-A0-01-29-00-00-00-06-87-00-08-0B-00-00-00-8A-06-8B-F1-F1-4D-41-53-54-45-52-43-41-52-44-00-06-2E-2F-08-1F-12-01-02-1F-10-01-00-60-1B-43-07-A0-00-00-00-04-10-10-44-10-44-65-62-69-74-20-4D-61-73-74-65-72-63-61-72-64-1F-2B-04-10-01-50-08';
    const values = Object.fromEntries(flat(shown(message)));
    assert.equal(values['0C'], '23:13:55');
    assert.equal(values['22'], '************4771');
    assert.equal(values['8B'], 'MASTERCARD');
    assert.equal(values['44'], 'Debit Mastercard');
    assert.equal(values['1F2B'], '10015008');
    const contactless = find(decodeApdu(bytes(message)).fields, '1F12');
    assert.equal(contactless?.name.zh, '卡片类型');
    assert.equal(hex(encodeApdu(decodeApdu(bytes(message)))), hex(bytes(message)));
  });

  it('reads an abort in the text that the terminal gave', () => {
    const fields = shown(
      '04 0F 1E 27 6C 29 28 00 48 69 3C F0 F1 F9 41 62 62 72 75 63 68 20 64 75 72 63 68 20 4B 75 6E 64 65',
    );
    assert.deepEqual(flat(fields), [
      ['27', '6C'],
      ['29', '28004869'],
      ['3C', 'Abbruch durch Kunde'],
    ]);
    assert.equal(fields[0]?.meaning, 'aborted by the key or by timeout');
  });

  const cases: readonly [what: string, message: string, fields: readonly [string, string][]][] = [
    [
      'a registration',
      '0600 06 123456 DE 0978',
      [
        ['password', '******'],
        ['config', 'DE'],
        ['currency', '0978'],
      ],
    ],
    [
      'a registration with a currency that begins like a bitmap',
      '0600 06 000000 BA 0344',
      [
        ['password', '******'],
        ['config', 'BA'],
        ['currency', '0344'],
      ],
    ],
    [
      'a registration without currency',
      '0600 0B 123456 0A 06 05 26 03 0A 01 41',
      [
        ['password', '******'],
        ['config', '0A'],
        ['06', ''],
        ['26', ''],
        ['0A', '41'],
      ],
    ],
    [
      'a state with a time',
      '04FF 02 17 05',
      [
        ['status', '17'],
        ['minutes', '05'],
      ],
    ],
    ['a state alone', '04FF 01 0A', [['status', '0A']]],
    [
      'a state with text',
      '04FF 0A FF 06 07 24 05 07 03 414243',
      [
        ['status', 'FF'],
        ['06', ''],
        ['24', ''],
        ['07', 'ABC'],
      ],
    ],
    [
      'a state with time and text',
      '04FF 0B FF 02 06 07 24 05 07 03 414243',
      [
        ['status', 'FF'],
        ['minutes', '02'],
        ['06', ''],
        ['24', ''],
        ['07', 'ABC'],
      ],
    ],
    ['an abort', '061E 01 6C', [['result', '6C']]],
    [
      'an abort for the currency',
      '061E 03 6F 0978',
      [
        ['result', '6F'],
        ['currency', '0978'],
      ],
    ],
    [
      'a line in CP437',
      '06D1 04 40 81 62 65',
      [
        ['attribute', '40'],
        ['text', 'übe'],
      ],
    ],
    ['an empty line', '06D1 01 00', [['attribute', '00']]],
    [
      'a line with its kind of receipt behind it',
      '06D1 0A 40 48 8E 4E 06 04 1F07 01 01',
      [
        ['attribute', '40'],
        ['text', 'HÄN'],
        ['06', ''],
        ['1F07', '01'],
      ],
    ],
    [
      'the end of a receipt with its kind',
      '06D1 07 81 06 04 1F07 01 02',
      [
        ['attribute', '81'],
        ['06', ''],
        ['1F07', '02'],
      ],
    ],
    [
      'a line that has an 06 and no container',
      '06D1 04 00 41 06 02',
      [
        ['attribute', '00'],
        ['text', 'A\u0006\u0002'],
      ],
    ],
    ['a status enquiry without password', '0501 02 03 01', [['03', '01']]],
    [
      'a status enquiry with password',
      '0501 05 123456 03 02',
      [
        ['password', '******'],
        ['03', '02'],
      ],
    ],
    [
      'a completion with version',
      '060F 08 F0F0F4 56312E30 00',
      [
        ['version', 'V1.0'],
        ['terminal-status', '00'],
      ],
    ],
    [
      'a completion with terminal',
      '060F 0A 19 10 29 52523535 49 0978',
      [
        ['19', '10'],
        ['29', '52523535'],
        ['49', '0978'],
      ],
    ],
    [
      'an open receipt of a partial reversal',
      '061E 04 B8 87 FFFF',
      [
        ['result', 'B8'],
        ['87', 'FFFF'],
      ],
    ],
  ];
  for (const [what, message, fields] of cases) {
    it(`reads ${what}`, () => {
      assert.deepEqual(flat(shown(message)), fields);
      assert.equal(hex(encodeApdu(decodeApdu(bytes(message)))), hex(bytes(message)));
    });
  }

  it('reads a length of three bytes, and keeps it so', () => {
    const line = 'x'.repeat(300);
    const block = apdu(
      '06D3',
      holding('06', tag('1F07', 2), holding('25', tag('07', line), tag('09', 0xff))),
    );
    assert.equal(block[2], 0xff);
    const values = Object.fromEntries(flat(showFields(decodeApdu(block), { language: 'en' })));
    assert.equal(values['07'], line);
    const wide = bytes('06D1 FF0300 00 4142');
    assert.equal(hex(encodeApdu(decodeApdu(wide))), hex(wide));
  });

  it('shows texts in the character set that the message names, in UTF-8 where they are that', () => {
    assert.equal(
      shown('06D3 0C 06 0A 14 01 FE 25 05 07 03 E6ACA2')[0]?.fields?.[1]?.fields?.[0]?.value,
      '欢',
    );
    assert.equal(shown('06D1 04 00 E6ACA2')[1]?.value, '欢');
    assert.equal(shown('06D1 02 00 E4', { charset: 'latin1' })[1]?.value, 'ä');
  });

  it('knows the umlauts of terminals that send ISO 8859-1 and do not say so', () => {
    const line = (text: string) =>
      shown(apduHex('06D1', Buffer.concat([Buffer.of(0), Buffer.from(text, 'latin1')])))[1]?.value;
    for (const text of ['HÄNDLER für Überprüfung', 'größer', 'Ärger', 'Menü', 'MAISON HÔTELIÈRE'])
      assert.equal(line(text), text);
    // What code page 437 has stays: its own umlauts and ß, rules of line characters, a degree.
    for (const text of ['─────', 'Straße', 'für größere', '│ Summe │', '20 °C', 'Δt', '½ l'])
      assert.equal(
        shown(apduHex('06D1', Buffer.concat([Buffer.of(0), iconv.encode(text, 'cp437')])))[1]?.value,
        iconv.decode(iconv.encode(text, 'cp437'), 'cp437'),
      );
  });

  it('masks card numbers wherever they stand', () => {
    const pan = '6222021234567890128';
    const everywhere = apdu(
      '040F',
      bmp('22', pan),
      bmp('23', `${pan}=30122010000`),
      bmp('3C', `CARD ${pan} `),
      bmp('3D', '123456'),
    );
    const said = JSON.stringify(showFields(decodeApdu(everywhere), { language: 'en' }));
    assert.ok(!said.includes('02123456789'), said);
    assert.match(said, /622202\*{9}0128/);
    assert.ok(!said.includes('123456"'), said);
    assert.ok(
      JSON.stringify(showFields(decodeApdu(everywhere), { language: 'en', clear: true })).includes(pan),
    );
  });

  const wrong: readonly [what: string, message: string, says: RegExp][] = [
    [
      'a length that is not that of the data',
      '0601 07 04 0000',
      /offset 2 says 7 bytes of data, and 3 follow/,
    ],
    ['a bitmap that there is not', '0601 02 C9 00', /C9 at offset 3 is no bitmap/],
    [
      'a bitmap cut short',
      '0601 04 04 000000',
      /BMP 04 \(Amount\) at offset 3: 6 bytes expected, and 3 follow/,
    ],
    [
      'a length that has no digits',
      '040F 05 8B FA F1 41 42',
      /BMP 8B .* offset 3: a length of 2 digits expected .* found FAF1/,
    ],
    [
      'a tag that is too long',
      '06D3 06 06 04 25 09 07 01',
      /BMP 06 .*tag 25 at offset 5: 9 bytes expected, and 2 follow/,
    ],
    ['a password cut short', '0650 02 1234', /password at offset 3 needs 3 bytes, and 2 follow/],
    ['a head that is missing', '0630 00', /password is missing at offset 3/],
  ];
  for (const [what, message, says] of wrong) {
    it(`names ${what}`, () => {
      assert.throws(
        () => decodeApdu(bytes(message)),
        (thrown) => isRigError(thrown) && says.test(thrown.message),
      );
    });
  }

  it('names answers, commands, codes and states in three languages', () => {
    assert.equal(nameOf(decodeApdu(answer()), 'en'), 'Positive answer');
    assert.match(nameOf(decodeApdu(answer(0x9c)), 'zh'), /请稍候/);
    assert.equal(nameOf(decodeApdu(apdu('0650', bcd('000000', 3))), 'de'), 'Kassenschnitt');
    for (const language of LANGUAGES) assert.notEqual(resultName(0x6c)[language], '');
    assert.equal(statusName(0x44).en, 'waiting for the host; please take the card out');
    assert.match(resultName(51).en, /authorisation system, its code 51/);
    assert.equal(resultName(0x8f).en, 'unknown code');
  });

  it('names bits, card types, states of the terminal and the totals of an end of day', () => {
    const meaning = (text: string, id: string, language: 'en' | 'de' | 'zh' = 'en') => {
      const flatten = (fields: readonly ShownField[]): ShownField[] =>
        fields.flatMap((field) => [field, ...flatten(field.fields ?? [])]);
      return flatten(showFields(decodeApdu(bytes(text)), { language })).find((field) => field.id === id)
        ?.meaning;
    };
    assert.equal(
      meaning('0600 06 000000 8E 0978', 'config'),
      'till prints receipts of payments, till prints receipts of the administration, till wants intermediate states, receipts come as print lines or blocks',
    );
    assert.equal(meaning('0600 04 000000 08', 'config', 'zh'), '收银机需要中间状态');
    // The same byte says one thing as the result of a payment and another as the state of a terminal.
    assert.equal(meaning('060F 05 F0F0F1 31 F0', 'terminal-status'), 'end of day required');
    assert.match(meaning('061E 01 F0', 'result') ?? '', /end of day is open/);
    assert.equal(meaning('040F 02 8A 05', '8A'), 'girocard');
    assert.equal(meaning('040F 07 06 05 60 03 41 01 02', '41'), 'ec card');
    assert.equal(meaning('040F 08 06 06 60 04 41 02 0104', '41', 'de'), 'BlueCode');
    assert.equal(meaning('06D3 06 06 04 1F370103', '1F37', 'de'), 'genehmigt, mit Unterschriftsfeld');
    const totals =
      '040F 44 04 000000001234 0B 000012 60 F0F5F3 0001 0042 03000000001234 00000000000000 00000000000000 00000000000000 00000000000000 00000000000000 00000000000000';
    assert.equal(meaning(totals, '60+4'), '12.34');
    assert.equal(shown(totals)[2]?.fields?.length, 9);
  });

  it('hides whatever could be a card number in bytes that nobody knows', () => {
    const run = showFields(readApdu(bytes('0F01 0C 111162220212345678901281')), { language: 'en' });
    assert.ok(!JSON.stringify(run).includes('0212345678'), JSON.stringify(run));
  });

  it('reads every recording of the specification: message sequence ids, an empty registration, a refused currency', () => {
    for (const message of [
      '06 00 14 00 00 00 9E 09 78 06 0C 26 04 0A 02 06 D3 1F 73 03 00 00 00',
      '06 0F 12 19 00 29 65 00 00 28 49 09 78 06 06 26 04 0A 02 06 D3',
      '06 01 14 04 00 00 00 00 01 00 49 09 78 19 44 06 06 1F 73 03 00 00 01',
      '80 00 08 06 06 1F 73 03 00 00 01',
      '06 0F 08 06 06 1F 73 03 00 00 11',
      '84 1E 03 6F 09 78',
      '84 1E 00',
      '06 C0 03 1E 19 10',
      '06 F0 00',
      '04 0C 0D 06 0B 2D 09 1D 01 23 1E 04 00 00 FD E8',
    ]) {
      const read = readApdu(bytes(message));
      assert.equal(read.trouble, undefined, `${message}: ${read.trouble?.message}`);
      assert.equal(hex(encodeApdu(read)), hex(bytes(message)));
    }
  });

  it('writes the amount that doubles DLE', () => {
    assert.equal(hex(apdu('0601', bmp('04', '1010'))), '06010704000000001010');
    assert.throws(() => bmp('04', '1234567890123'), RangeError);
    assert.throws(() => bmp('C9', '1'), RangeError);
  });

  it('reads every APDU without harm, and writes what it could read as it came', () => {
    const control = fc.constantFrom(
      '040F',
      '04FF',
      '0600',
      '0601',
      '060F',
      '061E',
      '06D1',
      '06D3',
      '0630',
      '8000',
      '84A0',
      '0FFF',
    );
    const known = fc.constantFrom(
      0x04,
      0x06,
      0x22,
      0x23,
      0x27,
      0x3c,
      0x87,
      0x8b,
      0xf0,
      0xf1,
      0x25,
      0x07,
      0x1f,
      0x81,
      0x82,
    );
    const byte = fc.oneof(known, fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(control, fc.array(byte, { maxLength: 80 }), fc.boolean(), (field, data, long) => {
        const length = long ? [0xff, data.length, 0] : [data.length];
        const whole = Uint8Array.from([...bytes(field), ...length, ...data]);
        const read = readApdu(whole);
        assert.equal(hex(encodeApdu(read)), hex(whole));
        for (const language of LANGUAGES) showFields(read, { language });
      }),
      { numRuns: 400 },
    );
  });
});
