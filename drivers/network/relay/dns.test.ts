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

  it('give addresses of both families, each to who asks for it; wrong ones too', async () => {
    const six = await RelayRig.open({
      dns: {
        listen: { host: '127.0.0.1', port: 0 },
        name: NAME,
        addresses: ['127.0.0.1', '::1', '2001:db8::ff00:7', '::ffff:10.0.0.5'],
      },
    });
    try {
      resolver.setServers([six.relay.facts['dns'] ?? '']);
      assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.1']);
      assert.deepEqual(await resolver.resolve6(NAME), ['::1', '2001:db8::ff00:7', '::ffff:10.0.0.5']);
      const wrong = await six.arm('dns how=wrong-address');
      assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.2']);
      assert.deepEqual(new Set(await resolver.resolve6(NAME)), new Set(['100::1']));
      await wrong.heal();
      const other = await six.arm('dns how=wrong-address address=2001:db8::9');
      assert.deepEqual(await resolver.resolve6(NAME), ['2001:db8::9']);
      await other.heal();
    } finally {
      await six.close();
    }
  });

  it('need to be told the address of a relay that listens everywhere', async () => {
    const everywhere = { host: '0.0.0.0', port: 0 };
    await assert.rejects(
      RelayRig.open({ listen: everywhere, dns: { listen: everywhere, name: NAME } }),
      /what the name resolves to is not known/,
    );
    const known = await RelayRig.open({
      listen: everywhere,
      dns: { listen: { host: '127.0.0.1', port: 0 }, name: NAME },
    });
    resolver.setServers([known.relay.facts['dns'] ?? '']);
    assert.deepEqual(await resolver.resolve4(NAME), ['127.0.0.1']);
    await known.close();
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
        if (question)
          assert.ok(writeAnswer(question, { do: 'address', addresses: ['127.0.0.1', '::1'] }).length > 12);
      }),
    );
    const loop = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c, 0, 1, 0, 1);
    assert.equal(readQuestion(loop), undefined);
  });
});
