import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { loadProfile } from '../../../rig/bench/load.ts';
import { valueOrThrow } from '../../../rig/bench/load-issue.ts';
import { needsTesseract } from '../../../rig/house/tiers.ts';
import { CardFile } from '../../../rig/model/card.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { CONFIDENCE_MIN, type Receipt } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { renderReceipt } from '../../codec/escpos/render/render.ts';
import { forbiddenContent, maskReceipt } from '../forbidden.ts';
import { receiptsOfFile } from '../receipt-file.ts';
import { readSlip } from '../slip.ts';
import { asPicture, receiptOf } from '../testing/raster.ts';
import { agree, DISPUTED } from './agree.ts';
import { bandsOf } from './bands.ts';
import { fuzz } from './ocr.fuzz.ts';
import { readPhoto } from './photo.ts';
import type { PlacedWord } from './read-dots.ts';
import { readPictures } from './read-receipt.ts';
import { vocabularyOfLayout } from './reader.ts';
import { readingSheet } from './sheet.ts';
import { readWithTesseract } from './tesseract.ts';
import { mendLabel, vocabularyOf } from './vocabulary.ts';
import { wordsOfTsv } from './words.ts';

const { cards } = CardFile.parse(parse(readFileSync(packaged('scenarios/cards.yaml'), 'utf8')));
const { receipt: layout } = valueOrThrow(loadProfile('vt-4')).value;
const pan = cards[0]?.pan ?? '';

const SLIP = [
  '\x1da\0\x1ba\x01\x1d!\x11银联POS签购单\x1d!\0',
  '商户存根 MERCHANT COPY\x1ba\0',
  '--------------------------------',
  '终端编号 TERMINAL NO: 30001001',
  '卡号 CARD NO:',
  '622202******1234 C',
  '交易类型 TRANS TYPE: 消费 SALE',
  '凭证号 VOUCHER NO: 000012',
  '参考号 REF NO: 123456789012',
  '日期时间 DATE TIME:',
  '2026/04/01 12:34:56',
  '金额 AMOUNT:',
  '\x1d!\x11RMB 128.50\x1d!\0',
  `备注 REMARKS: ${pan}`,
  '',
].join('\n');

describe('printer: text in pictures', () => {
  it('reads a slip that is a picture: values with confidence, headings of any size, a card number', async function () {
    this.timeout(120_000);
    const tool = await needsTesseract(this);
    const read = await readPictures(asPicture(receiptOf(SLIP)), tool, vocabularyOfLayout(layout));
    const slip = readSlip(read, layout, 0);
    assert.equal(slip.copy, 'merchant');
    const { fields, reading } = slip;
    const sure = ['terminal-id', 'rrn', 'date-time', 'amount', 'stan'].filter(
      (field) => (reading?.fields[field] ?? 0) >= CONFIDENCE_MIN,
    );
    assert.ok(sure.length >= 4, `sure of ${sure.join()}: ${JSON.stringify({ fields, reading })}`);
    const printed: Readonly<Record<string, string>> = {
      'terminal-id': '30001001',
      rrn: '123456789012',
      'date-time': '2026/04/01 12:34:56',
      amount: 'RMB 128.50',
      stan: '000012',
    };
    for (const field of sure) assert.equal(fields[field], printed[field]);
    // The letter behind it may be read as anything; how much is masked is certain.
    assert.match(fields['pan'] ?? '', /^622202\*{6}1234\b/);
    assert.ok((reading?.fields['pan'] ?? 0) >= CONFIDENCE_MIN);
    assert.deepEqual(forbiddenContent(read, cards), ['pan-in-picture']);

    // Masked, it is gone from the text and from the picture, and nothing else is.
    const masked = maskReceipt(read, cards);
    assert.ok(!JSON.stringify(masked.runs).includes(pan.slice(6, 12)));
    const again = await readPictures({ ...masked, runs: [] }, tool, vocabularyOfLayout(layout));
    assert.deepEqual(forbiddenContent(again, cards), []);
    assert.equal(readSlip(again, layout, 0).fields['terminal-id'], '30001001');
  });

  it('reads, finds and whitens a card number that stands turned in a picture', async function () {
    this.timeout(240_000);
    const tool = await needsTesseract(this);
    const text = `卡号 CARD NO:\n${pan}\n终端编号 TERMINAL NO: 30001001\n`;
    const [image] = asPicture(receiptOf(text)).images;
    assert.ok(image);
    const dots = new Bitmap(image.width, image.height, image.bits);
    for (const turn of [90, 180, 270] as const) {
      const { width, height, bits } = dots.turned(turn);
      const top = receiptOf('logo\n');
      const drawn: Receipt = {
        ...top,
        runs: [],
        height: height + 20,
        images: [{ x: 0, y: 10, width, height, bits }],
      };
      const read = await readPictures(drawn, tool, vocabularyOfLayout(layout));
      assert.deepEqual(forbiddenContent(read, cards), ['pan-in-picture'], `turned by ${turn}`);
      const masked = maskReceipt(read, cards);
      const again = await readPictures({ ...masked, runs: [] }, tool, vocabularyOfLayout(layout));
      assert.deepEqual(forbiddenContent(again, cards), [], `turned by ${turn}`);
      assert.ok(masked.runs.some((run) => run.turn === turn && run.text.includes('30001001')));
    }
  });

  it('reads a picture file as dots or as a photo, and refuses what is none', async function () {
    this.timeout(120_000);
    const tool = await needsTesseract(this);
    const png = renderReceipt(receiptOf('终端编号 TERMINAL NO: 30001001\n金额 AMOUNT: RMB 128.50\n'));
    const { kind, source, receipts } = await receiptsOfFile(png, layout);
    assert.deepEqual([kind, source], ['photo', 'camera']);
    const [receipt] = receipts;
    assert.ok(receipt);
    assert.equal(readSlip(receipt, layout, 0).fields['terminal-id'], '30001001');
    await assert.rejects(readPhoto(png.subarray(0, 60), tool), { code: 'FILE_INVALID' });
    await assert.rejects(readPhoto(Buffer.from('text'), tool), { code: 'FILE_INVALID' });
    const huge = Buffer.from(png);
    huge.writeUInt32BE(1e6, 16);
    huge.writeUInt32BE(1e6, 20);
    await assert.rejects(readPhoto(huge, tool), { code: 'FILE_INVALID' });
    await assert.rejects(readWithTesseract(tool, Buffer.from('P5\n'), 300), { code: 'OCR_FAILED' });
  });

  it('keeps receipts without pictures, and small pictures, as they are', async () => {
    const nobody = { path: '/nonexistent', version: '0', languages: ['eng'] };
    const text = receiptOf('hello\n');
    assert.equal(await readPictures(text, nobody), text);
    const speck = { ...text, images: [{ x: 0, y: 0, width: 16, height: 16, bits: new Uint8Array(32) }] };
    assert.equal(await readPictures(speck, nobody), speck);
  });
});

describe('printer: pictures laid out for a reader', () => {
  it('finds lines of text, leaves out rules, and knows where each stands', () => {
    const picture = new Bitmap(200, 100);
    picture.fill(20, 10, 60, 20);
    picture.fill(0, 40, 200, 2);
    picture.fill(33, 60, 10, 24);
    assert.deepEqual(bandsOf(picture), [
      { top: 10, height: 20, left: 20, width: 60 },
      { top: 60, height: 24, left: 33, width: 10 },
    ]);
    const sheet = readingSheet(picture, { lineHeight: 40, ink: 1 });
    assert.ok(sheet);
    const [, width = 0, height = 0] =
      /^P5\n(\d+) (\d+)\n/.exec(Buffer.from(sheet.pgm).toString('latin1'))?.map(Number) ?? [];
    const box = sheet.place({ x: 16, y: 16, width: 20, height: 30 });
    assert.deepEqual(
      { x: box?.x, y: box?.y, height: box?.height, line: box?.line },
      { x: 20, y: 10, height: 20, line: 0 },
    );
    assert.equal(sheet.pgm.length, `P5\n${width} ${height}\n255\n`.length + width * height);
    assert.equal(readingSheet(new Bitmap(200, 100), { lineHeight: 40, ink: 1 }), undefined);
  });

  it('lays out any picture within bounds', () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 90 }));
    fc.assert(
      fc.property(sizes, fc.uint8Array({ maxLength: 1200 }), ([width, height], bits) => {
        const picture = new Bitmap(width, height, bits);
        for (const { left, top, ...band } of bandsOf(picture)) {
          assert.ok(
            left >= 0 && top >= 0 && left + band.width <= picture.stride * 8 && top + band.height <= height,
          );
        }
        const sheet = readingSheet(picture, { lineHeight: 24, ink: 1.5 });
        assert.ok(!sheet || sheet.pgm.length < 24e6 + 30);
      }),
      { numRuns: 60 },
    );
  });

  it('takes any table of words', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.oneof(fc.string(), fc.constantFrom('5', '12', '-1', '98.5')), { maxLength: 13 }),
        ),
        (rows) => {
          for (const word of wordsOfTsv(rows.map((row) => row.join('\t')).join('\n'))) {
            assert.ok(word.confidence >= 0 && word.confidence <= 100 && word.text !== '' && word.width >= 1);
          }
        },
      ),
    );
    const row = '5\t1\t1\t1\t2\t3\t10\t20\t30\t40\t96.5\tNO;';
    assert.deepEqual(wordsOfTsv(`level\n${row}\n`), [
      { text: 'NO:', x: 10, y: 20, width: 30, height: 40, confidence: 96.5, line: '1.1.1.2' },
    ]);
  });
});

describe('printer: two readings of one picture', () => {
  const words = (text: string, confidence = 95, line = 0): PlacedWord[] =>
    text.split(' ').map((word, i) => ({
      text: word,
      confidence,
      line,
      x: i * 100,
      y: 0,
      width: 90,
      height: 24,
      scale: 1,
    }));
  const seen = (a: readonly PlacedWord[], b: readonly PlacedWord[]) =>
    agree(a, b)
      .map(({ text, confidence }) => `${text}:${confidence}`)
      .join(' ');

  it('believes what both say, however it is cut into words', () => {
    assert.equal(seen(words('RMB 128.50'), words('RMB128.50', 90)), 'RMB:95 128.50:95');
  });
  it('disputes a word that differs, has a letter more or one less', () => {
    assert.equal(
      seen(words('TVR: 9000008000'), words('TVR: 0000008000', 90)),
      `TVR::95 9000008000:${DISPUTED}`,
    );
    assert.equal(seen(words('RMB 128.50'), words('RMB 128.590', 90)), `RMB:95 128.50:${DISPUTED}`);
    assert.equal(seen(words('RMB 128.50'), words('RMB 1128.50', 90)), `RMB:95 128.50:${DISPUTED}`);
  });
  it('takes the surer of two lines, and nothing for granted that only one has', () => {
    assert.equal(seen(words('AB', 50), words('AC', 90)), `AC:${DISPUTED}`);
    assert.equal(seen([], words('AC', 90)), `AC:${DISPUTED}`);
  });
  it('mends a label by one character, never a value', () => {
    const known = vocabularyOf(['凭证号', '参考号', 'REF NO']);
    const mended = (text: string) =>
      mendLabel(words(text), known)
        .map((word) => word.text)
        .join(' ');
    assert.equal(mended('任证 号 VOUCHER'), '凭证 号 VOUCHER');
    assert.equal(mended('任证号'), '任证号');
    assert.equal(mended('任正号 VOUCHER'), '任正号 VOUCHER');
  });
});

describe('printer: fuzzer of pictures', () => {
  it('finds nothing in a short run', async function () {
    this.timeout(240_000);
    await needsTesseract(this);
    const { pictures } = await fuzz({ count: 100_000, seed: 3 });
    assert.equal(pictures, 2);
  });
});
