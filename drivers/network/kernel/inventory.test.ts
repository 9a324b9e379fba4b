import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packaged } from '../../../rig/model/package-root.ts';
import { needsPowers } from './testing/needs.ts';
import { openSandbox, type Sandbox } from './testing/sandbox.ts';

const TSX = ['--import', 'tsx'];
const OWNER = packaged('drivers/network/kernel/testing/owner-program.ts');
const INSPECTOR = packaged('drivers/network/kernel/testing/inventory-program.ts');
const POSRIG = packaged('rig/cli/main.ts');

interface Row {
  readonly kind: string;
  readonly what: string;
  readonly state: string;
}

/** Somebody else's things, some of which look like ours. */
const FOREIGN = `
nft add table inet shop && nft add chain inet shop c '{ type filter hook input priority 0; }' && nft add rule inet shop c tcp dport 9 drop
nft add table inet posrig-mine && nft add table ip posrig-1-a
ip netns add shop && ip netns add posrig
ip link add shop0 type veth peer name posrig0 && ip link set shop0 up
ip address add 10.99.0.1/24 dev shop0
ip route add local 203.0.113.99/32 dev lo && ip rule add from 198.51.100.99 lookup 99 pref 99
`;
const SNAPSHOT = `nft -a list ruleset; ls /run/netns; ip -o link; ip route show table all; ip rule`;

describe('what posrig creates in the kernel', () => {
  let sandbox: Sandbox;
  let inspector: ChildProcess;
  let answers: AsyncIterator<string>;
  before(async function () {
    await needsPowers(this, 'namespace', 'nft', 'veth', 'local-route', 'policy-routing');
    sandbox = await openSandbox();
    inspector = sandbox.start(process.execPath, [...TSX, INSPECTOR]);
    assert.ok(inspector.stdout);
    answers = createInterface({ input: inspector.stdout })[Symbol.asyncIterator]();
  });
  after(async () => {
    inspector?.stdin?.end();
    await sandbox?.close();
  });

  const ask = async (what: 'status' | 'reset' | 'force'): Promise<unknown> => {
    inspector.stdin?.write(`${what}\n`);
    const { value } = await answers.next();
    return JSON.parse(String(value));
  };
  const status = async () => (await ask('status')) as Row[];
  const owner = async (): Promise<ChildProcess> => {
    const child = sandbox.start(process.execPath, [...TSX, OWNER]);
    const [tag] = (await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])) as [
      unknown,
    ];
    assert.match(String(tag), /^posrig-/);
    return child;
  };
  const end = async (child: ChildProcess, how: () => void) => {
    const gone = once(child, 'close');
    how();
    await gone;
  };

  it('is named, listed, kept while its owner lives, and removed after a kill -9; nothing of others is touched', async () => {
    await sandbox.sh(FOREIGN);
    const { said: before } = await sandbox.sh(SNAPSHOT);
    assert.match(before, /table inet shop/);

    const child = await owner();
    const kinds = (await status()).map(({ kind, state }) => `${kind} ${state}`);
    assert.deepEqual(
      kinds.sort(),
      ['link', 'namespace', 'route', 'rule', 'table'].map((kind) => `${kind} in use`),
    );
    await ask('reset');
    assert.equal((await status()).length, 5);
    const { said } = await sandbox.sh('exec "$@"', process.execPath, ...TSX, POSRIG, 'network', 'status');
    assert.equal(said.match(/^in use {7}/gm)?.length, 5, said);

    await end(child, () => child.kill('SIGKILL'));
    const left = await status();
    assert.ok(left.length >= 4 && left.every(({ state }) => state === 'left behind'), JSON.stringify(left));
    await ask('reset');
    assert.deepEqual(await status(), []);
    assert.equal((await sandbox.sh(SNAPSHOT)).said, before);
    assert.equal((await sandbox.sh('ls /run/posrig-network')).said, '');
  });

  it('is removed by its owner at the end, and by a forced reset before', async () => {
    const { said: before } = await sandbox.sh(SNAPSHOT);
    const child = await owner();
    await ask('force');
    assert.equal((await sandbox.sh(SNAPSHOT)).said, before);
    // The owner finds its things gone and is content.
    await end(child, () => child.stdin?.end());
    assert.equal(child.exitCode, 0);
    assert.equal((await sandbox.sh(SNAPSHOT)).said, before);
  });
});
