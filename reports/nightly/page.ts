import { html, raw } from 'hono/html';
import { VERDICTS, type Verdict } from '../../rig/model/verdict.ts';
import { badge, foreign, type Markup } from '../certificate/parts.ts';
import { STYLE } from '../certificate/style.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';
import { NIGHTS_SHOWN, nightsChart } from './chart.ts';
import { type Flake, flakesOf } from './flake.ts';
import type { HistoryLine } from './history.ts';
import { changesOf, nightsOf } from './nights.ts';
import type { NightSummary } from './verb.ts';
import { said } from './words.ts';

const percent = (part: number): string => `${Math.round(part * 100)} %`;

const OWN = `.trail { display:flex; gap:2px; flex-wrap:wrap; } .trail i { width:7px; height:14px; background:var(--c); }
.trail i.failed { height:18px; margin-top:-2px; }
.nights { width:100%; height:auto; font-size:12px; margin:.4rem 0 .2rem; } .nights rect { fill:var(--c); } .nights rect.passed { opacity:.4; } .nights text { fill:var(--ink); } .nights text.soft { fill:var(--soft); } .nights .end { text-anchor:end; }
.nights .hair { stroke:var(--hair); fill:none; } .nights .line { stroke:var(--accent); stroke-dasharray:2 3; fill:none; }
details { margin:.8rem 0; } summary { cursor:pointer; color:var(--soft); } .scroll { overflow-x:auto; } .alarm { color:var(--failed); } .calm { color:var(--passed); }`;

/** Rows of a table that no one reads to the end are cut there; the history has all. */
const MOST_ROWS = 400;

function table(heads: readonly string[], rows: readonly (readonly (Markup | string)[])[]): Markup {
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead><tbody>${rows
    .slice(0, MOST_ROWS)
    .map(
      (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
    )}</tbody></table></div>${rows.length > MOST_ROWS ? html`<p class="soft">… +${rows.length - MOST_ROWS}</p>` : ''}`;
}

const idOf = (id: string): Markup => html`<span class="id">${foreign(id, 60)}</span>`;

/** The trend as one page that opens from disk: the last run, what it changed, every night, and how steady each scenario is. */
export async function renderTrend(
  summary: NightSummary,
  history: readonly HistoryLine[],
  lang: Language = 'en',
): Promise<string> {
  const nights = nightsOf(history, summary.bench);
  const page = html`<!doctype html><html lang="${lang === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig"><title>${said(lang, 'trend')}</title><style>${raw(STYLE)}${raw(OWN)}</style></head><body><main>
<p class="brand">posrig</p><h1>${said(lang, 'trend')}</h1><p class="lead">${said(lang, 'firmware')} ${foreign(summary.firmware, 80)} · ${said(lang, 'bench')} ${foreign(summary.bench, 80)}${nights.length > 0 ? ` · ${nights.at(-1)?.wall.slice(0, 10)}` : ''}</p>
${tonight(summary, lang)}
<h2>${said(lang, 'nights')}</h2>${nights.length > NIGHTS_SHOWN ? html`<p class="soft">${said(lang, 'shown', NIGHTS_SHOWN, nights.length)}</p>` : ''}${nightsChart(nights, lang)}
<h2>${said(lang, 'changes')}</h2>${changed(nights, lang)}
${quarantine(summary, lang)}
<h2>${said(lang, 'steadiness')}</h2><p class="soft">${said(lang, 'steadyText')}</p>${steadiness(flakesOf(history), lang)}</main></body></html>`;
  return String(await page);
}

function tonight({ counts, gating, exitCode }: NightSummary, lang: Language): Markup {
  const kinds = VERDICTS.filter((verdict) => counts[verdict] > 0);
  const open = exitCode === 0;
  return html`<p class="statement"><b class="${open ? 'calm' : 'alarm'}">${said(lang, open ? 'open' : 'gates')}</b></p>
<div class="bar" aria-hidden="true">${kinds.map((verdict) => html`<i class="${verdict}" style="flex:${counts[verdict]}"></i>`)}</div>
<ul class="counts">${kinds.map((verdict) => html`<li><span class="v ${verdict}">${counts[verdict]} ${say(VERDICT_WORDS[verdict], lang)}</span></li>`)}</ul>
<h2>${said(lang, 'gating')}</h2>${
    gating.length > 0
      ? table(
          [said(lang, 'scenario'), said(lang, 'verdict')],
          gating.map(({ scenario, verdict }) => [idOf(scenario), badge(verdict, lang)]),
        )
      : html`<p>${said(lang, open ? 'nothingGates' : 'cut')}</p>`
  }`;
}

function changed(nights: ReturnType<typeof nightsOf>, lang: Language): Markup {
  if (nights.length < 2) return html`<p>${said(lang, 'firstNight')}</p>`;
  const changes = changesOf(nights);
  if (changes.length === 0) return html`<p>${said(lang, 'noChanges')}</p>`;
  return table(
    [said(lang, 'scenario'), said(lang, 'before'), said(lang, 'now'), said(lang, 'since')],
    changes.map(({ scenario, before, now, since, rewritten }) => [
      idOf(scenario),
      badge(before, lang),
      badge(now, lang),
      html`${since.wall.slice(0, 10)} · ${foreign(since.firmware, 60)}${rewritten ? html`<br><small>${said(lang, 'rewritten')}</small>` : ''}`,
    ]),
  );
}

function quarantine({ quarantined, expired }: NightSummary, lang: Language): Markup {
  const heads = (['scenario', 'verdict', 'owner', 'until', 'reason'] as const).map((key) => said(lang, key));
  const rows = (entries: NightSummary['quarantined']) =>
    entries.map(({ scenario, verdict, owner, until, reason }) => [
      idOf(scenario),
      badge(verdict, lang),
      foreign(owner, 80),
      html`<span class="nowrap">${until}</span>`,
      foreign(reason, 300),
    ]);
  return html`${quarantined.length > 0 ? html`<h2>${said(lang, 'quarantine')}</h2>${table(heads, rows(quarantined))}` : ''}${
    expired.length > 0
      ? html`<h2>${said(lang, 'expired')}</h2><p class="soft">${said(lang, 'expiredText')}</p>${table(heads, rows(expired))}`
      : ''
  }`;
}

/** A scenario that never changed and never failed to be decided; of many nights nearly all are. */
const isSteady = ({ flips, undecided, verdicts }: Flake): boolean =>
  flips === 0 && undecided === 0 && verdicts.every((verdict) => verdict === 'passed');

function steadiness(flakes: readonly Flake[], lang: Language): Markup {
  const steady = flakes.filter(isSteady);
  const others = flakes.filter((flake) => !isSteady(flake));
  return html`${others.length > 0 ? flakeTable(others, lang) : html`<p>${said(lang, 'unsteadyNone')}</p>`}${
    steady.length > 0
      ? html`<details><summary>${said(lang, 'steady', steady.length)}</summary>${flakeTable(steady, lang)}</details>`
      : ''
  }`;
}

function flakeTable(flakes: readonly Flake[], lang: Language): Markup {
  const heads = ['scenario', 'firmware', 'bench', 'score', 'interval', 'undecided', 'trail'] as const;
  const name = (verdict: Verdict) => say(VERDICT_WORDS[verdict], lang);
  return table(
    heads.map((key) => said(lang, key)),
    flakes.map(({ scenario, firmware, bench, score, verdicts, undecided }) => [
      idOf(scenario),
      foreign(firmware, 60),
      foreign(bench, 60),
      score ? html`<span class="nowrap">${percent(score.rate)}</span>` : '–',
      score ? html`<span class="nowrap">${percent(score.low)} – ${percent(score.high)}</span>` : '–',
      String(undecided),
      html`<div class="trail" role="img" aria-label="${verdicts.map(name).join(', ')}">${verdicts.map((verdict) => html`<i class="${verdict}"></i>`)}</div>`,
    ]),
  );
}
