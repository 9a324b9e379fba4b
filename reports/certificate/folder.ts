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

/**
 * The certificate as HTML: `index.html`, which has everything when there are few scenarios; of a long run it has the tables,
 * the sheets stand in pages of twenty below `cases/`, and receipts are files beside the journal. So neither its writing nor
 * its opening depends on how long the run was.
 */
export class CertificateFolder {
  readonly #options: FolderOptions;
  readonly #place: PicturePlace;
  readonly #writer: Sheets;
  #sheets: string[] = [];
  /** Page of each attempt, when there is more than one. */
  readonly #pages = new Map<string, string>();
  #parts = 0;

  constructor(options: FolderOptions) {
    this.#options = options;
    rmSync(join(options.out, PARTS), { recursive: true, force: true });
    const inParts = (options.planned ?? 0) > ONE_PAGE;
    this.#place = (ref) => this.#file(ref);
    if (inParts) this.#beginParts();
    this.#writer = new Sheets(options.lang, false, (sheet, scenario) => this.#take(sheet, scenario));
  }

  /** `trace`: page of the scenario's timeline, relative to the report. */
  add(scenario: ScenarioView, run: RunView, trace: string | undefined): void {
    const inParts = this.#parts > 0;
    const pictures = readPictures(run.folder, run.artefacts.values(), inParts ? this.#place : undefined);
    this.#writer.add(scenario, { pictures, ...(trace === undefined ? {} : { trace }) });
  }

  /** Returns what was written, relative to the folder. */
  finish(run: RunBrief): string {
    const { lang, out } = this.#options;
    if (this.#parts === 0) {
      const body = bodyOf(run, lang, this.#writer, this.#sheets);
      if (this.#parts === 0) {
        writeFileSync(
          join(out, 'index.html'),
          documentOf(titleOf(run, lang), lang, [overview(run, lang), ...body]),
        );
        return 'index.html';
      }
    }
    this.#writer.finish();
    this.#writePart(true);
    const place = (scenario: ScenarioBrief) =>
      `${this.#pages.get(keyOf(scenario)) ?? ''}#${anchor(scenario.id, scenario.attempt)}`;
    writeFileSync(
      join(out, 'index.html'),
      documentOf(titleOf(run, lang), lang, [
        overview(run, lang, place),
        notesOf(run, lang),
        textOf(endMark(lang)),
      ]),
    );
    return 'index.html';
  }

  #take(sheet: string, scenario: ScenarioView): void {
    if (this.#sheets.length >= (this.#parts > 0 ? A_PART : ONE_PAGE)) {
      if (this.#parts === 0) this.#beginParts();
      this.#writePart(false);
    }
    this.#sheets.push(sheet);
    this.#pages.set(keyOf(scenario), `${PARTS}/${nameOf(this.#parts || 1)}`);
  }

  #beginParts(): void {
    mkdirSync(join(this.#options.out, PARTS), { recursive: true });
    this.#parts = 1;
  }

  #writePart(last: boolean): void {
    if (this.#sheets.length === 0) return;
    const { lang, out } = this.#options;
    const part = this.#parts;
    const turn = textOf(
      html`<nav class="turn"><span>${part > 1 ? html`<a href="${nameOf(part - 1)}">← ${word(lang, 'previous')}</a>` : ''}</span><a href="../index.html">${word(lang, 'overview')}</a><span>${last ? '' : html`<a href="${nameOf(part + 1)}">${word(lang, 'next')} →</a>`}</span></nav>`,
    );
    const title = word(lang, 'volume', part);
    writeFileSync(
      join(out, PARTS, nameOf(part)),
      documentOf(title, lang, [turn, ...this.#sheets.map(fromBelow), turn]),
    );
    this.#sheets = [];
    this.#parts += 1;
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

/** A sheet that stands a folder deeper: its timeline is further up. In texts the quotes are escaped. */
const fromBelow = (sheet: string): string =>
  sheet.replace('<a class="trace" href="', '<a class="trace" href="../');

const nameOf = (part: number): string => `${String(part).padStart(4, '0')}.html`;
const keyOf = ({ id, attempt }: ScenarioBrief): string => `${attempt} ${id}`;
