import { html } from 'hono/html';
import type { EventOf } from '../../rig/model/event.ts';
import { formatMoney } from '../../rig/model/money.ts';
import { formatDuration } from '../../rig/model/time.ts';
import type { ScenarioView } from '../model.ts';
import { paperLines } from '../paper.ts';
import { phrase, subjectOf } from '../phrases.ts';
import { invariantTitle, reasonIn } from '../reason.ts';
import { faultTerm, term, terms } from '../terms.ts';
import { oneLine, printable } from '../text.ts';
import { BLAME_WORDS, type Language, say } from '../words.ts';
import { dialogueOf } from './dialogue.ts';
import { type Pictures, paperImage, receiptFigures, screenFigures } from './figures.ts';
import { messageList } from './messages.ts';
import { anchor, badge, foreign, type Markup, pairs, shortHash, wallTime } from './parts.ts';
import { sequenceDiagram } from './sequence.ts';
import { word } from './words.ts';

export interface CaseOptions {
  readonly lang: Language;
  /** For paper: nothing can be unfolded there, and of a passed scenario only the main things are wanted. */
  readonly paper: boolean;
  readonly pictures: Pictures;
  /** A passed scenario shows only the main things; when absent, on paper. */
  readonly brief?: boolean;
  /** Of a brief sheet there is no drawing of the dialogue either: the messages stand there, one line each. */
  readonly terse?: boolean;
  /** The fields of its messages are shown; where not, one line a message. When absent, they are. */
  readonly fields?: boolean;
  /** Page of the scenario's timeline, beside this one. */
  readonly trace?: string;
  /** Of how many attempts this is one, where the report has them all. */
  readonly attempts?: number;
  /** Stands below the sheet and never alone on a page. */
  readonly end?: Markup;
}

/** The sheet of one scenario: what was done, what was expected, what was seen, what it was judged. */
export function caseSheet(scenario: ScenarioView, options: CaseOptions): Markup {
  const { lang, paper } = options;
  const { start, verdict } = scenario;
  const brief = (options.brief ?? paper) && verdict === 'passed';
  const { attempts = scenario.attempt } = options;
  const dialogue = dialogueOf(scenario);
  const diagram = !brief || (scenario.faults.size > 0 && options.terse !== true);
  const other = lang === 'en' ? start.title.zh : start.title.en;
  const empty = scenario.steps.length === 0 && scenario.happenings.length === 0;
  return html`<article class="case ${verdict}${brief ? ' brief' : ''}" id="${anchor(scenario.id, scenario.attempt)}">
    <header><div class="top"><span class="id">${foreign(scenario.id, 60)}${attempts > 1 ? ` · ${word(lang, 'attempt', scenario.attempt)}` : ''}</span>${options.trace === undefined ? '' : html`<a class="trace" href="${options.trace}">${word(lang, 'timeline')}</a>`}${badge(verdict, lang)}</div>
      <h2>${foreign(oneLine(say(start.title, lang), 300))}</h2><p class="soft title">${foreign(oneLine(other, 300))}</p></header>
    ${reasonBox(scenario, lang)}
    ${facts(scenario, lang)}
    ${empty ? html`<p class="soft">${word(lang, 'nothing')}</p>` : ''}
    ${steps(scenario, options, brief)}
    ${brief ? moneyInBrief(scenario, lang) : money(scenario, lang)}
    ${diagram ? section(word(lang, 'dialogue'), sequenceDiagram(scenario, lang, brief ? 'main' : 'all')) : ''}
    ${faults(scenario, lang)}
    ${receiptFigures(scenario, options.pictures, lang)}
    ${brief ? '' : screenFigures(scenario, lang)}
    ${ledger(scenario, lang)}
    ${messageList(scenario, dialogue, { lang, depth: brief || options.fields === false ? 'lines' : paper ? 'unfolded' : 'folded' })}
    ${findings(scenario, lang, paper)}
    ${notes(scenario, lang)}${options.end ?? ''}
  </article>`;
}

const section = (title: string, body: Markup | undefined): Markup | string =>
  body ? html`<h3>${title}</h3>${body}` : '';

function reasonBox(scenario: ScenarioView, lang: Language): Markup | string {
  const { verdict, blame, reason, hint } = scenario;
  if (verdict === 'passed' || !reason) return '';
  return html`<div class="reason ${verdict}"><p>${foreign(reasonIn(scenario, reason, lang))}</p>
    <p class="soft">${blame ? `${word(lang, 'blame')}: ${say(BLAME_WORDS[blame], lang)}` : ''}</p>
    ${hint ? html`<p class="soft">${word(lang, 'hint')}: ${foreign(phrase(hint, lang))}</p>` : ''}</div>`;
}

function facts(scenario: ScenarioView, lang: Language): Markup {
  const { start } = scenario;
  const row = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<dl class="facts">
    ${row(word(lang, 'file'), html`${foreign(start.file)} <small class="mono">${shortHash(start.sha256)}</small>`)}
    ${start.proves.length > 0 ? row(word(lang, 'requirement'), foreign(start.proves.join(' · '))) : ''}
    ${row(word(lang, 'given'), foreign(pairs(start.given, lang)))}
    ${Object.keys(start.parameters).length > 0 ? row(word(lang, 'parameters'), foreign(pairs(start.parameters, lang))) : ''}
    ${row(word(lang, 'started'), html`${wallTime(scenario.startedWall)} <small>${formatDuration(scenario.nominalMs)} ${word(lang, 'nominal')}</small>`)}
    ${scenario.observed.length > 0 ? row(word(lang, 'observed'), foreign(terms(scenario.observed, lang))) : ''}
    ${scenario.books.length > 0 ? row(word(lang, 'books'), foreign(terms(scenario.books, lang))) : ''}
  </dl>`;
}

function steps(scenario: ScenarioView, options: CaseOptions, brief: boolean): Markup | string {
  const { lang } = options;
  if (scenario.steps.length === 0 && scenario.expectations.length === 0) return '';
  const check = (expectation: EventOf<'expectation'>) =>
    html`<tr class="check"><td>${foreign(subjectOf(expectation.path, lang))}</td><td>${foreign(phrase(expectation.expected, lang))}</td><td>${foreign(phrase(expectation.observed, lang))}</td><td>${brief && expectation.verdict === 'passed' ? '✓' : badge(expectation.verdict, lang)}</td></tr>${placeOnPaper(expectation, options)}`;
  return html`<h3>${word(lang, 'stepsTitle')}</h3>
    <table class="steps"><thead><tr><th>${word(lang, 'expectation')}</th><th>${word(lang, 'expected')}</th><th>${word(lang, 'got')}</th><th>${word(lang, 'verdict')}</th></tr></thead><tbody>
    ${scenario.steps.map(
      (
        step,
      ) => html`<tr class="steprow"><td colspan="4">${step.step}  ${foreign(oneLine(phrase(step.title, lang), 160))} <span class="soft">${step.outcome ? html`→ ${foreign(term(step.outcome, lang))}` : ''} ${step.nominalMs === undefined ? '' : `· ${formatDuration(step.nominalMs)}`}</span></td></tr>
        ${step.expectations.map(check)}`,
    )}${scenario.expectations.map(check)}</tbody></table>`;
}

/**
 * What a verdict on a receipt is about: the rule, the place as a picture, and its text. On paper a whole slip is not shown
 * here: it stands among the receipts of the sheet.
 */
function placeOnPaper(
  expectation: EventOf<'expectation'>,
  { pictures, lang, paper }: CaseOptions,
): Markup | string {
  const lines = paperLines(expectation, lang);
  const picture = expectation.paper?.picture;
  const wholeSlip = expectation.paper?.lines.length === 0;
  const url = picture === undefined || (paper && wholeSlip) ? undefined : pictures.get(picture);
  if (expectation.verdict === 'passed' || (lines.length === 0 && !url)) return '';
  const text = printable(lines.join('\n'), 4000);
  return html`<tr><td colspan="4"><div class="place">${text === '' ? '' : html`<pre>${text}</pre>`}${url ? html`${paperImage(url, text)}` : ''}</div></td></tr>`;
}

function money(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.invariants.length === 0) return '';
  return html`<h3>${word(lang, 'money')}</h3>
    <table class="steps"><thead><tr><th>${word(lang, 'invariant')}</th><th>${word(lang, 'why')}</th><th>${word(lang, 'verdict')}</th></tr></thead>
    <tbody>${scenario.invariants.map(
      (invariant) =>
        html`<tr><td>${foreign(invariantTitle(invariant, lang))}</td><td>${foreign(phrase(invariant.reason, lang))}</td><td>${badge(invariant.verdict, lang)}</td></tr>`,
    )}</tbody></table>`;
}

/** Of a passed scenario on paper: what held and what it rests on, in two columns; what was not asked is said last. */
function moneyInBrief({ invariants }: ScenarioView, lang: Language): Markup | string {
  if (invariants.length === 0) return '';
  const held = invariants.filter(({ verdict }) => verdict === 'passed');
  const others = invariants.filter(({ verdict }) => verdict !== 'passed');
  return html`<h3>${word(lang, 'money')}</h3><ul class="held">${held.map(
    (invariant) =>
      html`<li>✓ ${invariantTitle(invariant, lang)} <small>${oneLine(phrase(invariant.reason, lang), 200)}</small></li>`,
  )}${others.map(
    (invariant) =>
      html`<li>${badge(invariant.verdict, lang)} ${invariantTitle(invariant, lang)} <small>${oneLine(phrase(invariant.reason, lang), 200)}</small></li>`,
  )}</ul>`;
}

function faults(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.faults.size === 0) return '';
  const STATES = { 'in-force': 'inForce', 'not-in-force': 'notInForce', unknown: 'unknown' } as const;
  return html`<h3>${word(lang, 'faults')}</h3><table><tbody>${[...scenario.faults.values()].map(
    ({ proof }) =>
      html`<tr><td class="mono keep">${foreign(`${faultTerm(proof.fault.do, lang)} @ ${term(proof.fault.at, lang)}`)}</td><td>${foreign(phrase(proof.summary, lang))}</td><td class="keep">${word(lang, STATES[proof.state])}</td></tr>`,
  )}</tbody></table>`;
}

function ledger(scenario: ScenarioView, lang: Language): Markup | string {
  if (scenario.ledger.length === 0 && scenario.settlements.length === 0) return '';
  return html`<h3>${word(lang, 'ledger')}</h3>
    <table><thead><tr><th>STAN</th><th>${word(lang, 'kind')}</th><th class="num">${word(lang, 'amount')}</th><th>F39</th><th>${word(lang, 'state')}</th><th>PAN</th><th>RRN</th><th>${word(lang, 'region')}</th></tr></thead>
    <tbody>${scenario.ledger.map(
      (entry) =>
        html`<tr><td class="mono keep">${foreign(entry.stan, 30)}</td><td class="keep">${term(entry.kind, lang)}</td><td class="num">${formatMoney(entry.booked)}</td><td class="mono keep">${foreign(entry.responseCode, 30)}</td><td class="keep">${term(entry.state, lang)}</td><td class="mono keep">${foreign(entry.pan, 30)}</td><td class="mono keep">${foreign(entry.rrn, 30)}</td><td class="keep">${foreign(entry.region, 30)}</td></tr>`,
    )}${scenario.settlements.map(
      ({ batch, result, claimed, counted }) =>
        html`<tr><td class="mono keep">${foreign(batch, 30)}</td><td class="keep">${word(lang, 'settlement')}</td><td class="num">${formatMoney(counted.debit)}</td><td></td><td class="keep">${term(result, lang)}</td><td colspan="3"><small>${word(lang, 'terminal')}: ${claimed.debitCount} / ${formatMoney(claimed.debit)}, ${claimed.creditCount} / ${formatMoney(claimed.credit)} · ${word(lang, 'host')}: ${counted.debitCount} / ${formatMoney(counted.debit)}, ${counted.creditCount} / ${formatMoney(counted.credit)}</small></td></tr>`,
    )}</tbody></table>`;
}

/** On paper only those that do not stand among the steps or the money above: a reader turns pages. */
function findings(scenario: ScenarioView, lang: Language, paper: boolean): Markup | string {
  const above = new Set([
    ...scenario.invariants.map(({ name }) => name),
    ...[...scenario.steps, scenario].flatMap(({ expectations }) => expectations.map(({ path }) => path)),
  ]);
  const rows = paper ? scenario.findings.filter(({ code }) => !above.has(code)) : scenario.findings;
  if (rows.length === 0) return '';
  return html`<h3>${word(lang, 'findings')}</h3><table><tbody>${rows.map(
    ({ verdict, blame, code, reason, hint }) =>
      html`<tr><td>${badge(verdict, lang)}</td><td>${foreign(nameOfFinding(scenario, code, lang))}</td><td>${foreign(reasonIn(scenario, reason, lang))}${hint ? html`<br><small>${foreign(phrase(hint, lang))}</small>` : ''}</td><td class="keep">${blame ? say(BLAME_WORDS[blame], lang) : ''}</td></tr>`,
  )}</tbody></table>`;
}

/** A finding's code in words where it names an expectation or an invariant. */
function nameOfFinding(scenario: ScenarioView, code: string, lang: Language): string {
  const invariant = scenario.invariants.find(({ name }) => name === code);
  if (invariant) return invariantTitle(invariant, lang);
  return code.startsWith('steps[') ? subjectOf(code, lang) : code;
}

function notes(scenario: ScenarioView, lang: Language): Markup | string {
  const texts = scenario.happenings.flatMap((happening) =>
    happening.type === 'note' && happening.level === 'warning' ? [happening.text] : [],
  );
  return texts.length === 0
    ? ''
    : html`<h3>${word(lang, 'notes')}</h3><ul>${texts.map((text) => html`<li>${foreign(phrase(text, lang))}</li>`)}</ul>`;
}
