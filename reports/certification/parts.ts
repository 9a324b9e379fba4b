import { html } from 'hono/html';
import { foreign, type Markup } from '../certificate/parts.ts';
import type { Language } from '../words.ts';
import { type CertificationWord, said } from './words.ts';

/** A text of the campaign file, as long as the file may have it; where it is empty, that is said. */
export const stated = (text: string | null | undefined, lang: Language): Markup =>
  text ? foreign(text, 4000) : html`<span class="lacking">${said(lang, 'notStated')}</span>`;

/** The same for what needs not be there. */
export const optional = (text: string | null | undefined): Markup => (text ? foreign(text, 4000) : html`–`);

/** A row of a list of facts. */
export const fact = (lang: Language, name: CertificationWord, value: Markup | string): Markup =>
  html`<dt>${said(lang, name)}</dt><dd>${value}</dd>`;

/** A table with a head that repeats on every page; `widths` in per cent where the columns shall not find their own. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly (Markup | string)[])[],
  kind = '',
): Markup =>
  html`<table class="${kind}"><thead><tr>${head.map((text) => html`<th>${text}</th>`)}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;

export const lines = (texts: readonly (Markup | string)[]): Markup =>
  html`${texts.map((text, i) => html`${i > 0 ? html`<br>` : ''}${text}`)}`;
