import { html, raw } from 'hono/html';
import type { ReportLanguage } from '../../rig/model/certification.ts';
import { caseSheet } from '../certificate/case.ts';
import type { Markup } from '../certificate/parts.ts';
import { STYLE } from '../certificate/style.ts';
import { word } from '../certificate/words.ts';
import type { Language } from '../words.ts';
import { annexes } from './annexes.ts';
import { missingItems } from './clauses.ts';
import { conditions, frontPage, identification, titleOf } from './front.ts';
import { results } from './results.ts';
import { CERTIFICATION_STYLE } from './style.ts';
import type { Certification } from './view.ts';
import { said } from './words.ts';

/**
 * The certification report as one HTML page that opens from disk, alone and without scripts; the PDF is printed from it.
 * `both` is the whole report in English and then in Chinese, under one number, with one end; on paper the decoded fields of
 * messages, which are most of its pages, stand once.
 */
export async function renderCertification(
  certification: Certification,
  options: { readonly lang: ReportLanguage; readonly paper?: boolean },
): Promise<string> {
  const { lang, paper = false } = options;
  const languages: readonly Language[] = lang === 'both' ? ['en', 'zh'] : [lang];
  const [first = 'en'] = languages;
  const { campaign } = certification.basis;
  const missing = missingItems(certification).length;
  const parts = languages.map((language, i) => {
    const text = String(part(certification, language, { paper, missing, again: i > 0 }));
    // Texts are escaped in markup, so that these attributes can only be our own.
    return i === 0 ? text : text.replaceAll('id="s-', 'id="t-').replaceAll('href="#s-', 'href="#t-');
  });
  const end = languages.map((language) => word(language, 'end')).join(' · ');
  const page = html`<!doctype html>
<html lang="${first === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${`${titleOf(campaign, first)} ${identification(campaign, first)}`}</title><style>${raw(STYLE)}${raw(CERTIFICATION_STYLE)}</style></head>
<body>${missing > 0 ? html`<div class="draft" aria-hidden="true">${said(first, 'draft')}</div>` : ''}<main>
${raw(parts.map((text, i) => `<div lang="${languages[i] === 'zh' ? 'zh-CN' : 'en'}">${text}</div>`).join('\n'))}
<p class="end">— ${end} —<br><small>${identification(campaign, first)}</small></p>
</main></body></html>`;
  return String(await page);
}

/** Beyond so many scenarios, paper shows of those that passed only the main things; the HTML page always shows all. */
const MOST_IN_FULL = 60;

/** Beyond so many, the sheets of those that passed at their first attempt are in the HTML page only; tables have all. */
const MOST_SHEETS = 120;

/** Ids of the scenarios that have no sheet here. */
function leftOutOf({ cases }: Certification, paper: boolean): ReadonlySet<string> {
  const left = paper && cases.length > MOST_SHEETS ? cases : [];
  return new Set(
    left
      .filter(({ attempts, decisive }) => attempts.length === 1 && decisive.verdict === 'passed')
      .map(({ id }) => id),
  );
}

/** `again`: the same was said in another language before; on paper the fields of messages are not repeated. */
function part(
  certification: Certification,
  lang: Language,
  { paper, missing, again }: { readonly paper: boolean; readonly missing: number; readonly again: boolean },
): Markup {
  const brief = paper && certification.cases.length > MOST_IN_FULL;
  const leftOut = leftOutOf(certification, paper);
  const sheets = certification.cases
    .filter((one) => !certification.notApplicable.includes(one) && !leftOut.has(one.id))
    .flatMap(({ attempts, runs }) =>
      attempts.map((attempt) =>
        caseSheet(attempt, {
          lang,
          paper,
          brief,
          ...(paper && again ? { fields: false } : {}),
          attempts: attempts.length,
          pictures: runs.get(attempt)?.pictures ?? new Map(),
        }),
      ),
    );
  return html`${frontPage(certification, lang, missing)}
${conditions(certification, lang)}
${results(certification, lang, leftOut)}
<section class="chapter"><h2>${said(lang, 'cases')}</h2>${leftOut.size > 0 ? html`<p>${said(lang, 'leftOut', leftOut.size, certification.cases.length)}</p>` : ''}${paper && again && !brief ? html`<p class="soft">${said(lang, 'fieldsBefore')}</p>` : ''}${sheets}</section>
${annexes(certification, lang, again)}`;
}
