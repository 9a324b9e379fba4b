import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { openJournal } from '../../rig/journal/index.ts';
import { makeClock } from '../../rig/model/time.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';
import { drawReceipt, renderReceipt } from '../codec/escpos/render/render.ts';
import { contactSheet, dotsOf, slipsOfRun } from './contact-sheet.ts';

const receiptOf = (text: string) => {
  const [receipt] = decodeEscPos(Buffer.from(`${text}\n`), { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return receipt;
};

describe('printer: contact sheet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-sheet-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has every slip of a run, dot for dot', async () => {
    const clock = makeClock(1);
    const run = join(folder, 'run');
    const journal = openJournal(run, { clock, cards: [] });
    journal.setScenario('REC-001');
    const receipts = ['AMOUNT 1.00', 'AMOUNT 2.00', 'AMOUNT 3.00'].map(receiptOf);
    for (const [i, receipt] of receipts.entries()) {
      const { id } = journal.attach(`receipt-${i}`, 'image/png', renderReceipt(receipt));
      const slip = {
        copy: 'merchant',
        duplicate: false,
        fields: {},
        lines: [],
        at: 0,
        artefacts: [id],
      } as const;
      journal.record({ type: 'receipt', slip, width: 384, height: receipt.height, forbidden: [] });
    }
    await journal.close();
    const slips = await slipsOfRun(run);
    assert.deepEqual(
      slips.map(({ scenario }) => scenario),
      ['REC-001', 'REC-001', 'REC-001'],
    );
    const items = [];
    for (const { picture } of slips) {
      const dots = await dotsOf(run, picture);
      assert.ok(dots);
      items.push({ caption: 'x', dots });
    }
    const sheet = PNG.sync.read(contactSheet(items, 2));
    assert.equal(sheet.width, 2 * (384 + 32 + 24) + 24);
    // The dots of the second slip stand in the second column, below its caption and behind its margin.
    const wanted = drawReceipt(receipts[1] ?? receiptOf(''));
    const [left, top] = [24 + 384 + 32 + 24 + 16, 24 + 34 + 16];
    for (let y = 0; y < wanted.height; y++)
      for (let x = 0; x < wanted.width; x++)
        assert.equal((sheet.data[((top + y) * sheet.width + left + x) * 4] ?? 255) < 128, wanted.at(x, y));
  });

  it('reads no picture outside of the run, and none that is damaged or huge', async () => {
    const base = { id: 'a', mime: 'image/png', bytes: 10, sha256: '' };
    writeFileSync(join(folder, 'outside.png'), renderReceipt(receiptOf('x')));
    mkdirSync(join(folder, 'inside'));
    const bomb = Buffer.from(renderReceipt(receiptOf('x')));
    bomb.writeUInt32BE(1_000_000, 16);
    bomb.writeUInt32BE(1_000_000, 20);
    writeFileSync(join(folder, 'inside', 'bomb.png'), bomb);
    writeFileSync(
      join(folder, 'inside', 'cut.png'),
      readFileSync(join(folder, 'outside.png')).subarray(0, 60),
    );
    for (const path of ['../outside.png', 'bomb.png', 'cut.png', 'none.png'])
      assert.equal(await dotsOf(join(folder, 'inside'), { ...base, path }), undefined, path);
  });

  it('has room for slips of any height', () => {
    const sheet = PNG.sync.read(
      contactSheet(
        [3, 50, 7].map((height) => ({ caption: 'x', dots: new Bitmap(100, height) })),
        2,
      ),
    );
    assert.deepEqual([sheet.width, sheet.height], [2 * 124 + 24, 24 + (50 + 58) + (7 + 58)]);
  });
});
