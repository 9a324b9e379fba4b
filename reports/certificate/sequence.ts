import { html } from 'hono/html';
import type { ScenarioView } from '../model.ts';
import { oneLine } from '../text.ts';
import type { Language } from '../words.ts';
import { type Exchanged, labelOf } from './dialogue.ts';

import { type Markup, seconds } from './parts.ts';
import { type Lane, type Row, rowsOf } from './rows.ts';
import { word } from './words.ts';

const WIDTH = 900;
const TIME_X = 66;
const LANES = { terminal: 200, network: 540, host: 830 } as const satisfies Readonly<Record<Lane, number>>;
const INK = '#1a1d21';
const SOFT = '#5b646e';
const RED = '#b1271b';
const BLUE = '#1d3b5e';
/** More rows make no picture; the tables below the diagram have everything. */
const MOST_ROWS = 160;

const HEIGHT: Readonly<Record<Row['kind'], number>> = { step: 34, message: 38, fault: 30, mark: 21 };

/**
 * Draws who said what to whom: terminal, network, acquirer; steps as bands, faults across the network, what the hand and
 * the terminal did at the terminal's line. Undefined when nothing was said.
 */
export function sequenceDiagram(scenario: ScenarioView, lang: Language): Markup | undefined {
  const all = rowsOf(scenario, lang);
  if (!all.some(({ kind }) => kind === 'message' || kind === 'fault')) return undefined;
  const rows = all.slice(0, MOST_ROWS);
  const height = 52 + rows.reduce((sum, row) => sum + HEIGHT[row.kind], 0) + 14;
  const origin = scenario.happenings[0]?.at.t ?? 0;
  let y = 52;
  const drawn = rows.map((row) => {
    const top = y;
    y += HEIGHT[row.kind];
    return draw(row, top, origin, lang);
  });
  const lane = (x: number, name: string) => html`
    <line x1="${x}" y1="34" x2="${x}" y2="${height - 6}" stroke="#b9c1ca" stroke-width="1.2"/>
    <rect x="${x - 62}" y="6" width="124" height="28" rx="3" fill="${BLUE}"/>
    <text x="${x}" y="25" text-anchor="middle" fill="#fff" font-size="14" font-weight="600">${name}</text>`;
  return html`<svg class="seq" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${word(lang, 'dialogue')}" font-family="Liberation Sans, Arial, WenQuanYi Zen Hei, Noto Sans CJK SC, sans-serif">
    ${lane(LANES.terminal, word(lang, 'terminal'))}${lane(LANES.network, word(lang, 'network'))}${lane(LANES.host, word(lang, 'host'))}
    ${drawn}
  </svg>${all.length > MOST_ROWS ? html`<p class="soft">… +${all.length - MOST_ROWS}</p>` : ''}`;
}

function draw(row: Row, top: number, origin: number, lang: Language): Markup {
  const middle = top + HEIGHT[row.kind] / 2;
  if (row.kind === 'step') {
    return html`<rect x="0" y="${top + 6}" width="${WIDTH}" height="24" fill="#eef1f5"/>
      <text x="10" y="${top + 23}" font-size="13" font-weight="600" fill="${INK}">${row.text}</text>`;
  }
  const time = html`<text x="${TIME_X}" y="${middle + 4}" text-anchor="end" font-size="11" fill="${SOFT}">${seconds(row.t - origin)}</text>`;
  if (row.kind === 'mark') {
    const x = LANES[row.lane];
    const anchor = row.lane === 'terminal' ? 'start' : 'middle';
    return html`${time}<circle cx="${x}" cy="${middle}" r="3" fill="${row.strong ? INK : '#fff'}" stroke="${INK}" stroke-width="1.2"/>
      <text x="${row.lane === 'terminal' ? x + 11 : x}" y="${row.lane === 'terminal' ? middle + 4 : middle - 6}" text-anchor="${anchor}" font-size="11.5" fill="${row.strong ? INK : SOFT}" paint-order="stroke" stroke="#fff" stroke-width="3">${row.text}</text>`;
  }
  if (row.kind === 'fault') {
    const colour = row.struck ? RED : SOFT;
    return html`${time}<line x1="${LANES.network - 24}" y1="${middle}" x2="${LANES.network + 24}" y2="${middle}" stroke="${colour}" stroke-width="${row.struck ? 5 : 2}"/>
      <text x="${LANES.network}" y="${middle - 6}" text-anchor="middle" font-size="11.5" font-weight="600" fill="${colour}" paint-order="stroke" stroke="#fff" stroke-width="4">${row.text}</text>`;
  }
  return html`${time}${arrow(row.exchanged, middle + 7, lang)}`;
}

/** One message: from its sender over the network to the other end, or to where it was lost. */
function arrow(exchanged: Exchanged, y: number, lang: Language): Markup {
  const { message, delivered, fault, seenOnPath } = exchanged;
  const forward = message.direction === 'request';
  const from = forward ? LANES.terminal : LANES.host;
  const to = forward ? LANES.host : LANES.terminal;
  const end = delivered ? to : LANES.network;
  const sign = end > from ? 1 : -1;
  const colour = delivered && !fault ? BLUE : RED;
  const head = html`<path d="M ${end} ${y} l ${-9 * sign} -4.5 v 9 z" fill="${colour}"/>`;
  const lost = html`<path d="M ${end - 6} ${y - 6} l 12 12 m 0 -12 l -12 12" stroke="${RED}" stroke-width="2.4" fill="none"/>
    <line x1="${end}" y1="${y}" x2="${to}" y2="${y}" stroke="${RED}" stroke-width="1" stroke-dasharray="3 5" opacity=".55"/>
    <text x="${to - 8 * (to > end ? 1 : -1)}" y="${y - 6}" text-anchor="${to > end ? 'end' : 'start'}" font-size="11" fill="${RED}" paint-order="stroke" stroke="#fff" stroke-width="3">${word(lang, 'lost')}</text>`;
  const notes = exchanged.notes.length > 0 ? ` · ${exchanged.notes.join(', ')}` : '';
  // The label stands over the half that the message surely crossed.
  const centre = forward ? (LANES.terminal + LANES.network) / 2 : (LANES.network + LANES.host) / 2;
  return html`<line x1="${from}" y1="${y}" x2="${end}" y2="${y}" stroke="${colour}" stroke-width="1.5"/>
    ${seenOnPath && delivered ? html`<circle cx="${LANES.network}" cy="${y}" r="2.6" fill="${colour}"/>` : ''}
    ${delivered ? head : lost}
    <text x="${centre}" y="${y - 6}" text-anchor="middle" font-size="12" fill="${colour}" paint-order="stroke" stroke="#fff" stroke-width="3">${oneLine(labelOf(exchanged) + notes, 60)}</text>`;
}
