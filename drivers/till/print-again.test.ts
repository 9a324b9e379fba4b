import assert from 'node:assert/strict';
import type { TerminalBody } from '../virtual/terminal/body.ts';
import { escposWriter } from '../virtual/terminal/escpos-writer.ts';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { ecrTill, zvtTill } from '../virtual/till/till-port.ts';
import { makeTill } from './ecr/driver.ts';
import { loadProtocol } from './protocol-file.ts';
import { paperTerminal, paperWire } from './testing/paper-terminal.ts';
import { makeZvtTill } from './zvt/driver.ts';

const RECORDER = {
  record: () => {},
  attach: (name: string, mime: string) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
};
const slip = () => escposWriter().heading('商户存根 MERCHANT COPY', 'bold').cut().bytes();

/** A sale at a till that prints: whether each receipt that it got had been asked for again. */
async function receiptsOf(protocol: 'zvt' | 'ecr17', restart: boolean): Promise<boolean[]> {
  const clock = manualClock();
  const { till: inner } = paperTerminal(clock);
  const till: TerminalBody['till'] = {
    ...inner,
    get state() {
      return inner.state;
    },
    request: (wanted) => {
      const print = () => (typeof wanted.paper === 'function' ? wanted.paper(slip()) : undefined);
      const onOver = () => void Promise.resolve(print()).then(wanted.onOver);
      if (wanted.operation !== 'reprint') return inner.request({ ...wanted, onOver });
      clock.after(100, onOver);
      return true;
    },
  };
  const got: boolean[] = [];
  const bus = {
    ...{ wanted: true, underWay: false },
    publish: (_: unknown, __: number, again = false) => void got.push(again),
  };
  const options = { tcp: 'paper:1', baud: 9600, password: '000000', currency: 'CNY' };
  const context = { clock, recorder: RECORDER, bus, columns: 32 };
  const attach = protocol === 'zvt' ? zvtTill() : ecrTill(loadProtocol(protocol));
  const wire = paperWire(false, { till }, clock, attach);
  const plane =
    protocol === 'zvt'
      ? makeZvtTill(options, context, wire)
      : makeTill(loadProtocol(protocol), { currency: 'EUR', tcp: 'paper:1' }, context, wire);
  const fault = restart && plane.arm?.({ at: 'result', do: 'restart', for: '20 s' });
  let outcome: string | undefined;
  void plane.order({ kind: 'sale', amount: { minor: 250, currency: 'CNY' } }).then((record) => {
    outcome = record.outcome;
  });
  for (let waited = 0; outcome === undefined && waited < 600_000; waited += 1000) await clock.advance(1000);
  assert.equal(outcome, 'approved');
  if (fault) assert.equal(fault.proof().state, 'in-force');
  return got;
}

for (const protocol of ['zvt', 'ecr17'] as const)
  describe(`a till that prints (${protocol})`, () => {
    it('prints the receipt of a sale as it comes', async () => {
      assert.deepEqual(await receiptsOf(protocol, false), [false]);
    });

    it('has the receipt of a sale that it had to ask about printed again, and says so', async () => {
      assert.deepEqual(await receiptsOf(protocol, true), [true]);
    });
  });
