import assert from 'node:assert/strict';
import type { TillFault } from '../../rig/model/till-fault.ts';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { ecrTill } from '../virtual/till/till-port.ts';
import { makeTill } from './ecr/driver.ts';
import { loadProtocol } from './protocol-file.ts';
import { paperTerminal, paperWire } from './testing/paper-terminal.ts';

const RECORDER = {
  record: () => undefined,
  attach: (name: string, mime: string) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
};

/** Without a question that the till can ask afterwards it must say that it does not know. */
const CANNOT_ASK = ['concert'];

/** A payment before, the payment that is struck, one after: what the till believes, and what the terminal has. */
async function struck(protocolName: string, serial: boolean, fault: TillFault | undefined) {
  const clock = manualClock();
  const terminal = paperTerminal(clock);
  const protocol = loadProtocol(protocolName);
  const wire = paperWire(serial, terminal, clock, ecrTill(protocol));
  let said = { till: 0, terminal: 0 };
  const till = makeTill(protocol, { currency: 'CNY' }, { clock, recorder: RECORDER }, async () => {
    const stream = await wire();
    said = { till: 0, terminal: 0 };
    const counted = said;
    return {
      ...stream,
      write: (bytes) => {
        counted.till += bytes.length;
        stream.write(bytes);
      },
      onData: (listener) =>
        stream.onData((bytes) => {
          counted.terminal += bytes.length;
          listener(bytes);
        }),
    };
  });
  const order = async (minor: number) => {
    let done = false;
    const ordered = till.order({ kind: 'sale', amount: { minor, currency: 'CNY' } }).finally(() => {
      done = true;
    });
    ordered.catch(() => {});
    for (let waited = 0; !done && waited < 2_000_000; waited += 5000) await clock.advance(5000);
    assert.ok(done, `${protocolName}: the till waits for ever`);
    return ordered;
  };
  const first = await order(100);
  assert.equal(first.outcome, 'approved');
  const armed = fault && till.arm?.(fault);
  const second = await order(250);
  const lengths = said;
  armed?.heal();
  const third = await order(300);
  // A terminal that nobody asks is still busy telling the lost result, and refuses; it must not have charged then.
  const refused = third.outcome === 'declined' && CANNOT_ASK.includes(protocolName);
  if (!refused) assert.equal(third.outcome, 'approved', `${protocolName}: the till does not work any more`);
  assert.equal(terminal.book.filter(({ amount }) => amount === 300).length, refused ? 0 : 1);
  const times = terminal.book.filter(({ amount }) => amount === 250).length;
  return { second, times, proof: armed?.proof(), lengths };
}

const LINKS = [
  ['transbank', true],
  ['ecr17', true],
  ['ecr17', false],
  ['caisse-ap', true],
  ['caisse-ap', false],
  ['concert', true],
  ['example-mis', true],
  ['example-mis', false],
] as const;

/** Behind every byte with `TILL_SWEEP=all`; else behind some of them, which are the same each time. */
const ALL = process.env['TILL_SWEEP'] === 'all';
const STRIDE = ALL ? 1 : 61;
const OFFSET = ALL ? 0 : 5;

describe('faults on the cable of a till', () => {
  it('what a bad line does to bytes never strikes on TCP, and says so', async () => {
    const { second, proof } = await struck('caisse-ap', false, { at: 'till.byte(3)', do: 'garbage' });
    assert.equal(second.outcome, 'approved');
    assert.equal(proof?.state, 'not-in-force');
  });

  for (const [name, serial] of LINKS) {
    const over = serial ? 'serial' : 'TCP';
    it(`${name}, ${over}: out behind any byte, either way, for 5 s or 100 s: the till then believes what the terminal has`, async () => {
      const { lengths } = await struck(name, serial, undefined);
      const beliefs = new Set<string>();
      for (const end of ['till', 'terminal'] as const) {
        assert.ok(lengths[end] > 8, `${end} says ${lengths[end]} bytes`);
        for (let byte = OFFSET; byte <= lengths[end]; byte += STRIDE) {
          const lasts = byte % 2 === 0 ? '5 s' : '100 s';
          const at = `${end}.byte(${byte})`;
          const { second, times, proof } = await struck(name, serial, { at, do: 'cut', for: lasts });
          assert.equal(proof?.state, 'in-force', at);
          assert.ok(times <= 1, `${at}: charged ${times} times`);
          beliefs.add(second.outcome);
          if (second.outcome === 'unknown' && CANNOT_ASK.includes(name)) continue;
          assert.equal(second.outcome, times === 1 ? 'approved' : 'declined', `${at}, ${lasts}`);
        }
      }
      if (!CANNOT_ASK.includes(name)) assert.ok(beliefs.has('approved'), [...beliefs].join());
    });

    // The longest conversations take the longest: a full sweep has them.
    if (name === 'ecr17' && !ALL) continue;
    for (const does of ['garbage', 'nak', 'repeat', 'late-ack', 'baud-mismatch', 'restart'] as const) {
      // What a bad line does to bytes cannot happen on TCP.
      if (!serial && ['garbage', 'nak', 'baud-mismatch'].includes(does)) continue;
      it(`${name}, ${over}: ${does}, here and there`, async () => {
        const { lengths } = await struck(name, serial, undefined);
        for (const end of ['till', 'terminal'] as const) {
          for (let byte = 0; byte <= lengths[end]; byte += ALL ? 7 : 151) {
            const at = `${end}.byte(${byte})`;
            const lasting = does === 'baud-mismatch' || does === 'restart' ? ({ for: '8 s' } as const) : {};
            const { second, times } = await struck(name, serial, { at, do: does, ...lasting });
            assert.ok(times <= 1, `${at}: charged ${times} times`);
            if (second.outcome === 'unknown' && CANNOT_ASK.includes(name)) continue;
            assert.equal(second.outcome, times === 1 ? 'approved' : 'declined', at);
          }
        }
      });
    }
  }
});
