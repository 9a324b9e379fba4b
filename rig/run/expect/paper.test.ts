import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { decodeEscPos } from '../../../drivers/codec/escpos/decoder.ts';
import { readSlip } from '../../../drivers/printer/slip.ts';
import { loadProfile } from '../../bench/load.ts';
import { valueOrThrow } from '../../bench/load-issue.ts';
import type {
  CapturedSlip,
  GoldenQuestion,
  HostExchange,
  PlaneByName,
  PrinterPlane,
} from '../../bench/planes.ts';
import type { TillRecord } from '../../model/book.ts';
import { compileReceipt } from '../../scenario/compile-receipt.ts';
import { ReceiptWords } from '../../scenario/receipt-words.ts';
import type { StepRecord } from '../step-record.ts';
import { expectPaper } from './paper.ts';
import { expectReceipt } from './receipt.ts';

const profile = valueOrThrow(loadProfile('vt-4')).value;

/** A slip as the printer gets it: text with escape sequences, GB18030. */
function slipOf(text: string, at = 1000): CapturedSlip {
  const [receipt] = decodeEscPos(iconv.encode(text, 'gb18030'), { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return { ...readSlip(receipt, profile.receipt, at), forbidden: [] };
}
const BODY = '凭证号 VOUCHER NO: 000012\n参考号 REF NO: 123456789012\n';
const AMOUNT = '金额 AMOUNT:\n\x1d!\x11RMB 128.50\x1d!\0\n';
const merchant = (more = '') => `商户存根 MERCHANT COPY\n${BODY}${AMOUNT}${more}`;
const customer = (more = '') => `持卡人存根 CARDHOLDER COPY\n${BODY}${AMOUNT}${more}`;
const SIGN_HERE = '持卡人签名 CARDHOLDER SIGNATURE:\n';

/** A dialogue of which the host knows whether a PIN came with it. */
const dialogue = (pin: 'ok' | 'absent', original?: string): HostExchange => ({
  request: {
    kind: 'sale',
    direction: 'request',
    mti: '0200',
    stan: '000012',
    fields: [{ id: '22', name: 'entry', value: '051' }],
    ...(original ? { original: { stan: original } } : {}),
  },
  region: 'wuxi',
  checks: { mac: 'ok', pin },
  at: 0,
});

interface Given {
  readonly exchange?: HostExchange;
  readonly planes?: Partial<PlaneByName>;
  readonly uncertainty?: number;
  readonly drawnOut?: number;
  readonly told?: readonly TillRecord[];
}

/** What a step's paper comes to under these words: verdict by path, below `expect.receipt`. */
function judge(
  written: unknown,
  texts: readonly (string | CapturedSlip)[],
  given: Given = {},
): Record<string, string> {
  const slips = texts.map((text) => (typeof text === 'string' ? slipOf(text) : text));
  const record: StepRecord = {
    step: { number: 1, action: { do: 'sale', amount: '128.50' }, faults: [], cable: [], expect: {} },
    kind: 'sale',
    asked: { minor: 12850, currency: 'CNY' },
    card: undefined,
    outcome: 'approved',
    code: '00',
    screens: [],
    seen: { exchanges: given.exchange ? [given.exchange] : [], ledger: [], settlements: [], slips },
    moved: 0,
    held: 0,
    faults: [],
    from: 0,
    to: 5000,
    took: 5000,
    uncertainty: given.uncertainty ?? 10,
    drawnOut: given.drawnOut ?? 10,
  };
  const { planes = {} } = given;
  const expected = compileReceipt(ReceiptWords.parse(written), '/scenarios/x.yaml');
  const bearings = { planes, profile, currency: 'CNY', underTest: ['terminal'] as const };
  const found = [
    ...expectReceipt(expected, record, 'CNY', ['terminal'], { planes }),
    ...expectPaper(expected, [record], bearings),
  ];
  const worst: Record<string, string> = {};
  for (const { path, verdict } of found) {
    const key = path.replace('expect.receipt.', '');
    if (worst[key] === undefined || worst[key] === 'passed') worst[key] = verdict;
  }
  return worst;
}

describe('expectations on paper', () => {
  it('copies: exactly these, in this order', () => {
    const asks = { copies: ['merchant', 'customer'] };
    assert.deepEqual(judge(asks, [merchant(), customer()]), { copies: 'passed' });
    for (const other of [[customer(), merchant()], [merchant()], [merchant(), merchant(), customer()], []])
      assert.deepEqual(judge(asks, other), { copies: 'failed' });
  });

  it('within: to the first byte of the last slip, unless the noise of the machine could have decided it', () => {
    const asks = { within: '3 s' };
    const slips = (at: number) => [slipOf(merchant(), 1000), slipOf(customer(), at)];
    assert.deepEqual(judge(asks, slips(2900)), { within: 'passed' });
    assert.deepEqual(judge(asks, slips(3100)), { within: 'failed' });
    assert.deepEqual(judge(asks, slips(3100), { uncertainty: 500 }), { within: 'inconclusive' });
    // Many short stalls are as much as a long one.
    assert.deepEqual(judge(asks, slips(3100), { drawnOut: 500 }), { within: 'inconclusive' });
    assert.deepEqual(judge(asks, []), { within: 'failed' });
  });

  it('must and must-not: texts and regular expressions, on every copy', () => {
    assert.deepEqual(judge({ must: 'REF NO: 1234' }, [merchant(), customer()]), { must: 'passed' });
    assert.deepEqual(judge({ must: 'THANK YOU' }, [merchant('Thank you\n'), customer()]), { must: 'failed' });
    assert.deepEqual(judge({ must: ['/^谢谢/', '/ref no: \\d{12}$/'] }, [merchant('谢谢惠顾\n')]), {
      must: 'passed',
    });
    assert.deepEqual(judge({ must: ['/^谢谢/', 'AUTH'] }, [merchant('谢谢惠顾\n')]), { must: 'failed' });
    // A text is no pattern: the dot is a dot.
    assert.deepEqual(judge({ must: 'RMB 128.50' }, [merchant()]), { must: 'passed' });
    assert.deepEqual(judge({ must: 'RMB 128X50' }, [merchant()]), { must: 'failed' });
    assert.deepEqual(judge({ 'must-not': 'VOID' }, [merchant()]), { 'must-not': 'passed' });
    assert.deepEqual(judge({ 'must-not': '/void|撤销/' }, [merchant(), customer('消费撤销\n')]), {
      'must-not': 'failed',
    });
    assert.deepEqual(judge({ must: 'x' }, []), { must: 'failed' }, 'no paper has no line');
  });

  it('signature: there, not there, or by how the cardholder was verified', () => {
    const signed = [merchant(SIGN_HERE), customer()];
    const plain = [merchant(), customer()];
    assert.deepEqual(judge({ signature: 'present' }, signed), { signature: 'passed' });
    assert.deepEqual(judge({ signature: 'present' }, plain), { signature: 'failed' });
    assert.deepEqual(judge({ signature: 'absent' }, plain), { signature: 'passed' });
    assert.deepEqual(judge({ signature: 'absent' }, signed), { signature: 'failed' });
    const asks = { signature: 'by-cvm' };
    const pin = { exchange: dialogue('ok') };
    const paper = { exchange: dialogue('absent') };
    assert.deepEqual(judge(asks, plain, pin), { signature: 'passed' });
    assert.deepEqual(judge(asks, signed, pin), { signature: 'failed' });
    assert.deepEqual(judge(asks, signed, paper), { signature: 'passed' });
    assert.deepEqual(judge(asks, plain, paper), { signature: 'failed' });
    assert.deepEqual(judge(asks, plain), {}, 'nobody knows how: nothing is held against anybody');
    // A remark that none is needed is no line to sign on.
    assert.deepEqual(judge(asks, [merchant('已验证密码 无需签名\nPIN VERIFIED, NO SIGNATURE\n')], pin), {
      signature: 'passed',
    });
  });

  it('original: a number of the transaction that is taken back', () => {
    const of = { exchange: dialogue('ok', '000011') };
    const named = (stan: string) => merchant(`原凭证号 ORIG VOUCHER NO: ${stan}\n`);
    assert.deepEqual(judge({ original: true }, [named('000011')], of), { original: 'passed' });
    assert.deepEqual(judge({ original: true }, [named('11')], of), { original: 'passed' });
    assert.deepEqual(judge({ original: true }, [named('000010')], of), { original: 'failed' });
    assert.deepEqual(judge({ original: true }, [merchant()], of), { original: 'failed' });
  });

  it('style: height and weight of values', () => {
    const tall = { style: { amount: 'double-height' } };
    assert.deepEqual(judge(tall, [merchant()]), { style: 'passed' });
    assert.deepEqual(judge(tall, [merchant().replace('\x1d!\x11', '')]), { style: 'failed' });
    const bold = { style: { rrn: 'bold' } };
    assert.deepEqual(judge(bold, [merchant()]), { style: 'failed' });
    assert.deepEqual(
      judge(bold, [merchant().replace('参考号', '\x1bE\x01参考号').replace('金额', '\x1bE\0金额')]),
      {
        style: 'passed',
      },
    );
    const both = { style: { amount: ['double-height', 'bold'] } };
    assert.deepEqual(judge(both, [merchant()]), { style: 'failed' });
  });

  it('qr and barcode: what they hold', () => {
    const qr = (text: string) =>
      `\x1d(k${String.fromCharCode(text.length + 3)}\0\x31\x50\x30${text}\x1d(k\x03\0\x31\x51\x30`;
    const ean = '\x1dk\x02400638133393\0';
    assert.deepEqual(judge({ qr: 'https://a.test/1' }, [merchant(qr('https://a.test/1'))]), { qr: 'passed' });
    assert.deepEqual(judge({ qr: 'https://a.test' }, [merchant(qr('https://a.test/1'))]), { qr: 'failed' });
    assert.deepEqual(judge({ qr: '/^https:/' }, [merchant(qr('https://a.test/1'))]), { qr: 'passed' });
    assert.deepEqual(
      judge({ qr: '/./' }, [merchant(), customer(qr('x'))]),
      { qr: 'failed' },
      'on every copy',
    );
    assert.deepEqual(judge({ qr: '/4006/' }, [merchant(ean)]), { qr: 'failed' });
    assert.deepEqual(judge({ barcode: '/^4006/' }, [merchant(ean)]), { barcode: 'passed' });
  });

  it('forbidden: what is only suspected is for a person to look at', () => {
    const found = { ...slipOf(merchant()), forbidden: ['pan'] };
    const perhaps = { ...slipOf(merchant()), suspected: ['pan-in-picture'] };
    assert.deepEqual(judge({ forbidden: 'none' }, [merchant()]), { forbidden: 'passed' });
    assert.deepEqual(judge({ forbidden: 'none' }, [found, perhaps]), { forbidden: 'failed' });
    assert.deepEqual(judge({ forbidden: 'none' }, [merchant(), perhaps]), { forbidden: 'inconclusive' });
    const slip = slipOf(merchant());
    const unread = {
      ...slip,
      reading: { fields: {}, legible: 0 },
      receipt: { ...slip.receipt, unread: true as const },
    };
    assert.deepEqual(judge({ forbidden: 'none' }, [unread]), { forbidden: 'inconclusive' });
  });

  it('what was read from a picture, and not well enough, decides nothing', () => {
    const badly = { ...slipOf(merchant()), reading: { fields: { rrn: 40 }, legible: 0.5 } };
    const asks = { must: 'THANK YOU', 'must-not': 'VOID', style: { rrn: 'bold' } };
    assert.deepEqual(judge(asks, [badly]), {
      must: 'inconclusive',
      'must-not': 'inconclusive',
      style: 'inconclusive',
    });
    const well = { ...badly, reading: { fields: {}, legible: 1 } };
    assert.deepEqual(judge(asks, [well]), { must: 'failed', 'must-not': 'passed', style: 'failed' });
  });

  it('matches-till: what the till was told in this step, where it was told', () => {
    const asks = { merchant: { amount: 'matches-till', stan: 'matches-till', rrn: 'matches-till' } };
    const told = (minor: number, at = 3000): Given => {
      const records: TillRecord[] = [
        { reference: '1', outcome: 'approved', amount: { minor, currency: 'CNY' }, stan: '000012', at },
      ];
      const till = { records: () => records } as unknown as PlaneByName['till'];
      return { planes: { till } };
    };
    const by = (given: Given) => {
      const { merchant: _, ...fields } = judge(asks, [merchant()], given);
      return fields;
    };
    assert.deepEqual(by(told(12850)), {
      'merchant.amount': 'passed',
      'merchant.stan': 'passed',
      'merchant.rrn': 'skipped',
    });
    assert.equal(by(told(12851))['merchant.amount'], 'failed');
    assert.equal(by(told(12850, 9000))['merchant.amount'], 'skipped', 'of another step');
    assert.equal(by({})['merchant.amount'], 'skipped');
  });
});

describe('expectations on what paper looks like', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-golden-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'vt-4.png');
  writeFileSync(file, 'a picture');

  /** A printer plane that finds so many dots different in one line. */
  function planeWith(differing: number, seen: GoldenQuestion[] = [], unreadable?: string): Given {
    const ref = (id: string) => ({ id, path: id, mime: 'image/png', bytes: 1, sha256: '' });
    const printer = {
      compareGolden(_: CapturedSlip, question: GoldenQuestion) {
        seen.push(question);
        const bad = { place: 'line 3', differing, budget: question.budget, lines: [2] };
        return {
          picture: ref('new'),
          difference: ref('difference'),
          differing,
          differences: differing > question.budget ? [bad] : [],
          ...(unreadable === undefined ? {} : { unreadable }),
        };
      },
    } as unknown as PrinterPlane;
    return { planes: { printer } };
  }
  const image = (golden: unknown) => ({ image: { merchant: golden } });

  it('compares with the file, within the budget', () => {
    const seen: GoldenQuestion[] = [];
    assert.deepEqual(judge(image(file), [merchant()], planeWith(0, seen)), { 'image.merchant': 'passed' });
    assert.equal(Buffer.from(seen[0]?.content ?? []).toString(), 'a picture');
    assert.ok(
      seen[0]?.mask.includes('rrn') && !seen[0].mask.includes('amount'),
      'what changes is not compared',
    );
    assert.deepEqual(judge(image(file), [merchant()], planeWith(1)), { 'image.merchant': 'failed' });
    const lenient = {
      golden: file,
      mask: ['stan', [0, 0, 384, 30]],
      budget: 5,
      regions: [{ field: 'amount', budget: 2 }],
    };
    assert.deepEqual(judge(image(lenient), [merchant()], planeWith(5, seen)), { 'image.merchant': 'passed' });
    assert.deepEqual(seen[1]?.mask, ['stan', { x: 0, y: 0, width: 384, height: 30 }]);
    assert.deepEqual(seen[1]?.regions, [{ place: 'amount', budget: 2 }]);
  });
  it('blames nobody for a file that is missing or none', () => {
    const none = image(join(folder, 'none.png'));
    assert.deepEqual(judge(none, [merchant()], planeWith(0)), { 'image.merchant': 'inconclusive' });
    assert.deepEqual(judge(image(file), [merchant()], planeWith(0, [], 'no picture')), {
      'image.merchant': 'inconclusive',
    });
    const any = image(join(folder, '{profile}-none.png'));
    assert.deepEqual(judge(any, [merchant()], planeWith(0)), { 'image.merchant': 'skipped' });
    assert.deepEqual(judge(image(join(folder, '{profile}.png')), [merchant()], planeWith(1)), {
      'image.merchant': 'failed',
    });
  });
  it('fails without the copy', () => {
    assert.deepEqual(judge(image(file), [customer()], planeWith(0)), { 'image.merchant': 'failed' });
  });
});
