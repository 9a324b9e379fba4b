import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRigError } from '../rig/model/errors.ts';
import { reports } from './index.ts';
import { removeRun, writeRun } from './testing/run-folder.ts';

describe('rendering a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await writeRun();
  });
  afterEach(() => removeRun(folder));

  it('writes the formats that were asked for, also elsewhere, and leaves the evidence alone', async () => {
    const out = join(folder, 'elsewhere 报告');
    const before = readdirSync(folder);
    const { written, notes } = await reports.render(folder, { lang: 'zh', formats: ['html', 'junit'], out });
    assert.deepEqual(
      written.map(({ path }) => path),
      ['junit.xml', 'index.html'],
    );
    assert.deepEqual(notes, []);
    assert.ok(written.every(({ path }) => existsSync(join(out, path))));
    assert.deepEqual(
      readdirSync(folder).filter((name) => !before.includes(name)),
      ['elsewhere 报告'],
    );
  });

  it('is complete but for the output whose program is missing, and names the command', async () => {
    const { PATH, JAVA_HOME } = process.env;
    process.env['PATH'] = '/nonexistent';
    delete process.env['JAVA_HOME'];
    try {
      const { written, notes } = await reports.render(folder, { lang: 'en', formats: ['junit', 'allure'] });
      assert.deepEqual(
        written.map(({ path }) => path),
        ['junit.xml', 'allure-results/'],
      );
      assert.equal(notes.length, 1);
      assert.match(
        notes[0] ?? '',
        /^allure-report\/ was not made: Java 11 or newer is not found\. Install it with: .*jre-headless$/,
      );
    } finally {
      process.env['PATH'] = PATH;
      if (JAVA_HOME !== undefined) process.env['JAVA_HOME'] = JAVA_HOME;
    }
  });

  it('refuses an unknown format by name', async () => {
    await assert.rejects(
      reports.render(folder, { lang: 'en', formats: ['docx'] }),
      (error: unknown) =>
        isRigError(error) && error.code === 'USAGE' && /junit, html, pdf, allure/.test(error.hint ?? ''),
    );
  });
});
