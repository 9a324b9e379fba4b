import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBench } from '../../rig/bench/load.ts';
import { renderIssue } from '../../rig/bench/load-issue.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { host } from './manifest.ts';

/** What `posrig check` says of a bench file beyond the bench file itself. */
describe('files that the host plane of a bench names', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const mistakes = async (plane: string): Promise<readonly string[]> => {
    const file = join(folder, 'bench.yaml');
    writeFileSync(
      file,
      `version: 1\nid: lab\ntitle: Lab\nprofile: vt-4\nhome: wuxi\naccess: wired\nplanes:\n  host: { ${plane} }\n`,
    );
    const { issues } = await loadBench(file, { drivers: host.drivers ?? [] });
    return issues.map((issue) => renderIssue(issue).replaceAll(`${folder}/`, ''));
  };

  it('are found, fit, and are closed to others', async () => {
    const keys = join(folder, 'keys.yaml');
    copyFileSync(packaged('drivers/virtual/keys.yaml'), keys);
    chmodSync(keys, 0o600);
    const simulator = 'driver: simulator, listen: "127.0.0.1:0", keys: ./keys.yaml';
    assert.deepEqual(await mistakes(simulator), []);
    chmodSync(keys, 0o644);
    const [open] = await mistakes(simulator);
    assert.match(open ?? '', /^bench\.yaml:8:\d+: .*keys\.yaml holds secrets.*chmod 600/);
  });

  it('are told with the place of each mistake in them, never with a key', async () => {
    const keys = join(folder, 'keys.yaml');
    const secret = '0123456789ABCDEF0123456789ABCDEX';
    const text = `version: 1\nterminals:\n  - terminal-id: "30001001"\n    tmk: "${secret}"\nissuer-keys:\n  - { issuer: x, ac-key: "00" }\n`;
    writeFileSync(keys, text, { mode: 0o600 });
    const found = await mistakes(
      'driver: observer, listen: "127.0.0.1:0", to: "127.0.0.1:1", keys: ./keys.yaml',
    );
    assert.match(found.join('\n'), /^keys\.yaml:4:\d+: /m);
    assert.match(found.join('\n'), /^keys\.yaml:6:\d+: /m);
    assert.ok(!found.join('\n').includes(secret));
  });

  it('are all told, where the bench names them', async () => {
    writeFileSync(join(folder, 'mapping.yaml'), 'version: 1\n');
    const found = await mistakes(
      'driver: observer, listen: "127.0.0.1:0", to: "127.0.0.1:1", keys: ./none.yaml, dialect: unionpa, export: { file: ./e.csv, mapping: ./mapping.yaml }, tls: { to: { ca: ./ca.pem } }',
    );
    for (const expected of [
      /^bench\.yaml:8:\d+: .*none\.yaml cannot be read/m,
      /^bench\.yaml:8:\d+: .*unionpa/m,
      /^mapping\.yaml:1:\d+: /m,
      /^bench\.yaml:8:\d+: .*ca\.pem cannot be read/m,
    ])
      assert.match(found.join('\n'), expected);
  });
});
