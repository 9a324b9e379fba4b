import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import type { ArtefactRef } from '../../rig/model/event.ts';
import {
  type ArtefactView,
  artefactPath,
  type ReceiptView,
  type ScenarioView,
  type Stamped,
} from '../model.ts';
import { term, terms } from '../terms.ts';
import { printable } from '../text.ts';
import type { Language } from '../words.ts';
import { copyOf, foreign, type Markup } from './parts.ts';
import { tellingScreens } from './screens.ts';
import { word } from './words.ts';

/** Where a page finds the pictures of receipts, by artefact id. */
export type Pictures = ReadonlyMap<string, string>;

const LARGEST_PICTURE = 4 * 1024 * 1024;

/** How a page refers to a picture that is as it was recorded. */
export type PicturePlace = (ref: ArtefactRef, content: Buffer) => string;

/** In the page itself, which then opens alone. */
const inPage: PicturePlace = ({ mime }, content) => dataUrl(mime, content);

/**
 * The pictures among artefacts of a run's folder. Those that are missing, changed or too large are left out: the text of
 * the slip stands in their place. As `img` sources they can run no script, whatever is in them.
 */
export function readPictures(
  folder: string,
  artefacts: Iterable<ArtefactView>,
  place: PicturePlace = inPage,
): Pictures {
  const pictures = new Map<string, string>();
  for (const { ref } of artefacts) {
    const path = artefactPath(folder, ref);
    if (!path || !/^image\/(svg\+xml|png|jpeg)$/.test(ref.mime) || ref.bytes > LARGEST_PICTURE) continue;
    const content = contentOf(path);
    if (content && hash('sha256', content) === ref.sha256) pictures.set(ref.id, place(ref, content));
  }
  return pictures;
}

/** Pictures are small and there are many: asking for each in turn takes a third of the time of asking for promises. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * SVG is text: escaped it stays smaller than in base64. Nothing that is left in it can end an attribute in single quotes
 * or look like markup to somebody who searches the page.
 */
export const dataUrl = (mime: string, content: Buffer): string =>
  mime === 'image/svg+xml'
    ? `data:${mime},${content
        .toString('utf8')
        .replace(/[\r\n]+/g, '')
        .replace(
          /[\t%#<'&]/g,
          (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
        )}`
    : `data:${mime};base64,${content.toString('base64')}`;

/** The slips of a scenario as pictures, else as text. */
export function receiptFigures(scenario: ScenarioView, pictures: Pictures, lang: Language): Markup | string {
  if (scenario.receipts.length === 0) return '';
  return html`<h3>${word(lang, 'receipts')}</h3><div class="slips">${scenario.receipts.map((receipt) => receiptFigure(receipt, pictures, lang))}</div>`;
}

function receiptFigure(receipt: Stamped<ReceiptView>, pictures: Pictures, lang: Language): Markup {
  const { slip, forbidden, artefacts } = receipt;
  const text = printable(slip.lines.join('\n'), 4000);
  const url = artefacts.map(({ ref }) => pictures.get(ref.id)).find((found) => found !== undefined);
  return html`<figure>${url ? html`${paperImage(url, text)}` : html`<pre class="paper">${text}</pre>`}
    <figcaption>${receipt.at.step > 0 ? `${word(lang, 'step')} ${receipt.at.step}` : word(lang, 'beforeSteps')} · ${foreign(copyOf(slip.copy, lang))}${slip.duplicate ? ` · ${term('duplicate', lang)}` : ''}
    ${forbidden.length > 0 ? html`<br><span class="alarm">${word(lang, 'forbidden')}: ${foreign(terms(forbidden, lang))}</span>` : ''}</figcaption></figure>`;
}

/** A picture of paper; one that is a file of its own is fetched when it comes into sight. */
export const paperImage = (url: string, alt: string): Markup =>
  html`<img class="paper"${url.startsWith('data:') ? '' : raw(' loading="lazy"')} src='${raw(url)}' alt="${alt}">`;

/** What the terminal said at the end of each step. */
export function screenFigures(scenario: ScenarioView, lang: Language): Markup | string {
  const told = tellingScreens(scenario);
  if (told.length === 0) return '';
  return html`<h3>${word(lang, 'screens')}</h3><div class="lcds">${told.map(
    ({ lines, lit, at }) =>
      html`<figure><pre class="lcd ${lit ? '' : 'dark'}">${printable(lines.map((line) => line || ' ').join('\n'))}</pre><figcaption>${word(lang, 'step')} ${at.step}</figcaption></figure>`,
  )}</div>`;
}
