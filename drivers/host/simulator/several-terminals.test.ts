import assert from 'node:assert/strict';
import { AcquirerBench } from '../testing/acquirer-bench.ts';
import { type Fields, keys, MERCHANT, requests, TERMINAL, totals48 } from '../testing/terminal.ts';
import type { RegisteredTerminal } from './keys.ts';

const tmk = new Uint8Array(16).fill(0x11);
const SISTER = { '41': '30001002', '42': MERCHANT };
const STRANGER = { '41': '30002001', '42': '898320400000002' };
const known = {
  ...keys,
  terminals: new Map([
    ...keys.terminals,
    ...[SISTER, STRANGER].map(({ '41': id, '42': merchant }): [string, RegisteredTerminal] => [
      id,
      { id, merchant, home: 'wuxi', tmk },
    ]),
  ]),
};

/** Two terminals of one merchant and one of another, all signed on. */
function shops() {
  const bench = new AcquirerBench({ known });
  for (const more of [{}, SISTER, STRANGER]) assert.equal(bench.code(requests.signOn(more)), '00');
  return bench;
}

const at = (terminal: Fields, [mti, fields]: [string, Fields]): [string, Fields] => [
  mti,
  { ...fields, ...terminal },
];

describe('acquirer: several terminals and merchants', () => {
  it('keeps their vouchers, batches and totals apart', () => {
    const bench = shops();
    const [own, sisters] = [
      bench.ask(requests.sale('000001', 100)),
      bench.ask(at(SISTER, requests.sale('000001', 200))),
    ];
    assert.notEqual(own.fields['37'], sisters.fields['37']);
    assert.equal(bench.code(at(SISTER, requests.void('000002', own))), '12');
    assert.equal(bench.code(at(STRANGER, requests.void('000002', own))), '25');
    assert.equal(bench.code(at(STRANGER, requests.reversal('000001', 100))), '25');
    assert.equal(bench.code(requests.reversal('000001', 100)), '00');
    assert.deepEqual(
      bench.acquirer
        .ledger()
        .filter(({ kind }) => kind === 'sale')
        .map(({ state }) => state),
      ['reversed', 'posted'],
    );
    assert.equal(bench.ask(at(SISTER, requests.settlement(totals48(200, 1)))).fields['48.5'], '1');
    // The others go on in their batch.
    assert.equal(bench.code(requests.sale('000003', 100)), '00');
    assert.equal(bench.code(at(SISTER, requests.sale('000003', 100))), '77');
    assert.equal(bench.code(requests.signOn(STRANGER)), '00');
    assert.equal(bench.code(at({ '42': STRANGER['42'] }, requests.sale('000004', 1))), '03');
  });

  it('lets any terminal of the merchant refund a sale and complete a pre-authorisation', () => {
    const bench = shops();
    const sale = bench.ask(requests.sale('000001', 1000));
    const hold = bench.ask(requests.preAuth('000002', 5000));
    assert.equal(bench.code(at(STRANGER, requests.refund('000003', 400, sale))), '25');
    assert.equal(bench.code(at(STRANGER, requests.ofHold('completion', '000004', 5000, hold))), '25');
    assert.equal(bench.code(at(SISTER, requests.refund('000003', 400, sale))), '00');
    assert.equal(bench.code(at(SISTER, requests.ofHold('completion', '000004', 5000, hold))), '00');
    assert.equal(bench.ask(at(SISTER, requests.settlement(totals48(5000, 1, 400, 1)))).fields['48.5'], '1');
    assert.equal(bench.ask(requests.settlement(totals48(1000, 1))).fields['48.5'], '1');
  });

  it('count limits by terminal, by merchant and by card', () => {
    for (const [per, codes] of [
      ['terminal', ['00', '65', '00', '00']],
      ['merchant', ['00', '65', '65', '00']],
      ['card', ['00', '65', '65', '65']],
    ] as const) {
      const bench = shops().policy({
        rules: [{ when: { count: { per, over: 1 } }, answer: { code: '65' } }],
      });
      const asked = [{}, {}, SISTER, STRANGER].map((terminal, i) =>
        bench.code(at({ '41': TERMINAL, '42': MERCHANT, ...terminal }, requests.sale(`00000${i}`, 100))),
      );
      assert.deepEqual(asked, codes, per);
    }
  });
});
