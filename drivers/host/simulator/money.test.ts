import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { signedOn } from '../testing/acquirer-bench.ts';
import { amount12, card, requests, totals48 } from '../testing/terminal.ts';

const { sale, reversal, refund, settlement } = requests;

describe('acquirer: void and refund', () => {
  it('voids a sale once', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12850));
    assert.equal(bench.code(requests.void('000002', original)), '00');
    assert.deepEqual(bench.states(), ['sale voided 00', 'void posted 00']);
    assert.equal(bench.last().of, bench.acquirer.ledger()[0]?.id);
    assert.equal(bench.code(requests.void('000003', original)), '12');
  });

  it('does not void what does not fit the sale', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12850));
    for (const [more, code] of [
      [{ '61': '0000010000091122' }, '25'],
      [{ '4': amount12(12849) }, '12'],
      [{ '37': '000000000000' }, '12'],
      [{ '38': '000000' }, '12'],
      [{ '2': card('debit-2').pan }, '12'],
    ] as const) {
      const stan = `0001${code}`;
      assert.equal(
        bench.code(
          requests.void(`${stan.slice(0, 3)}${Object.keys(more)[0]?.padStart(3, '0')}`, original, more),
        ),
        code,
      );
    }
    assert.equal(bench.acquirer.ledger()[0]?.state, 'posted');
  });

  it('refunds a sale of an earlier day, in parts, and never more than is left', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 10_000));
    bench.acquirer.nextDay();
    assert.equal(bench.code(refund('000002', 6000, original)), '00');
    assert.equal(bench.last().date, '1123');
    assert.equal(bench.code(refund('000003', 4001, original)), '64');
    assert.equal(bench.code(refund('000004', 4000, original)), '00');
    assert.equal(bench.code(refund('000005', 1, original)), '64');
    assert.equal(bench.code(refund('000006', 1, original, { '61': '0000000000001123' })), '25');
    assert.equal(bench.code(refund('000007', 1, original, { '37': '000000000000' })), '25');
    assert.equal(bench.code(refund('000008', 1, original, { '2': card('debit-2').pan })), '12');
    assert.equal(bench.ask(settlement(totals48(10_000, 1, 10_000, 2))).fields['48.5'], '1');
  });

  it('gives no RRN twice, over cut-overs as well', () => {
    const bench = signedOn();
    const seen = new Set<string>();
    for (let i = 1; i <= 30; i++) {
      if (i % 10 === 0) bench.acquirer.nextDay();
      seen.add(bench.ask(sale(String(i).padStart(6, '0'), 100)).fields['37'] ?? '');
    }
    assert.equal(seen.size, 30);
  });
});

describe('acquirer: reversal', () => {
  it('gives the money back once, however often it is sent', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 12850));
    assert.equal(bench.code(reversal('000001', 12850)), '00');
    assert.equal(bench.code(reversal('000001', 12850)), '00');
    assert.deepEqual(bench.states(), ['sale reversed 00', 'reversal posted 00']);
    const entry = bench.last();
    assert.deepEqual(
      [entry.of, entry.reason, entry.booked.minor, entry.pan],
      ['L00001', '98', 12850, '629999*********0012'],
    );
  });

  it('of a void gives the sale its money again', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12850));
    bench.raw(requests.void('000002', original));
    assert.equal(bench.code(reversal('000002', 12850, { '3': '200000', '60': '2300000100060' })), '00');
    assert.deepEqual(bench.states(), ['sale posted 00', 'void reversed 00', 'reversal posted 00']);
    assert.equal(bench.code(requests.void('000003', original)), '00');
  });

  it('of an unknown original moves nothing, and an original that it overtook is not posted', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 12850));
    assert.equal(bench.code(reversal('000002', 12850)), '25');
    assert.equal(bench.code(sale('000002', 12850)), '12');
    assert.deepEqual(bench.states(), ['sale posted 00', 'reversal refused 25', 'sale refused 12']);
  });

  it('is refused when it does not fit its original, with a wrong MAC, and for what was declined or voided', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12850));
    assert.equal(bench.code(reversal('000001', 1)), '12');
    assert.equal(bench.code(reversal('000001', 12850, { '2': '6299990000000000020' })), '12', 'another card');
    assert.equal(bench.code(reversal('000001', 12850, { '3': '200000', '60': '2300000100060' })), '12');
    assert.equal(bench.code(reversal('000001', 12850), Buffer.alloc(8, 0x31)), 'A0');
    assert.equal(bench.acquirer.ledger()[0]?.state, 'posted');
    bench.raw(requests.void('000002', original));
    assert.equal(bench.code(reversal('000001', 12850)), '12');
    bench.policy({ 'single-limit': { amount: 1 } }).raw(sale('000003', 200));
    assert.equal(bench.code(reversal('000003', 200)), '12');
  });

  it('is heard after sign-off and after the batch was settled', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 100));
    bench.raw(settlement(totals48(0, 0)));
    bench.raw(requests.signOff());
    assert.equal(bench.code(reversal('000001', 100)), '00');
    assert.equal(bench.acquirer.ledger()[0]?.state, 'reversed');
  });
});

describe('acquirer: money', () => {
  it('is moved by nothing but approvals, whatever is sent in whatever order', () => {
    const stan = fc.integer({ min: 1, max: 4 }).map((n) => String(n).padStart(6, '0'));
    const minor = fc.constantFrom(100, 200, 300);
    const step = fc.oneof(
      fc.tuple(fc.constant('sale' as const), stan, minor),
      fc.tuple(fc.constant('reversal' as const), stan, minor),
      fc.tuple(fc.constant('void' as const), stan, minor),
      fc.tuple(fc.constant('refund' as const), stan, minor),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const bench = signedOn();
        // An independent account: what the answers say has moved.
        const sales = new Map<
          string,
          { reply: DecodedMessage; minor: number; refunded: number; state: string }
        >();
        for (const [kind, number, amount] of steps) {
          const known = sales.get(number);
          if (kind === 'sale') {
            const reply = bench.ask(sale(number, amount));
            if (reply.fields['39'] === '00')
              sales.set(number, { reply, minor: amount, refunded: 0, state: 'posted' });
          } else if (kind === 'reversal') {
            if (bench.code(reversal(number, amount)) === '00' && known) known.state = 'reversed';
          } else if (known) {
            const own = `1${number.slice(1)}`.slice(0, 2) + String(bench.at).slice(-4).padStart(4, '0');
            const request =
              kind === 'void' ? requests.void(own, known.reply) : refund(own, amount, known.reply);
            if (bench.code(request) !== '00') continue;
            if (kind === 'void') known.state = 'voided';
            else known.refunded += amount;
          }
        }
        for (const [number, known] of sales) {
          const entry = bench.acquirer
            .ledger()
            .find((e) => e.kind === 'sale' && e.stan === number && e.state !== 'refused');
          assert.equal(entry?.state, known.state);
          assert.ok(known.refunded <= known.minor);
        }
        const sum = (kind: string, states: string[]) =>
          bench.acquirer
            .ledger()
            .filter((e) => e.kind === kind && states.includes(e.state))
            .reduce((total, e) => total + e.booked.minor, 0);
        const standing = [...sales.values()].filter(({ state }) => state !== 'reversed');
        assert.equal(
          sum('sale', ['posted', 'voided']),
          standing.reduce((total, known) => total + known.minor, 0),
        );
        assert.equal(sum('sale', ['declined', 'refused']), 0);
      }),
      { numRuns: 100 },
    );
  });
});
