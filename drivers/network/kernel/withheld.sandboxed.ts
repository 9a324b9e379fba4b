import assert from 'node:assert/strict';
import { takeInventory } from './inventory.ts';
import { withholdAcknowledgements } from './testing/withheld.ts';

describe('withheld acknowledgement, by gate, arm, confirm, release', () => {
  for (const tls of [false, true]) {
    it(tls ? 'under TLS' : 'plain', async () => {
      const { proved, holds } = await withholdAcknowledgements(5, tls);
      assert.equal(proved, 5);
      assert.equal(holds.length, 5);
      assert.deepEqual(await takeInventory(), []);
    });
  }
});
