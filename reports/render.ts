import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRigError, RigError } from '../rig/model/errors.ts';
import { type RunView, readRun } from './model.ts';
import { findChromium, findJava, reportCapabilities } from './tools.ts';
import type { Language } from './words.ts';

export const FORMATS = ['junit', 'html', 'pdf', 'allure'] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderOptions {
  readonly lang: Language;
  /** Names of FORMATS; all when absent. */
  readonly formats?: readonly string[];
  /** Where to write; the run's folder when absent. */
  readonly out?: string;
  /** Is told what is being written, before each format. */
  readonly onProgress?: (line: string) => void;
}

export interface RenderResult {
  /** What was written, relative to the folder written to. */
  readonly written: readonly { readonly path: string; readonly title: string }[];
  /** What could not be made and what to do about it. */
  readonly notes: readonly string[];
}

interface Task {
  readonly run: RunView;
  readonly out: string;
  readonly lang: Language;
}

type Written = RenderResult['written'];

/** What each format writes, for people who wait. */
const OUTPUTS: Readonly<Record<Format, string>> = {
  junit: 'junit.xml',
  html: 'index.html',
  pdf: 'report.pdf',
  allure: 'allure-report/',
};

/** How each format is made; modules are loaded when used. A string is a note: that output cannot be made here. */
const RENDERERS: Readonly<Record<Format, (task: Task) => Promise<Written | string>>> = {
  junit: async ({ run, out, lang }) => {
    const { renderJunit } = await import('./junit/junit.ts');
    await writeFile(join(out, 'junit.xml'), renderJunit(run, lang));
    return [{ path: 'junit.xml', title: 'JUnit XML' }];
  },
  html: async ({ run, out, lang }) => {
    const { renderPage } = await import('./certificate/page.ts');
    await writeFile(join(out, 'index.html'), await renderPage(run, { lang }));
    return [{ path: 'index.html', title: lang === 'zh' ? '测试报告 HTML' : 'Certificate, HTML' }];
  },
  pdf: async ({ run, out, lang }) => {
    const chromium = await findChromium();
    if (!chromium) return missing('chromium', 'report.pdf');
    const { renderPage } = await import('./certificate/page.ts');
    const { printPdf } = await import('./certificate/print.ts');
    const { reportNumber } = await import('./certificate/cover.ts');
    const page = await renderPage(run, { lang, paper: true });
    await printPdf(page, {
      chromium: chromium.path,
      lang,
      number: reportNumber(run),
      to: join(out, 'report.pdf'),
    });
    return [{ path: 'report.pdf', title: lang === 'zh' ? '测试报告 PDF' : 'Certificate, PDF' }];
  },
  allure: async ({ run, out, lang }) => {
    const { writeAllureResults } = await import('./allure/results.ts');
    writeAllureResults(run, join(out, 'allure-results'), lang);
    const results = { path: 'allure-results/', title: lang === 'zh' ? 'Allure 结果' : 'Allure results' };
    const java = await findJava();
    if (!java) return [results];
    const { generateAllure } = await import('./allure/generate.ts');
    await generateAllure(join(out, 'allure-results'), join(out, 'allure-report'), java.path);
    return [
      results,
      { path: 'allure-report/index.html', title: lang === 'zh' ? 'Allure 报告' : 'Allure report' },
    ];
  },
};

async function missing(id: string, output: string): Promise<string> {
  const capability = (await reportCapabilities()).find((candidate) => candidate.id === id);
  if (!capability || capability.state === 'ok') return `${output} was not made.`;
  return `${output} was not made: ${capability.title} is ${capability.found}. Install it with: ${capability.remedy ?? 'npm run setup'}`;
}

/**
 * Renders a run's folder, one format after the other so that Chromium and Java never run at once. A tool that is missing
 * or fails costs its own output only and becomes a note. Throws USAGE for an unknown format, and what `readRun` throws.
 */
export async function renderAll(folder: string, options: RenderOptions): Promise<RenderResult> {
  const formats = (options.formats ?? FORMATS).map(formatOf);
  const out = options.out ?? folder;
  await mkdir(out, { recursive: true });
  const run = await readRun(folder);
  const written: Written[number][] = [];
  const notes: string[] = [];
  if (run.cut)
    notes.push('The journal has no end: the run was stopped or killed. The reports cover what was recorded.');
  for (const format of FORMATS.filter((candidate) => formats.includes(candidate))) {
    options.onProgress?.(`${options.lang === 'zh' ? '正在生成' : 'writing'} ${OUTPUTS[format]} …`);
    try {
      const result = await RENDERERS[format]({ run, out, lang: options.lang });
      if (typeof result === 'string') notes.push(result);
      else written.push(...result);
      if (format === 'allure' && !(await findJava())) notes.push(await missing('java', 'allure-report/'));
    } catch (thrown) {
      if (!isRigError(thrown) || thrown.code !== 'REPORT_TOOL') throw thrown;
      notes.push(`${thrown.message}${thrown.hint ? ` ${thrown.hint}` : ''}`);
    }
  }
  return { written, notes };
}

function formatOf(name: string): Format {
  const format = FORMATS.find((candidate) => candidate === name);
  if (format) return format;
  throw new RigError('USAGE', 'file', `there is no report format "${name}"`, {
    hint: `Formats: ${FORMATS.join(', ')}.`,
  });
}
