import { readFile } from 'node:fs/promises';
import { html } from 'hono/html';
import { artefactPath, type ReceiptView, type RunView, type ScenarioView, type Stamped } from '../model.ts';
import { printable } from '../text.ts';
import type { Language } from '../words.ts';
import { foreign, type Markup } from './parts.ts';
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
    if (content) pictures.set(ref.id, `data:${ref.mime};base64,${content.toString('base64')}`);
  }
  return pictures;
}

/** The slips of a scenario as pictures, else as text. */
export function receiptFigures(scenario: ScenarioView, pictures: Pictures, lang: Language): Markup | string {
  if (scenario.receipts.length === 0) return '';
  return html`<h3>${word(lang, 'receipts')}</h3><div class="slips">${scenario.receipts.map((receipt) => receiptFigure(receipt, pictures, lang))}</div>`;
}

function receiptFigure(receipt: Stamped<ReceiptView>, pictures: Pictures, lang: Language): Markup {
  const { slip, forbidden, artefacts } = receipt;
  const text = printable(slip.lines.join('\n'), 4000);
  const url = artefacts.map(({ ref }) => pictures.get(ref.id)).find((found) => found !== undefined);
  return html`<figure>${url ? html`<img class="paper" src="${url}" alt="${text}">` : html`<pre class="paper">${text}</pre>`}
    <figcaption>${word(lang, 'step')} ${receipt.at.step} · ${foreign(slip.copy)}${slip.duplicate ? ' · duplicate' : ''}
    ${forbidden.length > 0 ? html`<br><span class="alarm">${word(lang, 'forbidden')}: ${foreign(forbidden.join(', '))}</span>` : ''}</figcaption></figure>`;
}

/** What the terminal showed at the end of each step. */
export function screenFigures(scenario: ScenarioView, lang: Language): Markup | string {
  const last = scenario.steps.flatMap(
    ({ step }) => scenario.screens.findLast(({ at }) => at.step === step) ?? [],
  );
  if (last.length === 0) return '';
  return html`<h3>${word(lang, 'screens')}</h3><div class="lcds">${last.map(
    ({ lines, lit, at }) =>
      html`<figure><pre class="lcd ${lit ? '' : 'dark'}">${printable(lines.map((line) => line || ' ').join('\n'))}</pre><figcaption>${word(lang, 'step')} ${at.step}</figcaption></figure>`,
  )}</div>`;
}
