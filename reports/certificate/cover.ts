import { html, raw } from 'hono/html';
import { formatDuration } from '../../rig/model/time.ts';
import { VERDICTS } from '../../rig/model/verdict.ts';
import { countVerdicts, type RunBrief, type ScenarioBrief, worstOf } from '../model.ts';
import { reasonIn } from '../reason.ts';
import { term, terms } from '../terms.ts';
import { oneLine } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_MEANING, VERDICT_WORDS } from '../words.ts';
import { anchor, badge, foreign, type Markup, shortHash, wallTime } from './parts.ts';
import { word } from './words.ts';

/** Identifies the report: when the run started and which evidence it was rendered from. */
export function reportNumber(run: RunBrief): string {
  const date = run.startedWall.replace(/\D/g, '').slice(0, 14);
  return `${date || '0'}-${run.sha256.slice(0, 8) || 'live'}`;
}

/** The first page: what was tested, how, with which result, and what the result rests on. */
export function cover(run: RunBrief, lang: Language): Markup {
  const { start } = run;
  const counts = countVerdicts(run);
  const applicable = VERDICTS.reduce((sum, verdict) => sum + counts[verdict], -counts.skipped);
  const shown = VERDICTS.filter((verdict) => counts[verdict] > 0);
  const row = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<section class="cover">
    <p class="brand">posrig</p>
    <h1>${word(lang, 'report')}</h1>
    <p class="lead">${word(lang, 'subject')}${start ? html` · ${foreign(start.profile.title)}` : ''}</p>
    <p class="statement"><b>${applicable > 0 ? word(lang, 'passedOf', counts.passed, applicable) : word(lang, 'noneApplicable')}</b></p>
    <div class="bar" aria-hidden="true">${shown.map((verdict) => html`<i class="${verdict}" style="flex:${counts[verdict]}"></i>`)}</div>
    <ul class="counts">${shown.map((verdict) => html`<li>${badge(verdict, lang)} ${counts[verdict]} <small>${say(VERDICT_MEANING[verdict], lang)}</small></li>`)}</ul>
    ${run.cut ? html`<p class="reason broken">${word(lang, 'cutRun')}</p>` : ''}
    <dl class="facts">
      ${row(word(lang, 'number'), html`<span class="mono">${reportNumber(run)}</span>`)}
      ${start ? identity(run, lang, row) : ''}
      ${row(word(lang, 'evidence'), html`${word(lang, 'evidenceText', run.events, '')}<br><span class="mono">${run.sha256}</span>`)}
      ${run.head === undefined ? '' : row(word(lang, 'chain'), html`<span class="mono">${run.head}</span><br><small>${word(lang, 'chainText')}</small>`)}
      ${row(word(lang, 'decision'), word(lang, 'decisionText'))}
      ${row(word(lang, 'scope'), word(lang, 'scopeText'))}
    </dl>
    <div class="sign">${(['tested', 'authorised'] as const).map(
      (role) =>
        html`<div>${word(lang, role)}<br><small>${word(lang, 'nameRole')} · ${word(lang, 'dateSign')}</small></div>`,
    )}</div>
  </section>`;
}

function identity(
  run: RunBrief,
  lang: Language,
  row: (name: string, value: Markup | string) => Markup,
): Markup {
  const { start } = run;
  if (!start) return html``;
  const { profile, bench } = start;
  const period = `${wallTime(run.startedWall)} – ${wallTime(run.endedWall)}`;
  return html`
    ${row(word(lang, 'item'), html`${foreign(`${profile.maker} ${profile.model}`)} <small>${foreign(profile.title)}, ${foreign(profile.id)} <span class="mono">${shortHash(profile.sha256)}</span></small>`)}
    ${row(word(lang, 'underTest'), foreign(terms(start.underTest, lang)))}
    ${row(word(lang, 'bench'), html`${foreign(bench.title)} <small>${foreign(bench.id)} <span class="mono">${shortHash(bench.sha256)}</span></small>`)}
    ${row(word(lang, 'period'), html`${period} <small>${run.end ? formatDuration(run.end.wallMs) : ''}</small>`)}
    ${row(word(lang, 'method'), foreign(word(lang, 'methodText', start.posrig, term(start.by, lang), start.seed, start.rate)))}
    ${row(word(lang, 'equipment'), foreign(start.planes.map(({ plane, driver }) => `${term(plane, lang)}: ${driver}`).join(' · ')))}
    ${row(word(lang, 'environment'), foreign(Object.values(start.machine).join(' · ')))}`;
}

/** Where the sheet of a scenario is; undefined for one that this report does not have. */
export type SheetPlace = (scenario: ScenarioBrief) => string | undefined;

/** On the same page. */
export const onThisPage: SheetPlace = ({ id, attempt }) => `#${anchor(id, attempt)}`;

/** Rows that a browser lays out together: a table of thousands is opened a screen at a time. */
const ROWS = 100;
/** From so many rows on, a reader may want to see only some of them. */
const MANY = 25;

/** One row a scenario, with the reason for everything that has not passed. */
export function verdictTable(run: RunBrief, lang: Language, place: SheetPlace = onThisPage): Markup {
  const { scenarios } = run;
  const tables = chunks(scenarios, ROWS).map(
    (
      rows,
    ) => html`<div class="rows"><table class="outcomes"><thead><tr><th>${word(lang, 'scenario')}</th><th></th><th>${word(lang, 'verdict')}</th><th>${word(lang, 'blame')}</th><th class="num">${word(lang, 'duration')}</th></tr></thead>
    <tbody>${rows.map((scenario) => verdictRow(scenario, lang, place))}</tbody></table></div>`,
  );
  return html`<section class="list"><h2>${word(lang, 'verdicts')}</h2>${scenarios.length > MANY ? choice(run, lang) : ''}
    ${tables}</section>`;
}

/** Buttons that leave only the rows of one verdict, without a script. */
function choice(run: RunBrief, lang: Language): Markup {
  const present = VERDICTS.filter((verdict) =>
    run.scenarios.some((scenario) => scenario.verdict === verdict),
  );
  if (present.length < 2) return html``;
  const button = (value: string, text: string, checked: boolean) =>
    html`<label><input type="radio" name="show" value="${value}"${checked ? raw(' checked') : ''}> ${text}</label>`;
  return html`<fieldset class="choice"><legend>${word(lang, 'show')}</legend>${button('all', word(lang, 'all'), true)}${present.map(
    (verdict) => button(verdict, say(VERDICT_WORDS[verdict], lang), false),
  )}</fieldset>`;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.max(1, Math.ceil(items.length / size)) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function verdictRow(scenario: ScenarioBrief, lang: Language, place: SheetPlace): Markup {
  const { id, attempt, start, verdict, blame, reason, nominalMs } = scenario;
  const to = place(scenario);
  const name = foreign(id, 40);
  return html`<tr class="row ${verdict}"><td class="id">${to === undefined ? name : html`<a href="${to}">${name}</a>`}${attempt > 1 ? html`<br><small>${word(lang, 'attempt', attempt)}</small>` : ''}</td>
    <td>${foreign(oneLine(say(start.title, lang), 200))}${reason && verdict !== 'passed' ? html`<br><small>${foreign(oneLine(reasonIn(scenario, reason, lang), 300))}</small>` : ''}</td>
    <td>${badge(verdict, lang)}</td><td class="nowrap">${blame ? say(BLAME_WORDS[blame], lang) : '–'}</td><td class="num">${formatDuration(nominalMs)}</td></tr>`;
}

/** Scenarios of one requirement that stand in the open; of more, those that have passed stand behind a click. */
const SHOWN = 40;

/** Which scenarios speak for which requirement, and what they say together. */
export function requirementMatrix(run: RunBrief, lang: Language, place: SheetPlace = onThisPage): Markup {
  const claims = new Map<string, ScenarioBrief[]>();
  for (const scenario of run.scenarios) {
    for (const claim of new Set(scenario.start.proves)) {
      const proving = claims.get(claim);
      if (proving) proving.push(scenario);
      else claims.set(claim, [scenario]);
    }
  }
  const rows = [...claims].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = html`<table class="matrix"><thead><tr><th>${word(lang, 'requirement')}</th><th>${word(lang, 'verdict')}</th><th>${word(lang, 'provedBy')}</th></tr></thead>
    <tbody>${rows.map(([claim, scenarios]) => {
      const together = worstOf(scenarios.map(({ verdict }) => verdict)) ?? 'skipped';
      return html`<tr><td>${foreign(claim, 120)}</td><td>${badge(together, lang)}</td><td>${proofs(scenarios, lang, place)}</td></tr>`;
    })}</tbody></table>`;
  return html`<section><h2>${word(lang, 'requirements')}</h2>${rows.length > 0 ? body : html`<p class="soft">${word(lang, 'noRequirements')}</p>`}</section>`;
}

function proofs(scenarios: readonly ScenarioBrief[], lang: Language, place: SheetPlace): Markup {
  const chip = (scenario: ScenarioBrief): Markup => {
    const { id, verdict } = scenario;
    const to = place(scenario);
    const title = say(VERDICT_WORDS[verdict], lang);
    return to === undefined
      ? html`<span class="v ${verdict}" title="${title}">${foreign(id, 40)}</span>`
      : html`<a class="v ${verdict}" href="${to}" title="${title}">${foreign(id, 40)}</a>`;
  };
  if (scenarios.length <= SHOWN) return html`<div class="chips">${scenarios.map(chip)}</div>`;
  const bad = scenarios.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  const rest = scenarios.filter(({ verdict }) => verdict === 'passed' || verdict === 'skipped');
  const told = VERDICTS.map(
    (verdict) => [verdict, scenarios.filter((one) => one.verdict === verdict).length] as const,
  );
  return html`<div class="chips">${bad.slice(0, SHOWN).map(chip)}</div><details><summary>${word(lang, 'allScenarios', scenarios.length)}: ${told
    .filter(([, n]) => n > 0)
    .map(([verdict, n]) => `${n} ${say(VERDICT_WORDS[verdict], lang)}`)
    .join(', ')}</summary><div class="chips">${[...bad.slice(SHOWN), ...rest].map(chip)}</div></details>`;
}
