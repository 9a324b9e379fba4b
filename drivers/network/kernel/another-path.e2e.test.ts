import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND, remove, scratch, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import { needsPowers } from './testing/needs.ts';
import { openSandbox, type Sandbox } from './testing/sandbox.ts';

/** What the terminal dials, where the host is, and where the rig thinks that the terminal comes by. */
const [DIALLED, HOST, RIG] = [7583, 7584, 7585];

/** A way from the terminal to its host beside the rig, as a second access network or a wrong address in the terminal is one. */
const DETOUR = `const { connect, createServer } = require('node:net');
createServer((near) => {
  const far = connect(${HOST}, '127.0.0.1');
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on('error', () => {});
}).listen(${DIALLED}, '127.0.0.1', () => console.log('ready'));`;

const BENCH = `version: 1
id: detour
title: The terminal reaches its host beside the rig
extends: posrig:drivers/virtual/bench.yaml
services:
  virtual: { acquirer: "127.0.0.1:${DIALLED}" }
planes:
  host: { listen: "127.0.0.1:${HOST}" }
  network: { driver: kernel, listen: "127.0.0.1:${RIG}", to: "\${host.address}", dialect: unionpay-pos }
`;

const scenario = (id: string, fault: string) => `version: 1
id: ${id}
title: { en: A cut that no traffic meets, zh: 无流量经过的中断 }
proves: [online.no-data-loss]
given: { region: wuxi, access: wired, card: debit-1 }
steps:
  - sale: { amount: 10.00 }
    fault: ${fault}
    expect: { outcome: no-answer, host: none }
money: balanced
`;

describe('a bench whose terminal takes another path (whole)', function () {
  this.timeout(120_000);
  const folder = scratch();
  const bench = join(folder, 'bench.yaml');
  const ids = {
    'DETOUR-001': '{ at: response.leaving, do: cut, on: sale, layer: relay }',
    'DETOUR-002': '{ at: connect, do: refuse, layer: kernel }',
  };
  let sandbox: Sandbox;
  before(async function () {
    await needsPowers(this, 'namespace', 'nft', 'ss', 'local-route', 'policy-routing');
    sandbox = await openSandbox();
    writeFileSync(bench, BENCH);
    for (const [id, fault] of Object.entries(ids))
      writeFileSync(join(folder, `${id}.yaml`), scenario(id, fault));
  });
  after(async () => {
    await sandbox?.close();
    remove(folder);
  });

  const run = (out: string, ...before: readonly string[]) =>
    sandbox.sh(
      '"$@"',
      ...[...before, process.execPath, COMMAND, 'run', '--bench', bench],
      ...[
        ...Object.keys(ids).map((id) => join(folder, `${id}.yaml`)),
        '--out',
        join(folder, out),
        '--formats',
        'none',
      ],
    );

  it('is told so: faults that meet no traffic leave their scenarios inconclusive, with the reason', async () => {
    const detour = sandbox.start(process.execPath, ['-e', DETOUR]);
    if (!detour.stdout) throw new Error('no output');
    await once(detour.stdout, 'data');
    try {
      const { code, said } = await run('detour');
      assert.equal(code, 2, said);
      const verdicts = verdictsOf(join(folder, 'detour'));
      for (const id of Object.keys(ids)) assert.equal(verdicts[id]?.verdict, 'inconclusive', said);
      assert.match(
        verdicts['DETOUR-001']?.reason ?? '',
        /nobody connected: whoever was meant takes another path/,
      );
      assert.match(verdicts['DETOUR-002']?.reason ?? '', /the traffic takes another path/);
    } finally {
      detour.kill('SIGKILL');
    }
  });

  it('is refused when its faults would cut the connection by which somebody works on it', async () => {
    const { code, said } = await run('refused', 'env', `SSH_CONNECTION=127.0.0.1 50022 127.0.0.1 ${RIG}`);
    assert.notEqual(code, 0);
    assert.match(
      said,
      /not starting: the connection 127\.0\.0\.1:7585 with 127\.0\.0\.1:50022 .* a fault would cut it/,
    );
    assert.match(said, /address and port of its own/);
    const left = await sandbox.sh('nft list tables; ip rule');
    assert.doesNotMatch(left.said, /posrig/);
  });
});
