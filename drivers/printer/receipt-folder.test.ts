import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { makeClock } from '../../rig/model/time.ts';
import { makeContext } from '../devices/testing/context.ts';
import { eventually } from '../transport/testing/pty.ts';
import { open, options } from './receipt-folder.ts';

const SLIP = '商户存根 MERCHANT COPY\n凭证号 VOUCHER NO: 000012\n金额 AMOUNT:\nRMB 128.50\n';

describe('printer: receipts that arrive as files', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-receipts-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function planeOn(path: string) {
    const context = makeContext(makeClock(100));
    const attach = (name: string, mime: string, content: string | Uint8Array) => ({
      ...{ id: name, path: name, mime, bytes: content.length, sha256: '' },
    });
    const recorder = { record: context.recorder.record, attach };
    return { context, printer: await open(options.parse({ path }), { ...context, recorder }) };
  }

  it('reads text and printer bytes when they are complete, and nothing that was there before', async () => {
    const here = join(folder, 'a');
    mkdirSync(here);
    writeFileSync(join(here, 'old.txt'), SLIP);
    const { printer, context } = await planeOn(here);
    writeFileSync(join(here, 'new.txt'), SLIP);
    writeFileSync(join(here, '.copying.txt'), SLIP);
    writeFileSync(join(here, 'empty.txt'), '');
    const bytes = Buffer.concat([
      Buffer.from([0x1b, 0x40]),
      iconv.encode(SLIP, 'gb18030'),
      Buffer.from([0x1d, 0x56, 0]),
    ]);
    writeFileSync(join(here, 'printed.bin'), bytes);
    await eventually('both', () => printer.slips().length === 2);
    assert.deepEqual(
      printer.slips().map(({ copy, source, fields }) => [copy, source, fields['stan'], fields['amount']]),
      [
        ['merchant', 'file', '000012', 'RMB 128.50'],
        ['merchant', 'printer', '000012', 'RMB 128.50'],
      ],
    );
    // A file that is written anew is a new receipt; settled() waits for it.
    appendFileSync(join(here, 'new.txt'), '重打印凭证\n');
    await printer.settled?.();
    assert.equal(printer.slips().length, 3);
    assert.equal(printer.slips()[2]?.duplicate, true);
    // A broken picture is told, and what comes behind it is read.
    writeFileSync(
      join(here, 'broken.png'),
      Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(40, 1)]),
    );
    writeFileSync(join(here, 'z.txt'), SLIP);
    await printer.settled?.();
    assert.equal(printer.slips().length, 4);
    await printer.close();
    assert.deepEqual(context.losses, []);
  });

  it('takes one file that is written again and again, and tells when it cannot go on', async () => {
    const file = join(folder, 'receipt.txt');
    writeFileSync(file, SLIP);
    const { printer, context } = await planeOn(file);
    writeFileSync(file, SLIP.replace('000012', '000013'));
    await eventually('the slip', () => printer.slips().length === 1);
    assert.equal(printer.slips()[0]?.fields['stan'], '000013');
    await assert.rejects(printer.hold(), { code: 'PLANE_MISSING' });
    rmSync(file);
    await eventually('the loss', () => context.losses.length === 1);
    await printer.close();
    await assert.rejects(planeOn(join(folder, 'nowhere')), { code: 'TRANSPORT_OPEN' });
  });
});
