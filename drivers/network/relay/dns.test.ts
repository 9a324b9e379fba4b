import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import fc from 'fast-check';
import { readQuestion, writeAnswer } from './dns.ts';
import { dial, frameOf } from './testing/peers.ts';
import { RelayRig } from './testing/relay-rig.ts';

const NAME = 'acquirer.posrig.test';

describe('look-ups at the relay', () => {
  let rig: RelayRig;
  let resolver: Resolver;
  beforeEach(async () => {
    rig = await RelayRig.open({ dns: { listen: { host: '127.0.0.1', port: 0 }, name: NAME } });
    resolver = new Resolver({ timeout: 300, tries: 1 });
    resolver.setServers([rig.relay.facts['dns'] ?? '']);
  });
  afterEach(async () => {
    resolver.cancel();
    await rig.close();
  });

  it('of the name give the relay, of other names nothing', async () => {
    assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.1']);
    await assert.rejects(resolver.resolve4('example.org'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6(NAME), { code: 'ENODATA' });
  });

  it('fail as asked, every one until healed, and say so', async () => {
    const nxdomain = await rig.arm('dns@connect how=nxdomain');
    assert.equal(nxdomain.proof().state, 'not-in-force');
    for (let i = 0; i < 2; i++) await assert.rejects(resolver.resolve4(NAME), { code: 'ENOTFOUND' });
    assert.equal((await nxdomain.heal()).state, 'in-force');
    const timeout = await rig.arm('dns how=timeout');
    await assert.rejects(resolver.resolve4(NAME), { code: 'ETIMEOUT' });
    assert.equal((await timeout.heal()).state, 'in-force');
    const wrong = await rig.arm('dns how=wrong-address address=127.0.0.9');
    assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.9']);
    assert.equal((await wrong.heal()).state, 'in-force');
    assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.1']);
  });

  it('that nobody makes leave the fault unproved, even when somebody connects by address', async () => {
    const fault = await rig.arm('dns how=nxdomain');
    const terminal = await dial(rig.relay.address);
    terminal.socket.write(frameOf({ mti: '0200' }));
    await (await rig.host.peer(0)).bytes(200);
    const proof = await fault.heal();
    assert.equal(proof.state, 'not-in-force');
    assert.match(proof.summary, /no look-up came/);
  });

  it('survive whatever comes as a packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (packet) => {
        const question = readQuestion(packet);
        if (question) assert.ok(writeAnswer(question, { do: 'address', address: '127.0.0.1' }).length > 12);
      }),
    );
    const loop = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c, 0, 1, 0, 1);
    assert.equal(readQuestion(loop), undefined);
  });
});
