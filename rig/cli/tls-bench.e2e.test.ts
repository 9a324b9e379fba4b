import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packaged } from '../model/package-root.ts';
import { posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

/** The virtual bench with a terminal that dials by name and speaks TLS, ended at the relay: what a lab would set up itself. */
describe('a bench with TLS and names (whole)', function () {
  this.timeout(180_000);
  const folder = scratch();
  after(() => remove(folder));
  const scenario = (path: string) => packaged(`scenarios/dropout/${path}.yaml`);

  const bench = (name: string, network: string) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      `version: 1
id: ${name}
title: ${name}
extends: posrig:drivers/virtual/bench.yaml
services:
  virtual: { dials: acquirer.posrig.test, trust: ./lab/ca.pem }
planes:
  network: ${network}
`,
    );
    return file;
  };

  it('runs faults in the dialogue, in the handshake and in the look-up; every one is proved', async () => {
    const lab = join(folder, 'lab');
    await posrig(['host', 'certificates', '--out', lab, '--name', 'acquirer.posrig.test']);
    const file = bench(
      'terminated',
      `{ tls: { terminal: { authority: ./lab/ca.pem, key: ./lab/ca-key.pem, names: [acquirer.posrig.test] } }, dns: { listen: "\${virtual.resolver}", name: acquirer.posrig.test } }`,
    );
    const out = join(folder, 'run');
    const files = [scenario('TLS-001'), scenario('DNS-001'), scenario('DROP-004')];
    const result = await posrig(['run', '--bench', file, ...files, '--out', out, '--formats', 'none']);
    assert.equal(result.code, 0, result.stdout);
    const verdicts = Object.values(verdictsOf(out));
    assert.deepEqual(
      [verdicts.length, new Set(verdicts.map(({ verdict }) => verdict))],
      [9, new Set(['passed'])],
    );
  });

  it('check tells which points do not exist where TLS passes through', async () => {
    const file = bench('through', '{ tls: pass-through }');
    const inside = await posrig(['check', file, scenario('DROP-004')]);
    assert.equal(inside.code, 3);
    assert.match(inside.stdout, /no response\.byte\(60\) under TLS that passes through/);
    const outside = await posrig(['check', file, scenario('DROP-001')]);
    assert.equal(outside.code, 0, outside.stdout);
  });

  it('on a bench without TLS such a scenario is skipped with the reason', async () => {
    const out = join(folder, 'plain');
    const result = await posrig(['run', scenario('DNS-001'), '--out', out, '--formats', 'none']);
    assert.equal(result.code, 5);
    assert.match(result.stdout, /this relay answers no look-ups/);
  });
});
