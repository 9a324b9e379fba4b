import assert from 'node:assert/strict';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { wouldCut } from './control.ts';
import { kernel } from './index.ts';
import { captureRules, rulesOf, sightingRules } from './packet-rules.ts';
import { goneBy } from './recovery.ts';
import { StandingFault } from './standing-fault.ts';
import { readSs } from './tcp-state.ts';
import { itInSandbox } from './testing/in-sandbox.ts';

describe('kernel layer', () => {
  itInSandbox(
    'puts packet faults in force by nftables, proves them and leaves nothing behind',
    'drivers/network/kernel/plane.sandboxed.ts',
    19,
    ['nft', 'nft-nat', 'nft-payload', 'nft-reset', 'ss', 'local-route', 'policy-routing'],
  );

  itInSandbox(
    'withholds acknowledgements in every run, under TLS too',
    'drivers/network/kernel/withheld.sandboxed.ts',
    2,
    ['nft', 'ss'],
  );

  itInSandbox(
    'takes what the terminal dials as it is, by TPROXY',
    'drivers/network/kernel/transparent.sandboxed.ts',
    1,
    ['nft', 'nft-reset', 'ss', 'veth', 'policy-routing', 'tproxy'],
  );

  it('checks its options together with those of the relay', () => {
    const right = { listen: '127.0.0.1:0', to: '127.0.0.1:1', dialect: 'unionpay-pos' };
    assert.ok(kernel.options.safeParse(right).success);
    assert.ok(
      kernel.options.safeParse({
        ...right,
        exits: { chengdu: { interface: 'wg-chengdu', gateway: '10.9.0.1' } },
      }).success,
    );
    for (const wrong of [
      { to: 'nowhere' },
      { lisen: 'x' },
      { exits: { wuxi: {} } },
      { exits: { wuxi: { interface: 'a; rm -rf' } } },
      { terminal: { dials: '203.0.113.10:8583' } },
      { terminal: { interface: 'eth1', dials: 'name:8583' } },
    ]) {
      const result = kernel.options.safeParse({ ...right, ...wrong });
      assert.equal(result.success, false, JSON.stringify(wrong));
    }
  });

  it('says of a bench file which faults it can never do', () => {
    const why = (text: string, options: object) => kernel.contradicts?.({ ...options }, parseFault(text));
    const plain = { listen: '127.0.0.1:0', to: '127.0.0.1:1', dialect: 'unionpay-pos' };
    const path = { ...plain, path: { terminal: 't', through: 'p', exit: 'x', subnet: 's' } };
    assert.equal(why('cut@response.leaving layer=kernel', plain), undefined);
    assert.equal(why('fin@response.leaving', plain), undefined);
    assert.equal(why('loss@response share=5', plain), undefined);
    assert.match(why('loss@response share=5 burst=4', plain) ?? '', /no packet layer.*in bursts/);
    assert.match(why('delay@connect for=1s layer=packet', plain) ?? '', /no packet layer/);
    assert.equal(why('delay@connect for=1s layer=packet', path), undefined);
    assert.match(why('handover@request.last-byte access=4g layer=kernel', plain) ?? '', /cannot do handover/);
    assert.equal(why('handover@request.last-byte access=4g layer=kernel', path), undefined);
    const through = { ...plain, tls: 'pass-through', exits: {} };
    assert.match(why('truncate@response.byte(9)', through) ?? '', /under TLS that passes through/);
  });

  it('reads what ss says, and passes over what it does not know', () => {
    const [state, ...others] = readSs(
      'ESTAB 0 200 127.0.0.1:8583 [::ffff:127.0.0.1]:40000 cubic rto:204 unacked:1 retrans:1/3 rcv_space:1\n' +
        'nonsense\nESTAB x y z\n',
    );
    assert.deepEqual(others, []);
    assert.deepEqual(state, {
      state: 'ESTAB',
      local: { address: '127.0.0.1', port: 8583 },
      remote: { address: '127.0.0.1', port: 40000 },
      unacknowledged: 200,
      retransmissions: 3,
    });
  });

  const place = {
    listen: { address: '203.0.113.10', port: 8583 },
    socket: { address: '203.0.113.10', port: 8583 },
    interface: 'eth1',
    hosts: [{ addresses: ['198.51.100.1'], port: 9000 }],
  };

  it('meets only packets of the terminal’s interface, address and port', () => {
    const rules = rulesOf({ at: 'response.leaving', do: 'cut', nth: 1, heal: 'never' }, place, undefined);
    for (const { text } of rules.filter((rule) => rule.text.includes('8583'))) {
      assert.match(text, /^[io]ifname "eth1" ip [sd]addr 203\.0\.113\.10 tcp [sd]port 8583 counter drop$/);
    }
    for (const { text } of rules.filter((rule) => !rule.text.includes('8583'))) {
      assert.match(text, /ip [sd]addr 198\.51\.100\.1 tcp [sd]port 9000 counter drop$/);
    }
    assert.equal(rules.length, 5);
  });

  it('meets packets on the way to every entry point of the acquirer; those of one connection by its own end', () => {
    const hosts = [
      ...place.hosts,
      { addresses: ['198.51.100.2'], port: 9001 },
      { addresses: ['::1'], port: 9 },
    ];
    const cut = { at: 'response.leaving', do: 'cut', nth: 1, heal: 'never' } as const;
    const all = rulesOf(cut, { ...place, hosts }, undefined).map(({ text }) => text);
    for (const { addresses, port } of hosts) {
      const met = all.filter(
        (text) => text.includes(`addr ${addresses[0]} tcp`) && text.includes(`port ${port} `),
      );
      assert.deepEqual(
        new Set(met.map((text) => / [sd]addr/.exec(text)?.[0])),
        new Set([' saddr', ' daddr']),
      );
    }
    const ends = {
      terminal: { address: '198.18.0.2', port: 40000 },
      host: { address: '127.0.0.12', port: 40001 },
    };
    const own = rulesOf({ ...cut, do: 'stall' }, { ...place, hosts }, ends).map(({ text }) => text);
    assert.ok(
      own.every((text) => /port 4000[01] counter drop$/.test(text)),
      own.join('\n'),
    );
    assert.ok(own.every((text) => !text.includes('ip6')));
  });

  it('meets packets of IPv6 by their own words', () => {
    const six = {
      listen: { address: '2001:db8::10', port: 8583 },
      socket: { address: 'fd00::1', port: 40001 },
      interface: 'eth1',
      hosts: [{ addresses: ['2001:db8::1', '2001:db8::2'], port: 9000 }],
    };
    const rules = rulesOf({ at: 'response.leaving', do: 'cut', nth: 1, heal: 'never' }, six, undefined);
    assert.ok(rules.every(({ text }) => /ip6 [sd]addr/.test(text) && !/\bip [sd]addr/.test(text)));
    assert.match(rules.at(-1)?.text ?? '', /\{ 2001:db8::1, 2001:db8::2 \}/);
    assert.equal(
      captureRules(six)[0]?.text,
      'iifname "eth1" ip6 daddr 2001:db8::10 tcp dport 8583 counter dnat ip6 to [fd00::1]:40001',
    );
    const dials = { interface: 'eth1', dials: '[2001:db8::10]:8583' };
    const stated = { listen: '[fd00::1]:0', to: '[2001:db8::1]:9000', dialect: 'unionpay-pos' };
    assert.ok(kernel.options.safeParse({ ...stated, terminal: dials }).success);
  });

  it('does not vouch for a fault that the machine healed much later than was asked', () => {
    const stood = (ms: number) => {
      const cut = parseFault('cut@response.leaving heal=5s');
      const fault = new StandingFault('kernel-1', cut, 0, 'kernel', 'in the kernel');
      fault.handles = [7];
      fault.confirmedAt = 100;
      fault.see([{ handle: 7, packets: 1, bytes: 60 }], 200);
      fault.healedAt = 100 + ms;
      return fault.proof();
    };
    assert.equal(stood(5_000 + 14_000).state, 'in-force');
    const late = stood(5_000 + 16_000);
    assert.equal(late.state, 'unknown');
    assert.match(late.summary, /let it stand 16(\.0)? s longer than was asked/);
  });

  it('never takes a connection that closed in order for one that was given up', () => {
    const last = { unacknowledged: 124 };
    assert.equal(goneBy({ arriving: 0, leaving: 0 }, last, 'seen').how, 'recovered');
    assert.equal(goneBy({ arriving: 1, leaving: 0 }, last, 'seen').how, 'given up');
    assert.equal(goneBy({ arriving: 1, leaving: 1 }, last, 'seen').how, 'unknown');
    assert.equal(goneBy(undefined, last, 'seen').how, 'unknown');
  });

  it('finds a message type behind any number of bytes, packed or in ASCII', () => {
    const [bcd] = sightingRules(place, { offset: 13, mti: '0210', form: 'bcd' }, 7);
    assert.match(bcd?.text ?? '', /@ih,104,16 0x0210 counter ct mark set 7$/);
    const [ascii] = sightingRules(place, { offset: 2, mti: '0210', form: 'ascii' }, 7);
    assert.match(ascii?.text ?? '', /@ih,16,32 0x30323130 counter/);
  });

  it('knows which connections of the machine it would cut', () => {
    const reach = { listen: place.listen, hosts: place.hosts, localised: ['203.0.113.10'] };
    const connection = (
      local: string,
      localPort: number,
      remote: string,
      remotePort: number,
      state = 'ESTAB',
    ) => ({
      state,
      local: { address: local, port: localPort },
      remote: { address: remote, port: remotePort },
      unacknowledged: 0,
      retransmissions: 0,
    });
    assert.equal(wouldCut(reach, [connection('10.0.0.1', 22, '10.0.0.2', 50000)]), undefined);
    assert.match(wouldCut(reach, [connection('203.0.113.10', 8583, '10.0.0.2', 1)]) ?? '', /terminal dials/);
    assert.match(wouldCut(reach, [connection('10.0.0.1', 1, '198.51.100.1', 9000)]) ?? '', /acquirer/);
    assert.match(wouldCut(reach, [connection('10.0.0.1', 22, '203.0.113.10', 5)]) ?? '', /lose its way/);
    assert.equal(wouldCut(reach, [connection('10.0.0.1', 1, '198.51.100.1', 9000, 'TIME-WAIT')]), undefined);
    const ssh = { ...reach, listen: { address: '0.0.0.0', port: 22 } };
    assert.match(wouldCut(ssh, [connection('10.0.0.1', 22, '10.0.0.2', 50000)]) ?? '', /terminal dials/);
  });
});
