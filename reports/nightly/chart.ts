import { html } from 'hono/html';
import { VERDICTS, type Verdict } from '../../rig/model/verdict.ts';
import type { Markup } from '../certificate/parts.ts';
import { oneLine } from '../text.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';
import type { Night } from './nights.ts';

/** Nights that are drawn. */
export const NIGHTS_SHOWN = 60;
const WIDTH = 900;
const HEIGHT = 190;
const TOP = 26;
const BOTTOM = 24;
const LEFT = 40;

/** From the ground up: what passed is the ground, what is worst stands on top. */
const STACK: readonly Verdict[] = ['passed', ...VERDICTS.filter((verdict) => verdict !== 'passed').reverse()];

const countOf = (night: Night, verdict: Verdict): number =>
  [...night.verdicts.values()].filter((each) => each === verdict).length;

/** One column a night: how many scenarios came to which verdict; a line where the firmware changed. */
export function nightsChart(nights: readonly Night[], lang: Language): Markup {
  const shown = nights.slice(-NIGHTS_SHOWN);
  const most = Math.max(1, ...shown.map(({ verdicts }) => verdicts.size));
  const top = niceAbove(most);
  const step = Math.min(40, (WIDTH - LEFT) / Math.max(1, shown.length));
  const room = HEIGHT - TOP - BOTTOM;
  const y = (count: number) => TOP + room * (1 - count / top);
  const column = (night: Night, i: number) => {
    let below = 0;
    const x = LEFT + i * step;
    const told = STACK.flatMap((verdict) => {
      const count = countOf(night, verdict);
      return count > 0 ? [`${count} ${say(VERDICT_WORDS[verdict], lang)}`] : [];
    }).join(', ');
    const pieces = STACK.map((verdict) => {
      const count = countOf(night, verdict);
      const from = below;
      below += count;
      return count === 0
        ? ''
        : html`<rect class="${verdict}" x="${(x + step * 0.12).toFixed(1)}" y="${y(below).toFixed(1)}" width="${(step * 0.76).toFixed(1)}" height="${Math.max(1.5, y(from) - y(below)).toFixed(1)}"/>`;
    });
    return html`<g><title>${`${night.wall.slice(0, 10)} · ${oneLine(night.firmware, 40)} · ${told}`}</title>${pieces}</g>`;
  };
  // A date a few columns apart, and a firmware where it begins, as far as there is room for its name.
  const every = Math.max(1, Math.ceil(72 / step));
  const dates = shown.map((night, i) =>
    i % every === 0 && LEFT + i * step < WIDTH - 36
      ? html`<text class="soft" x="${(LEFT + i * step).toFixed(1)}" y="${HEIGHT - 7}">${night.wall.slice(5, 10)}</text>`
      : '',
  );
  let named = Number.NEGATIVE_INFINITY;
  const firmware = shown.map((night, i) => {
    if (i > 0 && shown[i - 1]?.firmware === night.firmware) return '';
    const x = LEFT + i * step;
    const room = x - named > 84;
    if (room) named = x;
    // Near the right edge a name stands on the other side of its line: there is no room for it on this one.
    const [at, side] = x > WIDTH - 84 ? [x - 4, 'end'] : [x + 4, 'start'];
    return html`<path class="line" d="M${x.toFixed(1)} ${TOP - 16}V${HEIGHT - BOTTOM}"/>${room ? html`<text class="${side}" x="${at.toFixed(1)}" y="${TOP - 8}">${oneLine(night.firmware, 14)}</text>` : ''}`;
  });
  const rulers = [0, top / 2, top].map(
    (count) =>
      html`<path class="hair" d="M${LEFT} ${y(count).toFixed(1)}H${WIDTH}"/><text class="soft end" x="${LEFT - 6}" y="${(y(count) + 4).toFixed(1)}">${count}</text>`,
  );
  return html`<svg class="nights" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${toldOf(shown)}">${rulers}${firmware}${shown.map(column)}${dates}</svg>
<p class="chips">${STACK.filter((verdict) => shown.some((night) => countOf(night, verdict) > 0)).map((verdict) => html`<span class="v ${verdict}">${say(VERDICT_WORDS[verdict], lang)}</span>`)}</p>`;
}

/** What the drawing says, for somebody who does not see it: the table below has every scenario. */
const toldOf = (nights: readonly Night[]): string =>
  nights
    .map((night) => `${night.wall.slice(0, 10)}: ${countOf(night, 'passed')}/${night.verdicts.size}`)
    .join(', ');

/** The next even number of one or two digits and zeros. */
function niceAbove(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - (count >= 10 ? 1 : 0));
  return Math.max(2, Math.ceil(count / (2 * unit)) * 2 * unit);
}
