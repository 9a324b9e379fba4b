import assert from 'node:assert/strict';
import { verifyMac } from '../../codec/iso8583/index.ts';
import { signedOn } from '../testing/acquirer-bench.ts';
import { amount12, dialect, MAK, requests, totals48 } from '../testing/terminal.ts';
import type { Reply } from './acquirer.ts';

const { sale, reversal, settlement } = requests;

describe('acquirer: policy', () => {
  it('refuses roaming with code and text, and not at home', () => {
    const bench = signedOn().policy({ roaming: { allowed: false, code: '62', text: '终端位置异常' } });
    assert.equal(bench.code(sale('000001', 100)), '00');
    bench.region = 'chengdu';
    const { fields } = bench.ask(sale('000002', 100));
    assert.deepEqual([fields['39'], fields['63.4'], fields['38']], ['62', '终端位置异常', undefined]);
    assert.equal(bench.last().state, 'declined');
    assert.equal(bench.last().region, 'chengdu');
    // A reversal is heard wherever the terminal is.
    assert.equal(bench.code(reversal('000001', 100)), '00');
  });

  it('says when the request itself was at fault, and not when the policy decided', () => {
    const bench = signedOn().policy({ 'single-limit': { amount: '1.00' } });
    const admission = (request: Parameters<typeof bench.raw>[0]) => bench.raw(request).checks['admission'];
    const approved = bench.ask(sale('000001', 100));
    const unknown = { ...approved, fields: { ...approved.fields, '37': '999999999999', '11': '000009' } };
    assert.equal(admission(sale('000002', 101)), undefined, 'over the limit');
    assert.equal(admission(sale('000001', 100)), 'refused', 'the same STAN again');
    assert.equal(admission(sale('000003', 0)), 'refused', 'no amount');
    assert.equal(admission(requests.void('000004', unknown)), 'refused', 'no such original');
  });

  it('holds the single limit to the cent', () => {
    const bench = signedOn().policy({ 'single-limit': { amount: '1000.00' } });
    assert.equal(bench.code(sale('000001', 100_000)), '00');
    assert.equal(bench.code(sale('000002', 100_001)), '61');
  });

  it('counts approved sales a day, everywhere or away only', () => {
    const bench = signedOn().policy({ 'daily-count-limit': { count: 2 } });
    assert.equal(bench.code(sale('000001', 100)), '00');
    assert.equal(bench.code(reversal('000001', 100)), '00');
    assert.equal(bench.code(sale('000002', 100)), '00');
    assert.equal(bench.code(sale('000003', 100)), '00');
    assert.equal(bench.code(sale('000004', 100)), '65');
    bench.policy({ 'daily-count-limit': { count: 2, 'away-only': true } });
    assert.equal(bench.code(sale('000005', 100)), '00');
    bench.region = 'chengdu';
    assert.equal(bench.code(sale('000006', 100)), '65');
    bench.acquirer.nextDay();
    assert.equal(bench.code(sale('000007', 100)), '00');
  });

  it('approves another amount than asked for', () => {
    const bench = signedOn().policy({ 'approve-amount': 80 });
    const reply = bench.ask(sale('000001', 12850));
    assert.equal(reply.fields['4'], amount12(8000));
    assert.deepEqual([bench.last().requested.minor, bench.last().booked.minor], [12850, 8000]);
    assert.equal(bench.code(requests.void('000002', reply)), '00');
  });

  it('misbehaves on the nth message of a kind, counted from when it was told to', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 100));
    bench.policy({
      misbehave: [
        { on: 'sale', nth: 2, do: 'wrong-mac' },
        { on: 'sale', nth: 3, do: 'no-answer' },
        { on: 'sale', nth: 4, do: 'late', after: '70 s' },
        { on: 'sale', nth: 5, do: 'mislay' },
      ],
    });
    const [first, wrong, silent, late, mislaid] = ['2', '3', '4', '5', '6'].map((n) =>
      bench.raw(sale(`00000${n}`, 100)),
    );
    const mac = (reply?: Reply) => verifyMac(dialect, reply?.frame ?? new Uint8Array(), MAK);
    assert.deepEqual([mac(first), mac(wrong), mac(late), mac(mislaid)], ['ok', 'wrong', 'ok', 'ok']);
    const waits = [first, silent, late, mislaid].map((reply) =>
      reply?.delivery.pieces.map(({ wait }) => wait),
    );
    assert.deepEqual(waits, [[0], [], [70_000], [0]]);
    assert.equal(wrong?.note, 'wrong-mac');
    assert.deepEqual(bench.states(), Array(6).fill('sale posted 00'));
    assert.equal(bench.ask(settlement(totals48(600, 6))).fields['48.5'], '2');
  });

  it('refuses a policy that means nothing, and keeps the old one', () => {
    const bench = signedOn();
    for (const wrong of [
      { 'single-limit': { amount: '1.005' } },
      { 'approve-amount': 1e12 },
      { misbehave: [{ on: 'sale', do: 'late', after: 'soon' }] },
    ]) {
      assert.throws(() => bench.policy(wrong), { code: 'FILE_INVALID' });
    }
    assert.equal(bench.code(sale('000001', 100)), '00');
  });
});
