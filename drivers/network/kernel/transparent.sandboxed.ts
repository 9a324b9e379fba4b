import assert from 'node:assert/strict';
import { hangUp } from '../relay/testing/peers.ts';
import { command } from './command.ts';
import { takeInventory } from './inventory.ts';
import { openDialled } from './testing/dialled.ts';
import { RESPONSE, tableOf } from './testing/path.ts';

describe('an address that is configured in the terminal', () => {
  afterEach(async () => {
    hangUp();
    assert.deepEqual(await takeInventory(), []);
  });

  it('TPROXY takes packets as they are: nothing is translated, faults hit and are proved, a refusal is one', async () => {
    const { path, dialled, done } = await openDialled('tproxy');
    const response = Buffer.from(RESPONSE).toString('hex');
    assert.equal(await dialled(), response);
    const withheld = await path.arm('withhold-ack@response.leaving on=sale');
    assert.equal(await dialled(), response);
    const proof = await withheld.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.match(proof.summary, /200 bytes to the terminal stood unacknowledged/);
    for (const layer of ['relay', 'kernel'] as const) {
      const refusal = await path.plane.arm({ at: 'connect', do: 'refuse', nth: 1, heal: 'never', layer });
      assert.equal(await dialled(), 'ECONNREFUSED', layer);
      assert.equal((await refusal.heal()).state, 'in-force', layer);
      assert.equal(await dialled(), response, layer);
    }
    const lost = path.recorder.saw(
      (event) => event.type === 'note' && /leads 203\.0\.113\.10:8583/.test(event.text),
    );
    await command('nft', ['flush', 'chain', 'inet', tableOf(path.plane), 'transparent']);
    await lost;
    await done();
    assert.doesNotMatch(await command('ip', ['rule']), /fwmark/);
  });
});
