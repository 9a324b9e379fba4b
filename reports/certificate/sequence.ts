import { html } from 'hono/html';
import { faultLook, type Hit, hitOf } from '../fault-looks.ts';
import type { ScenarioView } from '../model.ts';
import { phrase } from '../phrases.ts';
import { clip, widthOf } from '../text.ts';
import type { Language } from '../words.ts';
import { type Exchanged, labelOf } from './dialogue.ts';
import { type Markup, seconds } from './parts.ts';
import { type Detail, type Lane, type Row, rowsOf } from './rows.ts';
import { word } from './words.ts';

const WIDTH = 900;
const TIME_X = 66;
const LANES = { terminal: 200, network: 540, host: 830 } as const satisfies Readonly<Record<Lane, number>>;
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
    html`<rect class="lane" x="${x - 62}" y="4" width="124" height="24" rx="3"/><text class="lane middle" x="${x}" y="21">${name}</text>`;
  return html`<table class="seq"><thead><tr><td><svg viewBox="0 0 ${WIDTH} 28">${lane(LANES.terminal, word(lang, 'terminal'))}${lane(LANES.network, word(lang, 'network'))}${lane(LANES.host, word(lang, 'host'))}</svg></td></tr></thead>
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
  return html`<svg viewBox="0 0 ${WIDTH} ${height}"><path d="${Object.values(LANES)
    .map((x) => `M${x} 0V${height}`)
    .join('')}" class="lane"/>${drawn}</svg>`;
}

/** How a text of the diagram looks; the style sheet has the colours and sizes. */
type Look = 'soft' | 'ink' | 'alarm' | 'quiet' | 'flow' | 'stopped';
const SIZE: Readonly<Record<Look, number>> = {
  soft: 11.5,
  ink: 11.5,
  alarm: 11.5,
  quiet: 11.5,
  flow: 12,
  stopped: 12,
};

/**
 * A text on a white ground, so that the lanes do not run through it. (An outline of the letters would do the same, but
 * makes every text a drawing in the PDF: slow, large, and not to be found by searching.)
 */
function label(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', look: Look): Markup {
  const size = SIZE[look];
  const width = widthOf(text) * size * 0.53 + 6;
  const left = anchor === 'start' ? x - 3 : anchor === 'end' ? x - width + 3 : x - width / 2;
  return html`<rect x="${Math.round(left)}" y="${Math.round(y - size)}" width="${Math.round(width)}" height="${Math.round(size * 1.3)}"/><text class="${look} ${anchor}" x="${x}" y="${y}">${text}</text>`;
}

function draw(row: Row, top: number, origin: number, lang: Language): Markup {
  const middle = top + HEIGHT[row.kind] / 2;
  if (row.kind === 'step')
    return html`<rect class="band" y="${top + 6}" width="${WIDTH}" height="24"/><text class="band" x="10" y="${top + 23}">${row.text}</text>`;
  const time = html`<text class="time end" x="${TIME_X}" y="${middle + 4}">${seconds(row.t - origin)}</text>`;
  if (row.kind === 'mark') {
    const x = LANES[row.lane];
    const look = row.strong ? 'ink' : 'soft';
    return row.lane === 'terminal'
      ? html`${time}${label(row.text, x + 11, middle + 4, 'start', look)}<circle class="${look}" cx="${x}" cy="${middle}" r="3"/>`
      : html`${time}${label(row.text, x, middle + 4, 'middle', look)}`;
  }
  if (row.kind === 'fault') {
    const look = row.struck ? 'alarm' : 'quiet';
    const text = `${row.sign} ${row.text}`;
    if (row.lane === 'terminal') {
      const x = LANES.terminal;
      return html`${time}${label(text, x + 11, middle + 4, 'start', look)}<path class="${look}" d="M${x - 8} ${middle}h16"/>`;
    }
    return html`${time}${label(text, LANES.network, middle - 4, 'middle', look)}<path class="${look}" d="M${LANES.network - 24} ${middle + 6}h48"/>`;
  }
  return html`${time}${arrow(row.exchanged, middle + 8, lang)}`;
}

/** One message: from its sender over the network to the other end, or to the byte where it was lost. */
function arrow(exchanged: Exchanged, y: number, lang: Language): Markup {
  const { message, delivered, fault, seenOnPath } = exchanged;
  const forward = message.direction === 'request';
  const from = forward ? LANES.terminal : LANES.host;
  const to = forward ? LANES.host : LANES.terminal;
  const look = delivered && faultLook(fault?.fault.do ?? 'delay').effect !== 'altered' ? 'flow' : 'stopped';
  // The label stands over the half that the message surely crossed.
  const centre = forward ? (LANES.terminal + LANES.network) / 2 : (LANES.network + LANES.host) / 2;
  // That it was not delivered is what the drawing shows.
  const notes = exchanged.notes
    .filter((note) => !note.startsWith('not delivered'))
    .map((note) => ` · ${phrase(note, lang)}`)
    .join('');
  const text = clip(labelOf(exchanged, lang) + notes, 50);
  const hit = fault && hitOf(fault);
  // What was handed on went that much of the way.
  const end = delivered ? to : LANES.network + ((to - LANES.network) * (hit?.byte ?? 0)) / (hit?.of || 1);
  const line = html`${label(text, centre, y - 6, 'middle', look)}<path class="${look}" d="M${from} ${y}H${Math.round(end)}"/>`;
  if (delivered)
    return html`${line}${onPath(exchanged, look, y)}<path class="${look} head" d="M${end} ${y}l${end > from ? -9 : 9} -4.5v9z"/>`;
  const outward = to > LANES.network ? 1 : -1;
  const mark =
    seenOnPath && end !== LANES.network
      ? html`<circle class="${look}" cx="${LANES.network}" cy="${y}" r="2.6"/>`
      : '';
  return html`${line}${mark}<path class="lost" d="M${Math.round(end) - 6} ${y - 6}l12 12m0 -12l-12 12"/><path class="never" d="M${Math.round(end)} ${y}H${to}"/>${label(lostText(hit, lang), to - 8 * outward, y - 6, outward > 0 ? 'end' : 'start', 'alarm')}`;
}

/** A message at the network's line: a point, or the sign of the fault that it met there. */
function onPath({ fault, seenOnPath }: Exchanged, look: Look, y: number): Markup | '' {
  if (fault) return label(faultLook(fault.fault.do).sign, LANES.network, y + 4, 'middle', 'alarm');
  return seenOnPath ? html`<circle class="${look}" cx="${LANES.network}" cy="${y}" r="2.6"/>` : '';
}

/** `byte 17 of 180`, or that it was not delivered. */
export const lostText = (hit: Hit | undefined, lang: Language): string =>
  hit && hit.byte > 0 ? word(lang, 'byteOf', hit.byte, hit.of) : word(lang, 'lost');
