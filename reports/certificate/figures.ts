import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { html, raw } from 'hono/html';
import { artefactPath, type ReceiptView, type RunView, type ScenarioView, type Stamped } from '../model.ts';
import { term, terms } from '../terms.ts';
import { printable } from '../text.ts';
import type { Language } from '../words.ts';
import { copyOf, foreign, type Markup } from './parts.ts';
import { tellingScreens } from './screens.ts';
import { word } from './words.ts';

/** Pictures of receipts as data URLs, by artefact id: the page must open from disk, alone. */
export type Pictures = ReadonlyMap<string, string>;

const LARGEST_PICTURE = 4 * 1024 * 1024;

/**
 * Reads the pictures that the receipts refer to. Pictures that are missing, changed or too large are left out: the text of
 * the slip stands in their place. As `img` sources they can run no script, whatever is in them.
 */
export async function readPictures(run: RunView): Promise<Pictures> {
  const pictures = new Map<string, string>();
  for (const { name: _, ref } of run.artefacts.values()) {
    const path = artefactPath(run, ref);
    if (!path || !/^image\/(svg\+xml|png|jpeg)$/.test(ref.mime) || ref.bytes > LARGEST_PICTURE) continue;
    const content = await readFile(path).catch(() => undefined);
    if (content && sha256Of(content) === ref.sha256) pictures.set(ref.id, dataUrl(ref.mime, content));
  }
  return pictures;
}

const sha256Of = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

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
  return html`<figure>${url ? html`<img class="paper" src='${raw(url)}' alt="${text}">` : html`<pre class="paper">${text}</pre>`}
    <figcaption>${receipt.at.step > 0 ? `${word(lang, 'step')} ${receipt.at.step}` : word(lang, 'beforeSteps')} · ${foreign(copyOf(slip.copy, lang))}${slip.duplicate ? ` · ${term('duplicate', lang)}` : ''}
    ${forbidden.length > 0 ? html`<br><span class="alarm">${word(lang, 'forbidden')}: ${foreign(terms(forbidden, lang))}</span>` : ''}</figcaption></figure>`;
}

/** What the terminal said at the end of each step. */
export function screenFigures(scenario: ScenarioView, lang: Language): Markup | string {
  const told = tellingScreens(scenario);
  if (told.length === 0) return '';
  return html`<h3>${word(lang, 'screens')}</h3><div class="lcds">${told.map(
    ({ lines, lit, at }) =>
      html`<figure><pre class="lcd ${lit ? '' : 'dark'}">${printable(lines.map((line) => line || ' ').join('\n'))}</pre><figcaption>${word(lang, 'step')} ${at.step}</figcaption></figure>`,
  )}</div>`;
}
