import assert from 'node:assert/strict';
import { decodeEscPos } from '../../drivers/codec/escpos/decoder.ts';
import { forbiddenContent } from '../../drivers/printer/forbidden.ts';
import { readSlip } from '../../drivers/printer/slip.ts';
import { DEFECT_IDS, type DefectId, defectsOf, loadDefects } from '../../drivers/virtual/terminal/defects.ts';
import type { SettlementRecord, SlipCopy, TransactionRecord } from '../../drivers/virtual/terminal/memory.ts';
import { slipBytes } from '../../drivers/virtual/terminal/slips.ts';
import { makeVault } from '../../drivers/virtual/terminal/vault.ts';
import { loadCards, loadProfile, SHIPPED } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import type { CapturedSlip, HostExchange } from '../bench/planes.ts';
import type { TillRecord } from '../model/book.ts';
import { packaged } from '../model/package-root.ts';
import { judgeSet } from './judge.ts';
import { loadPack, loadRules, shippedPacks } from './pack.ts';
import type { Subject } from './subject.ts';

const layout = valueOrThrow(loadProfile('vt-4')).value.receipt;
const { cards } = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value;
const [card] = cards;
assert.ok(card);
const vault = makeVault('11'.repeat(16));
const rules = loadRules(shippedPacks().map((name) => ({ name, from: '' })));

const record: TransactionRecord = {
  kind: 'void',
  stan: '000012',
  batch: '000003',
  time: '20261122093015',
  entry: 'chip',
  pan: vault.seal(card.pan),
  expiry: '12/30',
  requested: 12850,
  amount: 12850,
  responseCode: '00',
  rrn: '000000000034',
  authCode: 'A1B2C3',
  issuer: '01020000',
  acquirer: '48020000',
  remarks: ['谢谢惠顾'],
  pinVerified: true,
  original: { stan: '000011', rrn: '000000000009' },
  chip: {
    aid: 'F000000333010101',
    label: 'TEST DEBIT/CREDIT',
    cryptogram: '0123456789ABCDEF',
    tvr: '0000040000',
    tsi: 'E800',
    atc: '0001',
  },
  voided: false,
};
const settlement: SettlementRecord = {
  batch: '000003',
  stan: '000020',
  time: '20261122093015',
  totals: { debit: 20000, debitCount: 2, credit: 12850, creditCount: 1 },
  balanced: true,
};
const exchange: HostExchange = {
  request: {
    kind: 'void',
    direction: 'request',
    mti: '0200',
    stan: '000012',
    batch: '000003',
    terminal: '30001001',
    merchant: '898320400000001',
    fields: [],
  },
  response: {
    kind: 'void',
    direction: 'response',
    mti: '0210',
    rrn: '000000000034',
    authCode: 'A1B2C3',
    code: '00',
    amount: { minor: 12850, currency: 'CNY' },
    fields: [
      { id: '12', name: 'time', value: '093015' },
      { id: '13', name: 'date', value: '1122' },
    ],
  },
  region: 'wuxi',
  checks: { pin: 'ok', mac: 'ok' },
  at: 0,
};

function printed(defects: readonly DefectId[], copy: SlipCopy, again = false): CapturedSlip {
  const issuer = {
    terminalId: '30001001',
    merchantId: '898320400000001',
    merchantName: '无锡样板商店',
    vault,
    defects: defectsOf(new Set(defects)),
    now: '20261122095959',
  };
  const subject =
    copy === 'settlement'
      ? ({ type: 'settlement', record: settlement } as const)
      : ({ type: 'transaction', record } as const);
  const bytes = slipBytes(issuer, subject, copy, again);
  const [receipt] = decodeEscPos(bytes, { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return { ...readSlip(receipt, layout, 10), forbidden: forbiddenContent(receipt, cards) };
}

function subjectOf(slip: CapturedSlip, more: Partial<Subject> = {}): Subject {
  const mask = layout.mask[slip.copy] ?? 'last4';
  const known = { slip, currency: 'CNY', locale: layout.locale, reprint: false, torn: false, mask };
  if (slip.copy === 'settlement') return { ...known, kind: 'settlement', ...more };
  const original = { stan: '000011', rrn: '000000000009' };
  return {
    ...known,
    kind: 'sale',
    entry: 'chip',
    cvm: 'pin',
    card: card as never,
    exchange,
    original,
    ...more,
  };
}

/** Rules broken by what a firmware with these defects prints for a transaction, its reprint and a settlement. */
function brokenBy(defects: readonly DefectId[], more: Partial<Subject> = {}): string[] {
  const order = layout.order;
  const copies = ['merchant', 'customer'] as const;
  const firsts = copies.map((copy) => printed(defects, copy));
  const again = copies.map((copy, i) =>
    subjectOf(printed(defects, copy, true), {
      ...more,
      reprint: true,
      ...(firsts[i] ? { first: firsts[i] } : {}),
    }),
  );
  const sets = [
    { subjects: firsts.map((slip) => subjectOf(slip, more)), order },
    { subjects: firsts.map((slip) => subjectOf(slip, { ...more, kind: 'void' })), order },
    { subjects: again, order },
    { subjects: [subjectOf(printed(defects, 'settlement'))], order },
  ];
  const bad = sets.flatMap((set) => judgeSet(set, rules)).filter(({ good }) => !good);
  return [...new Set(bad.map(({ rule }) => rule.id))].sort();
}

describe('receipt rules', () => {
  it('keep quiet about sound slips', () => {
    assert.deepEqual(brokenBy([]), []);
    assert.ok(rules.length > 20);
  });

  /** What each defect breaks, and nothing else. */
  const alone: Partial<Record<DefectId, readonly string[]>> = {
    'full-pan-on-slip': ['unionpay/copies-together', 'unionpay/no-card-data', 'unionpay/pan-masked'],
    'pan-in-groups': ['unionpay/copies-together', 'unionpay/no-card-data', 'unionpay/pan-masked'],
    'masks-complement': ['unionpay/copies-together', 'unionpay/pan-masked'],
    'slip-amount-wrong': ['unionpay/amount-is-the-hosts'],
    'slip-currency-wrong': ['unionpay/amount-is-the-hosts'],
    'slip-date-stale': ['unionpay/host-time'],
    'rrn-missing': ['unionpay/reference-is-the-hosts'],
    'reprint-not-marked': ['unionpay/duplicate-marked'],
    'original-marked-duplicate': ['unionpay/duplicate-marked'],
    'reprint-shows-new-time': ['unionpay/duplicate-same', 'unionpay/host-time'],
    'merchant-name-cut': ['unionpay/legible'],
    'signature-line-after-pin': ['emv-chip/no-signature-after-pin'],
    'two-merchant-copies': ['unionpay/one-of-each'],
    'expiry-on-slip': ['emv-chip/no-expiry', 'unionpay/no-expiry'],
    'track-in-remarks': ['unionpay/no-card-data', 'unionpay/pan-masked'],
    'qr-with-pan': ['unionpay/no-card-data'],
    'original-not-named': ['unionpay/original-named'],
    'aid-missing': ['emv-chip/aid'],
    'settlement-slip-adds-wrong': ['unionpay/totals-add-up'],
  };
  for (const id of DEFECT_IDS) {
    const wanted = alone[id];
    if (wanted) it(`see ${id}, and nothing else`, () => assert.deepEqual(brokenBy([id]), [...wanted]));
  }

  it('have an answer to every defect that names a rule', () => {
    for (const { id, rule } of loadDefects()) {
      // Pictures are read by tesseract: rig/cli/defects.e2e.test.ts.
      if (rule === undefined || id === 'decline-prints-slip' || id === 'raster-pan') continue;
      assert.ok(alone[id as DefectId]?.includes(rule), `${id}: ${rule}`);
    }
  });

  it('see a slip of a declined transaction', () => {
    const declined = {
      ...exchange,
      response: { ...exchange.response, code: '51' } as HostExchange['response'],
    };
    assert.deepEqual(brokenBy([], { exchange: declined as HostExchange }), ['unionpay/only-approved']);
  });

  it('hold nothing against what is not known, and nothing that is missing against torn paper', () => {
    const slip = printed(
      ['rrn-missing', 'aid-missing', 'slip-date-stale', 'signature-line-after-pin'],
      'merchant',
    );
    const bare: Subject = {
      slip,
      currency: 'CNY',
      locale: 'zh-CN',
      reprint: false,
      torn: false,
      mask: 'first6last4',
    };
    const broken = (subject: Subject) =>
      judgeSet({ subjects: [subject], order: layout.order }, rules)
        .filter(({ good }) => !good)
        .map(({ rule }) => rule.id);
    // One copy alone is too few, whatever is known.
    assert.deepEqual(broken(bare), []);
    const torn = { ...bare, torn: true, slip: { ...slip, fields: {}, copy: 'merchant' as const } };
    assert.deepEqual(broken(torn), []);
  });

  it('compare the slip with what the till was told, where there is a till', () => {
    const slip = printed([], 'customer');
    const broken = (told?: TillRecord) =>
      judgeSet({ subjects: [{ ...subjectOf(slip), ...(told ? { told } : {}) }], order: layout.order }, rules)
        .filter(({ good, rule }) => !good && rule.id === 'unionpay/till-was-told-the-same')
        .map(({ expected, observed }) => `${expected}: ${observed}`);
    const told = (minor: number, stan?: string): TillRecord => ({
      ...{ kind: 'void', reference: '1', outcome: 'approved', at: 0, amount: { minor, currency: 'CNY' } },
      ...(stan ? { stan } : {}),
    });
    assert.deepEqual(broken(), []);
    assert.deepEqual(broken(told(12850)), []);
    assert.deepEqual(broken(told(12850, '12')), []);
    assert.deepEqual(broken(told(12805, '000012')), ['amount CNY 128.05 (till): "RMB 128.50"']);
    assert.deepEqual(broken(told(12850, '000013')), ['stan "000013" (till): "000012"']);
  });

  describe('the number of the card in pieces over the copies', () => {
    const [start, end] = [card.pan.slice(0, 9), card.pan.slice(9)];
    const pieces = (merchant: string, customer: string, known = true) => {
      const add = (copy: SlipCopy, text: string): Subject => {
        const slip = printed([], copy);
        const subject = subjectOf({ ...slip, lines: [...slip.lines, text] });
        const { card: _, ...bare } = subject;
        return known ? subject : bare;
      };
      return judgeSet(
        { subjects: [add('merchant', merchant), add('customer', customer)], order: layout.order },
        [...rules],
      ).filter(({ good }) => !good);
    };
    const ids = (bad: ReturnType<typeof pieces>) => bad.map(({ rule }) => rule.id);
    for (const [name, first, second] of [
      ['the start on one, the rest on the other', `TRACE ${start}`, `REF ${end}`],
      ['the rest first', `REMARK ${end}`, `TRACE ${start}`],
      ['in groups', `A ${start.replace(/(.{4})/g, '$1 ')}`, `B ${end.replace(/(.{3})/g, '$1-')}`],
      ['in full-width digits', start.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d))), end],
      ['no more than an issuer has, then the rest', card.pan.slice(0, 8), card.pan.slice(8)],
      ['with a gap between them', card.pan.slice(0, 12), 'THANK YOU'],
    ] as const) {
      it(`is seen: ${name}`, () => {
        const bad = pieces(first, second);
        assert.deepEqual(ids(bad), ['unionpay/copies-together']);
        assert.match(bad[0]?.observed ?? '', /together .* show the first \d+ and the last \d+ digits/);
        assert.doesNotMatch(bad[0]?.observed ?? '', new RegExp(`${start}|${end}`));
        const at = bad[0]?.lines.map((i) => bad[0]?.subject.slip.lines[i]).join('|');
        assert.ok(at?.includes(bad[0]?.subject.slip.copy === 'merchant' ? first : second), at);
      });
    }
    it('is seen by its check digit where nobody knows the card', () => {
      assert.deepEqual(ids(pieces(`TRACE ${start}`, `REF ${end}`, false)), ['unionpay/copies-together']);
      const other = end.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));
      assert.deepEqual(ids(pieces(`TRACE ${start}`, `REF ${other}`, false)), []);
    });
    it('is not seen in numbers of issuers, of sequence and of merchants', () => {
      for (const text of [card.pan.slice(0, 8), '000012', '0000000012', '898320400000001', '20261122093015'])
        assert.deepEqual(ids(pieces(text, text)), [], text);
    });
  });

  it('show the place on the paper', () => {
    const slip = printed(['slip-amount-wrong'], 'customer');
    const [bad] = judgeSet({ subjects: [subjectOf(slip)], order: layout.order }, rules).filter(
      ({ good }) => !good,
    );
    assert.ok(bad);
    assert.equal(bad.observed, '"RMB 128.51"');
    assert.match(bad.expected, /CNY 128\.50 \(host\)/);
    assert.match(bad.lines.map((i) => slip.lines[i]).join('|'), /金额 AMOUNT:\|RMB 128\.51/);
  });
});

describe('receipt rule packs', () => {
  it('are found by name, or a clear error names the nearest', () => {
    assert.deepEqual(shippedPacks(), ['emv-chip', 'unionpay']);
    assert.equal(loadPack('unionpay').id, 'unionpay');
    assert.throws(() => loadPack('unionpai'), /no receipt rule pack "unionpai"/);
    assert.throws(() => loadPack('./nowhere.yaml'), /no receipt rule pack/);
  });

  it('have titles in both languages, a source, and ids that are their own', () => {
    for (const name of shippedPacks()) {
      const pack = loadPack(name);
      const ids = pack.rules.map(({ id }) => id);
      assert.deepEqual([...new Set(ids)], ids);
      for (const { title, source } of pack.rules)
        assert.ok(title.en && /\p{Script=Han}/u.test(title.zh) && source);
    }
  });

  it('that are named twice count once', () => {
    const twice = [
      { name: 'unionpay', from: '' },
      { name: 'unionpay', from: '/elsewhere/x.yaml' },
    ];
    assert.equal(loadRules(twice).length, loadPack('unionpay').rules.length);
  });
});
