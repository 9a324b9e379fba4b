import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { COMMAND, journalOf, posrig, remove, scratch, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { needsPowers } from './testing/needs.ts';
import { openSandbox, type Sandbox } from './testing/sandbox.ts';

const BENCH = packaged('drivers/virtual/kernel-bench.yaml');
const scenario = (id: string) => packaged(`scenarios/packets/${id}.yaml`);

/** What a program says; resolves `shown` as soon as it has said it. */
function listen(child: ChildProcess) {
  let said = '';
  const looking = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const look of looking) look();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const shown = (text: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!text.test(said)) return;
        looking.delete(look);
        resolve();
      };
      looking.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without showing ${text}:\n${said}`)));
    });
  return { ended, shown, said: () => said };
}

describe('the built-in bench behind network namespaces (whole)', function () {
  this.timeout(120_000);
  const folder = scratch();
  let sandbox: Sandbox;
  before(async function () {
    await needsPowers(
      this,
      'namespace',
      'nft',
      'nft-nat',
      'ss',
      'tun',
      'veth',
      'local-route',
      'policy-routing',
    );
    sandbox = await openSandbox();
  });
  after(async () => {
    await sandbox?.close();
    remove(folder);
  });

  const run = (out: string, ...ids: readonly string[]) =>
    sandbox.start(process.execPath, [
      ...[COMMAND, 'run', '--bench', BENCH, ...ids.map(scenario)],
      ...['--speed', '30', '--out', out, '--formats', 'none'],
    ]);
  const status = async (): Promise<readonly { kind: string; state: string }[]> => {
    const { said } = await sandbox.sh('"$@"', process.execPath, COMMAND, 'network', 'status', '--json');
    return JSON.parse(said) as { kind: string; state: string }[];
  };

  it('packets vanish on the way of a terminal in its own namespace; rules flushed behind the rig make it inconclusive', async () => {
    const out = join(folder, 'run');
    const child = run(out, 'KERNEL-001', 'KERNEL-004', 'PACKET-004');
    const { shown, ended, said } = listen(child);
    await shown(/\n\[2\/3\][^[]*\n +cut at response\.leaving, in the kernel/);
    const flushed = await sandbox.sh(
      'nft list tables | while read _ family name; do nft flush chain "$family" "$name" leaving; done; ip netns list',
    );
    assert.match(flushed.said, /posrig-\d+-\w+-terminal/);
    assert.equal(await ended, 2, said());
    const verdicts = verdictsOf(out);
    for (const id of ['KERNEL-001', 'PACKET-004']) assert.equal(verdicts[id]?.verdict, 'passed', said());
    assert.equal(verdicts['KERNEL-004']?.verdict, 'inconclusive', said());
    assert.match(verdicts['KERNEL-004']?.reason ?? '', /its rules were removed behind the rig/);
    const blackhole = journalOf(out).findLast(
      (event) =>
        event.type === 'fault' && event['phase'] === 'healed' && JSON.stringify(event).includes('KERNEL-001'),
    );
    assert.match(JSON.stringify(blackhole), /both ends believed that they were connected/);
    const ends = journalOf(out).filter(({ type, state }) => type === 'link' && state === 'recovered');
    assert.ok(ends.length > 0, 'the journal says that TCP delivered what was lost');
    assert.deepEqual(await status(), []);
  });

  it('a killed rig leaves nothing behind after the next command', async () => {
    const child = run(join(folder, 'killed'), 'KERNEL-003');
    const { shown, ended } = listen(child);
    await shown(/half-open at response\.leaving, in the kernel/);
    child.kill('SIGKILL');
    await ended;
    const left = await status();
    assert.ok(left.some(({ kind, state }) => kind === 'namespace' && state === 'left behind'));
    const reset = await sandbox.sh('"$@"', process.execPath, COMMAND, 'network', 'reset');
    assert.equal(reset.code, 0, reset.said);
    assert.deepEqual(await status(), []);
    const links = await sandbox.sh(
      'ip -o link; ip route show table all; ip rule; nft list tables; ls /run/netns',
    );
    assert.doesNotMatch(links.said, /posrig|198\.1[89]\./);
  });

  it('a network of its own is had by a command, whose exit code it is', async () => {
    const alone = await posrig([
      'network',
      'sandbox',
      '--',
      'sh',
      '-c',
      'ip -o link | wc -l; ls /run; exit 7',
    ]);
    assert.deepEqual([alone.code, alone.stdout.trim()], [7, '1'], alone.stderr);
  });

  it('check refuses a fault on packets for a bench that has only a relay', async () => {
    const relayed = await posrig(['check', packaged('drivers/virtual/bench.yaml'), scenario('KERNEL-001')]);
    assert.equal(relayed.code, 3);
    assert.match(
      relayed.stdout,
      /KERNEL-001\.yaml:\d+:\d+: on bench virtual: a cut is asked of the kernel layer/,
    );
  });
});
