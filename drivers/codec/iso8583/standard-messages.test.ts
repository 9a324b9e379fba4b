import assert from 'node:assert/strict';
import { loadDialect } from '../../host/dialect.ts';
import { decodeMessage, encodeMessage, toDialogueMessage } from './index.ts';

/**
 * Messages put together by hand from the field definitions of ISO 8583:1987 and 1993, in the forms that are in the field:
 * text with hex bitmaps, and packed. `raw` marks what is hex here and bytes on the wire.
 */
const text = (latin1: string) => Buffer.from(latin1, 'latin1');
const raw = (hex: string) => Buffer.from(hex, 'hex');
const PAN = '6299990000000000012';

const CASES = [
  {
    what: 'a purchase in 1987 ASCII with both bitmaps',
    dialect: 'iso8583-1987-ascii',
    frame: text(
      `0200F23C449128E094000000004000000000` +
        `19${PAN}` + // 2
        `000000000000012850` + // 3, 4
        `0911131411000001131411091130125411051` + // 7, 11, 12, 13, 14, 18, 22
        `00D0000015006423935` + // 25, 28, 32
        `37${PAN}=30122011758000000` + // 35
        `63190500004230001001898411341310014` + // 37, 41, 42
        `TEST SHOP                WUXI         CN` + // 43
        `1560B1099C8B3051753` + // 49, 52
        `0200002156C000000123456` + // 54
        `020000000709101200000000042393500000000000`, // 90
    ),
    mti: '0200',
    kind: 'sale',
    fields: {
      '2': PAN,
      '4': '000000012850',
      '18': '5411',
      '22': '051',
      '28': 'D00000150',
      '32': '423935',
      '35': `${PAN}=30122011758000000`,
      '43': 'TEST SHOP                WUXI         CN',
      '52': '0B1099C8B3051753',
      '54.5': '000000123456',
      '90': '020000000709101200000000042393500000000000',
      '90.2': '000007',
    },
  },
  {
    what: 'a purchase in 1987 packed: F22 and F23 right-justified, tracks and PAN padded at their end',
    dialect: 'iso8583-1987-packed',
    frame: raw(
      '02007220069028809201' +
        `19${PAN}0` + // 2
        '000000000000012850' + // 3, 4
        '0911131411000001' + // 7, 11
        '0051000100' + // 22, 23, 25
        '4400000150' + // 28: D and eight digits
        `37${PAN}D301220117580000000` + // 35
        '363331393035303030303432' + // 37
        '3330303031303031313536' + // 41, 49
        '0B1099C8B3051753' + // 52
        '00099F2701809A03191105' + // 55
        'A1C72E74EA3FA9B6', // 64
    ),
    mti: '0200',
    kind: 'sale',
    fields: {
      '2': PAN,
      '22': '051',
      '23': '001',
      '28': 'D00000150',
      '35': `${PAN}=30122011758000000`,
      '37': '631905000042',
      '41': '30001001',
      '55': '9F2701809A03191105',
      '55.9F27': '80',
      '64': 'A1C72E74EA3FA9B6',
    },
  },
  {
    what: 'an answer in 1993 ASCII, with bytes among its text',
    dialect: 'iso8583-1993-ascii',
    frame: Buffer.concat([
      text(
        `12107030054002E08900` +
          `166299990000000012` + // 2
          `000000000000012850000001261122131411` + // 3, 4, 11, 12
          `51010151134C` + // 22
          `2005411000` + // 24, 26, 39
          `30001001898411341310014` + // 41, 42
          `17TEST SHOP\\WUXI\\CN` + // 43
          `15604`, // 49, 53
      ),
      raw('DEADBEEF'),
      text('281100000001261122131400423935'), // 56
    ]),
    mti: '1210',
    kind: 'sale',
    fields: {
      '12': '261122131411',
      '22': '51010151134C',
      '39': '000',
      '43': 'TEST SHOP\\WUXI\\CN',
      '53': 'DEADBEEF',
      '56': '1100000001261122131400423935',
      '56.4': '423935',
    },
  },
  {
    what: 'an echo test in 1993 ASCII',
    dialect: 'iso8583-1993-ascii',
    frame: text('180402300100008000000911131411000001261122131411831' + '30001001'),
    mti: '1804',
    kind: 'echo',
    fields: { '7': '0911131411', '11': '000001', '12': '261122131411', '24': '831', '41': '30001001' },
  },
  {
    what: 'a sign-on in 1987 ASCII, its unsigned fee with a digit in the place of the sign',
    dialect: 'iso8583-1987-ascii',
    frame: text('0800822000100000000004000000000000000911131411000001000000100001'),
    mti: '0800',
    kind: 'sign-on',
    fields: { '7': '0911131411', '11': '000001', '28': '000000100', '70': '001' },
  },
] as const;

describe('messages built by hand from the standard', () => {
  for (const { what, dialect: name, frame, mti, kind, fields } of CASES) {
    it(`${what}: decodes, and encodes to the same bytes`, () => {
      const dialect = loadDialect(name);
      const message = decodeMessage(dialect, frame, { length: false });
      assert.deepEqual(message.remarks, []);
      assert.equal(message.mti, mti);
      for (const [id, value] of Object.entries(fields)) assert.equal(message.fields[id], value, `F${id}`);
      assert.equal(toDialogueMessage(dialect, message).kind, kind);
      const whole = Object.fromEntries(Object.entries(message.fields).filter(([id]) => !id.includes('.')));
      const again = encodeMessage(dialect, { mti, fields: whole }, { length: false });
      assert.deepEqual(Buffer.from(again), Buffer.from(frame));
      // With a length header it is the same message.
      const framed = encodeMessage(dialect, { mti, fields: whole });
      assert.deepEqual(decodeMessage(dialect, framed).fields, message.fields);
    });
  }

  it('shows the details of a field that no message carries as parts', () => {
    const dialect = loadDialect('iso8583-1987-ascii');
    const message = decodeMessage(dialect, CASES[0].frame, { length: false });
    assert.equal(message.fields['3.1'], undefined);
    assert.equal(message.layout.find(({ id }) => id === '3.1')?.value, '00');
    const city = message.layout.find(({ id }) => id === '43.2');
    assert.deepEqual([city?.value, city?.length], ['WUXI         ', 13]);
  });

  it('has all 128 fields in each dialect of the standard', () => {
    for (const name of ['iso8583-1987-ascii', 'iso8583-1987-packed', 'iso8583-1993-ascii']) {
      const ids = Object.keys(loadDialect(name).fields).map(Number);
      assert.deepEqual(
        ids,
        Array.from({ length: 127 }, (_, i) => i + 2),
        name,
      );
    }
  });
});
