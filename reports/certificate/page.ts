import { html, raw } from 'hono/html';
import type { RunBrief, RunView, ScenarioView } from '../model.ts';
import { oneLine } from '../text.ts';
import type { Language } from '../words.ts';
import { type CaseOptions, caseSheet } from './case.ts';
import { cover, reportNumber, requirementMatrix, type SheetPlace, verdictTable } from './cover.ts';
import { readPictures } from './figures.ts';
import { foreign, type Markup, textOf } from './parts.ts';
import { STYLE } from './style.ts';
import { word } from './words.ts';

/** A page that opens from disk: no script, no link to anywhere, and a policy that forbids the rest. `body` is markup. */
export function documentOf(title: string, lang: Language, body: readonly string[]): string {
  const head = html`<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: file: 'self'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main>
`;
  return [textOf(head), ...body, '\n</main></body></html>'].join('');
}

/** What a report of this run is called. */
export const titleOf = (run: RunBrief, lang: Language): string =>
  `${word(lang, 'report')} ${reportNumber(run)}${run.start ? ` · ${oneLine(run.start.profile.title, 80)}` : ''}`;

export const endMark = (lang: Language): Markup => html`<p class="end">— ${word(lang, 'end')} —</p>`;

/** Cover and tables of a run; `place` says where the sheets are. */
export const overview = (run: RunBrief, lang: Language, place?: SheetPlace): string =>
  [cover(run, lang), verdictTable(run, lang, place), requirementMatrix(run, lang, place)]
    .map(textOf)
    .join('');

export const notesOf = (run: RunBrief, lang: Language): string =>
  run.notes.length === 0
    ? ''
    : textOf(
        html`<section><h2>${word(lang, 'notes')}</h2><ul>${run.notes.map(({ text }) => html`<li>${foreign(text)}</li>`)}</ul></section>`,
      );

/** A sheet as the page or the paper shows it, once it is known whether it is the last. */
export type Sheet = Omit<CaseOptions, 'lang' | 'paper'>;

/**
 * The sheets of a report, one scenario at a time. The newest waits until it is known whether another one follows: the end
 * mark stands within the last sheet, so that it is never alone on a sheet of paper.
 */
export class Sheets {
  readonly #lang: Language;
  readonly #paper: boolean;
  readonly #finished: (sheet: string, scenario: ScenarioView) => void;
  #newest: { readonly scenario: ScenarioView; readonly sheet: Sheet } | undefined;

  constructor(lang: Language, paper: boolean, finished: (sheet: string, scenario: ScenarioView) => void) {
    this.#lang = lang;
    this.#paper = paper;
    this.#finished = finished;
  }

  add(scenario: ScenarioView, sheet: Sheet): void {
    this.#turn();
    this.#newest = { scenario, sheet };
  }

  /** `end` goes below the last sheet. False when there is none that it could go below. */
  finish(end?: Markup): boolean {
    const any = this.#newest !== undefined;
    this.#turn(end);
    return any;
  }

  #turn(end?: Markup): void {
    if (!this.#newest) return;
    const { scenario, sheet } = this.#newest;
    this.#newest = undefined;
    const options = { lang: this.#lang, paper: this.#paper, ...sheet, ...(end === undefined ? {} : { end }) };
    this.#finished(textOf(caseSheet(scenario, options)), scenario);
  }
}

/**
 * The certificate of a run that is in memory as one HTML page: everything in it. Whatever a device or a file put into the
 * journal is text there. `paper` shows what a reader cannot unfold, and of passed scenarios only what a lab sends.
 */
export function renderPage(
  run: RunView,
  options: { readonly lang: Language; readonly paper?: boolean },
): string {
  const { lang, paper = false } = options;
  const pictures = readPictures(run.folder, run.artefacts.values());
  const sheets: string[] = [];
  const writer = new Sheets(lang, paper, (sheet) => sheets.push(sheet));
  for (const scenario of run.scenarios) writer.add(scenario, { pictures });
  return documentOf(titleOf(run, lang), lang, [overview(run, lang), ...bodyOf(run, lang, writer, sheets)]);
}

/** Sheets, notes and the end mark, in the order in which they stand. */
export function bodyOf(
  run: RunBrief,
  lang: Language,
  writer: Sheets,
  sheets: readonly string[],
): readonly string[] {
  const notes = notesOf(run, lang);
  const ended = writer.finish(notes === '' ? endMark(lang) : undefined) && notes === '';
  return [...sheets, notes, ended ? '' : textOf(endMark(lang))];
}
