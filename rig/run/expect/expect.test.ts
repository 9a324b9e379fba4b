import assert from 'node:assert/strict';
import { loadProfile } from '../../bench/load.ts';
import { valueOrThrow } from '../../bench/load-issue.ts';
import type { CapturedSlip, HostExchange, PrinterPlane } from '../../bench/planes.ts';
import { HostPolicy } from '../../bench/policy.ts';
import type { LedgerEntry } from '../../model/book.ts';
import type { MessageKind } from '../../model/message.ts';
import type { Receipt } from '../../model/receipt.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import type { Action, Expect, ReceiptExpect } from '../../scenario/scenario.ts';
import type { StepRecord } from '../step-record.ts';
import { type AnsweringHost, contraryDecision } from './answer.ts';
import { expectHost } from './host.ts';
import { observe } from './index.ts';
import { expectReceipt } from './receipt.ts';

const profile = valueOrThrow(loadProfile('vt-4')).value;
const cny = (minor: number) => ({ minor, currency: 'CNY' });
const receipt: Receipt = {
  width: 384,
  height: 10,
  dpi: 203,
  runs: [],
  barcodes: [],
  images: [],
  end: 'cut',
  unknown: [],
};

const slip = (
  copy: CapturedSlip['copy'],
  fields: Record<string, string>,
  forbidden: string[] = [],
): CapturedSlip => ({
  copy,
  duplicate: false,
  fields,
  lines: [],
  receipt,
  at: 0,
  artefacts: [],
  forbidden,
});

function exchange(
  kind: MessageKind,
  stan: string,
  minor: number,
  code: string | undefined,
  extra: Partial<HostExchange['request']> = {},
): HostExchange {
  return {
    request: { kind, direction: 'request', mti: '0200', stan, amount: cny(minor), fields: [], ...extra },
    ...(code === undefined
      ? {}
      : {
          response: {
            kind,
            direction: 'response',
            mti: '0210',
            stan,
            amount: cny(minor),
            code,
            rrn: `RRN${stan}`,
            authCode: 'A1B2C3',
            fields: [],
          },
        }),
    region: 'chengdu',
    checks: { mac: 'ok', pin: 'ok' },
    at: 0,
  };
}

const booked = (kind: MessageKind, stan: string, minor: number): LedgerEntry => ({
  id: `L${stan}`,
  kind,
  state: 'posted',
  terminal: 'T',
  merchant: 'M',
  stan,
  batch: '000001',
  rrn: `RRN${stan}`,
  authCode: 'A1B2C3',
  responseCode: '00',
  requested: cny(minor),
  booked: cny(minor),
  pan: '629999*********0012',
  region: 'chengdu',
  date: '1122',
  at: 0,
});

function record(
  action: Action,
  kind: MessageKind | undefined,
  parts: Partial<StepRecord> & { expect?: Expect },
): StepRecord {
  return {
    step: { number: 1, action, faults: [], cable: [], expect: parts.expect ?? {} },
    kind,
    asked: cny(12850),
    card: undefined,
    outcome: 'approved',
    code: '00',
    screens: [],
    seen: { exchanges: [], ledger: [], settlements: [], slips: [] },
    moved: 0,
    held: 0,
    faults: [],
    from: 0,
    to: 0,
    took: 1000,
    uncertainty: 100,
    ...parts,
  };
}

const sale: Action = { do: 'sale', amount: '128.50' };
const verdicts = (observations: readonly { readonly path: string; readonly verdict: string }[]) =>
  Object.fromEntries(observations.map(({ path, verdict }) => [path, verdict]));

describe('expectations on receipts', () => {
  const wanted: ReceiptExpect = {
    merchant: {
      amount: { is: 'amount', amount: '128.50' },
      pan: { is: 'masked' },
      'auth-code': { is: 'matches-host' },
      rrn: { is: 'present' },
      'original-stan': { is: 'absent' },
    },
    duplicate: false,
    forbiddenNone: true,
  };
  const good = {
    amount: 'RMB 128.50',
    pan: '629999******0012 I',
    'auth-code': 'A1B2C3',
    rrn: 'RRN000007',
    stan: '000007',
  };
  const seen = (slips: CapturedSlip[]) => ({
    exchanges: [exchange('sale', '000007', 12850, '00')],
    ledger: [booked('sale', '000007', 12850)],
    settlements: [],
    slips,
  });
  const judge = (slips: CapturedSlip[]) =>
    verdicts(expectReceipt(wanted, record(sale, 'sale', { seen: seen(slips) }), 'CNY', ['terminal']));

  it('pass on a slip that agrees with the host', () => {
    assert.deepEqual(new Set(Object.values(judge([slip('merchant', good)]))), new Set(['passed']));
  });

  const wrong: readonly (readonly [string, CapturedSlip, string])[] = [
    ['another amount', slip('merchant', { ...good, amount: 'RMB 128.51' }), 'expect.receipt.merchant.amount'],
    [
      'another auth code',
      slip('merchant', { ...good, 'auth-code': 'A1B2C4' }),
      'expect.receipt.merchant.auth-code',
    ],
    [
      'a full PAN',
      slip('merchant', { ...good, pan: '6299990000000000012 I' }, ['pan']),
      'expect.receipt.merchant.pan',
    ],
    [
      'seven digits of the PAN',
      slip('merchant', { ...good, pan: '6299990*****0012' }),
      'expect.receipt.merchant.pan',
    ],
    [
      'no reference number',
      slip('merchant', { amount: good.amount, pan: good.pan, 'auth-code': good['auth-code'] }),
      'expect.receipt.merchant.rrn',
    ],
    [
      'a line that must not be',
      slip('merchant', { ...good, 'original-stan': '000001' }),
      'expect.receipt.merchant.original-stan',
    ],
  ];
  for (const [name, bad, path] of wrong) {
    it(`fail on ${name}`, () => assert.equal(judge([bad])[path], 'failed'));
  }

  it('are not observed where the link that told the receipt cannot carry what they ask for', () => {
    const told = (letters: 'latin' | undefined, fields: Record<string, string> = good) =>
      Object.values(
        verdicts(
          expectReceipt(
            {
              merchant: { 'merchant-name': { is: 'text', text: '成都分店' } },
              duplicate: false,
              forbiddenNone: false,
            },
            record(sale, 'sale', {
              seen: seen([
                { ...slip('merchant', fields), receipt: { ...receipt, ...(letters && { letters }) } },
              ]),
            }),
            'CNY',
            ['terminal'],
          ),
        ),
      ).at(-1);
    assert.equal(told('latin'), 'skipped');
    assert.equal(told(undefined), 'failed');
  });

  it('leave open what no label of the profile fits, until a slip was read by them', () => {
    const lines = ['TICKET', 'TOTAL 128,50', 'REF 7', 'MERCI'];
    const strange = { ...slip('other', {}), lines };
    assert.equal(judge([strange])['expect.receipt.merchant'], 'inconclusive');
    assert.equal(judge([{ ...slip('merchant', {}), lines }])['expect.receipt.merchant'], 'inconclusive');
    assert.equal(judge([strange, slip('customer', good)])['expect.receipt.merchant'], 'failed');
    assert.equal(judge([{ ...strange, lines: [''] }])['expect.receipt.merchant'], 'failed');
  });

  it('fail when the copy is missing, and on paper where there must be none', () => {
    assert.equal(judge([slip('customer', good)])['expect.receipt.merchant'], 'failed');
    const none = (slips: CapturedSlip[]) =>
      expectReceipt('none', record(sale, 'sale', { seen: seen(slips) }), 'CNY', ['terminal'])[0]?.verdict;
    assert.equal(none([]), 'passed');
    assert.equal(none([slip('customer', good)]), 'failed');
  });
});

const simulated = { simulated: true, policy: undefined };

describe('expectations on the host', () => {
  const first = record(sale, 'sale', {
    seen: {
      exchanges: [exchange('sale', '000007', 12850, undefined)],
      ledger: [],
      settlements: [],
      slips: [],
    },
  });
  const second = (exchanges: HostExchange[]) =>
    record({ do: 'sale', amount: '20.00' }, 'sale', {
      seen: { exchanges, ledger: [], settlements: [], slips: [] },
    });
  const judge = (exchanges: HostExchange[]) =>
    expectHost(
      [
        { kind: 'reversal', of: 1, reason: '98', checks: ['mac'], before: 'sale' },
        { kind: 'sale', amount: '20.00', code: '00', checks: [] },
      ],
      [first, second(exchanges)],
      'CNY',
      ['terminal'],
      simulated,
    ).map(({ verdict }) => verdict);
  const reversal = (stan: string, minor = 12850) => exchange('reversal', stan, minor, '00', { code: '98' });
  const next = exchange('sale', '000008', 2000, '00');

  it('pass on a reversal of the right original before the sale', () =>
    assert.deepEqual(judge([reversal('000007'), next]), ['passed', 'passed']));
  it('fail when it comes after the sale', () => assert.equal(judge([next, reversal('000007')])[0], 'failed'));
  it('fail on a new STAN', () => assert.equal(judge([reversal('000009'), next])[0], 'failed'));
  it('fail on another amount', () => assert.equal(judge([reversal('000007', 100), next])[0], 'failed'));
  it('fail when it is missing, and on what must not be', () => {
    assert.equal(judge([next])[0], 'failed');
    const no = (exchanges: HostExchange[]) =>
      expectHost([{ no: 'reversal' }], [second(exchanges)], 'CNY', ['terminal'], simulated)[0]?.verdict;
    assert.equal(no([next]), 'passed');
    assert.equal(no([reversal('000007')]), 'failed');
  });
});

describe('an answer other than expected', () => {
  const entry = (state: LedgerEntry['state'], code: string): LedgerEntry => ({
    ...booked('sale', '000007', 12850),
    state,
    responseCode: code,
  });
  const judged = (
    state: LedgerEntry['state'],
    code: string,
    { minor = 12850, checks = {}, host = simulated, underTest = ['terminal'] }: Partial<Circumstances> = {},
  ) => {
    const seen = { ...exchange('sale', '000007', minor, code), checks };
    const found = expectHost(
      [{ kind: 'sale', code: '00', checks: [] }],
      [
        record(sale, 'sale', {
          seen: { exchanges: [seen], ledger: [entry(state, code)], settlements: [], slips: [] },
        }),
      ],
      'CNY',
      underTest,
      host,
    )[0];
    return [found?.verdict, found?.blame, found?.undermines ?? false];
  };
  interface Circumstances {
    readonly minor: number;
    readonly checks: HostExchange['checks'];
    readonly host: AnsweringHost;
    readonly underTest: readonly PartUnderTest[];
  }
  const real = { simulated: false, policy: undefined };
  const byTerminal = ['failed', 'terminal', false];

  it('is the terminal’s doing when its request earned it', () => {
    assert.deepEqual(judged('refused', '94'), byTerminal, 'a repeated STAN');
    assert.deepEqual(
      judged('refused', '77', { checks: { admission: 'refused' } }),
      byTerminal,
      'another batch',
    );
    assert.deepEqual(judged('refused', 'A0', { checks: { mac: 'wrong' } }), byTerminal, 'a wrong MAC');
    assert.deepEqual(judged('declined', '61', { minor: 1285000 }), byTerminal, 'more than was entered');
    assert.deepEqual(judged('refused', '94', { host: real }), byTerminal, 'at a real host too');
  });

  it('is the bench’s when its own acquirer answers neither by the request nor by the policy', () => {
    assert.deepEqual(judged('declined', '05'), ['broken', 'bench', true]);
    const host = { simulated: true, policy: HostPolicy.parse({ 'single-limit': { amount: '1.00' } }) };
    assert.deepEqual(judged('declined', '05', { host }), ['broken', 'bench', true]);
  });

  it('is nobody’s failure when the scenario’s own policy gives it', () => {
    for (const [code, policy] of [
      ['61', { 'single-limit': { amount: '1.00' } }],
      ['54', { accounts: { standard: { status: 'expired' } } }],
      ['51', { accounts: { standard: { balance: '1.00' } } }],
      ['55', { 'pin-tries': 3 }],
      ['91', { rules: [{ answer: { code: '91' } }] }],
    ] as const) {
      const host = { simulated: true, policy: HostPolicy.parse(policy) };
      assert.deepEqual(judged('declined', code, { host }), ['inconclusive', 'file', true], code);
    }
  });

  it('of a real acquirer fails only an acquirer under test', () => {
    assert.deepEqual(judged('declined', '51', { host: real }), ['inconclusive', 'acquirer', true]);
    assert.deepEqual(judged('declined', '51', { host: real, underTest: ['acquirer'] }), [
      'failed',
      'acquirer',
      true,
    ]);
  });

  it('is seen although the scenario asks only for the outcome', () => {
    const at = (state: LedgerEntry['state'], outcome: 'approved' | 'declined') =>
      contraryDecision(
        record(sale, 'sale', {
          expect: { outcome },
          seen: {
            exchanges: [exchange('sale', '000007', 12850, state === 'posted' ? '00' : '51')],
            ledger: [entry(state, state === 'posted' ? '00' : '51')],
            settlements: [],
            slips: [],
          },
        }),
      ) !== undefined;
    assert.equal(at('declined', 'approved'), true);
    assert.equal(at('posted', 'declined'), true);
    assert.equal(at('posted', 'approved'), false);
    assert.equal(at('declined', 'declined'), false);
    assert.equal(at('refused', 'approved'), false);
  });
});

describe('expectations on a step', () => {
  const judge = (expect: Expect, parts: Partial<StepRecord> = {}) =>
    observe(
      [record(sale, 'sale', { ...parts, step: { number: 1, action: sale, faults: [], cable: [], expect } })],
      {
        planes: {},
        profile,
        rules: [],
        currency: 'CNY',
        underTest: ['terminal'],
      },
    )[0]?.verdict;

  it('compare outcome, code and screens', () => {
    assert.equal(judge({ outcome: 'approved' }), 'passed');
    assert.equal(judge({ outcome: 'declined' }), 'failed');
    assert.equal(judge({ code: '61' }), 'failed');
    const screens = [
      {
        seq: 1,
        lit: true,
        lines: ['APPROVED', '128.50'],
        at: 0,
        id: 'approved',
        outcome: 'approved' as const,
        code: undefined,
      },
    ];
    assert.equal(judge({ display: ['128.50'] }, { screens }), 'passed');
    assert.equal(judge({ display: ['100.00'] }, { screens }), 'failed');
  });

  it('another outcome than expected is told with what the screen said', () => {
    const [lines, outcome] = [['NOT POSSIBLE', '', 'SIGN ON FIRST'], 'refused'] as const;
    const screens = [{ seq: 1, lit: true, lines, at: 0, id: 'refused', outcome, code: undefined }];
    const step = { number: 1, action: sale, faults: [], cable: [], expect: { outcome: 'approved' as const } };
    const [found] = observe([record(sale, 'sale', { outcome, screens, step })], {
      planes: {},
      profile,
      rules: [],
      currency: 'CNY',
      underTest: ['terminal'],
    });
    assert.equal(found?.observed, 'refused (it showed "NOT POSSIBLE / SIGN ON FIRST")');
  });

  it('a time that noise could have decided is inconclusive', () => {
    assert.equal(judge({ withinMs: 2000 }), 'passed');
    assert.equal(judge({ withinMs: 800 }), 'failed');
    assert.equal(judge({ withinMs: 1050 }), 'inconclusive');
    assert.equal(judge({ withinMs: 950 }), 'inconclusive');
  });

  it('paper that nobody watched is not observed, never failed, and never fine', () => {
    const planes = { printer: { slips: () => [] } as unknown as PrinterPlane };
    const judged = (receipt: 'none' | ReceiptExpect, unwatched?: string) =>
      observe(
        [
          {
            ...record(sale, 'sale', { expect: { receipt } }),
            ...(unwatched !== undefined && { unwatched }),
          },
        ],
        { planes, profile, rules: [], currency: 'CNY', underTest: ['terminal'] },
      ).map(({ verdict, observed }) => `${verdict} ${observed}`);
    const copy: ReceiptExpect = { merchant: {}, duplicate: false, forbiddenNone: false };
    for (const wanted of ['none', copy] as const)
      assert.deepEqual(judged(wanted, 'keys began the sale'), ['skipped not observed: keys began the sale']);
    assert.match(judged('none')[0] ?? '', /^passed/);
    assert.match(judged(copy)[0] ?? '', /^failed/);
  });

  it('what the bench cannot see is not observed, never failed', () => {
    assert.equal(judge({ receipt: 'none' }), 'skipped');
    assert.equal(judge({ host: 'none' }), 'skipped');
  });
});
