import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../rig/model/book.ts';
import { Ledger } from './ledger.ts';

const entry = (n: number, more: Partial<LedgerEntry> = {}): Omit<LedgerEntry, 'id'> => ({
  kind: 'sale',
  state: 'posted',
  terminal: '30001001',
  merchant: '898320400000001',
  stan: String(n).padStart(6, '0'),
  batch: '000001',
  rrn: String(n).padStart(12, '0'),
  authCode: String(n).padStart(6, '0'),
  responseCode: '00',
  requested: { minor: 100, currency: 'CNY' },
  booked: { minor: 100, currency: 'CNY' },
  pan: '',
  region: 'wuxi',
  date: '1122',
  at: n,
  ...more,
});
const key = (n: number, batch = '000001') => ({
  terminal: '30001001',
  batch,
  stan: String(n).padStart(6, '0'),
});

describe('ledger that forgets', () => {
  it('keeps open batches whole, and holds that stand', () => {
    const ledger = new Ledger(10);
    const hold = ledger.write(entry(1, { kind: 'pre-auth', state: 'held' }), { pan: '1' });
    for (let n = 2; n <= 15; n++) ledger.write(entry(n), { pan: '1' });
    ledger.close('30001001', '000001');
    for (let n = 16; n <= 60; n++) ledger.write(entry(n, { batch: '000002' }), { pan: '1' });
    assert.equal(ledger.entries().length, 46);
    assert.equal(ledger.find(key(5)), undefined);
    assert.equal(ledger.find(key(16, '000002'))?.entry.id, 'L00016');
    assert.equal(ledger.totals('30001001', '000002', 'CNY').debitCount, 45);
    assert.equal(ledger.findHold(hold.entry.merchant, '1', '000001')?.entry.id, 'L00001');
    ledger.capture(hold);
    assert.equal(ledger.entries()[0]?.state, 'captured');
    assert.equal(ledger.write(entry(61), { pan: '1' }).entry.id, 'L00061');
  });

  it('stays small however much is written', () => {
    const ledger = new Ledger(10);
    for (let n = 1; n <= 1000; n++) {
      const batch = String(n).padStart(6, '0');
      ledger.write(entry(n, { batch }), { pan: '1' });
      ledger.close('30001001', batch);
      assert.ok(ledger.entries().length <= 20);
    }
    assert.equal(ledger.entries().at(-1)?.id, 'L01000');
    assert.equal(ledger.find(key(1000, '001000'))?.entry.id, 'L01000');
  });

  it('forgets nothing unless told to', () => {
    const ledger = new Ledger();
    for (let n = 1; n <= 1000; n++) {
      ledger.write(entry(n, { batch: String(n) }), { pan: '1' });
      ledger.close('30001001', String(n));
    }
    assert.equal(ledger.entries().length, 1000);
  });
});
