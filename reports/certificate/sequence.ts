import { html } from 'hono/html';
import stringWidth from 'string-width';
import type { ScenarioView } from '../model.ts';
import { clip } from '../text.ts';
import type { Language } from '../words.ts';
import { type Exchanged, labelOf } from './dialogue.ts';
import { type Markup, seconds } from './parts.ts';
import { type Detail, type Lane, type Row, rowsOf } from './rows.ts';
import { word } from './words.ts';

const WIDTH = 900;
const TIME_X = 66;
const LANES = { terminal: 200, network: 540, host: 830 } as const satisfies Readonly<Record<Lane, number>>;
const INK = '#1a1d21';
const SOFT = '#5b646e';
const RED = '#b1271b';
const BLUE = '#1d3b5e';
const FONTS = 'Liberation Sans, Arial, WenQuanYi Zen Hei, Noto Sans CJK SC, sans-serif';
/** More rows make no picture; the tables below the diagram have everything. */
const MOST_ROWS = 160;
/** Rows in one picture. A page may end between two pictures, never within one. */
const ROWS_TOGETHER = 6;

const HEIGHT: Readonly<Record<Row['kind'], number>> = { step: 34, message: 34, fault: 30, mark: 21 };

/**
 * Draws who said what to whom: terminal, network, acquirer; steps as bands, faults across the network, what the hand and
 * the terminal did at the terminal's line. It is a table of short pictures under one head, so that it breaks over pages
 * as tables do and names its lanes on each. Undefined when nothing was said.
 */
export function sequenceDiagram(scenario: ScenarioView, lang: Language, detail: Detail): Markup | undefined {
  const all = rowsOf(scenario, lang, detail);
  if (!all.some(({ kind }) => kind === 'message' || kind === 'fault')) return undefined;
  const origin = scenario.happenings[0]?.at.t ?? 0;
  const pictures = together(all.slice(0, MOST_ROWS));
  const lane = (x: number, name: string) =>
    html`<rect x="${x - 62}" y="4" width="124" height="24" rx="3" fill="${BLUE}"/><text x="${x}" y="21" text-anchor="middle" fill="#fff" font-size="13" font-weight="600">${name}</text>`;
  return html`<table class="seq"><thead><tr><td><svg viewBox="0 0 ${WIDTH} 28" font-family="${FONTS}">${lane(LANES.terminal, word(lang, 'terminal'))}${lane(LANES.network, word(lang, 'network'))}${lane(LANES.host, word(lang, 'host'))}</svg></td></tr></thead>
    <tbody>${pictures.map((rows) => html`<tr><td>${picture(rows, origin, lang)}</td></tr>`)}</tbody></table>${all.length > MOST_ROWS ? html`<p class="soft">… +${all.length - MOST_ROWS}</p>` : ''}`;
}

/** Rows that stay on one page: a step's band begins a group and is never its only row. */
function together(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const full = last !== undefined && last.length >= ROWS_TOGETHER;
    const fresh = last === undefined || full || (row.kind === 'step' && last.at(-1)?.kind !== 'step');
    if (fresh) groups.push([row]);
    else last.push(row);
  }
  return groups;
}

function picture(rows: readonly Row[], origin: number, lang: Language): Markup {
  const height = rows.reduce((sum, row) => sum + HEIGHT[row.kind], 0);
  let y = 0;
  const drawn = rows.map((row) => {
    const top = y;
    y += HEIGHT[row.kind];
    return draw(row, top, origin, lang);
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" font-family="${FONTS}"><path d="${Object.values(LANES)
    .map((x) => `M${x} 0V${height}`)
    .join('')}" stroke="#b9c1ca" stroke-width="1.2"/>${drawn}</svg>`;
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly colour: string;
  readonly bold?: boolean;
}

/**
 * A text on a white ground, so that the lanes do not run through it. (An outline of the letters would do the same, but
 * makes every text a drawing in the PDF: slow, large, and not to be found by searching.)
 */
function label(text: string, { x, y, size, anchor, colour, bold }: Label): Markup {
  const width = stringWidth(text) * size * 0.53 + 6;
  const left = anchor === 'start' ? x - 3 : anchor === 'end' ? x - width + 3 : x - width / 2;
  return html`<rect x="${Math.round(left)}" y="${Math.round(y - size)}" width="${Math.round(width)}" height="${Math.round(size * 1.3)}" fill="#fff"/><text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${colour}"${bold ? html` font-weight="600"` : ''}>${text}</text>`;
}

function draw(row: Row, top: number, origin: number, lang: Language): Markup {
  const middle = top + HEIGHT[row.kind] / 2;
  if (row.kind === 'step') {
    return html`<rect x="0" y="${top + 6}" width="${WIDTH}" height="24" fill="#eef1f5"/><text x="10" y="${top + 23}" font-size="13" font-weight="600" fill="${INK}">${row.text}</text>`;
  }
  const time = html`<text x="${TIME_X}" y="${middle + 4}" text-anchor="end" font-size="11" fill="${SOFT}">${seconds(row.t - origin)}</text>`;
  if (row.kind === 'mark') {
    const x = LANES[row.lane];
    const atTerminal = row.lane === 'terminal';
    return html`${time}${label(row.text, {
      x: atTerminal ? x + 11 : x,
      y: middle + 4,
      size: 11.5,
      anchor: atTerminal ? 'start' : 'middle',
      colour: row.strong ? INK : SOFT,
    })}${atTerminal ? html`<circle cx="${x}" cy="${middle}" r="3" fill="${row.strong ? INK : '#fff'}" stroke="${INK}" stroke-width="1.2"/>` : ''}`;
  }
  if (row.kind === 'fault') {
    const colour = row.struck ? RED : SOFT;
    return html`${time}${label(row.text, { x: LANES.network, y: middle - 4, size: 11.5, anchor: 'middle', colour, bold: true })}<line x1="${LANES.network - 24}" y1="${middle + 6}" x2="${LANES.network + 24}" y2="${middle + 6}" stroke="${colour}" stroke-width="${row.struck ? 5 : 2}"/>`;
  }
  return html`${time}${arrow(row.exchanged, middle + 8, lang)}`;
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
  const head = html`<path d="M${end} ${y}l${-9 * sign} -4.5v9z" fill="${colour}"/>`;
  const lost = html`<path d="M${end - 6} ${y - 6}l12 12m0 -12l-12 12" stroke="${RED}" stroke-width="2.4" fill="none"/><line x1="${end}" y1="${y}" x2="${to}" y2="${y}" stroke="${RED}" stroke-width="1" stroke-dasharray="3 5" opacity=".55"/>${label(
    word(lang, 'lost'),
    {
      x: to - 8 * (to > end ? 1 : -1),
      y: y - 6,
      size: 11,
      anchor: to > end ? 'end' : 'start',
      colour: RED,
    },
  )}`;
  const notes = exchanged.notes.length > 0 ? ` · ${exchanged.notes.join(', ')}` : '';
  // The label stands over the half that the message surely crossed.
  const centre = forward ? (LANES.terminal + LANES.network) / 2 : (LANES.network + LANES.host) / 2;
  const text = clip(labelOf(exchanged, lang) + notes, 50);
  return html`${label(text, { x: centre, y: y - 6, size: 12, anchor: 'middle', colour })}<line x1="${from}" y1="${y}" x2="${end}" y2="${y}" stroke="${colour}" stroke-width="1.5"/>${seenOnPath && delivered ? html`<circle cx="${LANES.network}" cy="${y}" r="2.6" fill="${colour}"/>` : ''}${delivered ? head : lost}`;
}
