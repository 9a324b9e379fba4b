import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { extentOf } from '../rig/journal/lines.ts';
import { readJournal } from '../rig/journal/read.ts';
import { isRigError, RigError } from '../rig/model/errors.ts';
import type { JournalEvent } from '../rig/model/event.ts';
import { diskTrouble } from './fence.ts';
import { streamRun } from './fold.ts';
import type { RunBrief, RunView, ScenarioView } from './model.ts';
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
  /** An output is missing because the disk did not take it. */
  readonly diskFailed: boolean;
}

type Written = RenderResult['written'];

/**
 * One output of a run. All outputs read the journal together, once, one scenario at a time: none may keep more of a scenario
 * than what it writes of it in the end.
 */
interface Output {
  event?(event: JournalEvent): void;
  traffic?(line: Buffer): void;
  scenario(scenario: ScenarioView, run: RunView): void;
  /** When given, scenarios for whose place in the run it is false need not be told. */
  readonly wants?: ((place: number) => boolean) | undefined;
  /** See `RunVisitor.lean`. */
  readonly lean?: boolean;
  /** Writes what is left, when everything was read. A string is a note: that output cannot be made here. */
  finish(run: RunBrief): Promise<Written | string>;
  /** Nothing will come of it: the journal could not be read. */
  stop?(): void;
}

interface Task {
  readonly folder: string;
  readonly out: string;
  readonly lang: Language;
  /** How many scenarios the run meant to have. */
  readonly planned: number | undefined;
  /** Size of its journal. */
  readonly bytes: number;
}

/** What each format writes, for people who wait. */
const NAMES: Readonly<Record<Format, string>> = {
  junit: 'junit.xml',
  html: 'index.html',
  pdf: 'report.pdf',
  allure: 'allure-report/',
};

/** How each format is made; modules are loaded when used. */
const OUTPUTS: Readonly<Record<Format, (task: Task) => Promise<Output>>> = {
  junit: async ({ out, lang }) => {
    const { JunitDocument } = await import('./junit/junit.ts');
    const document = new JunitDocument(lang);
    return {
      scenario: (scenario) => document.add(scenario),
      finish: async (run) => {
        writeFileSync(join(out, 'junit.xml'), document.finish(run));
        return [{ path: 'junit.xml', title: 'JUnit XML' }];
      },
    };
  },
  html: async ({ folder, out, lang, planned, bytes }) => {
    const { HtmlReport } = await import('./certificate/html.ts');
    const report = new HtmlReport({ lang, run: folder, out, planned, bytes });
    return {
      event: (event) => report.event(event),
      traffic: (line) => report.traffic(line),
      scenario: (scenario, run) => report.scenario(scenario, run),
      wants: report.wants,
      lean: report.lean,
      finish: async (run) => [
        { path: await report.finish(run), title: lang === 'zh' ? '测试报告 HTML' : 'Certificate, HTML' },
      ],
      stop: () => report.stop(),
    };
  },
  pdf: async ({ out, lang, planned }) => {
    const [{ PaperPage }, { printPdf }] = await Promise.all([
      import('./certificate/paper.ts'),
      import('./certificate/print.ts'),
    ]);
    const page = new PaperPage(lang, planned);
    return {
      scenario: (scenario, run) => page.add(scenario, run),
      finish: async (run) => {
        const chromium = await findChromium();
        if (!chromium) return missing('chromium', 'report.pdf');
        const { html, number } = page.finish(run);
        await printPdf(html, { chromium: chromium.path, lang, number, to: join(out, 'report.pdf') });
        return [{ path: 'report.pdf', title: lang === 'zh' ? '测试报告 PDF' : 'Certificate, PDF' }];
      },
    };
  },
  allure: async ({ out, lang }) => {
    const { AllureResults } = await import('./allure/results.ts');
    const written = new AllureResults(join(out, 'allure-results'), lang);
    return {
      scenario: (scenario, run) => written.add(scenario, run),
      finish: async (run) => {
        written.finish(run);
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
  },
};

async function missing(id: string, output: string): Promise<string> {
  const capability = (await reportCapabilities()).find((candidate) => candidate.id === id);
  if (!capability || capability.state === 'ok') return `${output} was not made.`;
  return `${output} was not made: ${capability.title} is ${capability.found}. Install it with: ${capability.remedy ?? 'npm run setup'}`;
}

/**
 * Renders a run's folder. The journal is read once, in memory that does not grow with it; then the formats are finished one
 * after the other, so that Chromium and Java never run at once. A tool that is missing or fails, and a disk that takes no
 * more, cost the output in question only and become a note. Throws USAGE for an unknown format, and what `streamRun` throws.
 */
export async function renderAll(folder: string, options: RenderOptions): Promise<RenderResult> {
  const formats = (options.formats ?? FORMATS).map(formatOf);
  const { lang, out = folder } = options;
  await mkdir(out, { recursive: true });
  const wanted = FORMATS.filter((candidate) => formats.includes(candidate));
  const run = await readInto(wanted, { folder, out, lang });
  const written: Written[number][] = [];
  const notes: string[] = [];
  if (run.brief.cut)
    notes.push('The journal has no end: the run was stopped or killed. The reports cover what was recorded.');
  let diskFailed = false;
  for (const [format, output] of run.outputs) {
    options.onProgress?.(`${lang === 'zh' ? '正在生成' : 'writing'} ${NAMES[format]} …`);
    try {
      if (output.trouble !== undefined) throw output.trouble;
      const result = await output.finish(run.brief);
      if (typeof result === 'string') notes.push(result);
      else written.push(...result);
      if (format === 'allure' && !(await findJava())) notes.push(await missing('java', 'allure-report/'));
    } catch (thrown) {
      const trouble = diskTrouble(thrown);
      if (trouble !== undefined) {
        diskFailed = true;
        notes.push(
          `${NAMES[format]} was not made: ${trouble} (${out}). Make it again where there is room: posrig report ${folder} --out FOLDER`,
        );
        continue;
      }
      if (!isRigError(thrown) || thrown.code !== 'REPORT_TOOL') throw thrown;
      notes.push(`${thrown.message}${thrown.hint ? ` ${thrown.hint}` : ''}`);
    }
  }
  return { written, notes, diskFailed };
}

/** An output that is left alone once the disk did not take what it wrote: the others go on. */
class Fenced implements Output {
  readonly #output: Output;
  readonly wants: ((place: number) => boolean) | undefined;
  readonly lean: boolean;
  /** What the disk said. */
  trouble: unknown;

  constructor(output: Output) {
    this.#output = output;
    this.wants = output.wants;
    this.lean = output.lean === true;
  }

  event(event: JournalEvent): void {
    this.#guard(() => this.#output.event?.(event));
  }

  traffic(line: Buffer): void {
    this.#guard(() => this.#output.traffic?.(line));
  }

  scenario(scenario: ScenarioView, run: RunView): void {
    this.#guard(() => this.#output.scenario(scenario, run));
  }

  finish(run: RunBrief): Promise<Written | string> {
    return this.#output.finish(run);
  }

  stop(): void {
    this.#output.stop?.();
  }

  #guard(write: () => void): void {
    if (this.trouble !== undefined) return;
    try {
      write();
    } catch (thrown) {
      if (diskTrouble(thrown) === undefined) throw thrown;
      this.trouble = thrown;
      this.stop();
    }
  }
}

/** The outputs begin when the run's first event has said how long it means to be. */
async function readInto(
  wanted: readonly Format[],
  { folder, out, lang }: Omit<Task, 'planned' | 'bytes'>,
): Promise<{ readonly brief: RunBrief; readonly outputs: readonly (readonly [Format, Fenced])[] }> {
  const planned = await plannedOf(folder);
  const { bytes } = await extentOf(folder);
  const outputs: (readonly [Format, Fenced])[] = [];
  for (const format of wanted)
    outputs.push([format, new Fenced(await OUTPUTS[format]({ folder, out, lang, planned, bytes }))]);
  const alone = outputs.length === 1 ? outputs[0]?.[1] : undefined;
  const brief = await streamRun(folder, {
    ...(alone?.wants ? { wants: alone.wants } : {}),
    ...(alone?.lean ? { lean: true } : {}),
    event: (event) => {
      for (const [, output] of outputs) output.event?.(event);
    },
    traffic: (line) => {
      for (const [, output] of outputs) output.traffic?.(line);
    },
    scenario: (scenario, run) => {
      for (const [, output] of outputs) output.scenario(scenario, run);
    },
  }).catch((thrown: unknown) => {
    for (const [, output] of outputs) output.stop?.();
    throw thrown;
  });
  return { brief, outputs };
}

/** What the run's first event says of its length; a run that was killed at once says nothing. */
async function plannedOf(folder: string): Promise<number | undefined> {
  for await (const event of readJournal(folder))
    return event.type === 'run.start' ? event.scenarios : undefined;
  return undefined;
}

function formatOf(name: string): Format {
  const format = FORMATS.find((candidate) => candidate === name);
  if (format) return format;
  throw new RigError('USAGE', 'file', `there is no report format "${name}"`, {
    hint: `Formats: ${FORMATS.join(', ')}.`,
  });
}
