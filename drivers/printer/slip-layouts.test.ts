import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadLabels, shippedLabels } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { readSlip } from './slip.ts';
import { layoutFor } from './slip-layout.ts';

const layouts = new Map<number, ReturnType<typeof layoutFor>>();
const layoutOf = (columns: number) => {
  const layout = layouts.get(columns) ?? layoutFor([], columns);
  layouts.set(columns, layout);
  return layout;
};
const read = (text: string, columns = 32) => {
  const [receipt] = decodeEscPos(Buffer.from(text), { charset: 'utf-8', width: columns * 12 }).receipts;
  assert.ok(receipt);
  return readSlip(receipt, layoutOf(columns), 0);
};
const fields = (text: string, columns?: number) => read(text, columns).fields;

const HANDHELD = `        POS 签 购 单
商户存根        MERCHANT COPY
商户名称(MERCHANT NAME):
北京市海淀区样板大街甲一百二十三
号样板超市有限公司
商户编号(MERCHANT NO):
898110054110001
终端编号(TERMINAL NO):10012345
操作员号(OPERATOR):01
卡号(CARD NUMBER):
6299 99** **** 1234 /C
发卡行号(ISS NO):01020000
收单行号(ACQ NO):48221000
交易类别: 消费(SALE)
批次号(BATCH NO):000001
凭证号(VOUCHER NO):000123
授权码(AUTH NO):123456
日期/时间(DATE/TIME):
2026/11/22 09:30:15
参考号(REF NO):092233123456
金额(AMOUNT):
RMB:128.50
小费(TIPS):
总计(TOTAL):
备注(REFERENCE):
持卡人签名:
`;

const OVERSEAS = `        SAMPLE STORE LTD
  123 HIGH STREET LONDON
MID: 898110054110001
TID: 10012345
DATE: 22/11/2026  TIME: 09:30:15
BATCH: 000001   TRACE: 000123
VISA CREDIT
************1234   CHIP
APPR CODE: A1B2C3
RRN: 092233123456
SALE
AMOUNT              USD 12.50
TIP                ..........
TOTAL               USD 12.50
AID: A0000000031010
TVR: 0000008000 TSI: E800
APP LABEL: VISA CREDIT
TC: 1122334455667788
*** CUSTOMER COPY ***
*** DUPLICATE ***
`;

const GERMAN = `    K-U-N-D-E-N-B-E-L-E-G
Terminal-ID:    65001234
TA-Nr. 000123   BNr. 0456
Kartenzahlung
girocard
Nr. ############1234 0001
VU-Nummer  4556412345
Datum 22.11.2026 Uhrzeit 09:30
Genehmigungs-Nr.      123456
Betrag EUR 12,50
Zahlung erfolgt
`;

describe('printer: slips of terminals that nobody knows', () => {
  it('reads a bilingual UnionPay slip with labels in brackets and a wrapped name', () => {
    const slip = read(HANDHELD);
    assert.deepEqual([slip.copy, slip.duplicate], ['merchant', false]);
    assert.deepEqual(slip.fields, {
      'merchant-name': '北京市海淀区样板大街甲一百二十三号样板超市有限公司',
      'merchant-id': '898110054110001',
      'terminal-id': '10012345',
      operator: '01',
      pan: '6299 99** **** 1234 /C',
      issuer: '01020000',
      acquirer: '48221000',
      type: '消费(SALE)',
      batch: '000001',
      stan: '000123',
      'auth-code': '123456',
      'date-time': '2026/11/22 09:30:15',
      rrn: '092233123456',
      amount: 'RMB:128.50',
      tip: '',
      total: '',
      remarks: '',
    });
  });

  it('reads an English slip: two pairs on a line, date apart from time, a card number without a label', () => {
    const slip = read(OVERSEAS);
    assert.deepEqual([slip.copy, slip.duplicate], ['customer', true]);
    assert.deepEqual(slip.fields, {
      'merchant-id': '898110054110001',
      'terminal-id': '10012345',
      date: '22/11/2026',
      time: '09:30:15',
      'date-time': '22/11/2026 09:30:15',
      batch: '000001',
      stan: '000123',
      pan: '************1234',
      'auth-code': 'A1B2C3',
      rrn: '092233123456',
      type: 'SALE',
      amount: 'USD 12.50',
      tip: '',
      total: 'USD 12.50',
      aid: 'A0000000031010',
      tvr: '0000008000',
      tsi: 'E800',
      'app-label': 'VISA CREDIT',
      cryptogram: '1122334455667788',
    });
  });

  it('reads a German slip without colons', () => {
    const slip = read(GERMAN);
    assert.equal(slip.copy, 'customer');
    assert.deepEqual(slip.fields, {
      'terminal-id': '65001234',
      stan: '000123',
      'merchant-id': '4556412345',
      date: '22.11.2026',
      time: '09:30',
      'date-time': '22.11.2026 09:30',
      'auth-code': '123456',
      amount: 'EUR 12,50',
      type: 'Kartenzahlung',
      pan: '############1234',
    });
  });

  it('reads a totals slip: rows of count and amount', () => {
    const slip = read(
      '          结算总计单\n商户号:898110054110001\n终端号:10012345\n批次号:000001\n' +
        '类型     笔数      金额\n消费     3         384.00\n退货     1          84.00\n净额             RMB 300.00\n',
    );
    assert.equal(slip.copy, 'settlement');
    const { amount: _, ...rest } = slip.fields;
    assert.deepEqual(rest, {
      'merchant-id': '898110054110001',
      'terminal-id': '10012345',
      batch: '000001',
      'sales-count': '3',
      'sales-total': '384.00',
      'credit-count': '1',
      'credit-total': '84.00',
      'net-total': 'RMB 300.00',
    });
  });

  it('knows the marks of copies and reprints in three languages', () => {
    const marks: readonly (readonly [string, string, boolean])[] = [
      ['商户联', 'merchant', false],
      ['**** 持卡人存根 ****', 'customer', false],
      ['顾客联 / CUSTOMER COPY', 'customer', false],
      ['MERCHANT COPY\n(REPRINT)', 'merchant', true],
      ['STORE COPY\n----补打----', 'merchant', true],
      ['- 重 打 印 凭 证 / DUPLICATED -', 'other', true],
      ['CARD HOLDER COPY', 'customer', false],
      ['SETTLEMENT REPORT', 'settlement', false],
      ['Händlerbeleg\n*** Belegkopie ***', 'merchant', true],
      ['** Kassenschnitt **', 'settlement', false],
      ['THIS IS NOT A DUPLICATE TRANSACTION OF ANY OTHER', 'other', false],
    ];
    for (const [text, copy, duplicate] of marks) {
      const slip = read(`${text}\nRRN: 12\n`);
      assert.deepEqual([slip.copy, slip.duplicate, slip.fields], [copy, duplicate, { rrn: '12' }], text);
    }
  });

  /** What is printed, and the field that it must give. */
  const PLACES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['金额:128.50元', { amount: '128.50元' }],
    ['交易金额 ￥128.50', { amount: '￥128.50' }],
    ['金额                   128.50', { amount: '128.50' }],
    ['金额\n                   128.50', { amount: '128.50' }],
    ['¥128.50', { amount: '¥128.50' }],
    ['RMB:128.50', { amount: 'RMB:128.50' }],
    ['CNY 128,50', { amount: 'CNY 128,50' }],
    ['合计:RMB 128.50', { amount: 'RMB 128.50', total: 'RMB 128.50' }],
    ['卡 号:629999XXXXXX1234', { pan: '629999XXXXXX1234' }],
    ['卡号:629999******1234', { pan: '629999******1234' }],
    ['CARD NO  #### #### #### 1234', { pan: '#### #### #### 1234' }],
    ['PAN.: 6299 99•• •••• 1234 (S)', { pan: '6299 99•• •••• 1234 (S)' }],
    ['CARD NUM 629999XXXXXX1234', { pan: '629999XXXXXX1234' }],
    ['VISA ************1234', { pan: '************1234' }],
    ['卡号(CARD NO) 629999xxxxxx1234/I', { pan: '629999xxxxxx1234/I' }],
    ['卡号 KARTENNR 629999xxxxxx1234', { pan: '629999xxxxxx1234' }],
    ['授权码 SOMETHING NEW: 123456', { 'auth-code': '123456' }],
    ['批次号 000001 凭证号 000123', { batch: '000001', stan: '000123' }],
    ['BATCH NO 000001 VOUCHER NO 000123', { batch: '000001', stan: '000123' }],
    ['BATCH#000001 INV#:000123', { batch: '000001', stan: '000123' }],
    ['授权码    参考号\n123456    092233123456', { 'auth-code': '123456', rrn: '092233123456' }],
    ['授权码    参考号\n          092233123456', { 'auth-code': '', rrn: '092233123456' }],
    ['终端号:１００１２３４５', { 'terminal-id': '１００１２３４５' }],
    ['REF.NO.: 092233123456', { rrn: '092233123456' }],
    ['TERM.ID..........10012345', { 'terminal-id': '10012345' }],
    ['批次号:000001   查询:99', { batch: '000001' }],
    ['交易时间:2026年11月22日 09:30:15', { 'date-time': '2026年11月22日 09:30:15' }],
    ['22 NOV 2026  09:30', { 'date-time': '22 NOV 2026  09:30' }],
    ['Nov 22, 2026 09:30:15 PM', { 'date-time': 'Nov 22, 2026 09:30:15 PM' }],
    ['DATE 11/22/26 TIME 21:30', { date: '11/22/26', time: '21:30', 'date-time': '11/22/26 21:30' }],
    ['ARQC:112233445566\n7788', { cryptogram: '112233445566' }],
    ['原凭证号(ORIG VOUCHER NO):000011', { 'original-stan': '000011' }],
    ['消费撤销/VOID', { type: '消费撤销/VOID' }],
    ['TOTAL SAVINGS TODAY ARE YOURS', {}],
    ['TIME FOR TEA', {}],
    ['AUTHORISATION IS NOT NEEDED', {}],
    ['CARD HOLDER ACKNOWLEDGES RECEIPT', {}],
  ];
  it('finds values wherever they stand', () => {
    for (const [text, expected] of PLACES) assert.deepEqual(fields(`${text}\n`), expected, text);
  });

  it('joins a cryptogram that fills its line', () => {
    const text = 'ARQC:112233445566778899AABBCCDDEE\nFF0011\nTVR:0000008000\n';
    assert.deepEqual(fields(text, 33), {
      cryptogram: '112233445566778899AABBCCDDEEFF0011',
      tvr: '0000008000',
    });
  });

  it('every shipped set loads, and no wording stands for two fields', () => {
    for (const name of shippedLabels()) {
      const { labels } = valueOrThrow(loadLabels(name)).value;
      const seen = new Map<string, string>();
      for (const [field, { words }] of Object.entries(labels))
        for (const word of words) {
          assert.equal(seen.get(word.toUpperCase()), undefined, `${name}: ${word} for ${field}`);
          seen.set(word.toUpperCase(), field);
        }
    }
  });
});

/** One field as slips print it: wordings by language, and a value of its kind. */
const PRINTED = {
  'merchant-id': [['商户编号', 'MERCHANT ID'], fc.stringMatching(/^\d{15}$/)],
  'terminal-id': [['终端号', 'TID'], fc.stringMatching(/^\d{8}$/)],
  pan: [['卡号', 'CARD NO'], fc.stringMatching(/^\d{6}\*{6}\d{4}$/)],
  batch: [['批次号', 'BATCH NO'], fc.stringMatching(/^\d{6}$/)],
  stan: [['凭证号', 'TRACE NO'], fc.stringMatching(/^\d{6}$/)],
  'auth-code': [['授权码', 'APPR CODE'], fc.stringMatching(/^\d[A-Z0-9]{5}$/)],
  rrn: [['检索参考号', 'RRN'], fc.stringMatching(/^\d{12}$/)],
  amount: [['交易金额', 'AMOUNT'], fc.stringMatching(/^RMB [1-9]\d{0,3}\.\d\d$/)],
  aid: [['AID', 'AID'], fc.stringMatching(/^A0000000[0-9A-F]{6}$/)],
} as const;

const STYLES = ['colon', 'fullwidth', 'blanks', 'right', 'below', 'bilingual'] as const;

function printed(
  labels: readonly [string, string],
  value: string,
  style: (typeof STYLES)[number],
  columns: number,
) {
  const [zh, en] = labels;
  const right = (text: string, left: string) => {
    const width = [...left].reduce((sum, char) => sum + (char.charCodeAt(0) > 255 ? 2 : 1), 0);
    return ' '.repeat(Math.max(2, columns - width - text.length)) + text;
  };
  switch (style) {
    case 'colon':
      return `${en}: ${value}`;
    case 'fullwidth':
      return `${zh}:${value}`;
    case 'blanks':
      return `${en}  ${value}`;
    case 'right':
      return `${zh}${right(value, zh)}`;
    case 'below':
      return `${zh}\n  ${value}`;
    case 'bilingual':
      return `${zh}(${en}):\n${value}`;
  }
}

describe('printer: slips of other countries', () => {
  it('in French: no label before the date, equals signs, blanks between thousands', () => {
    const slip = read(
      `       CARTE BANCAIRE
        SANS CONTACT
AID: A0000000421010
CB
LE 12/04/26 A 14:25:03
BOULANGERIE MARTIN
75001 PARIS
N° CONTRAT : 1234567
N° TERMINAL : 00112233
N° CARTE : ************1234
N° TRANSACTION : 000012
No AUTO : 123456
MONTANT REEL = 1 234,56 EUR
     DUPLICATA
TICKET CLIENT A CONSERVER
`,
      40,
    );
    assert.deepEqual([slip.copy, slip.duplicate], ['customer', true]);
    assert.deepEqual(slip.fields, {
      aid: 'A0000000421010',
      'date-time': '12/04/26 A 14:25:03',
      'merchant-id': '1234567',
      'terminal-id': '00112233',
      pan: '************1234',
      stan: '000012',
      'auth-code': '123456',
      amount: '1 234,56 EUR',
    });
  });
  it('in French of Canada and Belgium: accents, labels in a column, a refund', () => {
    const slip = read(
      `COPIE DU COMMERÇANT
COPIE COMMERÇANT
Type de transaction    REMBOURSEMENT
Numéro de carte     XXXX XXXX XXXX 1234
Date                      2026/04/12
Heure                       14:25:03
N° de référence         092233123456
N° d'autorisation             A1B2C3
Montant                       12,50 €
Pourboire                      2,00 €
Total                         14,50 €
`,
      48,
    );
    assert.equal(slip.copy, 'merchant');
    const { amount, tip, total, 'auth-code': auth, rrn, pan, type, 'date-time': moment } = slip.fields;
    assert.deepEqual(
      [amount, tip, total, auth, rrn, pan, type, moment],
      [
        '12,50 €',
        '2,00 €',
        '14,50 €',
        'A1B2C3',
        '092233123456',
        'XXXX XXXX XXXX 1234',
        'REMBOURSEMENT',
        '2026/04/12 14:25:03',
      ],
    );
  });
  it('in Japanese: blanks instead of colons, years of the emperor, yen', () => {
    const slip = read(
      `   クレジットカード売上票
加盟店名 サンプル商店
端末番号 1234567890123
ご利用日時 令和8年4月12日 14時25分
カード番号 ************1234
有効期限 XX/XX
取引種別 売上
支払区分 一括
伝票番号 00123
承認番号 0123456
金額 ¥12,345
合計金額 12,345円
   再印字
   お客様控え
`,
      40,
    );
    assert.deepEqual([slip.copy, slip.duplicate], ['customer', true]);
    assert.deepEqual(slip.fields, {
      'merchant-name': 'サンプル商店',
      'terminal-id': '1234567890123',
      'date-time': '令和8年4月12日 14時25分',
      pan: '************1234',
      expiry: 'XX/XX',
      type: '売上',
      stan: '00123',
      'auth-code': '0123456',
      amount: '¥12,345',
      total: '12,345円',
    });
  });
  it('in traditional Chinese: Taiwan and Hong Kong', () => {
    const taiwan = read(
      `商店收執聯
特店名稱:範例商店
特店代號:898310148160568
端末機代號:30001001
卡號:622202******1234 (C)
交易類別:一般交易
批次號碼:000001 調閱編號:000012
參考號碼:092233123456
授權碼:583291
日期:115/04/12 時間:14:25:03
總金額:NT$ 1,234.00
`,
      40,
    );
    assert.equal(taiwan.copy, 'merchant');
    const { date: _date, time: _time, ...values } = taiwan.fields;
    assert.deepEqual(values, {
      'merchant-name': '範例商店',
      'merchant-id': '898310148160568',
      'terminal-id': '30001001',
      pan: '622202******1234 (C)',
      type: '一般交易',
      batch: '000001',
      stan: '000012',
      rrn: '092233123456',
      'auth-code': '583291',
      'date-time': '115/04/12 14:25:03',
      total: 'NT$ 1,234.00',
      amount: 'NT$ 1,234.00',
    });
    const hongKong = read(
      `    *** 重印收據 ***
終端機編號 TID  30001001
商戶編號 MID  898310148160568
卡號 CARD NO.
 6222 02** **** 1234
有效日期 EXP  XX/XX
交易類別 TXN TYPE  退貨 REFUND
日期/時間 DATE/TIME
 12/04/2026 14:25:03
總計 TOTAL   HKD -1,234.50
    商戶存根 MERCHANT COPY
`,
      40,
    );
    assert.deepEqual([hongKong.copy, hongKong.duplicate], ['merchant', true]);
    const { pan, type, amount, 'date-time': moment, 'terminal-id': terminal } = hongKong.fields;
    assert.deepEqual(
      [pan, type, amount, moment, terminal],
      ['6222 02** **** 1234', '退貨 REFUND', 'HKD -1,234.50', '12/04/2026 14:25:03', '30001001'],
    );
  });
});

describe('printer: slips in any order and width', () => {
  it('keep their fields', () => {
    const line = fc
      .constantFrom(...(Object.keys(PRINTED) as (keyof typeof PRINTED)[]))
      .chain((name) =>
        fc.record({ name: fc.constant(name), value: PRINTED[name][1], style: fc.constantFrom(...STYLES) }),
      );
    const lines = fc.uniqueArray(line, { selector: ({ name }) => name, minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(lines, fc.constantFrom(32, 42, 48), (some, columns) => {
        const text = some
          .map(({ name, value, style }) => printed(PRINTED[name][0], value, style, columns))
          .join('\n');
        assert.deepEqual(
          fields(`${text}\n`, columns),
          Object.fromEntries(some.map(({ name, value }) => [name, value])),
          text,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('whatever the text, reading ends, and values stand on the lines they are said to', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 10 }), (lines) => {
        const [receipt] = decodeEscPos(Buffer.from(`TID: 1\n${lines.join('\n')}\n`), {
          charset: 'utf-8',
          width: 384,
        }).receipts;
        assert.ok(receipt);
        const slip = readSlip(receipt, layoutOf(32), 0);
        for (const [field, at] of Object.entries(slip.fieldLines ?? {}))
          for (const i of at) assert.ok(slip.lines[i] !== undefined, field);
      }),
      { numRuns: 25 },
    );
  });

  it('reads totals whose count stands in a line of its own', () => {
    const slip = fields(
      '结算单 SETTLEMENT\n批次号 BATCH NO: 000001\n消费笔数 SALES COUNT: 2\n消费总额 SALES TOTAL: RMB 128.50\n' +
        '贷记笔数 CREDIT COUNT: 1\n贷记总额 CREDIT TOTAL: RMB 5.00\n净额 NET TOTAL: RMB 123.50\n',
    );
    const { 'credit-count': count, 'credit-total': credit, 'sales-total': sales } = slip;
    assert.deepEqual([count, credit, sales], ['1', 'RMB 5.00', 'RMB 128.50']);
  });
});
