import type { LedgerEntry } from '../../rig/model/book.ts';
import type { EventBody, EventOf, Recorder, Titles } from '../../rig/model/event.ts';
import type { FaultProof } from '../../rig/model/fault.ts';
import type { DialogueMessage, MessageField, MessageKind } from '../../rig/model/message.ts';
import type { Verdict } from '../../rig/model/verdict.ts';

/** A journal written by hand for the tests of the renderers: one scenario for every verdict, with evidence of every kind. */

/** Text that tries to break out of HTML, XML, terminals and layout. */
export const HOSTILE: Titles = {
  en: `</script><script>alert(1)</script><img src=x onerror=alert(2)> "q" 'a' & ]]> \u202Eevil\u202C \u001b[31mred\u0007 😀 \ud800 ${'long '.repeat(2000)}`,
  zh: `<svg/onload=alert(3)> 名称 مرحبا ${'长'.repeat(10_000)}`,
};

/** Slip with a masked PAN, as text lines. */
const SLIP = [
  '          POS签购单',
  'MERCHANT COPY  商户存根',
  '--------------------------------',
  '商户号 MID:     103290058120001',
  '终端号 TID:            00012345',
  '卡号 PAN:   629999*********0012',
  '交易类型 TYPE:        消费 SALE',
  '凭证号 TRACE:            000003',
  '授权码 AUTH:             104512',
  '金额 AMOUNT:       RMB    20.00',
];

/** A receipt picture as a driver draws it: positioned text on white. */
const slipPicture = (lines: readonly string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="384" height="${lines.length * 28 + 24}" viewBox="0 0 384 ${lines.length * 28 + 24}"><rect width="100%" height="100%" fill="#fff"/>` +
  `${lines.map((line, i) => `<text x="8" y="${32 + i * 28}" xml:space="preserve" font-family="WenQuanYi Zen Hei Mono, monospace" font-size="22">${line.replace(/[&<>]/g, '')}</text>`).join('')}</svg>`;

const field = (id: string, name: string, value: string, meaning?: string): MessageField => ({
  id,
  name,
  value,
  ...(meaning === undefined ? {} : { meaning }),
});

function message(
  kind: MessageKind,
  direction: 'request' | 'response',
  stan: string,
  minor: number | undefined,
  code?: string,
): DialogueMessage {
  const reply = direction === 'response';
  const mti =
    kind === 'reversal'
      ? reply
        ? '0410'
        : '0400'
      : kind === 'settlement'
        ? reply
          ? '0510'
          : '0500'
        : reply
          ? '0210'
          : '0200';
  return {
    kind,
    direction,
    mti,
    stan,
    batch: '000001',
    terminal: '00012345',
    merchant: '103290058120001',
    ...(kind === 'reversal' ? { of: 'sale' as const, original: { stan: '000002' } } : {}),
    ...(minor === undefined ? {} : { amount: { minor, currency: 'CNY' } }),
    ...(reply ? { rrn: '112209301234', ...(code === '00' ? { authCode: '104512' } : {}) } : {}),
    ...(code === undefined ? {} : { code }),
    fields: [
      field('MTI', 'message type', mti),
      field('2', 'primary account number', '6299990000000000012'),
      field('3', 'processing code', '000000', 'sale'),
      ...(minor === undefined ? [] : [field('4', 'amount', String(minor).padStart(12, '0'))]),
      field('11', 'system trace audit number', stan),
      ...(reply
        ? [field('37', 'retrieval reference number', '112209301234')]
        : [field('35', 'track 2', '6299990000000000012=30122200000000000')]),
      ...(code === undefined
        ? []
        : [field('39', 'response code', code, code === '00' ? 'approved' : 'declined')]),
      field('41', 'terminal', '00012345'),
      field('42', 'merchant', '103290058120001'),
      field('60', 'reserved', '22000001'),
      field('64', 'message authentication code', '8A4F11C2097D3BE0'),
    ],
  };
}

/** Writes the fixture; `now` moves the nominal clock of the journal that is written to. */
export class Fixture {
  readonly #recorder: Recorder & { setScenario(id: string | undefined): void };
  readonly #advance: (ms: number) => void;
  #index = 0;
  #seq = 0;

  constructor(
    recorder: Recorder & { setScenario(id: string | undefined): void },
    advance: (ms: number) => void,
  ) {
    this.#recorder = recorder;
    this.#advance = advance;
  }

  /** The whole run; returns the verdicts in order. */
  writeAll(): readonly Verdict[] {
    const verdicts = ['passed', 'failed', 'broken', 'inconclusive', 'skipped', 'invalid', 'passed'] as const;
    this.#runStart(verdicts.length);
    this.lostApproval();
    this.fullPanOnSlip();
    this.gantryDied();
    this.#plain(
      'LIM-002',
      { en: 'Daily count limit away from home is respected', zh: '异地日累计笔数限制得到遵守' },
      'limits',
      'inconclusive',
      {
        blame: 'rig',
        reason:
          'step 2 (sale): this machine stalled for 41.3 s of nominal time, close to the terminal’s own response timer.',
        hint: 'Run again with a lower --speed.',
      },
    );
    this.#plain(
      'TAP-001',
      { en: 'Contactless sale under the limit needs no PIN', zh: '限额以下的非接触消费免密' },
      'limits',
      'skipped',
      {
        reason: 'needs entry: tap; profile vt-4 has chip, swipe',
      },
    );
    this.#plain('BAD-001', HOSTILE, 'restricted-region', 'invalid', {
      blame: 'file',
      reason:
        'scenarios/restricted-region/x.yaml:12:7: "amout" is not a field of sale; did you mean "amount"? <b>&amp;</b>',
    });
    this.#plain(
      'XC-001',
      { en: 'Sale away from home is approved and printed', zh: '异地消费批准并打印签购单' },
      'cross-city',
      'passed',
      {},
    );
    this.#record({
      type: 'run.end',
      counts: { passed: 2, failed: 1, broken: 1, inconclusive: 1, skipped: 1, invalid: 1 },
      exitCode: 3,
      wallMs: 48_211,
    });
    return verdicts;
  }

  #record(body: EventBody): void {
    this.#recorder.record(body);
  }

  /** What the next run says of itself that differs from the others. */
  told: Partial<EventOf<'run.start'>> = {};

  #runStart(scenarios: number): void {
    this.#record({
      type: 'run.start',
      posrig: '0.1.0',
      seed: 20261122,
      rate: 30,
      by: 'keypad',
      bench: { id: 'virtual', title: 'The built-in virtual bench', sha256: 'b'.repeat(64) },
      profile: {
        id: 'vt-4',
        title: 'VT-4 countertop terminal',
        maker: 'Example Instruments',
        model: 'VT-4',
        sha256: 'a'.repeat(64),
      },
      underTest: ['terminal'],
      planes: [
        { plane: 'keypad', driver: 'grbl-gantry' },
        { plane: 'network', driver: 'relay' },
        { plane: 'host', driver: 'host-simulator' },
        { plane: 'printer', driver: 'escpos-capture' },
      ],
      machine: { node: 'v20.20.2', system: 'Linux 6.1 x64' },
      argv: ['run', 'scenarios/dropout'],
      scenarios,
      ...this.told,
    });
  }

  #start(id: string, title: Titles, theme: string, given: Record<string, string>): void {
    this.#index += 1;
    this.#recorder.setScenario(id);
    this.#record({
      type: 'scenario.start',
      id,
      title,
      theme,
      file: `scenarios/${theme}/${id.toLowerCase()}.yaml`,
      sha256: 'c'.repeat(64),
      proves: [`${theme}.core`, 'online.no-data-loss'],
      parameters: {},
      given,
      index: this.#index,
      of: 7,
    });
  }

  #end(
    id: string,
    verdict: Verdict,
    about: {
      readonly blame?: 'terminal' | 'bench' | 'rig' | 'file';
      readonly reason?: string;
      readonly hint?: string;
      readonly code?: string;
    },
  ): void {
    const { code = id, ...rest } = about;
    this.#record({
      type: 'scenario.end',
      id,
      verdict,
      ...rest,
      findings:
        rest.reason === undefined
          ? []
          : [
              {
                verdict,
                code,
                reason: rest.reason,
                ...(rest.blame ? { blame: rest.blame } : {}),
                ...(rest.hint ? { hint: rest.hint } : {}),
              },
            ],
      observed: ['keypad', 'card', 'display', 'printer', 'network', 'host', 'power'],
      books: verdict === 'skipped' || verdict === 'invalid' ? [] : ['ledger', 'slips', 'totals'],
      wallMs: 2150,
      nominalMs: 64_500,
    });
    this.#recorder.setScenario(undefined);
  }

  #step(
    step: number,
    action: string,
    title: string,
    outcome: string,
    during: () => void,
    after: () => void = () => undefined,
  ): void {
    this.#record({ type: 'step.start', step, action, title });
    this.#advance(900);
    during();
    after();
    this.#record({ type: 'step.end', step, outcome, nominalMs: 5200 });
    this.#advance(300);
  }

  #keys(keys: readonly string[]): void {
    for (const key of keys) {
      this.#record({
        type: 'key',
        key,
        dwellMs: 60,
        verified: 'screen',
        attempt: 1,
        ...(key === '*' ? {} : { position: { x: 19, y: 57 } }),
      });
      this.#advance(220);
    }
  }

  #screen(...lines: readonly string[]): void {
    this.#seq += 1;
    this.#record({ type: 'screen', seq: this.#seq, lit: true, lines });
    this.#advance(120);
  }

  #message(
    plane: 'network' | 'host',
    body: DialogueMessage,
    extra: { readonly checks?: Record<string, string>; readonly note?: string } = {},
  ): void {
    this.#record({
      type: 'message',
      plane,
      connection: '127.0.0.1:41822',
      message: body,
      bytes: body.direction === 'request' ? 214 : 131,
      ...extra,
    });
    this.#advance(35);
  }

  #exchange(kind: MessageKind, stan: string, minor: number | undefined): void {
    this.#message('network', message(kind, 'request', stan, minor));
    this.#message('host', message(kind, 'request', stan, minor), { checks: { mac: 'ok', pin: 'ok' } });
    this.#message('host', message(kind, 'response', stan, minor, '00'));
    this.#message('network', message(kind, 'response', stan, minor, '00'));
  }

  #expect(step: number, path: string, expected: string, observed: string, verdict: Verdict = 'passed'): void {
    this.#record({
      type: 'expectation',
      step,
      path: `steps[${step - 1}].expect.${path}`,
      expected,
      observed,
      verdict,
      ...(verdict === 'failed' ? { blame: 'terminal' as const } : {}),
    });
  }

  #slip(lines: readonly string[], forbidden: readonly string[] = []): void {
    const picture = this.#recorder.attach('merchant copy', 'image/svg+xml', slipPicture(lines));
    const raw = this.#recorder.attach(
      'merchant copy, as captured',
      'application/octet-stream',
      Buffer.from(lines.join('\n'), 'utf8'),
    );
    this.#record({
      type: 'receipt',
      slip: {
        copy: 'merchant',
        duplicate: false,
        fields: { amount: '20.00', stan: '000003', 'auth-code': '104512', pan: '629999*********0012' },
        lines,
        at: 12_000,
        artefacts: [picture.id, raw.id],
      },
      width: 384,
      height: lines.length * 24,
      forbidden,
    });
    this.#advance(400);
  }

  #saleKeys(amount: readonly string[]): void {
    this.#keys(['1', ...amount, 'ENTER']);
    this.#screen('SALE', 'AMOUNT    CNY 128.50', 'INSERT CARD', '');
    this.#record({ type: 'card', action: 'insert', card: 'debit-1' });
    this.#advance(800);
    this.#screen('ENTER PIN', '', '', '');
    this.#keys(['*', '*', '*', '*', '*', '*', 'ENTER']);
    this.#screen('CONNECTING ...', '', '', '');
  }

  /** A run of so many scenarios that all are the same one. */
  writeMany(scenarios: number, one: (id: string) => void): void {
    this.#runStart(scenarios);
    for (let i = 1; i <= scenarios; i++) one(`MANY-${String(i).padStart(3, '0')}`);
    const counts = { passed: scenarios, failed: 0, broken: 0, inconclusive: 0, skipped: 0, invalid: 0 };
    this.#record({ type: 'run.end', counts, exitCode: 0, wallMs: 48_211 });
  }

  /** Approval lost on its way back, reversed before the next sale: passes. */
  lostApproval(id = 'DROP-003'): void {
    this.#start(
      id,
      {
        en: 'Approval lost on its way back is reversed before the next sale',
        zh: '批准应答丢失后,先冲正再做下一笔',
      },
      'dropout',
      {
        region: 'wuxi',
        access: 'lte-fair',
        card: 'debit-1',
      },
    );
    this.#record({
      type: 'path',
      region: 'wuxi',
      access: 'lte-fair',
      egress: '127.0.10.1',
      rttMs: 58,
      jitterMs: 12,
    });
    const fault: FaultProof = {
      id: 'f1',
      fault: { at: 'response.leaving', do: 'cut', nth: 1, heal: 'next-step' },
      state: 'in-force',
      askedAt: 100,
      armedAt: 140,
      trigger: { kind: 'sale', mti: '0210', stan: '000002', bytes: 131, at: 9000 },
      heldMs: 3,
      handedOn: { request: 214, response: 0 },
      swallowed: { request: 0, response: 131 },
      refusedConnections: 0,
      summary: 'cut at response.leaving: 131 bytes of the 0210 swallowed, nothing handed on',
    };
    this.#step(1, 'sale', 'sale CNY 128.50', 'no-answer', () => {
      this.#record({
        type: 'fault',
        phase: 'armed',
        proof: { ...fault, state: 'unknown', summary: 'armed' },
      });
      this.#saleKeys(['1', '2', '8', '5', '0']);
      this.#message('network', message('sale', 'request', '000002', 12_850));
      this.#message('host', message('sale', 'request', '000002', 12_850), {
        checks: { mac: 'ok', pin: 'ok' },
      });
      this.#message('host', message('sale', 'response', '000002', 12_850, '00'));
      this.#message('network', message('sale', 'response', '000002', 12_850, '00'), {
        note: 'swallowed by the fault',
      });
      this.#record({ type: 'fault', phase: 'struck', proof: fault });
      this.#advance(60_000);
      this.#screen('NO ANSWER', 'REVERSAL PENDING', '', '');
      this.#expect(1, 'outcome', 'no-answer', 'no-answer');
      this.#expect(1, 'receipt', 'none', 'none');
    });
    this.#record({ type: 'fault', phase: 'healed', proof: { ...fault, healedAt: 70_000 } });
    this.#step(2, 'sale', 'sale CNY 20.00', 'approved', () => {
      this.#saleKeys(['2', '0', '0', '0']);
      this.#exchange('reversal', '000002', 12_850);
      this.#exchange('sale', '000003', 2000);
      this.#screen('APPROVED', 'AUTH 104512', '', '');
      this.#slip(SLIP);
      this.#expect(2, 'outcome', 'approved', 'approved');
      this.#expect(
        2,
        'host[0].reversal',
        'a reversal of step 1, reason 98, before the sale',
        'reversal of STAN 000002, reason 98, before the sale',
      );
      this.#expect(2, 'receipt.merchant.amount', '20.00', '20.00');
      this.#expect(2, 'within', 'within 20.0 s', '14.2 s ± 300 ms');
    });
    const sale = (
      stan: string,
      minor: number,
      state: LedgerEntry['state'],
      kind: MessageKind = 'sale',
    ): LedgerEntry => ({
      id: `${kind}-${stan}`,
      kind,
      state,
      terminal: '00012345',
      merchant: '103290058120001',
      stan,
      batch: '000001',
      rrn: '112209301234',
      authCode: '104512',
      responseCode: '00',
      requested: { minor, currency: 'CNY' },
      booked: { minor, currency: 'CNY' },
      pan: '6299990000000000012',
      region: 'wuxi',
      date: '1122',
      at: 9000,
    });
    const totals = {
      debit: { minor: 2000, currency: 'CNY' },
      debitCount: 1,
      credit: { minor: 0, currency: 'CNY' },
      creditCount: 0,
    };
    this.#record({
      type: 'ledger',
      entries: [sale('000002', 12_850, 'reversed'), sale('000003', 2000, 'posted')],
      settlements: [
        {
          terminal: '00012345',
          batch: '000001',
          claimed: totals,
          counted: totals,
          result: 'balanced',
          uploaded: [],
          uploadEnded: false,
          at: 90_000,
        },
      ],
    });
    for (const [name, reason] of [
      ['no charge without a slip', '1 charge, 1 slip'],
      ['no slip without a charge', '1 slip, 1 charge'],
      ['charged at most once', 'every transaction is booked once'],
      ['reversed before the next online transaction', 'STAN 000002 was reversed before STAN 000003'],
      ['totals equal the ledger at settlement', 'debit 1 / CNY 20.00 on both sides'],
    ] as const) {
      this.#record({ type: 'invariant', name, verdict: 'passed', reason });
    }
    this.#end(id, 'passed', {});
  }

  /** A slip that shows the whole PAN: the terminal fails. */
  fullPanOnSlip(id = 'RCP-001'): void {
    this.#start(id, { en: 'Both copies show the PAN masked', zh: '签购单两联的卡号均已屏蔽' }, 'receipts', {
      region: 'wuxi',
      card: 'debit-1',
    });
    this.#step(1, 'sale', 'sale CNY 20.00', 'approved', () => {
      this.#saleKeys(['2', '0', '0', '0']);
      this.#exchange('sale', '000003', 2000);
      this.#screen('APPROVED', 'AUTH 104512', '', '');
      this.#slip(
        SLIP.map((line) => line.replace('629999*********0012', '6299990000000000012')),
        ['pan'],
      );
      this.#expect(1, 'outcome', 'approved', 'approved');
      this.#expect(
        1,
        'receipt.merchant.pan',
        'masked: at most the first six and the last four digits',
        'all 19 digits of card debit-1',
        'failed',
      );
    });
    this.#record({
      type: 'invariant',
      name: 'no card data in clear on paper',
      verdict: 'failed',
      blame: 'terminal',
      reason: 'the merchant copy of STAN 000003 shows the full PAN',
    });
    this.#end(id, 'failed', {
      blame: 'terminal',
      code: 'steps[0].expect.receipt.merchant.pan',
      reason:
        'step 1 (sale): expected masked: at most the first six and the last four digits, observed all 19 digits of card debit-1',
      hint: 'PCI DSS 3.4.1 lets the first six and the last four digits be shown.',
    });
  }

  /** The gantry went away in mid-run: the bench is broken. */
  gantryDied(): void {
    const id = 'OFF-001';
    this.#start(id, { en: 'Power cut between approval and receipt', zh: '批准与打印之间断电' }, 'offline', {
      region: 'chengdu',
    });
    this.#step(1, 'sale', 'sale CNY 35.00', 'cancelled', () => {
      this.#record({
        type: 'link',
        plane: 'keypad',
        stream: 'gantry',
        state: 'lost',
        detail: 'the port went away',
      });
      this.#record({ type: 'power', state: 'off' });
      this.#record({ type: 'power', state: 'on' });
    });
    this.#end(id, 'broken', {
      blame: 'bench',
      code: 'TRANSPORT_LOST',
      reason: 'The port of the gantry was lost while key 3 was pressed.',
      hint: 'Look at the cable of the gantry; posrig doctor shows the ports.',
    });
  }

  #plain(
    id: string,
    title: Titles,
    theme: string,
    verdict: Verdict,
    about: { readonly blame?: 'rig' | 'file'; readonly reason?: string; readonly hint?: string },
  ): void {
    this.#start(id, title, theme, { region: 'chengdu' });
    if (verdict === 'passed') {
      this.#step(1, 'sale', 'sale CNY 20.00', 'approved', () => {
        this.#saleKeys(['2', '0', '0', '0']);
        this.#exchange('sale', '000007', 2000);
        this.#screen('APPROVED', 'AUTH 104512', '', '');
        this.#slip(SLIP);
        this.#expect(1, 'outcome', 'approved', 'approved');
      });
      this.#record({
        type: 'invariant',
        name: 'charged at most once',
        verdict: 'passed',
        reason: 'every transaction is booked once',
      });
    }
    this.#end(id, verdict, about);
  }
}
