import assert from 'node:assert/strict';
import { signedOn } from '../testing/acquirer-bench.ts';
import { amount12, card, requests, totals48 } from '../testing/terminal.ts';

const { sale, settlement, upload } = requests;

describe('acquirer: settlement', () => {
  it('balances, closes the batch, and answers a repetition alike', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12850));
    bench.raw(sale('000002', 2000));
    bench.raw(requests.void('000003', original));
    const claim = settlement(totals48(14_850, 2, 12_850, 1));
    for (const time of ['first', 'again']) {
      const { fields } = bench.ask(claim);
      assert.deepEqual([fields['39'], fields['48']], ['00', totals48(14_850, 2, 12_850, 1, '1')], time);
    }
    assert.equal(bench.code(sale('000004', 100)), '77');
    assert.equal(bench.ask(requests.signOn()).fields['60.2'], '000002');
    assert.equal(bench.code(sale('000004', 100, { '60': '2200000200060' })), '00');
  });

  it('takes the details after a mismatch, and closes the batch at their end', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 12850));
    const { fields } = bench.ask(settlement(totals48(12_851, 1)));
    assert.equal(fields['48'], totals48(12_850, 1, 0, 0, '2'));
    assert.equal(bench.code(sale('000002', 100)), '77');
    const detail = `00000001${card('debit-1').pan.padStart(20, '0')}${amount12(12_850)}`;
    assert.equal(bench.code(upload(`02${detail}`)), '30');
    assert.equal(bench.code(upload(`01${detail}`)), '00');
    assert.equal(bench.code(upload('0001', '202')), '00');
    const [last] = bench.acquirer.settlements().slice(-1);
    assert.equal(last?.result, 'not-balanced');
    assert.equal(last?.uploadEnded, true);
    assert.deepEqual(last?.uploaded, [{ stan: '000001', amount: { minor: 12_850, currency: 'CNY' } }]);
    assert.equal(bench.ask(requests.signOn()).fields['60.2'], '000002');
  });

  it('does not know other batches, nor totals that are none', () => {
    const bench = signedOn();
    assert.equal(bench.code(settlement(totals48(0, 0), '000007')), '77');
    assert.equal(bench.code(upload('00', '201', '000007')), '77');
    assert.equal(bench.code(settlement('0000')), '30');
    assert.equal(bench.acquirer.settlements().at(-1)?.result, 'error');
  });
});
