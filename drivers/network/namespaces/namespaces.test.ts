import assert from 'node:assert/strict';
import fc from 'fast-check';
import { itInSandbox } from '../kernel/testing/in-sandbox.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { figuresOf, netemWords, tbfWords } from './shaping.ts';
import { rtoWords } from './sites.ts';
import { Subnet } from './subnet.ts';

describe('addresses of a path', () => {
  it('lie in the block for network tests, apart for each block, and the block names itself', () => {
    fc.assert(
      fc.property(fc.nat(127), fc.nat(127), fc.nat(1023), fc.nat(1023), (a, b, one, other) => {
        const [first, second] = [new Subnet(a), new Subnet(b)];
        assert.match(first.address(one), /^198\.1[89]\.\d{1,3}\.\d{1,3}$/);
        assert.equal(Subnet.of(first.block).address(one), first.address(one));
        const same = a === b && one === other;
        assert.equal(first.address(one) === second.address(other), same);
        assert.equal(first.address6(one) === second.address6(other), same);
      }),
    );
  });
});

describe('figures of a path', () => {
  const path = (region: string, access: string) => {
    const found = { region: loadRegions().get(region), access: loadAccess().get(access) };
    assert.ok(found.region && found.access);
    return { region: found.region, access: found.access };
  };

  it('are half of the round trip each way, in wall time, with the rates of the access network', () => {
    const { request, response } = figuresOf(path('chengdu', 'dsl'), 20);
    assert.deepEqual(request, { delay: 2.5, jitter: 0.45, loss: 0, rate: 7_680_000 });
    assert.deepEqual(response, { ...request, rate: 30_000_000 });
  });

  it('lose what region and access network lose, one after the other', () => {
    const { region, access } = path('wuxi', 'wired');
    const lossy = { region: { ...region, loss: 10 }, access: { ...access, loss: 20 } };
    assert.ok(Math.abs(figuresOf(lossy, 1).request.loss - 28) < 1e-9);
  });

  it('become words of tc that are never early', () => {
    assert.equal(
      netemWords({ delay: 25, jitter: 10, loss: 1.5, rate: 240_000 }).join(' '),
      'netem delay 30000us 5000us loss 1.5% rate 240000bit limit 1000',
    );
    assert.equal(netemWords({ delay: 25, jitter: 0, loss: 0 }).join(' '), 'netem delay 25000us limit 1000');
    assert.equal(
      tbfWords({ delay: 0, jitter: 0, loss: 0, rate: 240_000 })?.join(' '),
      'tbf rate 240000bit burst 3000 latency 1s',
    );
    assert.equal(tbfWords({ delay: 9, jitter: 0, loss: 0 }), undefined);
  });

  it("shorten TCP's least timer with the clock of the bench, as far as the kernel can count", () => {
    assert.equal(rtoWords(1), '');
    assert.equal(rtoWords(5), ' rto_min 40ms');
    assert.equal(rtoWords(60), ' rto_min 10ms');
  });
});

describe('network namespaces', () => {
  itInSandbox(
    'hold a terminal with an address of its own in each place, its path shaped, moves and losses noticed',
    'drivers/network/namespaces/line.sandboxed.ts',
    11,
    ['veth', 'nft', 'nft-nat', 'ss', 'tun', 'tbf', 'policy-routing'],
  );
});
