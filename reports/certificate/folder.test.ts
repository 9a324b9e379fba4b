import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { needsChromium } from '../../rig/house/tiers.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { streamRun } from '../fold.ts';
import { renderAll } from '../render.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { HtmlReport } from './html.ts';
import { WORTH_SHARING } from './share.ts';

/** Every local target of a page's links and pictures, with the page. */
function targets(
  file: string,
): readonly { readonly from: string; readonly path: string; readonly id: string }[] {
  const page = readFileSync(file, 'utf8');
  return [...page.matchAll(/(?:href|src)=["']([^"']+)["']/g)]
    .map(([, to = '']) => to)
    .filter((to) => !to.startsWith('data:'))
    .map((to) => {
      const [path = '', id = ''] = to.split('#');
      return { from: file, path: path === '' ? file : resolve(dirname(file), path), id };
    });
}

function deadLinks(out: string): readonly string[] {
  const pages = [
    'index.html',
    ...(existsSync(join(out, 'cases')) ? readdirSync(join(out, 'cases')).map((name) => `cases/${name}`) : []),
  ];
  const ids = new Map<string, string>();
  const has = (path: string, id: string) => {
    if (!ids.has(path)) ids.set(path, readFileSync(path, 'utf8'));
    return id === '' || ids.get(path)?.includes(` id="${id}"`);
  };
  return pages
    .flatMap((page) => targets(join(out, page)))
    .filter(({ path, id }) => !existsSync(path) || !has(path, id))
    .map(({ from, path, id }) => `${from}: ${path}#${id}`);
}

describe('the certificate of a long run', function () {
  this.timeout(120_000);
  let run: string;
  before(async () => {
    run = await writeRun(undefined, (fixture) => fixture.writeMany(85, (id) => fixture.lostApproval(id)));
  });
  after(() => removeRun(run));

  it('of more than a thousand scenarios shows of those that passed the main things, of all others everything', async () => {
    const out = mkdtempSync(join(tmpdir(), 'posrig-brief-'));
    const mixed = await writeRun(undefined, (fixture) => {
      fixture.writeMany(2, (id) => (id.endsWith('1') ? fixture.lostApproval(id) : fixture.fullPanOnSlip(id)));
    });
    const report = new HtmlReport({ lang: 'en', run: mixed, out, planned: 1001, bytes: 0 });
    assert.ok(report.lean);
    const run = await streamRun(mixed, {
      lean: report.lean,
      event: (event) => report.event(event),
      traffic: (line) => report.traffic(line),
      scenario: (scenario, view) => report.scenario(scenario, view),
    });
    await report.finish(run);
    const page = readFileSync(join(out, 'cases', '0001.html'), 'utf8');
    const [, passed = '', failed = ''] = page.split('<article ');
    assert.match(passed, /class="case passed brief"[\s\S]*<h3>Messages<\/h3>/);
    assert.ok(!passed.includes('class="fields"') && !passed.includes('<svg'));
    assert.match(
      failed,
      /class="case failed"[\s\S]*class="trace" href="\.\.\/traces\/[\s\S]*class="fields"><li>/,
    );
    assert.match(readFileSync(join(out, 'index.html'), 'utf8'), /posrig show RUN SCENARIO/);
    assert.deepEqual(deadLinks(out), []);
    removeRun(mixed);
    rmSync(out, { recursive: true });
  });

  it('has its sheets in pages of their own, receipts as the artefacts themselves, and no link that leads nowhere', async () => {
    await renderAll(run, { lang: 'en', formats: ['html'] });
    assert.deepEqual(
      readdirSync(join(run, 'cases')),
      [1, 2, 3, 4, 5].map((n) => `000${n}.html`),
    );
    const pages = readdirSync(join(run, 'cases')).map((name) =>
      readFileSync(join(run, 'cases', name), 'utf8'),
    );
    assert.equal(pages.join('').split('<article ').length - 1, 85);
    assert.ok(pages.every((page) => !/src=['"]data:/.test(page)));
    assert.deepEqual(deadLinks(run), []);
    const index = readFileSync(join(run, 'index.html'), 'utf8');
    assert.equal(index.split('<tr class="row ').length - 1, 85);
    assert.ok(!index.includes('<article'));
    assert.match(index, /End of report/);
  });

  it('brings the receipts along as hard links when it is written elsewhere on the same disk', async () => {
    const out = mkdtempSync(join(tmpdir(), 'posrig-elsewhere-'));
    await renderAll(run, { lang: 'zh', formats: ['html'], out });
    assert.deepEqual(deadLinks(out), []);
    const [name = ''] = readdirSync(join(out, 'artefacts'));
    assert.equal(statSync(join(out, 'artefacts', name)).ino, statSync(join(run, 'artefacts', name)).ino);
    rmSync(out, { recursive: true });
  });

  it('is one page again when the run is short, and pages of a longer run before are gone', async () => {
    const short = await writeRun(undefined, (fixture) =>
      fixture.writeMany(3, (id) => fixture.lostApproval(id)),
    );
    await renderAll(run, { lang: 'en', formats: ['html'] });
    await renderAll(short, { lang: 'en', formats: ['html'], out: run });
    assert.ok(!existsSync(join(run, 'cases')));
    assert.equal(readFileSync(join(run, 'index.html'), 'utf8').split('<article ').length - 1, 3);
    assert.deepEqual(deadLinks(run), []);
    removeRun(short);
  });

  it('goes over to pages when there are more attempts than the run had announced', async () => {
    const retried = await writeRun(undefined, (fixture) => {
      fixture.writeMany(1, () => {
        for (let i = 0; i < 62; i++) fixture.lostApproval('DROP-003');
      });
    });
    await renderAll(retried, { lang: 'en', formats: ['html'] });
    assert.deepEqual(
      readdirSync(join(retried, 'cases')),
      [1, 2, 3, 4].map((n) => `000${n}.html`),
    );
    assert.deepEqual(deadLinks(retried), []);
    removeRun(retried);
  });

  it('is the same when it is shared among threads', async () => {
    const [alone, shared] = [1, WORTH_SHARING].map((bytes) => ({
      bytes,
      out: mkdtempSync(join(tmpdir(), 'posrig-shared-')),
    }));
    assert.ok(alone && shared);
    const written = async ({ bytes, out }: { readonly bytes: number; readonly out: string }) => {
      const report = new HtmlReport({ lang: 'en', run, out, planned: 85, bytes });
      const read: string[] = [];
      const brief = await streamRun(run, {
        event: (event) => report.event(event),
        traffic: (line) => report.traffic(line),
        scenario: (scenario, view) => {
          read.push(scenario.id);
          report.scenario(scenario, view);
        },
        wants: report.wants,
      });
      await report.finish(brief);
      const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
      const texts = names
        .filter((name) => name.endsWith('.html'))
        .map((name) => readFileSync(join(out, name)));
      rmSync(out, { recursive: true });
      return { read, names, texts };
    };
    const one = await written(alone);
    const many = await written(shared);
    assert.equal(one.read.length, 85);
    assert.ok(many.read.length < 60, 'others have read the rest');
    assert.deepEqual(many.names, one.names);
    assert.deepEqual(many.texts, one.texts);
  });

  it('tells what another thread met', async () => {
    const out = mkdtempSync(join(tmpdir(), 'posrig-shared-'));
    const gone = join(out, 'gone');
    const report = new HtmlReport({ lang: 'en', run: gone, out, planned: 85, bytes: WORTH_SHARING });
    const brief = await streamRun(run, { wants: report.wants });
    await assert.rejects(
      report.finish(brief),
      (error: unknown) =>
        isRigError(error) && error.code === 'FILE_UNREADABLE' && error.message.includes(gone),
    );
    rmSync(out, { recursive: true });
  });

  it('is read one scenario at a time: of those before, only briefs are held', async () => {
    let most = 0;
    const brief = await streamRun(run, {
      scenario: (scenario, view) => {
        most = Math.max(most, view.artefacts.size, view.scenarios.length);
        assert.equal(scenario.messages.length, 12);
      },
    });
    assert.equal(brief.scenarios.length, 85);
    assert.ok(most < 10, `${most} artefacts or scenarios at once`);
    assert.ok(!('messages' in (brief.scenarios[0] ?? {})));
  });

  it('opens from disk with its pictures, and shows the rows of one verdict without a script', async function () {
    const program = (await needsChromium(this)).path;
    const mixed = await writeRun(undefined, (fixture) => {
      let n = 0;
      fixture.writeMany(70, (id) => (n++ % 10 === 3 ? fixture.fullPanOnSlip(id) : fixture.lostApproval(id)));
    });
    await renderAll(mixed, { lang: 'en', formats: ['html'] });
    const browser = await chromium.launch({
      executablePath: program,
      chromiumSandbox: process.getuid?.() !== 0,
    });
    try {
      const page = await (await browser.newContext({ offline: true })).newPage();
      await page.goto(pathToFileURL(join(mixed, 'index.html')).href);
      const visible = () => page.locator('tr.row:visible').count();
      assert.equal(await visible(), 70);
      await page.getByLabel('failed', { exact: true }).check();
      assert.equal(await visible(), 7);
      await page.locator('tr.row.failed a').first().click();
      await page.waitForURL(/cases\/0001\.html#s-MANY-004/);
      const paper = page.locator('#s-MANY-004 img.paper').first();
      await paper.scrollIntoViewIfNeeded();
      await paper.evaluate('(image) => image.decode()');
      await page.locator('#s-MANY-004 a.trace').click();
      await page.waitForSelector('body[data-ready=yes]');
    } finally {
      await browser.close();
      removeRun(mixed);
    }
  });
});
