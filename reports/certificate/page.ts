import { html, raw } from 'hono/html';
import type { RunView } from '../model.ts';
import { oneLine } from '../text.ts';
import type { Language } from '../words.ts';
import { caseSheet } from './case.ts';
import { cover, reportNumber, requirementMatrix, verdictTable } from './cover.ts';
import { readPictures } from './figures.ts';
import { foreign } from './parts.ts';
import { STYLE } from './style.ts';
import { word } from './words.ts';

/**
 * The certificate as one HTML page that opens from disk: no script, no link to anywhere, everything in it. Whatever a
 * device or a file put into the journal is text there, and a policy forbids the rest. `paper` shows what a reader cannot unfold,
 * and of passed scenarios only what a lab sends.
 */
export async function renderPage(
  run: RunView,
  options: { readonly lang: Language; readonly paper?: boolean },
): Promise<string> {
  const { lang, paper = false } = options;
  const pictures = await readPictures(run);
  const title = `${word(lang, 'report')} ${reportNumber(run)}${run.start ? ` · ${oneLine(run.start.profile.title, 80)}` : ''}`;
  const end = html`<p class="end">— ${word(lang, 'end')} —</p>`;
  const last = run.notes.length > 0 ? undefined : run.scenarios.at(-1);
  const page = html`<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main>
${cover(run, lang)}${verdictTable(run, lang)}${requirementMatrix(run, lang)}
${run.scenarios.map((scenario) => caseSheet(scenario, { lang, paper, pictures, ...(scenario === last ? { end } : {}) }))}
${run.notes.length > 0 ? html`<section><h2>${word(lang, 'notes')}</h2><ul>${run.notes.map(({ text }) => html`<li>${foreign(text)}</li>`)}</ul></section>` : ''}
${last ? '' : end}
</main></body></html>`;
  return String(await page);
}
