import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderIssue } from '../bench/load-issue.ts';
import { check, checkFiles } from './check.ts';

describe('posrig check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-check-'));
  after(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const said = async (...paths: string[]) =>
    (await checkFiles(paths)).issues.map(renderIssue).map((line) => line.replaceAll(`${folder}/`, ''));

  it('tells of every path, also of those that cannot be read', async () => {
    const wrong = put('a wrong 中文.yaml', 'version: 1\nsteps: []\nmony: balanced\n');
    const empty = put('empty.yaml', '# nothing\n');
    const lines = await said(join(folder, 'gone.yaml'), wrong, empty, '/dev/zero');
    for (const expected of [
      /^gone\.yaml:1:1: there is no file or folder/,
      /^a wrong 中文\.yaml:3:1: unknown key "mony"; did you mean "money"\?$/,
      /^a wrong 中文\.yaml:2:8: this is too small or too short; expected a list, at least 1 entries$/,
      /^empty\.yaml:1:1: .* is empty; expected a scenario/,
      /^\/dev\/zero:1:1: cannot read/,
    ])
      assert.equal(lines.filter((line) => expected.test(line)).length, 1, `${expected}\n${lines.join('\n')}`);
  });

  it('is JSON and exit code 3 also when nothing can be read', async () => {
    let text = '';
    const write = (piece: string) => {
      text += piece;
    };
    assert.equal(await check([join(folder, 'gone.yaml')], { json: true, write }), 3);
    assert.equal(JSON.parse(text).issues[0].line, 1);
  });

  it('of a folder follows links to files, and leaves pipes and circles be', async () => {
    const inner = join(folder, 'in');
    mkdirSync(inner);
    const real = put('real.yaml', 'version: 1\nsteps: []\nid: X\n');
    symlinkSync(real, join(inner, 'linked.yaml'));
    symlinkSync('.', join(inner, 'circle'));
    symlinkSync('/nowhere', join(inner, 'nowhere.yaml'));
    symlinkSync('self.yaml', join(inner, 'self.yaml'));
    execFileSync('mkfifo', [join(inner, 'pipe.yaml')]);
    const lines = await said(inner);
    assert.ok(lines.some((line) => line.startsWith('in/linked.yaml:3:5: ')));
    assert.equal(lines.filter((line) => line.startsWith('in/nowhere.yaml:1:1: cannot read')).length, 1);
    assert.equal(lines.filter((line) => line.startsWith('in/self.yaml:1:1: cannot read')).length, 1);
    assert.ok(!lines.some((line) => line.includes('circle/') || line.includes('pipe.yaml')));
  });

  it('of a scenario with thousands of unknown keys names a hundred of them', async () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i}: 1`).join('\n');
    const head =
      'version: 1\nid: TEST-001\ntitle: { en: a, zh: b }\nproves: []\nsteps: []\nmoney: balanced\n';
    assert.equal((await said(put('many.yaml', `${head}${keys}\n`))).length, 100);
  });
});
