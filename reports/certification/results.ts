import { html } from 'hono/html';
import { formatDuration } from '../../rig/model/time.ts';
import { anchor, badge, foreign, type Markup } from '../certificate/parts.ts';
import { word } from '../certificate/words.ts';
import { reasonIn } from '../reason.ts';
import { oneLine } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_WORDS } from '../words.ts';
import { lines, table } from './parts.ts';
import type { Certification, CertifiedCase, RequirementRow } from './view.ts';
import { said } from './words.ts';

/**
 * Every case that was run, with all its attempts; then requirements, what does not apply, what was not run, times. Links to a
 * case whose sheet is left out lead to its row here.
 */
export function results(
  certification: Certification,
  lang: Language,
  leftOut: ReadonlySet<string> = new Set(),
): Markup {
  return html`<section class="chapter"><h2>${said(lang, 'results')}</h2>${verdicts(certification, lang, leftOut)}</section>
    <section><h2>${said(lang, 'matrix')}</h2>${matrix(certification, lang)}</section>
    <section><h2>${said(lang, 'uncoveredTitle')}</h2>${uncovered(certification, lang)}</section>
    <section><h2>${said(lang, 'notApplicable')}</h2>${notApplicable(certification, lang)}</section>
    ${
      certification.notRun.length > 0
        ? html`<section><h2>${said(lang, 'notRun')}</h2>${table(
            [word(lang, 'scenario'), said(lang, 'title')],
            certification.notRun.map(({ id, title }) => [
              foreign(id, 40),
              foreign(oneLine(say(title, lang), 200)),
            ]),
            'ids',
          )}</section>`
        : ''
    }
    <section><h2>${said(lang, 'timing')}</h2>${timings(certification, lang)}</section>`;
}

const link = (id: string, attempt: number): Markup =>
  html`<a href="#${anchor(id, attempt)}">${foreign(id, 40)}</a>`;

function verdicts(
  { cases, notApplicable: not }: Certification,
  lang: Language,
  leftOut: ReadonlySet<string>,
): Markup {
  const rows = cases
    .filter((one) => !not.includes(one))
    .map((one) => verdictRow(one, lang, leftOut.has(one.id)));
  return table(
    [
      word(lang, 'scenario'),
      '',
      word(lang, 'verdict'),
      word(lang, 'blame'),
      said(lang, 'attempts'),
      word(lang, 'duration'),
    ],
    rows,
    'verdicts',
  );
}

function verdictRow({ id, decisive, attempts, flaky }: CertifiedCase, lang: Language, alone: boolean) {
  const { start, verdict, blame, reason, nominalMs } = decisive;
  return [
    alone
      ? html`<span class="id" id="${anchor(id, decisive.attempt)}">${foreign(id, 40)}</span>`
      : html`<span class="id">${link(id, decisive.attempt)}</span>`,
    lines([
      foreign(oneLine(say(start.title, lang), 200)),
      ...(reason && verdict !== 'passed'
        ? [html`<small>${foreign(oneLine(reasonIn(decisive, reason, lang), 300))}</small>`]
        : []),
      ...(flaky ? [html`<small class="alarm">${said(lang, 'flaky')}</small>`] : []),
    ]),
    badge(verdict, lang),
    blame ? say(BLAME_WORDS[blame], lang) : '–',
    attempts.length === 1
      ? '1'
      : html`<div class="chips">${attempts.map((attempt) => html`<a class="v ${attempt.verdict}" href="#${anchor(id, attempt.attempt)}">${attempt.attempt}<span class="said"> ${say(VERDICT_WORDS[attempt.verdict], lang)}</span></a>`)}</div>`,
    html`<span class="nowrap">${formatDuration(nominalMs)}</span>`,
  ];
}

const STATE_CLASS = {
  met: 'passed',
  'not-met': 'failed',
  open: 'inconclusive',
  uncovered: 'skipped',
} as const;

const stateBadge = (state: RequirementRow['state'], lang: Language): Markup =>
  html`<span class="v ${STATE_CLASS[state]}">${said(lang, state)}</span>`;

/** Requirement × scenario × verdict; those that nothing covers follow in a list of their own. */
function matrix({ requirements }: Certification, lang: Language): Markup {
  return table(
    [word(lang, 'requirement'), said(lang, 'state'), `${word(lang, 'provedBy')} · ${word(lang, 'verdict')}`],
    requirements
      .filter(({ state }) => state !== 'uncovered')
      .map(({ id, title, state, cases, notRun }) => [
        lines([
          html`<b>${foreign(id, 120)}</b>`,
          html`<small>${foreign(oneLine(say(title, lang), 300))}</small>`,
        ]),
        stateBadge(state, lang),
        html`<div class="chips">${cases.map(
          ({ id: scenario, decisive }) =>
            html`<a class="v ${decisive.verdict}" href="#${anchor(scenario, decisive.attempt)}">${foreign(scenario, 40)}<span class="said"> ${say(VERDICT_WORDS[decisive.verdict], lang)}</span></a>`,
        )}${notRun.map((scenario) => html`<span class="soft">${foreign(scenario, 40)} ${said(lang, 'notRunMark')}</span>`)}</div>`,
      ]),
    'matrix',
  );
}

function uncovered({ requirements }: Certification, lang: Language): Markup {
  const rows = requirements.filter(({ state }) => state === 'uncovered');
  if (rows.length === 0) return html`<p>${said(lang, 'noneUncovered')}</p>`;
  return html`<p>${said(lang, 'uncoveredText')}</p><ul class="plain">${rows.map(({ id, title }) => html`<li><b>${foreign(id, 120)}</b> ${foreign(oneLine(say(title, lang), 300))}</li>`)}</ul>`;
}

function notApplicable({ notApplicable: not }: Certification, lang: Language): Markup {
  if (not.length === 0) return html`<p>${said(lang, 'noneNotApplicable')}</p>`;
  return table(
    [word(lang, 'scenario'), said(lang, 'title'), said(lang, 'why')],
    not.map(({ id, decisive }) => [
      html`<span class="id" id="${anchor(id, decisive.attempt)}">${foreign(id, 40)}</span>`,
      foreign(oneLine(say(decisive.start.title, lang), 200)),
      foreign(reasonIn(decisive, decisive.reason ?? '', lang)),
    ]),
    'ids',
  );
}

function timings({ timings: rows }: Certification, lang: Language): Markup {
  if (rows.length === 0) return html`<p>${said(lang, 'noTimings')}</p>`;
  return html`<p class="soft">${said(lang, 'timingText')}</p>${table(
    [
      word(lang, 'scenario'),
      word(lang, 'step'),
      said(lang, 'limit'),
      said(lang, 'measured'),
      said(lang, 'uncertainty'),
      word(lang, 'verdict'),
    ],
    rows.map(({ id, attempt, step, limit, measured, uncertainty, verdict }) => [
      html`${link(id, attempt)}${attempt > 1 ? html` <small>${word(lang, 'attempt', attempt)}</small>` : ''}`,
      String(step),
      `≤ ${limit}`,
      measured,
      `± ${uncertainty}`,
      badge(verdict, lang),
    ]),
  )}`;
}
