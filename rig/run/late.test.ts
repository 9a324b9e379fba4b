import assert from 'node:assert/strict';
import type { ArmedFault, CapturedSlip, HostExchange } from '../bench/planes.ts';
import type { Fault, FaultProof } from '../model/fault.ts';
import { lateIn, latePaperIn } from './late.ts';
import { madeIn, type StepRecord, stanOf } from './step-record.ts';

const cny = (minor: number) => ({ minor, currency: 'CNY' });

const sent = (stan: string, minor: number, kind: HostExchange['request']['kind'] = 'sale'): HostExchange => ({
  request: { kind, direction: 'request', mti: '0200', stan, amount: cny(minor), fields: [] },
  region: 'wuxi',
  checks: {},
  at: 0,
});

/** A fault that a sale has set off. */
const fault = (action: Fault['do'], stan?: string): ArmedFault => {
  const proof = {
    fault: { do: action },
    ...(stan === undefined ? {} : { trigger: { kind: 'sale', mti: '0200', stan, bytes: 1, at: 0 } }),
  } as unknown as FaultProof;
  return { id: 'f', proof: () => proof, heal: async () => proof };
};

const sale = (
  minor: number,
  exchanges: readonly HostExchange[],
  parts: Partial<StepRecord> = {},
): StepRecord => ({
  step: { number: 1, action: { do: 'sale', amount: '1.00' }, faults: [], cable: [], expect: {} },
  kind: 'sale',
  asked: cny(minor),
  card: undefined,
  outcome: 'no-answer',
  code: undefined,
  screens: [],
  seen: { exchanges, ledger: [], settlements: [], slips: [] },
  moved: 0,
  held: 0,
  faults: [],
  from: 0,
  to: 0,
  took: 0,
  uncertainty: 0,
  ...parts,
});

/** STANs that are late in a sale over `minor`, and the STAN that is the step's own. */
const told = (minor: number, exchanges: readonly HostExchange[], before: readonly StepRecord[]) => {
  const record = sale(minor, exchanges);
  const late = lateIn(record, before);
  return [late.map(({ request }) => request.stan), stanOf({ ...record, late })];
};

describe('a message that comes after its step', () => {
  const lost = sale(2000, [], { faults: [fault('stall', '000001')] });

  it('is told from the step’s own by the fault that held it, of whatever amount it is', () => {
    assert.deepEqual(told(2000, [sent('000001', 2000), sent('000002', 2000)], [lost]), [
      ['000001'],
      '000002',
    ]);
    assert.deepEqual(told(2000, [sent('000001', 2000)], [lost]), [['000001'], undefined]);
  });

  it('is told by its reversal where the fault knew no message', () => {
    const unheard = sale(1250, [], { faults: [fault('stall')] });
    const reversal = sent('000001', 1250, 'reversal');
    for (const own of [2000, 1250]) {
      const exchanges = [sent('000001', 1250), reversal, sent('000002', own)];
      assert.deepEqual(told(own, exchanges, [unheard]), [['000001'], '000002']);
    }
    assert.deepEqual(told(2000, [sent('000001', 1250), sent('000002', 2000)], [unheard]), [[], '000001']);
  });

  it('is not assumed where the terminal itself may have gone wrong', () => {
    const reversal = sent('000002', 1250, 'reversal');
    // An old amount under a number of its own, given up and reversed in its own step.
    const refused = sale(1250, [], { outcome: 'no-connection' });
    assert.deepEqual(told(2000, [sent('000002', 1250), reversal], [refused]), [[], '000002']);
    const unheard = sale(1250, []);
    assert.deepEqual(told(2000, [sent('000002', 1250), reversal], [unheard]), [[], '000002']);
    // A number that was held, arrived in its own step, and is used again.
    const held = sale(2000, [sent('000001', 2000)], { faults: [fault('delay', '000001')] });
    assert.deepEqual(told(2000, [sent('000001', 2000)], [held]), [[], '000001']);
    const copied = sale(2000, [sent('000001', 2000)], { faults: [fault('duplicate', '000001')] });
    assert.deepEqual(told(2000, [sent('000001', 2000)], [copied]), [['000001'], undefined]);
  });

  it('is not assumed of what a fault swallowed: the terminal used that number again', () => {
    const cut = sale(1250, [], { faults: [fault('cut', '000001')] });
    assert.deepEqual(told(2000, [sent('000001', 2000)], [cut]), [[], '000001']);
  });

  it('is not assumed of a wrong amount, nor of a second request, when nothing was missing', () => {
    const whole = sale(2000, [sent('000001', 2000)]);
    assert.deepEqual(told(2000, [sent('000002', 1250)], [whole]), [[], '000002']);
    assert.deepEqual(told(2000, [sent('000002', 2000), sent('000003', 2000)], [whole]), [[], '000002']);
  });

  it('does not make another kind of message late, and a step before it keeps its own', () => {
    const [late] = told(2000, [sent('000001', 2000, 'reversal'), sent('000002', 2000)], [lost]);
    assert.deepEqual(late, []);
    const arrived = sale(2000, [sent('000001', 2000)]);
    assert.equal(madeIn(arrived)?.request.stan, '000001');
  });
});

describe('paper that comes after its step', () => {
  const slip = (copy: CapturedSlip['copy'], stan: string | undefined, parts: Partial<CapturedSlip> = {}) =>
    ({
      copy,
      duplicate: false,
      fields: stan === undefined ? {} : { stan },
      at: 150,
      ...parts,
    }) as CapturedSlip;
  const merchant = slip('merchant', '000049', { at: 50 });
  const sold = (...slips: CapturedSlip[]) =>
    sale(1200, [sent('000049', 1200)], {
      outcome: 'approved',
      to: 100,
      seen: { exchanges: [sent('000049', 1200)], ledger: [], settlements: [], slips },
    });
  const late = (slips: readonly CapturedSlip[], ...before: StepRecord[]) => latePaperIn(slips, before, 1000);

  it('is the copy that was missing, of the step just before, soon after it', () => {
    const customer = slip('customer', '49');
    assert.deepEqual(late([customer], sold(merchant)), [customer]);
    assert.deepEqual(late([slip('customer', '000050')], sold(merchant)), [], 'of another transaction');
    assert.deepEqual(late([slip('customer', undefined)], sold(merchant)), [], 'of none');
    assert.deepEqual(late([customer], sold(merchant), sale(100, [])), [], 'not the step just before');
    assert.deepEqual(late([customer]), []);
  });

  it('is not assumed of what a terminal prints again, or much later', () => {
    const customer = slip('customer', '000049');
    assert.deepEqual(late([customer], sold(merchant, customer)), [], 'a second one of its kind');
    assert.deepEqual(late([customer, slip('customer', '000049')], sold(merchant)), [customer]);
    assert.deepEqual(late([slip('customer', '000049', { duplicate: true })], sold(merchant)), []);
    assert.deepEqual(late([slip('customer', '000049', { at: 1101 })], sold(merchant)), []);
  });
});
