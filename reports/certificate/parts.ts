import { html } from 'hono/html';
import type { Verdict } from '../../rig/model/verdict.ts';
import { term } from '../terms.ts';
import { printable } from '../text.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';

/** A piece of finished markup. Texts put into `html` templates are escaped; only markup made by it is not. */
export type Markup = ReturnType<typeof html>;

/** Finished markup as text. Throws TypeError for markup that waits for something: none of a report does. */
export function textOf(markup: Markup): string {
  if (markup instanceof Promise) throw new TypeError('markup of a report that waits for something');
  return markup.toString();
}

/** A text that came from a device or a file: made printable, and kept from reordering what stands around it. */
export const foreign = (text: string, longest?: number): Markup =>
  html`<bdi>${printable(text, longest)}</bdi>`;

export const badge = (verdict: Verdict, lang: Language): Markup =>
  html`<span class="v ${verdict}">${say(VERDICT_WORDS[verdict], lang)}</span>`;

/** `1a2b3c4d…`: enough of a hash to compare by eye. */
export const shortHash = (hash: string): string => `${printable(hash).slice(0, 12)}…`;

/** Wall time of the journal (ISO 8601 UTC) for people: `2026-11-22 09:30:00 UTC`. */
export const wallTime = (iso: string): string =>
  printable(iso).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*$/, '$1 $2 UTC');

/** `a = 1 · b = 2`; a dash when there is nothing. */
export const pairs = (values: Readonly<Record<string, string>>, lang: Language): string =>
  Object.entries(values)
    .map(([key, value]) => `${term(key, lang)} = ${term(value, lang)}`)
    .join(' · ') || '–';

/** Which copy a slip is, in words. */
export const copyOf = (copy: string, lang: Language): string =>
  lang === 'zh' && copy === 'settlement' ? '结算单' : term(copy, lang);

/** Id of a scenario's section; safe in a URL fragment whatever the id. */
export const anchor = (id: string, attempt: number): string =>
  `s-${id.replace(/[^\w-]/g, (char) => `_${char.codePointAt(0)?.toString(16)}`)}${attempt > 1 ? `-${attempt}` : ''}`;

/** Nominal seconds since the scenario began. */
export const seconds = (ms: number): string => `+${(Math.max(0, ms) / 1000).toFixed(2)} s`;
