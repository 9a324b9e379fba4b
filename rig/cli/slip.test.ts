import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import iconv from 'iconv-lite';
import { slipReader } from '../../drivers/printer/slip-reader.ts';
import { asRaster } from '../../drivers/virtual/terminal/raster.ts';
import { needsTesseract } from '../house/tiers.ts';
import { slip } from './slip.ts';

const GOOD = `商户存根 MERCHANT COPY
商户名称:样板商店
商户编号:898320400000001
终端编号:30001001
卡号:629999******0012 /S
交易类型:消费/SALE
批次号:000001
凭证号:000012
日期时间:2026/11/22 09:30:15
金额:RMB 128.50
`;

const house = { drivers: { slipReader: async () => slipReader } };

describe('posrig slip', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-slip-'));
  after(() => rmSync(folder, { recursive: true }));

  async function ask(content: string | Buffer, options: Record<string, unknown> = {}) {
    const file = join(folder, 'slip.bin');
    writeFileSync(file, content);
    let text = '';
    const code = await slip([file], { json: true, ...options }, house, (more) => {
      text += stripVTControlCharacters(more);
    });
    return { code, text, slips: options['json'] === false ? [] : JSON.parse(text).slips };
  }
  const broken = (slips: readonly { rules: readonly { id: string; good: boolean; doubt?: string }[] }[]) =>
    slips.flatMap(({ rules }) => rules.filter(({ good, doubt }) => !good && !doubt).map(({ id }) => id));

  it('reads a text file, and a good slip keeps the rules of its scheme', async () => {
    const { code, slips } = await ask(GOOD, { labels: 'unionpay-zh,en', rules: 'unionpay,emv-chip' });
    assert.equal(code, 0);
    assert.deepEqual(broken(slips), []);
    assert.deepEqual([slips[0].copy, slips[0].kind, slips[0].fields.stan], ['merchant', 'sale', '000012']);
    assert.ok(slips[0].rules.length > 5);
  });

  const FULL = `${GOOD}授权码:A1B2C3\n参考号:123456789012\n`;
  const CUSTOMER = FULL.replace('商户存根 MERCHANT', '持卡人存根 CARDHOLDER').replace(
    '629999******0012',
    '**************0012',
  );
  for (const [what, text, id] of [
    [
      'a signature line after a PIN',
      `${FULL}PIN VERIFIED\n持卡人签名:____\n`,
      'emv-chip/no-signature-after-pin',
    ],
    [
      'the same in Chinese',
      `${FULL}已输入密码,无需签名\nCARDHOLDER SIGNATURE\n`,
      'emv-chip/no-signature-after-pin',
    ],
    ['an approval on a slip that was declined', `${FULL}交易失败 DECLINED\n`, 'unionpay/only-approved'],
    ['the expiry of any card', `${FULL}有效期:28/05\n`, 'unionpay/no-expiry'],
    ['two merchant copies', `${FULL}\f${FULL}`, 'unionpay/one-of-each'],
    [
      'the number in two pieces on two copies',
      `${FULL}NO: 000000012\n\f${CUSTOMER}NO: 6299990000\n`,
      'unionpay/copies-together',
    ],
    [
      'a reprint that says something else',
      `${FULL}\f${FULL.replace('128.50', '182.50')}重打印凭证\n`,
      'unionpay/duplicate-same',
    ],
  ] as const) {
    it(`finds ${what}, on paper alone`, async () => {
      const { code, slips } = await ask(text, { rules: 'unionpay,emv-chip' });
      assert.ok(broken(slips).includes(id), broken(slips).join());
      assert.equal(code, 1);
    });
  }

  it('breaks no rule of good copies in one text or in several files, declined ones and reprints included', async () => {
    const declined = GOOD.replace(/$/, '交易失败 DECLINED\n');
    for (const text of [
      `${FULL}\f${CUSTOMER}`,
      `${FULL}--- cut ---\n${CUSTOMER}--- cut ---\n`,
      `${FULL}PIN VERIFIED\n`,
      declined,
      `${FULL}\f${FULL}重打印凭证/DUPLICATED\n`,
    ]) {
      const { slips } = await ask(text, { rules: 'unionpay,emv-chip' });
      assert.deepEqual(
        broken(slips).filter((id) => !id.startsWith('emv-chip/a')),
        [],
        text,
      );
    }
    const files = [join(folder, 'merchant.txt'), join(folder, 'second.txt')];
    for (const file of files) writeFileSync(file, FULL);
    let out = '';
    const code = await slip(files, { json: true, rules: 'unionpay' }, house, (more) => {
      out += more;
    });
    assert.deepEqual([code, broken(JSON.parse(out).slips)], [1, ['unionpay/one-of-each']]);
  });

  it('reads the bytes of a printer, and several slips of one capture', async () => {
    const bytes = Buffer.concat([
      iconv.encode(GOOD, 'gb18030'),
      Buffer.from([0x1d, 0x56, 0x00]),
      iconv.encode(GOOD.replace('商户存根 MERCHANT', '持卡人存根 CARDHOLDER'), 'gb18030'),
      Buffer.from([0x1d, 0x56, 0x00]),
    ]);
    const { code, slips } = await ask(bytes, { rules: 'unionpay' });
    assert.equal(code, 0);
    assert.deepEqual(
      slips.map(({ copy, fields }: { copy: string; fields: { amount: string } }) => [copy, fields.amount]),
      [
        ['merchant', 'RMB 128.50'],
        ['customer', 'RMB 128.50'],
      ],
    );
  });

  const DEFECTS: readonly (readonly [string, (good: string) => string, readonly string[]])[] = [
    ['no voucher number', (good) => good.replace(/凭证号.*\n/, ''), ['unionpay/elements']],
    ['no currency', (good) => good.replace('RMB ', ''), ['unionpay/amount-form']],
    [
      'eight digits legible',
      (good) => good.replace('629999******', '62999912****'),
      ['unionpay/pan-masked', 'unionpay/copies-together'],
    ],
    ['expiry printed', (good) => `${good}有效期:2812\n`, ['unionpay/no-expiry', 'emv-chip/no-expiry']],
    ['chip without AID', (good) => good.replace('/S', '/I'), ['emv-chip/aid', 'emv-chip/application-label']],
    ['two amounts', (good) => `${good}RMB 128.05\n`, ['unionpay/one-amount']],
    ['the amount labelled twice', (good) => `${good}AMOUNT: RMB 128.05\n`, ['unionpay/one-amount']],
    ['another total', (good) => `${good}总计:RMB 128.51\n`, ['unionpay/one-amount']],
    ['below zero', (good) => good.replace('RMB 128', 'RMB -128'), ['unionpay/amount-sign']],
    [
      'in brackets',
      (good) => good.replace('RMB 128.50', '(RMB 128.50)'),
      ['unionpay/amount-form', 'unionpay/amount-readable', 'unionpay/amount-sign'],
    ],
    [
      'decimals that the currency has not',
      (good) => good.replace('RMB 128.50', 'JPY 128.50'),
      ['unionpay/amount-readable'],
    ],
    ['no such day', (good) => good.replace('2026/11/22', '2026/13/45'), ['unionpay/date-exists']],
    ['no such hour', (good) => good.replace('09:30:15', '29:30:15'), ['unionpay/date-exists']],
    ['a void of nothing', (good) => good.replace('消费/SALE', '消费撤销/VOID'), ['unionpay/original-named']],
    ['a refund of nothing', (good) => good.replace('消费/SALE', '退货/REFUND'), ['unionpay/original-named']],
    ['half a character', (good) => good.replace('样板商店', '样板商\ufffd'), ['unionpay/legible']],
  ];
  for (const [name, spoil, rules] of DEFECTS)
    it(`finds: ${name}`, async () => {
      const { code, slips } = await ask(spoil(GOOD), { rules: 'unionpay,emv-chip' });
      assert.equal(code, 1);
      assert.deepEqual(broken(slips), rules);
    });

  const SOUND: Readonly<Record<string, (good: string) => string>> = {
    'the amount said again': (good) => `${good}AMOUNT: RMB 128.50\nRMB 128.50\n`,
    'a tip and a total': (good) => `${good}小费:RMB 11.50\n总计:RMB 140.00\n`,
    'a tip that is still to be written': (good) => `${good}小费:\n总计:\n`,
    'a discount': (good) => good.replace('金额:', '交易金额:RMB 138.50\n优惠金额:RMB 10.00\n实付金额:'),
    'a balance': (good) => `${good}余额:RMB 1000.00\nBALANCE:\nRMB 55.00\n`,
    'an amount in the currency of the card': (good) => `${good}EUR 16.40\nAMOUNT: EUR 16.40\n`,
    'a void below zero': (good) =>
      good.replace('消费/SALE', '消费撤销/VOID').replace('RMB 128', 'RMB -128').concat('原凭证号:000011\n'),
    'a part that is refunded': (good) =>
      `${good.replace('消费/SALE', '退货/REFUND')}原参考号:092233123456\n原交易金额:RMB 200.00\nORIGINAL AMOUNT: RMB 200.00\n`,
    'the last second of a year': (good) => good.replace('2026/11/22 09:30:15', '2026/12/31 23:59:59'),
    'a leap day': (good) => good.replace('2026/11/22', '2028/02/29'),
  };
  for (const [name, vary] of Object.entries(SOUND))
    it(`holds nothing against ${name}`, async () => {
      const { code, slips } = await ask(vary(GOOD), { rules: 'unionpay,emv-chip' });
      assert.deepEqual(broken(slips), []);
      assert.equal(code, 0);
    });

  it('says what stands there in a sentence, with the lines of the paper', async () => {
    const { text } = await ask(`${GOOD}RMB 128.05\n`, { rules: 'unionpay', json: false });
    assert.match(text, /broken unionpay\/one-amount: A slip states one amount/);
    assert.match(
      text,
      /observed "RMB 128\.50" and "RMB 128\.05" on one slip\n.*> 金额:RMB 128\.50\n.*> RMB 128\.05/,
    );
    const date = await ask(GOOD.replace('2026/11/22', '2026/13/45'), { rules: 'unionpay', json: false });
    assert.match(date.text, /observed "2026\/13\/45 09:30:15": no calendar has 2026\/13\/45/);
  });

  it('judges the copies of one transaction together', async () => {
    const [start, end] = ['622202123', '4567890128'];
    const copy = (mark: string, text: string) =>
      `${GOOD.replace('商户存根 MERCHANT', mark).replace('629999******0012', '622202******0128')}${text}\n\f`;
    const cut = (text: string) =>
      Buffer.concat([iconv.encode(text, 'gb18030'), Buffer.from([0x1d, 0x56, 0])]);
    const both = (customer: string) =>
      Buffer.concat([
        cut(copy('商户存根 MERCHANT', `TRACE ID ${start}`)),
        cut(copy('持卡人存根 CARDHOLDER', customer)),
      ]);
    const { code, slips } = await ask(both(`QUEUE ${end}`), { rules: 'unionpay' });
    assert.deepEqual([code, broken(slips)], [1, ['unionpay/copies-together']]);
    assert.deepEqual(broken((await ask(both('QUEUE 17'), { rules: 'unionpay' })).slips), []);
  });

  it('a number in full is found and never shown, whoever made the card', async () => {
    for (const json of [true, false]) {
      const spoilt = GOOD.replace('629999******0012 /S', '6222 0212 3456 7890 128').replace(
        '金额',
        '有效期:2812\n金额',
      );
      const { code, text } = await ask(spoilt, { rules: 'unionpay', json });
      assert.equal(code, 1);
      assert.match(text, /no-card-data/);
      assert.doesNotMatch(text.replace(/\D/g, ''), /6222021234567890128/);
      assert.doesNotMatch(text, /2812/);
    }
  });

  it('judges a slip without a mark as the copy that was asked for, with its own truncation', async () => {
    const bare = GOOD.replace(/^.*\n/, '');
    assert.deepEqual(broken((await ask(bare, { rules: 'unionpay' })).slips), []);
    assert.deepEqual(
      broken((await ask(bare, { rules: 'unionpay', mask: 'last4', copy: 'customer' })).slips),
      ['unionpay/pan-masked', 'unionpay/copies-together'],
    );
  });

  it('takes the name of a transaction below its label for the value, not for a total', async () => {
    const { slips } = await ask(GOOD.replace('交易类型:消费/SALE', '交易类型 TRANS TYPE:\n消费 SALE'));
    assert.deepEqual([slips[0].kind, slips[0].fields.type], ['sale', '消费 SALE']);
  });

  it('reads slips that are pictures, and decides by them what it is sure of', async function () {
    this.timeout(120_000);
    await needsTesseract(this);
    const lines = GOOD.replace('0012 /S', '0012').replace('消费/SALE', '消费 SALE');
    const raster = (text: string) => Buffer.from(asRaster(iconv.encode(text, 'gb18030')));
    const rules = 'unionpay';
    const good = await ask(raster(lines), { rules });
    assert.deepEqual(broken(good.slips), []);
    assert.match(good.slips[0].fields.pan, /^629999\*{6}0012$/);
    assert.notEqual(good.code, 1);
    const strict = await ask(raster(lines), { rules, mask: 'last4' });
    assert.equal(strict.code, 1);
    assert.ok(broken(strict.slips).includes('unionpay/pan-masked'));
    // What the reader is not sure of is neither kept nor broken, by whatever rule.
    const more = await ask(raster(lines.replace('629999******', '62999912****')), { rules });
    assert.notEqual(more.code, 0);
    assert.equal(
      broken(more.slips).includes('unionpay/pan-masked'),
      broken(more.slips).includes('unionpay/copies-together'),
    );
  });

  it('says so when no rule could be asked', async () => {
    assert.equal((await ask('hello\n', { rules: 'emv-chip' })).code, 5);
  });

  it('refuses what it does not know', async () => {
    await assert.rejects(ask(GOOD, { mask: 'all' }), { code: 'USAGE' });
    await assert.rejects(ask(GOOD, { currency: 'XYZ' }), { code: 'USAGE' });
    await assert.rejects(ask(GOOD, { locale: 'no locale' }), { code: 'USAGE' });
    await assert.rejects(ask(GOOD, { width: '7' }), { code: 'USAGE' });
    await assert.rejects(ask(GOOD, { rules: 'nobodys' }), { code: 'FILE_INVALID' });
    await assert.rejects(ask(GOOD, { labels: 'nobodys' }), /nobodys/);
    await assert.rejects(ask('', {}), { code: 'CODEC_FRAME' });
  });
});
