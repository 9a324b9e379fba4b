import assert from 'node:assert/strict';
import { merchantCode } from '../../codec/qr/merchant-code.ts';
import { type AcquirerBench, signedOn } from '../testing/acquirer-bench.ts';
import { requests } from '../testing/terminal.ts';

const MERCHANT = '898320400000001';
const TERMINAL = '30001001';

describe('acquirer: a code that the terminal shows', () => {
  const codeFor = (stan: string, amount: string, other = {}) =>
    merchantCode({
      acquirer: '48020000',
      forwarder: '48020000',
      merchant: MERCHANT,
      category: '5999',
      currency: '156',
      amount,
      country: 'CN',
      name: 'SAMPLE SHOP',
      city: 'WUXI',
      bill: `000001${stan}`,
      terminal: TERMINAL,
      ...other,
    });
  const pay = (bench: AcquirerBench, code: string) =>
    bench.acquirer.payCode(code, 'wallet-1', bench.at).answer;
  const query = (stan: string, order: string): Parameters<AcquirerBench['ask']>[0] => [
    '0200',
    {
      '3': '380000',
      '11': stan,
      '25': '00',
      '41': TERMINAL,
      '42': MERCHANT,
      '49': '156',
      '60': '5300000100060',
      '61': `000001${order}1122`,
    },
  ];

  it('is paid once, and the terminal is told when it asks', () => {
    const bench = signedOn();
    assert.equal(bench.code(query('000002', '000001')), '25');
    const paid = pay(bench, codeFor('000001', '36.80'));
    assert.deepEqual([paid.accepted, paid.code, paid.amount?.minor], [true, '00', 3680]);
    assert.equal(pay(bench, codeFor('000001', '36.80')).code, '94');
    const { fields } = bench.ask(query('000003', '000001'));
    const entry = bench.acquirer.ledger().find(({ state }) => state === 'posted');
    assert.deepEqual([fields['39'], fields['4']], ['00', '000000003680']);
    assert.deepEqual([fields['37'], fields['38']], [entry?.rrn, entry?.authCode]);
    assert.deepEqual(bench.states(), ['sale posted 00', 'sale refused 94']);
  });

  it('is not paid any more once the terminal has taken it back; money that was paid comes back', () => {
    const bench = signedOn();
    assert.equal(bench.code(requests.reversal('000001', 3680)), '25');
    assert.equal(pay(bench, codeFor('000001', '36.80')).code, '12');
    assert.equal(bench.code(query('000002', '000001')), '12');
    assert.equal(pay(bench, codeFor('000003', '5.00')).code, '00');
    assert.equal(bench.code(requests.reversal('000003', 500)), '00');
    assert.equal(bench.code(query('000004', '000003')), '12');
    assert.ok(!bench.states().includes('sale posted 00'));
  });

  it('is judged by the rules in force, and the terminal hears the same code', () => {
    const bench = signedOn().policy({ 'single-limit': { amount: 10, code: '61' } });
    assert.deepEqual(
      [pay(bench, codeFor('000001', '36.80')).code, bench.code(query('000002', '000001'))],
      ['61', '61'],
    );
    assert.deepEqual(bench.states(), ['sale declined 61']);
  });

  it('of another terminal, merchant or batch, without an amount, or none at all, moves nothing', () => {
    const bench = signedOn();
    const good = codeFor('000001', '36.80');
    assert.equal(pay(bench, codeFor('000001', '36.80', { terminal: '39999999' })).code, '97');
    assert.equal(pay(bench, codeFor('000001', '36.80', { merchant: '898320400000009' })).code, '03');
    assert.equal(pay(bench, codeFor('000001', '36.80', { bill: '000009000001' })).code, '77');
    for (const wrong of [
      good.replace('36.80', '36.90'),
      codeFor('000001', '36.80', { bill: 'A-1' }),
      'https://x.example',
    ])
      assert.equal(pay(bench, wrong).code, '30', wrong);
    assert.equal(pay(bench, codeFor('000001', '0.00')).code, '13');
    assert.ok(!bench.states().some((state) => /posted/.test(state)));
    assert.throws(() => bench.acquirer.payCode(good, 'nobody', 0), { code: 'CARD_UNKNOWN' });
  });
});
