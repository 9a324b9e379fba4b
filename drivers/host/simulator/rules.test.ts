import assert from 'node:assert/strict';
import { signedOn } from '../testing/acquirer-bench.ts';
import { amount12, card, type Fields, requests } from '../testing/terminal.ts';

const { sale, refund, reversal, offlineSale, balance, preAuth, ofHold } = requests;

/** Sales with running numbers. */
function numbered() {
  let stan = 0;
  return (minor: number, more: Fields = {}, with_ = card('debit-1')) =>
    sale(String(++stan).padStart(6, '0'), minor, more, with_);
}

const when = (condition: object, code = '57') => ({ rules: [{ when: condition, answer: { code } }] });

describe('policy rules: conditions', () => {
  it('fit by amount', () => {
    const next = numbered();
    for (const [amount, fitting, others] of [
      [{ over: 10 }, [1001, 5000], [1000, 1]],
      [{ 'at-least': 10 }, [1000], [999]],
      [{ below: '10.00' }, [999], [1000]],
      [{ ending: '51' }, [1051, 51], [150, 1052]],
      [{ over: 10, below: 20 }, [1500], [1000, 2000]],
    ] as const) {
      const bench = signedOn().policy(when({ amount }));
      for (const minor of fitting) assert.equal(bench.code(next(minor)), '57', JSON.stringify(amount));
      for (const minor of others) assert.equal(bench.code(next(minor)), '00', JSON.stringify(amount));
    }
  });

  it('fit by region, against where the terminal is registered', () => {
    const next = numbered();
    for (const [region, where, code] of [
      ['away', 'chengdu', '57'],
      ['away', 'wuxi', '00'],
      ['home', 'wuxi', '57'],
      ['chengdu', 'chengdu', '57'],
      [['chengdu', 'home'], 'wuxi', '57'],
      ['chengdu', 'unknown', '00'],
    ] as const) {
      const bench = signedOn().policy(when({ region }));
      bench.region = where;
      assert.equal(bench.code(next(100)), code);
    }
  });

  it('fit by card, scheme, entry, PIN, currency, terminal and merchant', () => {
    const { '52': _, '53': __, ...noPin } = sale('0', 0)[1];
    const withoutPin = (stan: string): [string, Fields] => [
      '0200',
      { ...noPin, '4': amount12(100), '11': stan, '22': '012' },
    ];
    for (const [condition, request, code] of [
      [{ card: 'debit-1' }, sale('000001', 100), '57'],
      [{ card: ['debit-2', 'credit-1'] }, sale('000001', 100), '00'],
      [{ scheme: 'CUP' }, sale('000001', 100), '57'],
      [{ scheme: ['VIS', 'MCC'] }, sale('000001', 100), '00'],
      [{ entry: 'chip' }, sale('000001', 100), '57'],
      [{ entry: 'swipe' }, sale('000001', 100, { '22': '021' }), '57'],
      [{ entry: 'swipe' }, sale('000001', 100, { '22': '021', '60': '2200000100061' }), '00'],
      [{ entry: 'fallback' }, sale('000001', 100, { '22': '021', '60': '2200000100061' }), '57'],
      [{ entry: ['tap', 'qr'] }, sale('000001', 100, { '22': '071' }), '57'],
      [{ entry: 'manual' }, withoutPin('000001'), '57'],
      [{ pin: 'none' }, withoutPin('000001'), '57'],
      [{ pin: 'none' }, sale('000001', 100), '00'],
      [{ pin: 'entered' }, sale('000001', 100), '57'],
      [{ currency: 'USD' }, sale('000001', 100, { '49': '840' }), '57'],
      [{ currency: ['USD', 'JPY'] }, sale('000001', 100), '00'],
      [{ terminal: '30001001', merchant: '898320400000001' }, sale('000001', 100), '57'],
      [{ terminal: '30001002' }, sale('000001', 100), '00'],
    ] as [object, [string, Fields], string][]) {
      assert.equal(signedOn().policy(when(condition)).code(request), code, JSON.stringify(condition));
    }
  });

  it('fit by time of day, over midnight as well', () => {
    // The bench begins at 15:04 local time.
    const hour = 3_600_000;
    for (const [time, hours, code] of [
      [{ from: '15:00', to: '16:00' }, 0, '57'],
      [{ from: '15:00', to: '16:00' }, 1, '00'],
      [{ from: '23:00', to: '06:00' }, 0, '00'],
      [{ from: '23:00', to: '06:00' }, 8, '57'],
      [{ from: '23:00', to: '06:00' }, 14, '57'],
      [{ from: '23:00', to: '06:00' }, 15, '00'],
    ] as const) {
      const bench = signedOn().policy(when({ time }));
      bench.at = hours * hour;
      assert.equal(bench.code(sale('000001', 100)), code, `${JSON.stringify(time)} ${hours}`);
    }
  });

  it('count and sum approved payments by card, terminal and merchant, a day or a month', () => {
    const bench = signedOn().policy({
      rules: [
        { when: { count: { per: 'card', over: 2 } }, answer: { code: '65' } },
        { when: { total: { per: 'terminal', in: 'month', over: 10 } }, answer: { code: '61' } },
      ],
    });
    const next = numbered();
    const other = card('debit-2');
    assert.equal(bench.code(next(300)), '00');
    assert.equal(bench.code(next(300)), '00');
    assert.equal(bench.code(next(300)), '65');
    assert.equal(bench.code(next(400, {}, other)), '00');
    assert.equal(bench.code(next(1, {}, other)), '61');
    // What was reversed does not count.
    assert.equal(bench.code(reversal('000004', 400)), '00');
    assert.equal(bench.code(next(400, {}, other)), '00');
    bench.acquirer.nextDay();
    assert.equal(bench.code(next(1)), '61');
    // Nine days on it is December.
    for (let day = 0; day < 9; day++) bench.acquirer.nextDay();
    assert.equal(bench.code(next(1)), '00');
  });

  it('hold for what asks for money, and for the rest when it is named', () => {
    const everything = signedOn().policy(when({}, '91'));
    assert.equal(everything.code(sale('000001', 100)), '91');
    assert.equal(everything.code(preAuth('000002', 100)), '91');
    assert.equal(everything.code(offlineSale('000003', 100)), '00');
    assert.equal(everything.code(requests.echo()), '00');
    assert.equal(everything.code(requests.signOn()), '00');
    const named = signedOn();
    named.raw(sale('000001', 100));
    named.policy(
      when({ kind: ['reversal', 'offline-sale', 'echo', 'balance', 'sign-on', 'settlement'] }, '96'),
    );
    for (const request of [
      reversal('000001', 100),
      offlineSale('000002', 100),
      requests.echo(),
      balance('000003'),
      requests.signOn(),
      requests.settlement('0'.repeat(62)),
    ]) {
      assert.equal(named.code(request), '96');
    }
    assert.deepEqual(named.states(), ['sale posted 00', 'reversal refused 96', 'offline-sale declined 96']);
    assert.equal(named.code(sale('000004', 100)), '00');
  });
});

describe('policy rules: answers', () => {
  it('the first rule with a code decides, others add to the answer', () => {
    const bench = signedOn().policy({
      rules: [
        { when: { card: 'debit-1' }, answer: { text: '祝您愉快', requirement: 3 } },
        { when: { amount: { below: 10 } }, answer: { code: '00' } },
        { answer: { code: '51', text: 'no' } },
      ],
    });
    const small = bench.ask(sale('000001', 999));
    assert.deepEqual(
      [small.fields['39'], small.fields['63.4'], small.header],
      ['00', '祝您愉快', '603103000000'],
    );
    const large = bench.ask(sale('000002', 1000));
    assert.deepEqual(
      [large.fields['39'], large.fields['63.4'], large.header],
      ['51', '祝您愉快', '603103000000'],
    );
    const other = bench.ask(sale('000003', 1000, {}, card('debit-2')));
    assert.deepEqual([other.fields['63.4'], other.header], ['no', '603100000000']);
  });

  it('approves another amount, of those it fits', () => {
    const bench = signedOn().policy({
      rules: [{ when: { amount: { over: 100 } }, answer: { amount: 100 } }],
    });
    assert.equal(bench.ask(sale('000001', 20_000)).fields['4'], amount12(10_000));
    assert.equal(bench.ask(sale('000002', 5000)).fields['4'], amount12(5000));
  });

  it('skips the first, and fits so often', () => {
    const bench = signedOn().policy({ rules: [{ skip: 1, times: 2, answer: { code: '91' } }] });
    const next = numbered();
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bench.code(next(100))),
      ['00', '91', '91', '00'],
    );
  });

  it('tells the terminal what to do next in every answer', () => {
    const bench = signedOn().policy({ requirement: 4 });
    assert.equal(bench.ask(sale('000001', 100)).header, '603104000000');
    assert.equal(bench.ask(requests.echo()).header, '603104000000');
  });
});

describe('policy: accounts', () => {
  it('decline by the state of the card, with a code of their own if they have one', () => {
    for (const [account, code] of [
      [{ status: 'blocked' }, '62'],
      [{ status: 'expired' }, '54'],
      [{ status: 'lost' }, '41'],
      [{ status: 'stolen' }, '43'],
      [{ status: 'pick-up' }, '04'],
      [{ status: 'pin-blocked' }, '75'],
      [{ status: 'lost', code: '34', text: '没收' }, '34'],
      [{ status: 'active' }, '00'],
    ] as const) {
      const bench = signedOn().policy({ accounts: { 'debit-1': account } });
      assert.equal(bench.code(sale('000001', 100)), code);
      assert.equal(bench.code(sale('000002', 100, {}, card('debit-2'))), '00');
    }
  });

  it('keep a balance: payments, holds, voids, refunds and reversals change it', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 99_999));
    bench.policy({ accounts: { 'debit-1': { balance: 100 } } });
    assert.equal(bench.code(sale('000002', 10_001)), '51');
    const paid = bench.ask(sale('000003', 6000));
    const hold = bench.ask(preAuth('000004', 3000));
    assert.equal(bench.code(sale('000005', 1001)), '51');
    // The hold has the money already: only what goes beyond it is needed.
    assert.equal(bench.code(ofHold('completion', '000006', 3450, hold)), '00');
    assert.equal(bench.code(sale('000007', 551)), '51');
    assert.equal(bench.code(refund('000008', 1000, paid)), '00');
    assert.equal(bench.code(sale('000009', 1550)), '00');
    assert.equal(bench.code(reversal('000009', 1550)), '00');
    assert.equal(bench.code(sale('000010', 1551)), '51');
  });

  it('a card that may not pay is still refunded and reversed', () => {
    const bench = signedOn();
    const paid = bench.ask(sale('000001', 500));
    bench.raw(sale('000002', 700));
    bench.policy({ accounts: { 'debit-1': { status: 'stolen' } } });
    assert.equal(bench.code(refund('000003', 500, paid)), '00');
    assert.equal(bench.code(reversal('000002', 700)), '00');
  });

  it('count wrong PINs', () => {
    const bench = signedOn().policy({ 'pin-tries': 2 });
    const wrong = sale('0', 1, {}, { ...card('debit-1'), pin: '999999' })[1]['52'] ?? '';
    const next = numbered();
    assert.deepEqual(
      [
        next(1, { '52': wrong }),
        next(1),
        next(1, { '52': wrong }),
        next(1, { '52': wrong }),
        next(1, { '52': wrong }),
        next(1),
      ].map((request) => bench.code(request)),
      ['55', '00', '55', '55', '75', '75'],
    );
  });
});
