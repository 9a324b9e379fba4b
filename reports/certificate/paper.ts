import { html } from 'hono/html';
import type { RunBrief, RunView, ScenarioView } from '../model.ts';
import type { Language } from '../words.ts';
import { onThisPage, reportNumber } from './cover.ts';
import { readPictures } from './figures.ts';
import { bodyOf, documentOf, overview, type Sheet, Sheets, titleOf } from './page.ts';
import { textOf } from './parts.ts';
import { word } from './words.ts';

/** Up to so many scenarios a passed one has its sheet on paper; beyond, the table speaks for it. */
const FEW = 60;
/** Sheets on paper at most. */
const MOST = 120;
/** Sheets on which every field of every message stands. */
const UNFOLDED = 8;

/**
 * Which sheets a run has on paper, and how much stands on them. A reader wants what went wrong, once: of scenarios that have
 * not passed for the same reason the first shows every field, and the others refer to the page. A run in which everything
 * fails stays a report that somebody can read.
 */
export class PaperChoice {
  readonly #few: boolean;
  readonly #reasons = new Set<string>();
  #sheets = 0;
  #unfolded = 0;

  /** `planned`: how many scenarios the run has, as far as is known. */
  constructor(planned: number | undefined) {
    this.#few = (planned ?? 0) <= FEW;
  }

  /** How a scenario stands on paper; undefined when only the tables have it. */
  of(scenario: ScenarioView): Pick<Sheet, 'fields'> | undefined {
    const passed = scenario.verdict === 'passed' || scenario.verdict === 'skipped';
    if ((passed && !this.#few) || this.#sheets >= MOST) return undefined;
    this.#sheets += 1;
    if (passed) return {};
    const reason = reasonOf(scenario);
    const fields = !this.#reasons.has(reason) && this.#unfolded < UNFOLDED;
    this.#reasons.add(reason);
    if (fields) this.#unfolded += 1;
    return { fields };
  }
}

/** Reasons that differ in their numbers only are the same to a reader. */
const reasonOf = ({ verdict, blame, reason = '', findings }: ScenarioView): string =>
  [
    verdict,
    blame,
    findings.find((finding) => finding.verdict === verdict)?.code,
    reason.replace(/\d+/g, '#'),
  ].join('|');

/** The page that is printed, one scenario at a time: cover and tables of everything, sheets by the choice above. */
export class PaperPage {
  readonly #lang: Language;
  readonly #choice: PaperChoice;
  readonly #sheets: string[] = [];
  readonly #writer: Sheets;
  readonly #shown = new Set<string>();
  #left = 0;

  constructor(lang: Language, planned: number | undefined) {
    this.#lang = lang;
    this.#choice = new PaperChoice(planned);
    this.#writer = new Sheets(lang, true, (sheet) => this.#sheets.push(sheet));
  }

  add(scenario: ScenarioView, run: RunView): void {
    const choice = this.#choice.of(scenario);
    if (choice === undefined) {
      this.#left += 1;
      return;
    }
    this.#shown.add(onThisPage(scenario) ?? '');
    this.#writer.add(scenario, { pictures: readPictures(run.folder, run.artefacts.values()), ...choice });
  }

  /** The page, and the number that stands on each of its sheets. */
  finish(run: RunBrief): { readonly html: string; readonly number: string } {
    const lang = this.#lang;
    const place: typeof onThisPage = (scenario) => {
      const to = onThisPage(scenario);
      return to !== undefined && this.#shown.has(to) ? to : undefined;
    };
    const left =
      this.#left > 0
        ? html`<p class="soft">${word(lang, 'notOnPaper', this.#left, run.scenarios.length)}</p>`
        : html``;
    const body = bodyOf(run, lang, this.#writer, this.#sheets);
    const page = documentOf(titleOf(run, lang), lang, [overview(run, lang, place), textOf(left), ...body]);
    return { html: page, number: reportNumber(run) };
  }
}
