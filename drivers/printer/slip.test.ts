import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { parse } from 'yaml';
import { Profile } from '../../rig/bench/profile.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { labelFinder } from './labels.ts';
import { readSlip } from './slip.ts';

const layout = Profile.parse(
  parse(readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8')),
).receipt;

const slipOf = (text: string | Buffer) => {
  const content = typeof text === 'string' ? iconv.encode(text, 'gb18030') : text;
  const [receipt] = decodeEscPos(content, { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return readSlip(receipt, layout, 7);
};
const fieldsOf = (text: string) => slipOf(text).fields;

const BILINGUAL = `         银联POS签购单
     商户存根 MERCHANT COPY
--------------------------------
商户名称 MERCHANT NAME:
无锡样板商店
商户编号 MERCHANT NO:
898320400000001
终端编号 TERMINAL NO: 30001001
卡号 CARD NO:
629999*********0012 I
交易类型 TRANS TYPE: 消费 SALE
批次号 BATCH NO: 000001
凭证号 VOUCHER NO: 000012
授权码 AUTH NO: A1B2C3
参考号 REF NO: 112204120001
日期时间 DATE TIME:
2026/11/22 09:30:15
金额 AMOUNT:
RMB 128.50
--------------------------------
原凭证号 ORIG VOUCHER NO: 000011
持卡人签名 CARDHOLDER SIGNATURE:
`;

describe('printer: slip', () => {
  it('reads a bilingual slip', () => {
    const slip = slipOf(BILINGUAL);
    assert.equal(slip.copy, 'merchant');
    assert.equal(slip.duplicate, false);
    assert.equal(slip.at, 7);
    assert.deepEqual(slip.fields, {
      'merchant-name': '无锡样板商店',
      'merchant-id': '898320400000001',
      'terminal-id': '30001001',
      pan: '629999*********0012 I',
      type: '消费 SALE',
      batch: '000001',
      stan: '000012',
      'auth-code': 'A1B2C3',
      rrn: '112204120001',
      'date-time': '2026/11/22 09:30:15',
      amount: 'RMB 128.50',
      'original-stan': '000011',
    });
  });

  it('reads Chinese alone and English alone', () => {
    assert.deepEqual(fieldsOf('金额:RMB 1.00\n凭 证 号 : 000012\n终端编号  30001001\n'), {
      amount: 'RMB 1.00',
      stan: '000012',
      'terminal-id': '30001001',
    });
    assert.deepEqual(fieldsOf('Amount: RMB 1.00\nVOUCHER NO. 000012\nTerminal No   30001001\n'), {
      amount: 'RMB 1.00',
      stan: '000012',
      'terminal-id': '30001001',
    });
  });

  it('reads full-width signs, and gives values as they are printed', () => {
    assert.deepEqual(fieldsOf('金额(AMOUNT):￥1.00\n备注: ①,2\n'), { amount: '￥1.00', remarks: '①,2' });
    assert.deepEqual(fieldsOf('AMOUNT:1\n'), { amount: '1' });
  });

  it('reads labels in brackets, behind slashes, on two lines', () => {
    assert.deepEqual(fieldsOf('金额(AMOUNT): 1.00\n'), { amount: '1.00' });
    assert.deepEqual(fieldsOf('金额(元):1.00\n'), { amount: '1.00' });
    assert.deepEqual(fieldsOf('卡号/CARD NO:6299**0012\n'), { pan: '6299**0012' });
    assert.deepEqual(fieldsOf('金额:\nAMOUNT:\nRMB 1.00\n'), { amount: 'RMB 1.00' });
    assert.deepEqual(fieldsOf('金额:\nAMOUNT: RMB 1.00\n'), { amount: 'RMB 1.00' });
  });

  it('reads two fields on one line, and a table of them', () => {
    assert.deepEqual(fieldsOf('批次号:000001 凭证号:000012\n'), { batch: '000001', stan: '000012' });
    assert.deepEqual(fieldsOf('BATCH NO      VOUCHER NO\n000001        000012\n'), {
      batch: '000001',
      stan: '000012',
    });
  });

  it('reads values that positions, not blanks, keep apart, and enlarged ones', () => {
    const positioned = Buffer.concat([
      iconv.encode('金额', 'gb18030'),
      Buffer.from([0x1b, 0x24, 0xa0, 0, 0x1d, 0x21, 0x11]),
      Buffer.from('RMB 1.00\n'),
    ]);
    assert.deepEqual(slipOf(positioned).fields, { amount: 'RMB 1.00' });
  });

  it('takes a label without value for what it is', () => {
    assert.deepEqual(fieldsOf('授权码 AUTH NO:\n参考号 REF NO: 1122\n'), { 'auth-code': '', rrn: '1122' });
    assert.deepEqual(fieldsOf('授权码 AUTH NO:\n--------------------------------\nRMB 1\n'), {
      'auth-code': '',
    });
  });

  it('joins a value that goes on below', () => {
    assert.deepEqual(fieldsOf(`备注 REMARKS:\n${'a'.repeat(32)}\nbc\n金额: 1\n`), {
      remarks: `${'a'.repeat(32)}bc`,
      amount: '1',
    });
  });

  it('does not mistake words in values, or parts of words, for labels', () => {
    assert.deepEqual(fieldsOf('MERCHANT NAME: AMOUNT SHOP\n'), { 'merchant-name': 'AMOUNT SHOP' });
    assert.deepEqual(fieldsOf('FEE AMOUNT: 5.00\nAMOUNT: 6.00\n'), { amount: '6.00' });
    assert.deepEqual(fieldsOf('TIP AMOUNT: 5.00\nAMOUNT: 6.00\n'), { tip: '5.00', amount: '6.00' });
    assert.deepEqual(fieldsOf('AMOUNTS: 5.00\n手续费金额: 5.00\n总金额大: 1\n'), {});
    assert.deepEqual(fieldsOf('原凭证号: 000011\n'), { 'original-stan': '000011' });
  });

  it('keeps the first value', () => {
    assert.deepEqual(fieldsOf('金额: 1.00\n金额: 2.00\n'), { amount: '1.00' });
    assert.deepEqual(fieldsOf('金额:\n批次号: 1\n金额: 2.00\n'), { amount: '2.00', batch: '1' });
  });

  for (const [text, copy, duplicate] of [
    ['商户存根 MERCHANT COPY\n', 'merchant', false],
    ['  持 卡 人 存 根\n', 'customer', false],
    ['*** Cardholder Copy ***\n重打印凭证/DUPLICATED\n', 'customer', true],
    ['结算单 SETTLEMENT\n', 'settlement', false],
    ['MERCHANT COPY\nSETTLEMENT DATE: 0412\nDUPLICATE TRANSMISSION\n', 'merchant', false],
    ['hello\n', 'other', false],
  ] as const) {
    it(`finds the marks of ${JSON.stringify(text)}`, () => {
      const slip = slipOf(text);
      assert.deepEqual([slip.copy, slip.duplicate], [copy, duplicate]);
    });
  }

  it('takes any receipt', () => {
    const part = fc.constantFrom(
      '金额',
      'AMOUNT',
      ':',
      ' ',
      '\n',
      '(',
      ')',
      '原凭证号',
      '凭证号',
      '1.00',
      '商户存根',
      '─',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 5 })), { maxLength: 60 }), (parts) => {
        const content = iconv.encode(`x${parts.join('')}`, 'gb18030');
        for (const receipt of decodeEscPos(content, { charset: 'gb18030', width: 384 }).receipts) {
          const { fields, lines } = readSlip(receipt, layout, 0);
          const paper = lines.join('').replace(/\s/g, '');
          for (const [name, value] of Object.entries(fields)) {
            assert.ok(name in layout.fields);
            assert.ok(paper.includes(value.replace(/\s/g, '')), `${value} in ${paper}`);
          }
        }
      }),
    );
  });

  it('is not held up by a receipt that is printed over itself', () => {
    const over = Buffer.from(`${'   a   \x1b$\0\0'.repeat(30_000)}\n`, 'latin1');
    assert.equal(slipOf(over).copy, 'other');
  });
});

describe('printer: labels', () => {
  it('prefers the longest label', () => {
    const find = labelFinder({ a: ['NO'], b: ['NO OF SALES'] });
    assert.deepEqual(find('NO OF SALES: 3'), [{ field: 'b', value: '3', start: 0, end: 11, gap: 2 }]);
  });
  it('any character may stand in a label, whatever it means in a pattern', () => {
    for (const label of [
      'E-SIGNATURE',
      'C/D',
      'A+B',
      '金额(元)',
      'x[1]',
      'a^b$',
      '{n}|m',
      'back\\slash',
      '#&,~`"=!@%:;<>',
    ]) {
      const [found] = labelFinder({ a: [label] })(`${label}: 7`);
      assert.equal(found?.value, '7', label);
    }
  });

  it('takes labels literally', () => {
    const find = labelFinder({ a: ['A.*(B'] });
    assert.deepEqual(
      [find('A.*(B: 1'), find('Axx(B: 1')],
      [[{ field: 'a', value: '1', start: 0, end: 5, gap: 2 }], []],
    );
  });
});
