import assert from 'node:assert/strict';
import type { Receipt } from '../../../rig/model/receipt.ts';
import { tillReceipts } from '../receipts-bus.ts';
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

  it('ecr17: receipts come to a till that prints, behind the result, as text in its styles', async () => {
    const receipts: Receipt[] = [];
    tillReceipts(lab.context).want((receipt) => receipts.push(receipt));
    const at = await lab.plug('ecr17', 'tcp');
    const till = await tillDriver().open({ protocol: 'ecr17', at, currency: 'CNY' }, lab.context);
    const amount = { minor: 3680, currency: 'CNY' };
    const [paid] = await Promise.all([till.order({ kind: 'sale', amount }), lab.cardAndPin()]);
    assert.equal(paid.outcome, 'approved');
    await lab.terminal.until(/^READY/);
    assert.equal((await till.order({ kind: 'settlement' })).outcome, 'approved');
    const texts = receipts.map(({ runs }) => runs.map(({ text }) => text).join('\n'));
    assert.equal(texts.length, 3, texts.join('\n---\n'));
    assert.match(texts[0] ?? '', /MERCHANT COPY/);
    assert.match(texts[1] ?? '', /CARDHOLDER COPY/);
    assert.match(texts[2] ?? '', /SETTLEMENT/);
    const large = receipts[0]?.runs.find(({ scaleY, text }) => scaleY > 1 && text.includes('RMB'));
    assert.match(large?.text ?? '', /36\.80/);
    // A protocol that tells no receipts says so, before any money moves.
    const alone = await tillDriver().open({ protocol: 'caisse-ap', at, currency: 'CNY' }, lab.context);
    await assert.rejects(alone.order({ kind: 'sale', amount }), { code: 'TERMINAL_UNSUPPORTED' });
    await till.close();
  });
});
