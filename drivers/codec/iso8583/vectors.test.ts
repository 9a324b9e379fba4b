import assert from 'node:assert/strict';
import { loadDialect } from '../../host/dialect.ts';
import {
  decodeMessage,
  decryptPin,
  encodeMessage,
  encryptPin,
  kcv,
  macOf,
  macOfData,
  packWorkingKeys,
  pinBlock,
  pinOf,
  unpackWorkingKeys,
  unwrapKey,
  verifyMac,
  wrapKey,
} from './index.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const key = (byte: string, length: number) => hex(byte.repeat(length));

/** Values made by others: public test key sets and messages of UnionPay-style terminals, and the X9.8 example. */
describe('iso8583 against published vectors', () => {
  const dialect = loadDialect('unionpay-pos');
  const tmk = key('11', 16);
  const mak = key('33', 8);

  for (const { name, cipher, clear, check } of [
    { name: 'PIK', cipher: '950973182317F80B950973182317F80B', clear: key('22', 16), check: '00962B60' },
    { name: 'MAK', cipher: 'F679786E2411E3DE', clear: key('33', 8), check: 'ADC67D84' },
    { name: 'TDK', cipher: 'A0C45C59F1E549BBA0C45C59F1E549BB', clear: key('44', 16), check: 'E2F24340' },
  ]) {
    it(`unwraps and wraps the ${name} and gives its check value`, () => {
      assert.equal(text(unwrapKey(tmk, hex(cipher))), text(clear));
      assert.equal(text(wrapKey(tmk, clear)), cipher);
      assert.equal(kcv(clear), check);
    });
  }

  it('computes the ECB MAC', () => {
    const data = hex('11121314151617182827262524232221313233343536373844434241');
    const mac = macOfData(dialect, data, mak);
    assert.equal(Buffer.from(mac).toString('latin1'), '91D1BEC1');
    assert.equal(text(mac), '3931443142454331');
  });

  it('computes the CBC MAC over zeros', () => {
    const x99 = { ...dialect, mac: { field: '64', algorithm: 'x9.9' as const } };
    assert.equal(text(macOfData(x99, new Uint8Array(8), key('32', 8))), 'ADC67D8473BF2F06');
  });

  it('makes X9.8 PIN blocks', () => {
    // The twelve digits left of the check digit are 678901234567.
    assert.equal(text(pinBlock('123456', '6789012345670')), '061253DFFEDCBA98');
    assert.equal(text(pinBlock('123456', '6222021234567890123')), '06122662A9876FED');
    assert.equal(pinOf(hex('06122662A9876FED'), '6222021234567890123'), '123456');
  });

  it('tells a PIN block of another PAN or key from a right one', () => {
    const block = encryptPin(key('22', 16), '123456', '6222021234567890123');
    assert.equal(decryptPin(key('22', 16), block, '6222021234567890123'), '123456');
    assert.equal(decryptPin(key('22', 16), block, '6222029999999990123'), undefined);
    assert.equal(decryptPin(key('44', 16), block, '6222021234567890123'), undefined);
  });

  const SIGN_ON =
    '08000020000000C00012000105303030303037363438383831303030353831323630303200110000000100300003303031';

  it('decodes and encodes the 0800 sign-on', () => {
    const head = '6000030000603100000000';
    const bytes = hex(head + SIGN_ON);
    const message = decodeMessage(dialect, bytes, { length: false });
    assert.equal(message.mti, '0800');
    assert.deepEqual(
      ['11', '41', '42', '60', '60.1', '60.2', '60.3', '63'].map((id) => message.fields[id]),
      ['000105', '00000764', '888100058126002', '00000001003', '00', '000001', '003', '001'],
    );
    assert.deepEqual(message.remarks, []);
    const parts = {
      '11': '000105',
      '41': '00000764',
      '42': '888100058126002',
      '60.1': '00',
      '60.2': '000001',
      '60.3': '003',
      '63': '001',
    };
    const again = encodeMessage(
      dialect,
      { mti: '0800', tpdu: '6000030000', header: '603100000000', fields: parts },
      { length: false },
    );
    assert.equal(text(again), head + SIGN_ON);
  });

  const MAB =
    '0200302004C020C0981100000000000000000100000102100006376222021234567890123D30102010000000000031323334353637383839383431313334313331303031343135360B1099C8B30517532600000000000000001322000001000600';

  it('computes the MAC of a whole sale, and appends it', () => {
    const head = '6000030000602200000000';
    const mac = '3934453436364645'; // 94E466FE
    const frame = hex(head + MAB + mac);
    assert.equal(text(macOf(dialect, frame, mak, { length: false })), mac);
    assert.equal(verifyMac(dialect, frame, mak, { length: false }), 'ok');
    const { fields } = decodeMessage(dialect, frame, { length: false });
    const { '64': _, ...unsigned } = Object.fromEntries(
      Object.entries(fields).filter(([id]) => !id.includes('.')),
    );
    const message = { mti: '0200', tpdu: '6000030000', header: '602200000000', fields: unsigned };
    assert.equal(text(encodeMessage(dialect, message, { mak, length: false })), head + MAB + mac);
    assert.equal(text(encodeMessage(dialect, message, { mak })), `0074${head}${MAB}${mac}`);
    frame[30] = (frame[30] ?? 0) ^ 1;
    assert.equal(verifyMac(dialect, frame, mak, { length: false }), 'wrong');
  });

  it('packs the working keys of a sign-on reply as published: PIK 16 + KCV, MAK 8 + zeros + KCV, TDK 16 + KCV', () => {
    const keys = { pik: key('22', 16), mak, tdk: key('44', 16) };
    const field62 =
      '950973182317F80B950973182317F80B00962B60' +
      'F679786E2411E3DE0000000000000000ADC67D84' +
      'A0C45C59F1E549BBA0C45C59F1E549BBE2F24340';
    assert.equal(text(packWorkingKeys(tmk, keys, '004')), field62);
    assert.equal(text(packWorkingKeys(tmk, keys, '003')), field62.slice(0, 80));
    const unpacked = unpackWorkingKeys(tmk, hex(field62));
    assert.deepEqual(
      [unpacked.pik, unpacked.mak, unpacked.tdk].map((k) => k && text(k)),
      ['22'.repeat(16), '33'.repeat(8), '44'.repeat(16)],
    );
    assert.throws(() => unpackWorkingKeys(key('12', 16), hex(field62)), { code: 'CRYPTO_KEY' });
    assert.throws(() => unpackWorkingKeys(tmk, hex(field62).subarray(1)), { code: 'CRYPTO_KEY' });
  });
});
