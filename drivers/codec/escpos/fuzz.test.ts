import assert from 'node:assert/strict';
import { fuzz } from './escpos.fuzz.ts';

describe('codec: escpos fuzzer', function () {
  this.timeout(120_000);
  it('finds nothing in a short run', async () => {
    const { receipts } = await fuzz({ count: 1000, seed: 5 });
    assert.ok(receipts > 500, `${receipts} receipts`);
  });
});
