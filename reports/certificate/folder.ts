import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { html } from 'hono/html';
import type { ArtefactRef } from '../../rig/model/event.ts';
import { linkOrCopy } from '../link.ts';
import {
  artefactPath,
  type RunBrief,
  type RunView,
  type ScenarioBrief,
  type ScenarioView,
} from '../model.ts';
import type { Language } from '../words.ts';
import { type PicturePlace, readPictures } from './figures.ts';
import { bodyOf, documentOf, endMark, notesOf, overview, Sheets, titleOf } from './page.ts';
import { anchor, textOf } from './parts.ts';
import { word } from './words.ts';

/** Up to so many attempts the report is one file with everything in it, which can be sent by mail. */
export const ONE_PAGE = 60;
/** Beyond so many, the sheets of those that passed show the main things; `posrig show` has the rest. */
export const ALL_IN_FULL = 1000;
/** Attempts on one page of a longer report. */
const A_PART = 20;
/** Folder of those pages. */
const PARTS = 'cases';

/** What the report of a run is written from, one scenario at a time. */
export interface FolderOptions {
  readonly lang: Language;
  /** The run's folder, in which the artefacts are. */
  readonly run: string;
  /** Where the report goes. */
  readonly out: string;
  /** How many scenarios the run meant to have, if it said so. */
  readonly planned: number | undefined;
}

/** Takes away what an earlier report left below the folder. */
export const clearFolder = (out: string): void => rmSync(join(out, PARTS), { recursive: true, force: true });

/** Page of the attempt at that place of a long run, from 1. */
export const partOf = (place: number): number => Math.floor(place / A_PART) + 1;

/**
 * The certificate as HTML: `index.html`, which has everything when there are few scenarios; of a long run it has the tables,
 * the sheets stand in pages of twenty below `cases/`, and receipts are files beside the journal. So neither its writing nor
 * its opening depends on how long the run was. Sheets may be left out a page at a time: somebody else writes those.
 */
export class CertificateFolder {
  readonly #options: FolderOptions;
  readonly #pictures: PicturePlace;
  readonly #writer: Sheets;
  readonly #brief: boolean;
  #inParts = false;
  /** Place of the first scenario that was known to stand in a part when it was read. */
  #firstBelow = 0;
  /** Sheets that are not written yet: of one page, or of all when there are few. */
  #sheets: { readonly place: number; readonly sheet: string }[] = [];

  constructor(options: FolderOptions) {
    this.#options = options;
    this.#brief = (options.planned ?? 0) > ALL_IN_FULL;
    this.#pictures = (ref) => this.#file(ref);
    if ((options.planned ?? 0) > ONE_PAGE) this.#beginParts();
    this.#writer = new Sheets(options.lang, false, (sheet, { place }) => this.#take(sheet, place));
  }

  /** `trace`: page of the scenario's timeline, relative to the report. */
  add(scenario: ScenarioView, run: RunView, trace: string | undefined): void {
    const pictures = readPictures(
      run.folder,
      run.artefacts.values(),
      this.#inParts ? this.#pictures : undefined,
    );
    if (!this.#inParts) this.#firstBelow = scenario.place + 1;
    const above = this.#inParts ? '../' : '';
    this.#writer.add(scenario, {
      pictures,
      ...(this.#brief ? { brief: true, terse: true } : {}),
      ...(trace === undefined ? {} : { trace: above + trace }),
    });
  }

  /** Writes the pages that are left; of a short run that is `index.html`, and the answer is true. `attempts`: of the run. */
  finishSheets(run: RunBrief, attempts: number): boolean {
    const { lang, out } = this.#options;
    if (!this.#inParts) {
      const sheets: string[] = [];
      const body = bodyOf(run, lang, this.#writer, sheets);
      if (!this.#inParts) {
        const all = [overview(run, lang), ...this.#sheets.map(({ sheet }) => sheet), ...body];
        writeFileSync(join(out, 'index.html'), documentOf(titleOf(run, lang), lang, all));
        return true;
      }
    }
    this.#writer.finish();
    this.#writePart(attempts);
    return false;
  }

  /** Writes what is left. Returns what was written, relative to the folder. */
  finish(run: RunBrief): string {
    const { lang, out } = this.#options;
    if (this.finishSheets(run, run.scenarios.length)) return 'index.html';
    const place = (scenario: ScenarioBrief) =>
      `${PARTS}/${nameOf(partOf(scenario.place))}#${anchor(scenario.id, scenario.attempt)}`;
    writeFileSync(
      join(out, 'index.html'),
      documentOf(titleOf(run, lang), lang, [
        overview(run, lang, place),
        this.#brief
          ? textOf(html`<p class="soft">${word(lang, 'mainThings', run.scenarios.length)}</p>`)
          : '',
        notesOf(run, lang),
        textOf(endMark(lang)),
      ]),
    );
    return 'index.html';
  }

  #take(sheet: string, place: number): void {
    if (!this.#inParts && this.#sheets.length >= ONE_PAGE) {
      this.#beginParts();
      const sheets = this.#sheets;
      this.#sheets = [];
      for (const early of sheets) this.#take(early.sheet, early.place);
    }
    const part = this.#sheets[0];
    // Whatever page this sheet is on, it comes after the one that is complete now.
    if (this.#inParts && part && partOf(part.place) !== partOf(place)) this.#writePart(place + 1);
    this.#sheets.push({ place, sheet });
  }

  #beginParts(): void {
    mkdirSync(join(this.#options.out, PARTS), { recursive: true });
    this.#inParts = true;
  }

  /** Writes the page whose sheets are at hand; `attempts`: how many the run has at least. */
  #writePart(attempts: number): void {
    const [first] = this.#sheets;
    if (!first) return;
    const { lang, out } = this.#options;
    const part = partOf(first.place);
    const last = part === partOf(attempts - 1);
    const turn = textOf(
      html`<nav class="turn"><span>${part > 1 ? html`<a href="${nameOf(part - 1)}">← ${word(lang, 'previous')}</a>` : ''}</span><a href="../index.html">${word(lang, 'overview')}</a><span>${last ? '' : html`<a href="${nameOf(part + 1)}">${word(lang, 'next')} →</a>`}</span></nav>`,
    );
    const title = word(lang, 'volume', part);
    const sheets = this.#sheets.map(({ place, sheet }) =>
      place < this.#firstBelow ? fromBelow(sheet) : sheet,
    );
    writeFileSync(join(out, PARTS, nameOf(part)), documentOf(title, lang, [turn, ...sheets, turn]));
    this.#sheets = [];
  }

  /** A picture as a file of the report: the artefact itself, or a second name of it where the report lies elsewhere. */
  #file(ref: ArtefactRef): string {
    const { run, out } = this.#options;
    const from = artefactPath(run, ref);
    const to = join(out, ref.path);
    if (from !== undefined && from !== to && !existsSync(to)) {
      mkdirSync(dirname(to), { recursive: true });
      linkOrCopy(from, to);
    }
    return posix.join('..', ref.path);
  }
}

/** A sheet that stands a folder deeper than was meant: its timeline is further up. In texts the quotes are escaped. */
const fromBelow = (sheet: string): string =>
  sheet.replace('<a class="trace" href="', '<a class="trace" href="../');

const nameOf = (part: number): string => `${String(part).padStart(4, '0')}.html`;
