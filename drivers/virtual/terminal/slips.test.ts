import assert from 'node:assert/strict';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { defectsOf } from './defects.ts';
import { cellsOf } from './display.ts';
import { escposWriter, PAPER_COLUMNS } from './escpos-writer.ts';
import type { TransactionRecord } from './memory.ts';
import { type SlipIssuer, slipBytes } from './slips.ts';
import { slipTexts } from './testing/terminal-rig.ts';
import { makeVault } from './vault.ts';

const PAN = '6299990000000000012';
const vault = makeVault('11'.repeat(16));
const issuer: SlipIssuer = {
  terminalId: '30001001',
  merchantId: '898320400000001',
  merchantName: '无锡样板商店',
  vault,
  defects: defectsOf(new Set()),
};
const record: TransactionRecord = {
  kind: 'refund',
  stan: '000012',
  batch: '000003',
  time: '20261122093015',
  entry: 'swipe',
  pan: vault.seal(PAN),
  requested: 12850,
  amount: 12850,
  responseCode: '00',
  rrn: '000000000034',
  authCode: 'A1B2C3',
  issuer: '01020000',
  acquirer: '48020000',
  remarks: ['谢谢惠顾'],
  original: { rrn: '000000000009', date: '1121' },
  voided: false,
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const transactionSlip = (changed: Partial<TransactionRecord>, by: Partial<SlipIssuer> = {}) =>
  slipBytes({ ...issuer, ...by }, { type: 'transaction', record: { ...record, ...changed } }, 'merchant');

describe('slips', () => {
  it('are ESC/POS with GB18030 text, byte for byte', () => {
    const bytes = escposWriter()
      .heading('结算', 'large')
      .heading('A', 'bold')
      .field('金额', '1')
      .feed(3)
      .cut()
      .bytes();
    const pieces = [
      '1b401c261b2100', // ESC @, FS &, ESC ! 0
      '1b6101',
      '1d2111',
      'bde1cbe3',
      '0a',
      '1d2100',
      '1b6100', // 结算, centred, double
      '1b6101',
      '1b4501',
      '41',
      '0a',
      '1b4500',
      '1b6100', // A, centred, bold
      'bdf0b6ee',
      '3a2031',
      '0a', // 金额: 1
      '1b6403',
      '1d564200', // feed, cut
    ];
    assert.equal(hex(bytes), pieces.join(''));
  });

  it('name the original of a refund, the entry by its letter, and the amount at double size', () => {
    const bytes = transactionSlip({});
    const text = iconv.decode(Buffer.from(bytes), 'gb18030');
    assert.match(text, /629999\*{9}0012 S\n/);
    assert.match(text, /原参考号 ORIG REF NO:/);
    assert.match(text, /交易类型 TRANS TYPE: 退货 REFUND\n/);
    assert.ok(hex(bytes).includes(`1d2111${hex(Buffer.from('RMB 128.50'))}0a1d2100`));
    assert.equal(text.includes(PAN), false);
  });

  it('take no commands from texts of others, and no line is wider than the paper', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.string({ unit: 'binary', maxLength: 60 }),
        (name, remark) => {
          const clean = transactionSlip({ remarks: [remark.replace(/[^ -~]/g, ' ')] }, { merchantName: 'X' });
          const bytes = transactionSlip({ remarks: [remark] }, { merchantName: name });
          const commands = (slip: Uint8Array) =>
            [...slip].filter((byte) => byte < 0x20 && byte !== 0x0a).join();
          assert.equal(commands(bytes), commands(clean));
        },
      ),
    );
    const [text = ''] = slipTexts(transactionSlip({ remarks: ['长'.repeat(80)] }));
    const widths = text.split('\n').map(cellsOf);
    assert.ok(Math.max(...widths) <= PAPER_COLUMNS, `the widest line has ${Math.max(...widths)} cells`);
  });
});
