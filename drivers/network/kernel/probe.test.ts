import assert from 'node:assert/strict';
import { attempt } from './command.ts';
import { capabilitiesOf } from './doctor.ts';
import { type Finding, lacks, POWERS, type Power, probeKernel, readTrials } from './probe.ts';

const all = (finding: Finding): Record<Power, Finding> =>
  Object.fromEntries(Object.keys(POWERS).map((power) => [power, finding])) as Record<Power, Finding>;

describe('what this machine can do in its kernel', () => {
  it('is said for every power: there, or why not', async () => {
    const powers = await probeKernel();
    for (const [power, { ok, why }] of Object.entries(powers.found)) assert.ok(ok || why, power);
    for (const { state, found, purpose } of capabilitiesOf(powers)) {
      assert.ok(found.length > 0 && purpose.length > 0);
      if (state !== 'ok') assert.doesNotMatch(found, /undefined/);
    }
  });

  it('is tried without changing the machine', async function () {
    if (process.platform !== 'linux') this.skip();
    const look = async () => (await attempt('ip', ['-o', 'link'])).stdout.replace(/@.*$/gm, '');
    const before = await look();
    await probeKernel();
    assert.equal(await look(), before);
  });

  it('keeps the reason of a trial that failed', () => {
    const found = readTrials('ip ok\nnetem no Error: Specified qdisc kind is unknown.\nnonsense\ntun no \n');
    assert.deepEqual(found.get('ip'), { ok: true });
    assert.equal(found.get('netem')?.why, 'Error: Specified qdisc kind is unknown.');
    assert.equal(found.get('tun')?.why, 'it failed without a word');
    assert.equal(found.size, 3);
  });

  it('tells what setup can install from what it cannot mend', () => {
    const found = { ...all({ ok: true }), nft: { ok: false, why: 'sh: 3: nft: not found' } };
    const missing = capabilitiesOf({ found, enter: ['unshare', '-n'] }).filter(({ state }) => state !== 'ok');
    assert.deepEqual(
      missing.map(({ id, state, package: name }) => [id, state, name]),
      [['nftables', 'missing', 'nftables']],
    );
    const bare = capabilitiesOf({ found: all({ ok: false, why: 'Operation not permitted' }), enter: [] });
    assert.ok(bare.every(({ state, package: name }) => state === 'limited' && name === undefined));
    assert.match(
      lacks({ found, enter: [] }, ['ip', 'nft']) ?? '',
      /^the program nft and nftables in the kernel \(sh: 3: nft: not found\)$/,
    );
    assert.equal(lacks({ found, enter: [] }, ['ip']), undefined);
  });
});
