import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RigError } from '../../rig/model/errors.ts';
import { oneLine } from '../text.ts';
import type { Language } from '../words.ts';
import { word } from './words.ts';

export interface PrintOptions {
  /** Chromium's executable. */
  readonly chromium: string;
  readonly lang: Language;
  /** Stands on every page. */
  readonly number: string;
  /** Stands in the head of every page; else what a certificate is called. */
  readonly title?: string;
  readonly to: string;
}

/** For starting, loading and printing each: two minutes, and a minute more for every megabyte of the page. */
const deadlineFor = (page: string): number => 120_000 + Math.ceil(page.length / 1e6) * 60_000;

/** Templates are markup of their own: a name of a lab or a number of a report must stay text in them, on one line. */
const escaped = (text: string): string =>
  oneLine(text, 90).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Emoji and their kin: no font that is embedded has them, and each would be an empty box. */
const NO_GLYPH = /[\u{1f000}-\u{1faff}\u{e0020}-\u{e007f}]/gu;

/** A page of which everything can be read on paper: what would be a box is told by its number, as in `[U+1F600]`. */
export const legible = (page: string): string =>
  page
    .replace(NO_GLYPH, (char) => `[U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}]`)
    .replace(/[\ufe0e\ufe0f]/g, '');

/**
 * Prints a page as A4 PDF: tagged, with outline, report number and page n of m on every page. Headless, without network
 * and without JavaScript. Chromium's sandbox is off only when we are root, where it cannot work. Throws REPORT_TOOL.
 */
export async function printPdf(page: string, options: PrintOptions): Promise<void> {
  const { chromium } = await import('playwright');
  const { lang, number, to } = options;
  const deadline = deadlineFor(page);
  const root = process.getuid?.() === 0;
  const browser = await chromium
    .launch({
      executablePath: options.chromium,
      headless: true,
      chromiumSandbox: !root,
      args: ['--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none'],
      timeout: deadline,
    })
    .catch((cause: unknown) => {
      throw new RigError('REPORT_TOOL', 'rig', 'Chromium did not start.', {
        cause,
        hint: `Try ${options.chromium} --headless --version; npm run setup installs another.`,
      });
    });
  const source = join(dirname(to), `.print-${process.pid}.html`);
  try {
    const context = await browser.newContext({
      offline: true,
      javaScriptEnabled: false,
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
    });
    const tab = await context.newPage();
    tab.setDefaultTimeout(deadline);
    // A page of many megabytes is read from disk in a moment; handed over as a message it takes minutes.
    writeFileSync(source, legible(page));
    await tab.route(/^(?!file:|data:)/, (route) => route.abort());
    await tab.goto(pathToFileURL(source).href, { waitUntil: 'load' });
    const of = lang === 'zh' ? ['第 ', ' 页,共 ', ' 页'] : ['Page ', ' of ', ''];
    // Templates see neither the page's styles nor its fonts.
    const line = (left: string, right: string) =>
      `<div style="width:100%;margin:0 16mm;display:flex;justify-content:space-between;font:7.5pt 'Liberation Sans','WenQuanYi Zen Hei','Noto Sans CJK SC',sans-serif;color:#5b646e"><span>${left}</span><span>${right}</span></div>`;
    const named = escaped(number);
    await tab.pdf({
      path: to,
      format: 'A4',
      printBackground: true,
      tagged: true,
      outline: true,
      displayHeaderFooter: true,
      headerTemplate: line(escaped(options.title ?? `posrig · ${word(lang, 'report')}`), named),
      footerTemplate: line(
        named,
        `${of[0]}<span class="pageNumber"></span>${of[1]}<span class="totalPages"></span>${of[2]}`,
      ),
      margin: { top: '20mm', bottom: '18mm', left: '16mm', right: '16mm' },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new RigError('REPORT_TOOL', 'rig', `Chromium did not print the report: ${why}`, {
      cause,
      hint: 'Is the disk full? Then posrig report <run> --format pdf.',
    });
  } finally {
    rmSync(source, { force: true });
    await browser.close();
  }
}
