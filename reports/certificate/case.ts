import { html } from 'hono/html';
import type { EventOf } from '../../rig/model/event.ts';
import { formatMoney } from '../../rig/model/money.ts';
import { formatDuration } from '../../rig/model/time.ts';
import type { ScenarioView } from '../model.ts';
import { oneLine } from '../text.ts';
import { BLAME_WORDS, type Language, say } from '../words.ts';
import { dialogueOf, labelOf } from './dialogue.ts';
import { type Pictures, receiptFigures, screenFigures } from './figures.ts';
import { anchor, badge, foreign, type Markup, pairs, seconds, shortHash, wallTime } from './parts.ts';
import { sequenceDiagram } from './sequence.ts';
import { word } from './words.ts';

export interface CaseOptions {
  readonly lang: Language;
  /** Decoded messages unfolded, as paper needs them. */
  readonly unfolded: boolean;
  readonly pictures: Pictures;
}

/** The sheet of one scenario: what was done, what was expected, what was seen, what it was judged. */
export function caseSheet(scenario: ScenarioView, options: CaseOptions): Markup {
  const { lang } = options;
  const { start, verdict } = scenario;
  const other = lang === 'en' ? start.title.zh : start.title.en;
  const empty = scenario.steps.length === 0 && scenario.happenings.length === 0;
  return html`<article class="case ${verdict}" id="${anchor(scenario.id, scenario.attempt)}">
    <header><div class="top"><span class="id">${foreign(scenario.id, 60)}${scenario.attempt > 1 ? ` · ${word(lang, 'attempt', scenario.attempt)}` : ''}</span>${badge(verdict, lang)}</div>
      <h2>${foreign(oneLine(say(start.title, lang), 300))}</h2><p class="soft title">${foreign(oneLine(other, 300))}</p></header>
    ${reasonBox(scenario, lang)}
    ${facts(scenario, lang)}
    ${empty ? html`<p class="soft">${word(lang, 'nothing')}</p>` : ''}
    ${steps(scenario, lang)}
    ${money(scenario, lang)}
    ${section(word(lang, 'dialogue'), sequenceDiagram(scenario, lang))}
    ${faults(scenario, lang)}
    ${receiptFigures(scenario, options.pictures, lang)}
    ${screenFigures(scenario, lang)}
    ${ledger(scenario, lang)}
    ${messages(scenario, options)}
    ${findings(scenario, lang)}
    ${notes(scenario, lang)}
  </article>`;
}

const section = (title: string, body: Markup | undefined): Markup | string =>
  body ? html`<h3>${title}</h3>${body}` : '';

function reasonBox({ verdict, blame, reason, hint }: ScenarioView, lang: Language): Markup | string {
  if (verdict === 'passed' || !reason) return '';
  return html`<div class="reason ${verdict}"><p>${foreign(reason)}</p>
    <p class="soft">${blame ? `${word(lang, 'blame')}: ${say(BLAME_WORDS[blame], lang)}` : ''}</p>
    ${hint ? html`<p class="soft">${word(lang, 'hint')}: ${foreign(hint)}</p>` : ''}</div>`;
}

function facts(scenario: ScenarioView, lang: Language): Markup {
  const { start } = scenario;
  const row = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<dl class="facts">
    ${row(word(lang, 'file'), html`${foreign(start.file)} <small class="mono">${shortHash(start.sha256)}</small>`)}
    ${start.proves.length > 0 ? row(word(lang, 'requirement'), foreign(start.proves.join(' · '))) : ''}
    ${row(word(lang, 'given'), foreign(pairs(start.given)))}
    ${Object.keys(start.parameters).length > 0 ? row(word(lang, 'parameters'), foreign(pairs(start.parameters))) : ''}
    ${row(word(lang, 'started'), html`${wallTime(scenario.startedWall)} <small>${formatDuration(scenario.nominalMs)} ${word(lang, 'nominal')}</small>`)}
    ${scenario.observed.length > 0 ? row(word(lang, 'observed'), foreign(scenario.observed.join(' · '))) : ''}
    ${scenario.books.length > 0 ? row(word(lang, 'books'), foreign(scenario.books.join(' · '))) : ''}
  </dl>`;
}

function steps(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.steps.length === 0 && scenario.expectations.length === 0) return '';
  const check = (expectation: EventOf<'expectation'>) =>
    html`<tr class="check"><td>${foreign(shortPath(expectation.path))}</td><td>${foreign(expectation.expected)}</td><td>${foreign(expectation.observed)}</td><td>${badge(expectation.verdict, lang)}</td></tr>`;
  return html`<h3>${word(lang, 'stepsTitle')}</h3>
    <table><thead><tr><th>${word(lang, 'expectation')}</th><th>${word(lang, 'expected')}</th><th>${word(lang, 'got')}</th><th>${word(lang, 'verdict')}</th></tr></thead><tbody>
    ${scenario.steps.map(
      (
        step,
      ) => html`<tr class="steprow"><td colspan="4">${step.step}  ${foreign(oneLine(step.title, 160))} <span class="soft">${step.outcome ? html`→ ${foreign(step.outcome)}` : ''} ${step.nominalMs === undefined ? '' : `· ${formatDuration(step.nominalMs)}`}</span></td></tr>
        ${step.expectations.map(check)}`,
    )}${scenario.expectations.map(check)}</tbody></table>`;
}

/** `steps[1].expect.receipt.amount` is shown in its step's rows already: `receipt.amount` says it. */
const shortPath = (path: string) => path.replace(/^steps\[\d+\]\.(expect\.)?/, '');

function money(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.invariants.length === 0) return '';
  return html`<h3>${word(lang, 'money')}</h3>
    <table><thead><tr><th>${word(lang, 'invariant')}</th><th>${word(lang, 'why')}</th><th>${word(lang, 'verdict')}</th></tr></thead>
    <tbody>${scenario.invariants.map(
      ({ name, reason, verdict }) =>
        html`<tr><td>${foreign(name)}</td><td>${foreign(reason)}</td><td>${badge(verdict, lang)}</td></tr>`,
    )}</tbody></table>`;
}

function faults(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.faults.size === 0) return '';
  const STATES = { 'in-force': 'inForce', 'not-in-force': 'notInForce', unknown: 'unknown' } as const;
  return html`<h3>${word(lang, 'faults')}</h3><table><tbody>${[...scenario.faults.values()].map(
    ({ proof }) =>
      html`<tr><td class="mono keep">${foreign(`${proof.fault.do} @ ${proof.fault.at}`)}</td><td>${foreign(proof.summary)}</td><td class="keep">${word(lang, STATES[proof.state])}</td></tr>`,
  )}</tbody></table>`;
}

function ledger(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.ledger.length === 0 && scenario.settlements.length === 0) return '';
  return html`<h3>${word(lang, 'ledger')}</h3>
    <table><thead><tr><th>STAN</th><th>${word(lang, 'kind')}</th><th class="num">${word(lang, 'amount')}</th><th>F39</th><th>${word(lang, 'state')}</th><th>PAN</th><th>RRN</th><th>${word(lang, 'region')}</th></tr></thead>
    <tbody>${scenario.ledger.map(
      (entry) =>
        html`<tr><td class="mono keep">${foreign(entry.stan, 30)}</td><td class="keep">${entry.kind}</td><td class="num">${formatMoney(entry.booked)}</td><td class="mono keep">${foreign(entry.responseCode, 30)}</td><td class="keep">${entry.state}</td><td class="mono keep">${foreign(entry.pan, 30)}</td><td class="mono keep">${foreign(entry.rrn, 30)}</td><td class="keep">${foreign(entry.region, 30)}</td></tr>`,
    )}${scenario.settlements.map(
      ({ batch, result, claimed, counted }) =>
        html`<tr><td class="mono keep">${foreign(batch, 30)}</td><td class="keep">${word(lang, 'settlement')}</td><td class="num">${formatMoney(counted.debit)}</td><td></td><td class="keep">${result}</td><td colspan="3"><small>${word(lang, 'terminal')}: ${claimed.debitCount} / ${formatMoney(claimed.debit)}, ${claimed.creditCount} / ${formatMoney(claimed.credit)} · ${word(lang, 'host')}: ${counted.debitCount} / ${formatMoney(counted.debit)}, ${counted.creditCount} / ${formatMoney(counted.credit)}</small></td></tr>`,
    )}</tbody></table>`;
}

function messages(scenario: ScenarioView, { lang, unfolded }: CaseOptions): Markup | string {
  const dialogue = dialogueOf(scenario);
  if (dialogue.length === 0) return '';
  return html`<h3>${word(lang, 'messages')}</h3>${dialogue.map((exchanged) => {
    const { message, bytes, checks, notes: remarks, delivered } = exchanged;
    const arrow = message.direction === 'request' ? '→' : '←';
    return html`<details${unfolded ? ' open' : ''}><summary><span class="soft num">${seconds(exchanged.at.t - (scenario.happenings[0]?.at.t ?? 0))}</span><span class="mono">${arrow} ${foreign(message.mti)}</span>
      <span>${foreign(labelOf(exchanged).slice(message.mti.length).trim())} <small>${foreign(
        Object.entries(checks)
          .map(([name, result]) => `${name} ${result}`)
          .concat(remarks)
          .join(' · '),
      )}</small></span>
      <span class="soft">${delivered ? `${bytes} B` : html`<span class="alarm">${word(lang, 'lost')}</span>`}</span></summary>
      <ul class="fields">${message.fields.map(({ id, name, value, meaning }) => html`<li><b>${foreign(id, 20)}</b><span><span class="mono">${foreign(value, 300)}</span> <span class="soft">${foreign(name)}${meaning ? html` – ${foreign(meaning)}` : ''}</span></span></li>`)}</ul></details>`;
  })}`;
}

function findings(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.findings.length === 0) return '';
  return html`<h3>${word(lang, 'findings')}</h3><table><tbody>${scenario.findings.map(
    ({ verdict, blame, code, reason, hint }) =>
      html`<tr><td>${badge(verdict, lang)}</td><td class="mono">${foreign(code)}</td><td>${foreign(reason)}${hint ? html`<br><small>${foreign(hint)}</small>` : ''}</td><td>${blame ? say(BLAME_WORDS[blame], lang) : ''}</td></tr>`,
  )}</tbody></table>`;
}

function notes(scenario: ScenarioView, lang: Language): Markup | string {
  const texts = scenario.happenings.flatMap((happening) =>
    happening.type === 'note' && happening.level === 'warning' ? [happening.text] : [],
  );
  return texts.length === 0
    ? ''
    : html`<h3>${word(lang, 'notes')}</h3><ul>${texts.map((text) => html`<li>${foreign(text)}</li>`)}</ul>`;
}
