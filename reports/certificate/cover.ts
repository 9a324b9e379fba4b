import { html } from 'hono/html';
import { formatDuration } from '../../rig/model/time.ts';
import { VERDICTS } from '../../rig/model/verdict.ts';
import { countVerdicts, type RunView, type ScenarioView, worstOf } from '../model.ts';
import { reasonIn } from '../reason.ts';
import { term, terms } from '../terms.ts';
import { oneLine } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_MEANING, VERDICT_WORDS } from '../words.ts';
import { anchor, badge, foreign, type Markup, shortHash, wallTime } from './parts.ts';
import { word } from './words.ts';

/** Identifies the report: when the run started and which evidence it was rendered from. */
export function reportNumber(run: RunView): string {
  const date = run.startedWall.replace(/\D/g, '').slice(0, 14);
  return `${date || '0'}-${run.sha256.slice(0, 8) || 'live'}`;
}

/** The first page: what was tested, how, with which result, and what the result rests on. */
export function cover(run: RunView, lang: Language): Markup {
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
  run: RunView,
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

/** One row a scenario, with the reason for everything that has not passed. */
export function verdictTable(run: RunView, lang: Language): Markup {
  return html`<section><h2>${word(lang, 'verdicts')}</h2>
    <table><thead><tr><th>${word(lang, 'scenario')}</th><th></th><th>${word(lang, 'verdict')}</th><th>${word(lang, 'blame')}</th><th class="num">${word(lang, 'duration')}</th></tr></thead>
    <tbody>${run.scenarios.map((scenario) => verdictRow(scenario, lang))}</tbody></table></section>`;
}

function verdictRow(scenario: ScenarioView, lang: Language): Markup {
  const { id, attempt, start, verdict, blame, reason, nominalMs } = scenario;
  return html`<tr><td class="id"><a href="#${anchor(id, attempt)}">${foreign(id, 40)}</a>${attempt > 1 ? html`<br><small>${word(lang, 'attempt', attempt)}</small>` : ''}</td>
    <td>${foreign(oneLine(say(start.title, lang), 200))}${reason && verdict !== 'passed' ? html`<br><small>${foreign(oneLine(reasonIn(scenario, reason, lang), 300))}</small>` : ''}</td>
    <td>${badge(verdict, lang)}</td><td class="nowrap">${blame ? say(BLAME_WORDS[blame], lang) : '–'}</td><td class="num">${formatDuration(nominalMs)}</td></tr>`;
}

/** Which scenarios speak for which requirement, and what they say together. */
export function requirementMatrix(run: RunView, lang: Language): Markup {
  const claims = new Map<string, ScenarioView[]>();
  for (const scenario of run.scenarios) {
    for (const claim of new Set(scenario.start.proves))
      claims.set(claim, [...(claims.get(claim) ?? []), scenario]);
  }
  const rows = [...claims].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = html`<table><thead><tr><th>${word(lang, 'requirement')}</th><th>${word(lang, 'verdict')}</th><th>${word(lang, 'provedBy')}</th></tr></thead>
    <tbody>${rows.map(([claim, scenarios]) => {
      const together = worstOf(scenarios.map(({ verdict }) => verdict)) ?? 'skipped';
      return html`<tr><td>${foreign(claim, 120)}</td><td>${badge(together, lang)}</td><td><div class="chips">${scenarios.map(
        ({ id, attempt, verdict }) =>
          html`<a class="v ${verdict}" href="#${anchor(id, attempt)}" title="${say(VERDICT_WORDS[verdict], lang)}">${foreign(id, 40)}</a>`,
      )}</div></td></tr>`;
    })}</tbody></table>`;
  return html`<section><h2>${word(lang, 'requirements')}</h2>${rows.length > 0 ? body : html`<p class="soft">${word(lang, 'noRequirements')}</p>`}</section>`;
}
