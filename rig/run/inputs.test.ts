import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packaged } from '../model/package-root.ts';
import { inputsOf, sourcesOf } from './inputs.ts';

describe('what a run was made from', () => {
  it('names cards, regions and policies by their hashes, and no key file', () => {
    const bench: Parameters<typeof inputsOf>[0] = {
      file: packaged('drivers/virtual/bench.yaml'),
      sha256: '',
      value: {
        cards: 'posrig:scenarios/cards.yaml',
        regions: 'posrig:drivers/network/regions.yaml',
        'access-networks': 'posrig:drivers/network/access.yaml',
        planes: {
          host: { driver: 'simulator', keys: 'posrig:drivers/virtual/keys.yaml' },
          keypad: { driver: 'gantry', calibration: 'world.yaml' },
        },
      } as never,
    };
    const files = inputsOf(bench);
    const names = files.map(({ name }) => name);
    for (const name of ['cards', 'regions', 'access networks', 'policy no-roaming'])
      assert.ok(names.includes(name), name);
    assert.ok(files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)));
    assert.ok(names.includes('keypad calibration'));
    assert.ok(!names.includes('host keys'));
  });

  it('names the commit of a working tree, on a branch, packed, detached or linked', () => {
    const root = mkdtempSync(join(tmpdir(), 'posrig-sources-'));
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const put = (path: string, text: string) => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    };
    assert.deepEqual(sourcesOf(root), {});
    put('.git/HEAD', commit);
    assert.deepEqual(sourcesOf(root), { commit });
    put('.git/HEAD', 'ref: refs/heads/main');
    assert.deepEqual(sourcesOf(root), {});
    put('.git/packed-refs', `# pack-refs\n${commit} refs/heads/main`);
    assert.deepEqual(sourcesOf(root), { commit });
    put('.git/refs/heads/main', commit.replace('0', 'f'));
    assert.deepEqual(sourcesOf(root), { commit: commit.replace('0', 'f') });
    put('tree/.git', `gitdir: ${join(root, '.git/worktrees/tree')}`);
    put('.git/worktrees/tree/HEAD', 'ref: refs/heads/main');
    put('.git/worktrees/tree/commondir', '../..');
    assert.deepEqual(sourcesOf(join(root, 'tree')), { commit: commit.replace('0', 'f') });
    put('dist/.sources.sha256', 'ab'.repeat(32));
    assert.equal(sourcesOf(root).sources, 'ab'.repeat(32));
    rmSync(root, { recursive: true });
  });
});
