import assert from 'node:assert/strict';
import { signedOn } from '../testing/acquirer-bench.ts';
import { amount12, card, requests, totals48 } from '../testing/terminal.ts';

const { preAuth, ofHold, completionVoid, reversal, settlement } = requests;

/** Field values by which a reversal repeats its original's kind. */
const LIKE = {
  'pre-auth': { '3': '030000', '25': '06', '60': '1000000100060' },
  'pre-auth-void': { '3': '200000', '25': '06', '60': '1100000100060' },
  completion: { '3': '000000', '25': '06', '60': '2000000100060' },
  'completion-void': { '3': '200000', '25': '06', '60': '2100000100060' },
} as const;

describe('acquirer: pre-authorisation', () => {
  it('holds money and moves none; its void releases it, whole and once', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    assert.match(hold.fields['38'] ?? '', /^\d{6}$/);
    assert.deepEqual(bench.states(), ['pre-auth held 00']);
    assert.equal(bench.code(ofHold('pre-auth-void', '000002', 9999, hold)), '12');
    assert.equal(bench.code(ofHold('pre-auth-void', '000003', 10_000, hold)), '00');
    assert.deepEqual(bench.states(), [
      'pre-auth released 00',
      'pre-auth-void declined 12',
      'pre-auth-void posted 00',
    ]);
    assert.equal(bench.last().of, 'L00001');
    assert.equal(bench.code(ofHold('pre-auth-void', '000004', 10_000, hold)), '12');
    assert.equal(bench.code(ofHold('completion', '000005', 10_000, hold)), '12');
    assert.equal(bench.ask(settlement(totals48(0, 0))).fields['48.5'], '1');
  });

  it('is completed online for up to 115 % of it, once, and the completion is what counts', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    assert.equal(bench.code(ofHold('completion', '000002', 11_501, hold)), '64');
    assert.equal(bench.code(ofHold('completion', '000003', 11_500, hold)), '00');
    assert.deepEqual(bench.states(), [
      'pre-auth captured 00',
      'completion declined 64',
      'completion posted 00',
    ]);
    assert.deepEqual([bench.last().booked.minor, bench.last().of], [11_500, 'L00001']);
    assert.equal(bench.code(ofHold('completion', '000004', 100, hold)), '12');
    assert.equal(bench.code(reversal('000001', 10_000, LIKE['pre-auth'])), '12');
    assert.equal(bench.ask(settlement(totals48(11_500, 1))).fields['48.5'], '1');
  });

  it('is named by authorisation code, card and date, on whatever day', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    bench.acquirer.nextDay();
    for (const [stan, more, code] of [
      ['000002', { '38': '000001' }, '25'],
      ['000003', { '2': card('debit-2').pan }, '25'],
      ['000004', { '61': '0000000000001123' }, '25'],
      ['000005', {}, '00'],
    ] as const) {
      assert.equal(bench.code(ofHold('completion', stan, 5000, hold, more)), code);
    }
  });

  it('is completed by notice; the notice may come again and is booked once', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    const notice = ofHold('completion-notice', '000002', 8000, hold);
    const [first, again] = [bench.ask(notice), bench.ask(notice)];
    assert.deepEqual([first.fields['39'], again.fields['39']], ['00', '00']);
    assert.deepEqual([again.fields['37'], again.fields['38']], [first.fields['37'], hold.fields['38']]);
    assert.deepEqual(bench.states(), ['pre-auth captured 00', 'completion-notice posted 00']);
    assert.equal(bench.code(ofHold('completion-notice', '000002', 8001, hold)), '94');
    assert.equal(bench.ask(settlement(totals48(8000, 1))).fields['48.5'], '1');
  });

  it('is held again when its completion is voided', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    const completed = bench.ask(ofHold('completion', '000002', 10_000, hold));
    assert.equal(bench.code(completionVoid('000003', completed, { '4': amount12(9999) })), '12');
    assert.equal(bench.code(completionVoid('000004', completed)), '00');
    assert.deepEqual(
      bench.states().filter((state) => !state.includes('declined')),
      ['pre-auth held 00', 'completion voided 00', 'completion-void posted 00'],
    );
    assert.equal(bench.code(ofHold('completion', '000005', 10_000, hold)), '00');
    assert.equal(bench.ask(settlement(totals48(20_000, 2, 10_000, 1))).fields['48.5'], '1');
  });

  it('a void of a sale does not void a completion, nor the other way round', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    const completed = bench.ask(ofHold('completion', '000002', 10_000, hold));
    const sale = bench.ask(requests.sale('000003', 500));
    assert.equal(bench.code(requests.void('000004', completed)), '25');
    assert.equal(bench.code(completionVoid('000005', sale)), '25');
  });
});

describe('acquirer: reversal of holds and completions', () => {
  it('of each puts back what its original had changed', () => {
    const bench = signedOn();
    const hold = bench.ask(preAuth('000001', 10_000));
    const completed = bench.ask(ofHold('completion', '000002', 9000, hold));
    assert.equal(bench.code(completionVoid('000003', completed)), '00');
    const states = () =>
      bench.acquirer
        .ledger()
        .filter(({ kind }) => kind !== 'reversal')
        .map(({ state }) => state);
    assert.deepEqual(states(), ['held', 'voided', 'posted']);
    for (const again of [false, true]) {
      assert.equal(bench.code(reversal('000003', 9000, LIKE['completion-void'])), '00', String(again));
      assert.deepEqual(states(), ['captured', 'posted', 'reversed']);
    }
    assert.equal(bench.code(reversal('000002', 9000, LIKE.completion)), '00');
    assert.deepEqual(states(), ['held', 'reversed', 'reversed']);
    assert.equal(bench.code(ofHold('pre-auth-void', '000004', 10_000, hold)), '00');
    assert.equal(bench.code(reversal('000004', 10_000, LIKE['pre-auth-void'])), '00');
    assert.deepEqual(states(), ['held', 'reversed', 'reversed', 'reversed']);
    assert.equal(bench.code(reversal('000001', 10_000, LIKE['pre-auth'])), '00');
    assert.deepEqual(states(), ['reversed', 'reversed', 'reversed', 'reversed']);
    assert.equal(bench.code(ofHold('completion', '000005', 9000, hold)), '12');
    assert.equal(bench.ask(settlement(totals48(0, 0))).fields['48.5'], '1');
  });

  it('that overtakes its original keeps it from being held', () => {
    const bench = signedOn();
    assert.equal(bench.code(reversal('000001', 10_000, LIKE['pre-auth'])), '25');
    assert.equal(bench.code(preAuth('000001', 10_000)), '12');
    assert.deepEqual(bench.states(), ['reversal refused 25', 'pre-auth refused 12']);
  });
});
