import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { pictureSize } from './ocr/photo.ts';
import { receiptsOfFile } from './receipt-file.ts';
import { readSlip } from './slip.ts';

const { receipt: layout } = valueOrThrow(loadProfile('vt-4')).value;
const MERCHANT = '商户存根 MERCHANT COPY\n终端编号 TERMINAL NO: 30001001\n金额 AMOUNT: RMB 128.50\n';
const CUSTOMER = '持卡人存根 CARDHOLDER COPY\n金额 AMOUNT: RMB 128.50\n';

describe('printer: receipts from files', () => {
  const read = async (bytes: Uint8Array) => {
    const { kind, source, receipts } = await receiptsOfFile(bytes, layout);
    const slips = receipts.map((receipt) => readSlip(receipt, layout, 0, source));
    return { kind, source, slips: slips.map(({ copy, fields }) => [copy, fields['amount']]) };
  };
  const both = [
    ['merchant', 'RMB 128.50'],
    ['customer', 'RMB 128.50'],
  ];

  it('reads text, with a form feed between receipts, in lines of any system', async () => {
    const text = `${MERCHANT}\f${CUSTOMER}`;
    for (const content of [text, text.replaceAll('\n', '\r\n'), `${text}\f`])
      assert.deepEqual(await read(Buffer.from(content)), { kind: 'text', source: 'file', slips: both });
  });
  it('reads text in the charset of the profile when it is not UTF-8', async () => {
    const { kind, slips } = await read(iconv.encode(MERCHANT, 'gb18030'));
    assert.deepEqual([kind, slips], ['text', [['merchant', 'RMB 128.50']]]);
  });
  it('reads printer bytes as what a printer would print', async () => {
    const job = Buffer.concat([
      iconv.encode(`\x1b@${MERCHANT}\x1dV\0`, 'gb18030'),
      iconv.encode(`${CUSTOMER}\x1dV\0`, 'gb18030'),
    ]);
    assert.deepEqual(await read(job), { kind: 'escpos', source: 'printer', slips: both });
  });
  it('knows a JPEG by its segments, and how large it is', () => {
    // SOI, APP0 of 16 bytes, SOF2 (progressive): precision 8, height 420, width 500.
    const app0 = `ffe00010${'00'.repeat(14)}`;
    const jpeg = Buffer.from(`ffd8${app0}ffc2001108${'01a4'}${'01f4'}03${'00'.repeat(9)}`, 'hex');
    assert.deepEqual(pictureSize(jpeg), { type: 'jpeg', width: 500, height: 420 });
    // A table of Huffman codes (FFC4) is no frame.
    const tables = Buffer.from(
      `ffd8ffc40005aabbcc${'ffc0000b08'}${'0002'}${'0003'}01${'00'.repeat(3)}`,
      'hex',
    );
    assert.deepEqual(pictureSize(tables), { type: 'jpeg', width: 3, height: 2 });
    for (const cut of [2, 4, 10, 20]) assert.equal(pictureSize(jpeg.subarray(0, cut))?.width ?? 0, 0);
    assert.equal(pictureSize(Buffer.from('text of a receipt that is long enough')), undefined);
  });
});
