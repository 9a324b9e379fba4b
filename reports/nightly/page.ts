import { html, raw } from 'hono/html';
import { badge, foreign } from '../certificate/parts.ts';
import { STYLE } from '../certificate/style.ts';
import { flakesOf } from './flake.ts';
import type { HistoryLine } from './history.ts';
import type { NightSummary } from './verb.ts';

const percent = (part: number): string => `${Math.round(part * 100)} %`;

const OWN = `.trail { display:flex; gap:2px; flex-wrap:wrap; } .trail i { width:7px; height:14px; background:var(--c); } td.num { white-space:nowrap; }`;

/** The trend as one page that opens from disk: tonight, and how steady every scenario has been. */
export async function renderTrend(summary: NightSummary, history: readonly HistoryLine[]): Promise<string> {
  const flakes = flakesOf(history);
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig"><title>Trend</title><style>${raw(STYLE)}${raw(OWN)}</style></head><body><main>
<p class="brand">posrig</p><h1>Trend</h1><p class="lead">Firmware ${foreign(summary.firmware, 80)} · ${foreign(summary.bench, 80)} · ${Object.entries(
    summary.counts,
  )
    .filter(([, n]) => n > 0)
    .map(([verdict, n]) => `${n} ${verdict}`)
    .join(', ')}</p>
<h2>Tonight</h2>${summary.gating.length === 0 ? html`<p>Nothing gates.</p>` : html`<table><thead><tr><th>Scenario</th><th>Verdict</th></tr></thead><tbody>${summary.gating.map(({ scenario, verdict }) => html`<tr><td class="id">${foreign(scenario, 60)}</td><td>${badge(verdict, 'en')}</td></tr>`)}</tbody></table>`}
${summary.quarantined.length > 0 ? html`<h2>In quarantine</h2><table><thead><tr><th>Scenario</th><th>Verdict</th><th>Owner</th><th>Until</th><th>Reason</th></tr></thead><tbody>${summary.quarantined.map(({ scenario, verdict, owner, until, reason }) => html`<tr><td class="id">${foreign(scenario, 60)}</td><td>${badge(verdict, 'en')}</td><td>${foreign(owner, 80)}</td><td>${until}</td><td>${foreign(reason, 300)}</td></tr>`)}</tbody></table>` : ''}
<h2>Steadiness</h2><p class="soft">Score: changes between passed and failed per chance to change, with the Wilson interval of 95 %, for one version of a scenario with one firmware on one bench.</p>
<table><thead><tr><th>Scenario</th><th>Firmware</th><th>Bench</th><th>Score</th><th>Interval</th><th>Undecided</th><th>Verdicts, oldest first</th></tr></thead><tbody>${flakes.map(
    ({ scenario, firmware, bench, score, verdicts, undecided }) =>
      html`<tr><td class="id">${foreign(scenario, 60)}</td><td>${foreign(firmware, 60)}</td><td>${foreign(bench, 60)}</td><td class="num">${score ? percent(score.rate) : '–'}</td><td class="num">${score ? `${percent(score.low)} – ${percent(score.high)}` : '–'}</td><td class="num">${undecided}</td><td><div class="trail" role="img" aria-label="${verdicts.join(', ')}">${verdicts.map((verdict) => html`<i class="${verdict}"></i>`)}</div></td></tr>`,
  )}</tbody></table></main></body></html>`;
  return String(await page);
}
