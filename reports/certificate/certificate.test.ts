import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { needsChromium, needsCjkFont } from '../../rig/house/tiers.ts';
import { readRun } from '../fold.ts';
import type { RunView } from '../model.ts';
import { pdfPages } from '../testing/pdf.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { reportNumber } from './cover.ts';
import { renderPage } from './page.ts';
import { printPdf } from './print.ts';

describe('the certificate as text', () => {
  it('holds nothing that runs or is fetched, in both languages', async () => {
    const folder = await writeRun();
    const run = await readRun(folder);
    for (const lang of ['en', 'zh'] as const) {
      const page = renderPage(run, { lang });
      assert.doesNotMatch(page, /<script|<img src=x|<svg\/onload|\son\w+=["']|javascript:/i);
      assert.doesNotMatch(
        page.replaceAll('http://www.w3.org/2000/svg', ''),
        /(?:src|href)=["'](?!data:image\/|#)/,
      );
      assert.ok(!page.includes('6299990000000000012'), 'no card number in clear');
      // Pictures are in the page in base64: look into them as well.
      for (const [, data = ''] of page.matchAll(/base64,([A-Za-z0-9+/=]+)/g)) {
        assert.ok(!Buffer.from(data, 'base64').toString('utf8').includes('6299990000000000012'));
      }
    }
    removeRun(folder);
  });

  it('shows every field on the page, and on paper those of scenarios that have not passed', async () => {
    const folder = await writeRun();
    const run = await readRun(folder);
    removeRun(folder);
    const sheets = async (paper: boolean) => {
      const page = renderPage(run, { lang: 'en', paper });
      return new Map(
        page
          .split('<article ')
          .slice(1)
          .map((sheet) => [/id="s-([\w-]+)"/.exec(sheet)?.[1] ?? '', sheet]),
      );
    };
    const [screen, paper] = [await sheets(false), await sheets(true)];
    const field = 'system trace audit number';
    assert.ok(screen.get('DROP-003')?.includes(field) && screen.get('RCP-001')?.includes(field));
    assert.ok(!paper.get('DROP-003')?.includes(field) && paper.get('RCP-001')?.includes(field));
    for (const sheet of [screen, paper].map((sheets) => sheets.get('DROP-003') ?? ''))
      assert.match(sheet.replace(/<[^>]*>/g, ' '), /→ +0400 +reversal of sale +000002 +CNY 128\.50/);
    assert.doesNotMatch([...paper.values()].join(''), /<details/);
  });

  it('says in Chinese what the rig says in English', async () => {
    const folder = await writeRun();
    const run = await readRun(folder);
    removeRun(folder);
    const page = renderPage(run, { lang: 'zh' }).replace(/<[^>]*>/g, '');
    for (const said of ['消费 CNY 128.50', '无应答', '消费冲正', '商户存根 · 金额', '已冲正', '被故障吞掉'])
      assert.ok(page.includes(said), said);
  });

  it('is a page also for a run without scenarios', async () => {
    const folder = await writeRun(undefined, () => undefined);
    const page = renderPage(await readRun(folder), { lang: 'en' });
    removeRun(folder);
    assert.match(page, /No scenario was applicable/);
  });
});

describe('the certificate in Chromium', function () {
  this.timeout(180_000);
  let folder: string;
  let run: RunView;
  let browser: Browser | undefined;
  let program: string;
  before(async function () {
    program = (await needsChromium(this)).path;
    await needsCjkFont(this);
    folder = await writeRun();
    run = await readRun(folder);
    browser = await chromium.launch({ executablePath: program, chromiumSandbox: process.getuid?.() !== 0 });
  });
  after(async () => {
    await browser?.close();
    if (folder) removeRun(folder);
  });

  /** Opens the page from disk without network; returns it with everything that went wrong. */
  async function open(lang: 'en' | 'zh'): Promise<{ page: Page; wrong: string[] }> {
    assert.ok(browser);
    const file = join(folder, `index ${lang}.html`);
    writeFileSync(file, renderPage(run, { lang }));
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on('console', (message) => wrong.push(message.text()));
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('dialog', (dialog) => {
      wrong.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) wrong.push(request.url());
    });
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    return { page, wrong };
  }

  for (const lang of ['en', 'zh'] as const) {
    it(`opens from disk, alone, without an error (${lang})`, async () => {
      const { page, wrong } = await open(lang);
      assert.deepEqual(wrong, []);
      assert.equal(await page.locator('article.case').count(), 7);
      assert.equal(await page.locator('script').count(), 0);
      const text = (await page.locator('body').textContent()) ?? '';
      for (const seen of [
        'DROP-003',
        'online.no-data-loss',
        lang === 'en' ? '2 of 6 applicable scenarios passed' : '适用场景 6 个,通过 2 个',
      ]) {
        assert.ok(text.includes(seen), seen);
      }
      const pictures = page.locator('img.paper');
      assert.equal(await pictures.count(), 3);
      assert.ok(
        await page.evaluate(
          '[...document.images].every((image) => image.complete && image.naturalWidth > 0)',
        ),
      );
      assert.match((await pictures.first().getAttribute('alt')) ?? '', /商户存根/);
      await page.context().close();
    });
  }

  it('shows hostile titles as text and is never wider than its window', async () => {
    const { page } = await open('en');
    const title = (await page.locator('#s-BAD-001 h2').textContent()) ?? '';
    assert.match(title, /^<\/script><script>alert\(1\)<\/script><img src=x onerror=alert\(2\)>/);
    assert.match(title, /⟨U\+202E⟩evil/);
    for (const width of [1200, 600, 380]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), `${width}`);
    }
    await page.context().close();
  });

  it('links every verdict to its sheet, and the drawing marks the lost response', async () => {
    const { page } = await open('en');
    const dead = await page.evaluate(
      '[...document.querySelectorAll("a[href^=\\"#\\"]")].filter((a) => !document.getElementById(a.getAttribute("href").slice(1))).length',
    );
    assert.equal(dead, 0);
    const drawing = await page.locator('#s-DROP-003 .seq').textContent();
    assert.match(drawing ?? '', /0210 code 00 #000002 · swallowed by the fault/);
    assert.match(drawing ?? '', /not delivered/);
    assert.match(drawing ?? '', /131 bytes of the 0210 swallowed/);
    await page.context().close();
  });

  it('prints without a page that is nearly empty, in both languages', async () => {
    for (const lang of ['en', 'zh'] as const) {
      const to = join(folder, `pages ${lang}.pdf`);
      const page = renderPage(run, { lang, paper: true });
      await printPdf(page, { chromium: program, lang, number: reportNumber(run), to });
      const pages = pdfPages(readFileSync(to));
      assert.ok(pages.length >= 5 && pages.length <= 10, `${pages.length} pages`);
      for (const [i, { glyphs }] of pages.entries()) assert.ok(glyphs > 250, `page ${i + 1}: ${glyphs}`);
    }
  });

  it('takes at most three pages and 150 kB for a passed scenario', async () => {
    const many = 12;
    const long = await writeRun(undefined, (fixture) => {
      for (let i = 0; i < many; i++) fixture.lostApproval();
    });
    const to = join(folder, 'long.pdf');
    const title = 'A title that is so long that it is wrapped - and its bookmark has every blank of it, once';
    const read = await readRun(long);
    const passed = {
      ...read,
      scenarios: read.scenarios.map((one) => ({
        ...one,
        start: { ...one.start, title: { en: title, zh: title } },
      })),
    };
    removeRun(long);
    const page = renderPage(passed, { lang: 'en', paper: true });
    await printPdf(page, { chromium: program, lang: 'en', number: 'n', to });
    const pages = pdfPages(readFileSync(to));
    assert.ok(pages.length <= 3 + 3 * many, `${pages.length} pages`);
    assert.ok(statSync(to).size < 150_000 * many, `${statSync(to).size} bytes`);
    assert.equal(readFileSync(to, 'latin1').split(`/Title (${title})`).length - 1, many, 'bookmarks');
  });

  it('prints as a tagged PDF with numbered pages, without a network and without scripts', async () => {
    const to = join(folder, 'report.pdf');
    const page = renderPage(run, { lang: 'zh', paper: true });
    await printPdf(page, { chromium: program, lang: 'zh', number: reportNumber(run), to });
    const pdf = readFileSync(to, 'latin1');
    assert.ok(pdf.startsWith('%PDF-') && pdf.trimEnd().endsWith('%%EOF'));
    assert.match(pdf, /\/MarkInfo\s*<<[^>]*\/Marked true/);
    assert.match(
      pdf,
      /\/BaseFont\s*\/[A-Z]{6}\+WenQuanYi|\/BaseFont\s*\/[A-Z]{6}\+Noto/,
      'the Chinese font is in it',
    );
    assert.ok(statSync(to).size < 5_000_000);
  });

  it('tells what to do when Chromium does not start', async () => {
    await assert.rejects(
      printPdf('<p>', { chromium: '/bin/false', lang: 'en', number: 'x', to: join(folder, 'never.pdf') }),
      { code: 'REPORT_TOOL', message: 'Chromium did not start.' },
    );
  });
});
