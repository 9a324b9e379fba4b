import assert from 'node:assert/strict';
import { openTillLab, type TillLab } from '../testing/lab.ts';
import { tillDriver } from './driver.ts';

/** Protocols, and what they are spoken over here; together: every layout, framing and handshake. */
const TILLS = [
  ['transbank', 'serial'],
  ['ecr17', 'tcp'],
  ['ecr17', 'serial'],
  ['concert', 'serial'],
  ['caisse-ap', 'tcp'],
  ['caisse-ap', 'serial'],
  ['example-mis', 'serial'],
  ['example-mis', 'tcp'],
] as const;

describe('tills and the virtual terminal', () => {
  let lab: TillLab;
  before(async () => {
    lab = await openTillLab();
  });
  after(() => lab.close());

  for (const [i, [protocol, over]] of TILLS.entries()) {
    it(`${protocol}, ${over}: pays, is cancelled, takes back, closes the day`, async () => {
      const at = await lab.plug(protocol, over);
      const till = await tillDriver().open({ protocol, at, currency: 'CNY' }, lab.context);
      // Every payment has an amount of its own, and one of them is full of DLE.
      const minor = 1010 + i;
      const before = lab.money().length;
      const amount = { minor, currency: 'CNY' };
      const [paid] = await Promise.all([till.order({ kind: 'sale', amount }), lab.cardAndPin()]);
      assert.deepEqual([paid.outcome, paid.amount], ['approved', amount]);
      assert.deepEqual(lab.money().slice(before), [`sale posted ${minor}`]);
      await lab.terminal.until(/^READY/);

      const cancelled = till.order({ kind: 'sale', amount: { minor: 2000 + i, currency: 'CNY' } });
      await lab.terminal.until('INSERT/SWIPE/TAP');
      await lab.terminal.press('cancel');
      assert.equal((await cancelled).outcome, 'declined');
      assert.equal(lab.money().length, before + 1);

      const stan = lab.host.ledger().at(-1)?.stan ?? '';
      if (paid.stan !== undefined) assert.equal(paid.stan, stan);
      if (till.orders?.includes('void')) {
        const [voided] = await Promise.all([till.order({ kind: 'void', receipt: stan }), lab.cardAndPin()]);
        assert.equal(voided.outcome, 'approved');
      }
      if (till.orders?.includes('settlement')) {
        assert.equal((await till.order({ kind: 'settlement' })).outcome, 'approved');
        assert.equal(lab.terminal.memory.transactions.length, 0);
      }
      assert.deepEqual(
        till
          .records()
          .map(({ kind, outcome }) => `${kind} ${outcome}`)
          .slice(0, 2),
        ['sale approved', 'sale declined'],
      );
      await till.close();
      await lab.terminal.until(/^READY/);
    });
  }
});
