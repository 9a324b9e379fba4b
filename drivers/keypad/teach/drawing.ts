import type { Calibration } from '../gantry/calibration.ts';
import { type Box, type KeyShape, toMachine } from '../gantry/geometry.ts';
import { WORST_RMS } from './fit.ts';

/** How many times longer than they are residuals are drawn. */
const MAGNIFIED = 20;
/** Pixels a millimetre, and mm around everything. */
const SCALE = 8;
const MARGIN = 6;
/** Height of the title and of the legend, mm. */
const HEAD = 9;
const FOOT = 17.4;

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\p{Cc}/gu, '');
/** An arrow shorter than this has no direction to speak of, mm. */
const SHORTEST = 0.005;

const mm = (value: number) => (value * SCALE).toFixed(1);

/**
 * Draws how the terminal lies under the finger as an SVG picture, seen from above: the keys where the fit puts them, the
 * box that the finger keeps to, and at every taught key an arrow from the fitted to the found middle, 20 times as long as
 * it is. Everything in it comes from the calibration and the profile's layout.
 */
export function drawPlacement(
  calibration: Calibration,
  keys: Readonly<Record<string, KeyShape>>,
  box: Box,
): string {
  const { placement, points, fit } = calibration;
  const corners = Object.values(keys).flatMap((key) => cornersOf(placement, key));
  const all = [...corners, ...box.x.flatMap((x) => box.y.map((y) => ({ x, y })))];
  const left = Math.min(...all.map(({ x }) => x)) - MARGIN;
  const right = Math.max(...all.map(({ x }) => x)) + MARGIN;
  const top = Math.max(...all.map(({ y }) => y)) + MARGIN;
  const bottom = Math.min(...all.map(({ y }) => y)) - MARGIN;
  // The machine's y points away from the person: up on the paper.
  const at = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: x - left, y: HEAD + top - y });
  const [width, height] = [Math.max(right - left, 76), top - bottom + HEAD + FOOT];

  const parts: string[] = [];
  const corner = at({ x: box.x[0], y: box.y[1] });
  parts.push(
    `<rect x="${mm(corner.x)}" y="${mm(corner.y)}" width="${mm(box.x[1] - box.x[0])}" height="${mm(box.y[1] - box.y[0])}" class="box"/>`,
    `<text x="${mm(corner.x + 1)}" y="${mm(corner.y + 2.6)}" class="small">keep-in</text>`,
  );
  const taught = new Set(points.map(({ key }) => key));
  for (const [name, key] of Object.entries(keys)) {
    const outline = cornersOf(placement, key).map((point) => {
      const { x, y } = at(point);
      return `${mm(x)},${mm(y)}`;
    });
    const centre = at(toMachine(placement, key));
    const size = Math.min(2.6, (key.w * 1.5) / Math.max(1, name.length)).toFixed(2);
    parts.push(
      `<polygon points="${outline.join(' ')}" class="${taught.has(name) ? 'taught key' : 'key'}"/>`,
      `<text transform="translate(${mm(centre.x)} ${mm(centre.y)}) rotate(${(-placement.rotation).toFixed(3)})" ` +
        `y="${mm(key.h / 2 - 0.7)}" text-anchor="middle" style="font-size:${mm(Number(size))}px">${escaped(name)}</text>`,
    );
  }
  for (const { key, x, y, off } of points) {
    const fitted = at({ x: x - off.x, y: y - off.y });
    const tip = { x: fitted.x + off.x * MAGNIFIED, y: fitted.y - off.y * MAGNIFIED };
    const distance = Math.hypot(off.x, off.y);
    parts.push(
      `<path d="M${mm(fitted.x - 1)} ${mm(fitted.y)}h${mm(2)}M${mm(fitted.x)} ${mm(fitted.y - 1)}v${mm(2)}" class="cross"/>`,
      distance < SHORTEST
        ? ''
        : `<line x1="${mm(fitted.x)}" y1="${mm(fitted.y)}" x2="${mm(tip.x)}" y2="${mm(tip.y)}" class="arrow" marker-end="url(#tip)"/>`,
      `<text x="${mm(fitted.x + 1.4)}" y="${mm(fitted.y - 0.8)}" class="off"><title>${escaped(key)}</title>${distance.toFixed(2)}</text>`,
    );
  }
  const line = (y: number, text: string, kind = '') =>
    `<text x="${mm(MARGIN / 2)}" y="${mm(y)}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`;
  const below = HEAD + top - bottom;
  const { x, y, rotation, contact, travel, slope } = placement;
  const tilt = (Math.atan(Math.hypot(slope.x, slope.y)) * 180) / Math.PI;
  parts.push(
    line(4, `${calibration.bench}: ${calibration.profile} under the finger`, 'title'),
    line(
      7.4,
      `taught ${calibration.taught.slice(0, 16).replace('T', ' ')} UTC by ${calibration.by}`,
      'small',
    ),
    line(
      below + 2,
      `top left key at X ${x.toFixed(2)}  Y ${y.toFixed(2)}  Z ${contact.toFixed(2)} mm, turned ${rotation.toFixed(2)}°, ` +
        `travel ${travel} mm, tilted ${tilt.toFixed(2)}°`,
      'small',
    ),
    line(
      below + 5.4,
      `${points.length} keys taught, ${fit.rms.toFixed(3)} mm RMS of at most ${WORST_RMS}`,
      'small',
    ),
    line(
      below + 8.8,
      `arrows: where keys were found beside the fit, ${MAGNIFIED} times as long; distances in mm`,
      'small',
    ),
    `<path d="M${mm(MARGIN / 2)} ${mm(below + 12.4)}v${mm(1)}h${mm(10)}v${mm(-1)}" class="cross"/>`,
    `<text x="${mm(MARGIN / 2 + 11)}" y="${mm(below + 13.6)}" class="small">10 mm</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${mm(width)}" height="${mm(height)}" viewBox="0 0 ${mm(width)} ${mm(height)}" font-family="Noto Sans, DejaVu Sans, sans-serif">
<style>text{font-size:${mm(2.4)}px;fill:#222}.title{font-size:${mm(3)}px;font-weight:bold}.small{font-size:${mm(1.7)}px;fill:#444}.key{fill:#f4f4f2;stroke:#888}.taught{fill:#e3efff;stroke:#2b6cb0;stroke-width:2}.box{fill:none;stroke:#b7791f;stroke-dasharray:6 4}.cross{stroke:#222;stroke-width:1.5;fill:none}.arrow{stroke:#c53030;stroke-width:2.5}.off{font-size:${mm(1.8)}px;fill:#c53030}</style>
<defs><marker id="tip" markerWidth="4" markerHeight="4" viewBox="0 0 6 6" refX="5" refY="3" orient="auto"><path d="M0 0L6 3L0 6z" fill="#c53030"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

const cornersOf = (placement: Calibration['placement'], { x, y, w, h }: KeyShape) =>
  [
    { x: x - w / 2, y: y - h / 2 },
    { x: x + w / 2, y: y - h / 2 },
    { x: x + w / 2, y: y + h / 2 },
    { x: x - w / 2, y: y + h / 2 },
  ].map((corner) => toMachine(placement, corner));
