import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import iconv from 'iconv-lite';
import { chromium } from 'playwright';
import { CODE_PAGES, INTERNATIONAL, upperHalf } from '../code-pages.ts';
import { encodeFonts, type FontTable } from './format.ts';

/**
 * Draws the printer's fonts dot by dot from free outline fonts, once, and writes `glyphs.bin`:
 *
 *     npm pack @fontsource/noto-sans-thai @fontsource-variable/noto-sans-kr   (unpacked below <folder>/thai, <folder>/kr)
 *     node --import tsx drivers/codec/escpos/fonts/make.ts <folder>
 *
 * The machine needs Chromium, fontconfig, and Debian's fonts-dejavu-core, fonts-dejavu-extra and fonts-droid-fallback.
 * The result is kept, not made on demand: so that a receipt has the same dots on every machine.
 */
const folder = process.argv[2] ?? '.';
const filesOf = (path: string, pattern: RegExp) =>
  readdirSync(path)
    .filter((name) => pattern.test(name))
    .map((name) => join(path, name));

/** In order of preference. */
const SOURCES: readonly { readonly family: string; readonly files: readonly string[] }[] = [
  { family: 'mono', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf'] },
  { family: 'sans', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'] },
  { family: 'droid', files: ['/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf'] },
  { family: 'thai', files: filesOf(join(folder, 'thai/package/files'), /thai-thai-400-normal\.woff2$/) },
  { family: 'kr', files: filesOf(join(folder, 'kr/package/files'), /\.woff2$/) },
];

interface Face {
  readonly family: string;
  readonly url: string;
}
const faces: Face[] = [];
const faceOf = new Map<number, Map<string, string>>();
for (const { family, files } of SOURCES) {
  for (const [i, file] of files.entries()) {
    const name = `${family}${i}`;
    const type = file.endsWith('.woff2') ? 'font/woff2' : 'font/ttf';
    faces.push({ family: name, url: `data:${type};base64,${readFileSync(file).toString('base64')}` });
    const charset = execFileSync('fc-query', ['--format', '%{charset} ', file], { encoding: 'utf8' });
    for (const range of charset.trim().split(/\s+/)) {
      const [from = 0, to = from] = range.split('-').map((hex) => Number.parseInt(hex, 16));
      for (let point = from; point <= to; point++) {
        const known = faceOf.get(point) ?? new Map<string, string>();
        known.set(family, name);
        faceOf.set(point, known);
      }
    }
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const points = (text: string) => [...text].map((char) => char.codePointAt(0) ?? 0);
const inked = (point: number) => !/^[\p{C}\p{Z}]$/u.test(String.fromCodePoint(point));

/** Everything that a code page can show, and the scripts that a UTF-8 printer prints in half-width cells. */
// biome-ignore format: a table
const NARROW = new Set([
  ...range(0x20, 0x24f), ...range(0x370, 0x52f), ...range(0x5d0, 0x5ea), ...range(0x60c, 0x652), ...range(0xe01, 0xe5b),
  ...range(0x1ea0, 0x1ef9), ...range(0x2010, 0x203f), ...range(0x20a0, 0x20bf), ...range(0x2100, 0x22ff),
  ...range(0x2300, 0x23ff), ...range(0x2500, 0x266f), ...range(0xfe70, 0xfefc), ...range(0xff61, 0xff9f),
  ...Object.values(CODE_PAGES).flatMap((page) => upperHalf(page).flatMap(points)), ...INTERNATIONAL.flatMap(points),
]);

/** Everything in the double-byte charsets. */
function wide(): Set<number> {
  const found = new Set<number>([
    ...range(0x3001, 0x9fa5),
    ...range(0xac00, 0xd7a3),
    ...range(0xff01, 0xff5e),
  ]);
  for (const charset of ['gbk', 'big5', 'shift_jis', 'cp949']) {
    for (const lead of range(0x81, 0xfe)) {
      for (const trail of range(0x40, 0xfe)) {
        const text = iconv.decode(Buffer.from([lead, trail]), charset);
        if ([...text].length === 1 && text !== '\ufffd') found.add(text.codePointAt(0) ?? 0);
      }
    }
  }
  return found;
}

/** How outlines become dots: size of the em, stretch, baseline, and the coverage from which a dot is black. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly em: number;
  readonly stretch: number;
  readonly baseline: number;
  readonly threshold: number;
  readonly order: readonly string[];
}
const LATIN_ORDER = ['mono', 'sans', 'thai', 'droid', 'kr'];
const A: Drawing = {
  width: 12,
  height: 24,
  em: 20,
  stretch: 1.1,
  baseline: 18,
  threshold: 105,
  order: LATIN_ORDER,
};
const B: Drawing = {
  width: 9,
  height: 17,
  em: 15,
  stretch: 1,
  baseline: 13,
  threshold: 95,
  order: LATIN_ORDER,
};
const KANJI: Drawing = {
  width: 24,
  height: 24,
  em: 24,
  stretch: 1,
  baseline: 21,
  threshold: 110,
  order: ['droid', 'kr', 'mono', 'sans', 'thai'],
};

const browser = await chromium.launch({
  ...(process.env['CHROMIUM'] ? { executablePath: process.env['CHROMIUM'] } : {}),
  args: ['--disable-lcd-text', '--font-render-hinting=full'],
});
const page = await browser.newPage();
await page.goto(pathToFileURL('/dev/null').href);
for (const { family, url } of faces) {
  await page.evaluate(
    `(async () => { const f = new FontFace(${JSON.stringify(family)}, 'url(${url})', ${family.startsWith('kr') ? "{ weight: '100 900' }" : '{}'}); document.fonts.add(await f.load()); })()`,
  );
}

/** Runs in the page: the cells of some characters, as one byte a dot (coverage). */
const CELLS = `(jobs, d) => {
  const canvas = new OffscreenCanvas(96, 96);
  const g = canvas.getContext('2d', { willReadFrequently: true });
  const ink = (data) => { let top = 96, bottom = -1; for (let i = 0; i < 96 * 96; i++) if (data[i * 4 + 3] > 60) { const y = (i / 96) | 0; if (y < top) top = y; bottom = y; } return [top, bottom]; };
  return jobs.map(([char, face, grid]) => {
    const wght = face.startsWith('kr') ? '500 ' : '';
    g.font = wght + d.em + 'px ' + face;
    const advance = g.measureText(char).width;
    const fit = Math.min(1, d.width / Math.max(advance, 1));
    const draw = (sx, sy, x, y) => { g.setTransform(1, 0, 0, 1, 0, 0); g.clearRect(0, 0, 96, 96); g.setTransform(sx, 0, 0, sy, x, y); g.fillText(char, 0, 0); return g.getImageData(0, 0, 96, 96).data; };
    let sx = fit, sy = d.stretch, x = 24 + (d.width - advance * fit) / 2, y = 24 + d.baseline, data;
    if (grid) {
      // Frames and blocks fill their cell, so that they join.
      sx = d.width / advance; const line = d.em * 1.164; sy = d.height / line; x = 24; y = 24 + 0.928 * d.em * sy;
      data = draw(sx, sy, x, y);
    } else {
      if (Number.isInteger(d.width / 2) && fit === 1) x = Math.round(x);
      data = draw(sx, sy, x, y);
      let [top, bottom] = ink(data);
      if (bottom >= 0 && bottom - top + 1 > d.height) { sy *= d.height / (bottom - top + 1); data = draw(sx, sy, x, y); [top, bottom] = ink(data); }
      if (bottom >= 0 && top < 24) { y += 24 - top; data = draw(sx, sy, x, y); }
      else if (bottom >= 24 + d.height) { y -= bottom - (23 + d.height); data = draw(sx, sy, x, y); }
    }
    let out = '';
    const stride = Math.ceil(d.width / 8);
    for (let r = 0; r < d.height; r++) for (let b = 0; b < stride; b++) {
      let byte = 0;
      for (let k = 0; k < 8; k++) { const c = b * 8 + k; if (c < d.width && data[((r + 24) * 96 + c + 24) * 4 + 3] >= d.threshold) byte |= 128 >> k; }
      out += byte.toString(16).padStart(2, '0');
    }
    return out;
  });
}`;

const isGrid = (point: number) => point >= 0x2500 && point <= 0x259f;

async function drawn(drawing: Drawing, wanted: Iterable<number>): Promise<FontTable> {
  const jobs = [...wanted]
    .sort((a, b) => a - b)
    .filter(inked)
    .flatMap((point): { point: number; job: [string, string, boolean] }[] => {
      const known = faceOf.get(point);
      const order = isGrid(point) ? LATIN_ORDER : drawing.order;
      const family = order.find((name) => known?.has(name));
      const face = family === undefined ? undefined : known?.get(family);
      return face === undefined ? [] : [{ point, job: [String.fromCodePoint(point), face, isGrid(point)] }];
    });
  const cells: string[] = [];
  for (let at = 0; at < jobs.length; at += 2000) {
    const part = jobs.slice(at, at + 2000).map(({ job }) => job);
    cells.push(
      ...((await page.evaluate(
        `(${CELLS})(${JSON.stringify(part)}, ${JSON.stringify(drawing)})`,
      )) as string[]),
    );
  }
  process.stdout.write(`${drawing.width} x ${drawing.height}: ${jobs.length} characters\n`);
  return {
    width: drawing.width,
    height: drawing.height,
    points: Uint32Array.from(jobs.map(({ point }) => point)),
    bits: Uint8Array.from(Buffer.from(cells.join(''), 'hex')),
  };
}

const tables = [await drawn(A, NARROW), await drawn(B, NARROW), await drawn(KANJI, wide())];
await browser.close();
const packed = brotliCompressSync(encodeFonts(tables), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
});
writeFileSync(new URL('glyphs.bin', import.meta.url), packed);
process.stdout.write(`glyphs.bin: ${packed.length} bytes\n`);
