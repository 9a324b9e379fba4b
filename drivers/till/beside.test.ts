import assert from 'node:assert/strict';
import { tillDriver } from './ecr/driver.ts';
import * as printer from './till-printer.ts';
import * as display from './till-status.ts';

const why = (protocol: string, others: Readonly<Record<string, string>>) =>
  tillDriver(protocol).besides?.({ currency: 'CNY' }, others, (path) => path);

describe('a till beside planes that see by it alone', () => {
  it('says which protocol tells no states, and which no receipts', () => {
    assert.match(why('concert', { display: 'till-status' }) ?? '', /concert has no message about what/);
    assert.match(
      why('transbank', { display: 'till-status' }) ?? '',
      /none of the states that transbank tells/,
    );
    assert.match(why('caisse-ap', { printer: 'till-receipts' }) ?? '', /caisse-ap tells no receipts/);
    assert.equal(why('ecr17', { printer: 'till-receipts' }), undefined);
    assert.equal(why('concert', { display: 'line-screen', printer: 'escpos-serial' }), undefined);
  });

  it('is what they need', () => {
    for (const plane of [display, printer]) {
      assert.match(plane.besides(undefined, {}) ?? '', /no till plane/);
      assert.equal(plane.besides(undefined, { till: 'zvt' }), undefined);
    }
  });
});
