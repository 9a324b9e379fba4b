import { createHash } from 'node:crypto';
import { encode } from 'uqr';
import type { Receipt, ReceiptBarcode, ReceiptImage, ReceiptRun, Turn } from '../../../rig/model/receipt.ts';
import { columnsOf, columnsOfText } from './columns.ts';
import { drawSymbol } from './render/draw-symbol.ts';
import { pngOfBits } from './render/png.ts';

const PAPER = '#fdfcf7';
const INK = '#262626';
const INK_RGB = [0x26, 0x26, 0x26] as const;
const FONTS =
  "'DejaVu Sans Mono','Liberation Mono','WenQuanYi Zen Hei Mono','WenQuanYi Zen Hei','Noto Sans Mono CJK SC',monospace";
/** Advance of a Latin character of those fonts, as a part of the font size. */
const ADVANCE = 0.602;
/** Blank paper left and right of the printable area, and above and below, dots. */
const MARGIN = 28;
/** Longest paper drawn, dots (about 3.7 m); of a longer one only the beginning is shown, and that is said. */
const LENGTH_MAX = 30_000;
/** Symbols drawn as such; any more are a frame with their content. */
const QR_MAX = 16;

const escaped = (text: string) =>
  text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const num = (value: number) => String(Math.round(value * 100) / 100);

/**
 * A picture of the paper as SVG, one user unit a dot: every character in its cell, pictures dot by dot, QR codes as
 * modules. Self-contained, without scripts and references; all text of the receipt is escaped. Receipts longer than
 * 30 000 dots are cut short with a note.
 */
export function renderSvg(receipt: Receipt): string {
  const shown = Math.min(receipt.height, LENGTH_MAX);
  const width = receipt.width + 2 * MARGIN;
  const height = shown + 2 * MARGIN + (shown < receipt.height ? 30 : 0);
  const visible = <T extends { readonly y: number; readonly height: number }>(item: T) =>
    item.y + item.height <= shown;
  const shapes: Shapes = new Map();
  let codes = 0;
  const body = [
    ...receipt.images.filter(visible).map((image) => imageSvg(image, shapes)),
    ...receipt.barcodes
      .filter((code) => !code.pictured && visible(code))
      .map((code) => codeSvg(code, codes++ < QR_MAX)),
    ...(receipt.stored ?? []).filter((p) => p.y <= shown).map((p) => frame(p.x, p.y, 96, 48, p.name)),
    ...receipt.runs.filter((run) => run.confidence === undefined && visible(run)).map(runSvg),
  ];
  if (shown < receipt.height) {
    body.push(label(0, shown + 20, `… ${receipt.height - shown} dots more`, 18));
  }
  const defs = [...shapes.values()].map(({ svg }) => svg).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<path d="${outline(width, height, receipt.end)}" fill="${PAPER}" stroke="#d8d4c8"/>`,
    defs && `<defs>${defs}</defs>`,
    `<g transform="translate(${MARGIN} ${MARGIN})" font-family="${FONTS}" font-size="${USUAL_SIZE}" fill="${INK}" xml:space="preserve">`,
    ...body,
    '</g></svg>\n',
  ]
    .filter(Boolean)
    .join('\n');
}

/** A clean lower edge where the cutter cut, a torn one where nothing did. */
function outline(width: number, height: number, end: Receipt['end']): string {
  if (end === 'cut') return `M.5 .5H${width - 0.5}V${height - 0.5}H.5Z`;
  const teeth = Math.ceil((width - 1) / 12);
  const step = (width - 1) / teeth / 2;
  const tear = `l${num(-step)} 6l${num(-step)} -6`.repeat(teeth);
  return `M.5 .5H${width - 0.5}V${height - 7}${tear}Z`;
}

/** Puts the origin at the upper left corner of a box as it was before it was turned. */
function placed(x: number, y: number, boxWidth: number, boxHeight: number, turn: Turn | undefined): string {
  switch (turn) {
    case 90:
      return `translate(${num(x + boxWidth)} ${num(y)}) rotate(90)`;
    case 180:
      return `translate(${num(x + boxWidth)} ${num(y + boxHeight)}) rotate(180)`;
    case 270:
      return `translate(${num(x)} ${num(y + boxHeight)}) rotate(270)`;
    default:
      return `translate(${num(x)} ${num(y)})`;
  }
}

function runSvg(run: ReceiptRun): string {
  const across = run.turn === 90 || run.turn === 270;
  const [width, height] = across ? [run.height, run.width] : [run.width, run.height];
  const chars = [...run.text];
  const natural = columnsOfText(run.text);
  const cells = Math.max(1, run.cells ?? natural);
  const w = width / run.scaleX;
  const h = height / run.scaleY;
  const cell = w / cells;
  const columns = natural === cells ? columnsOf : () => cells / chars.length;
  const glyphs: Glyph[] = [];
  let column = 0;
  for (const char of chars) {
    const own = columns(char);
    glyphs.push({ char, x: column * cell, width: own * cell, wide: columnsOf(char) > 1 });
    column += own;
  }
  const parts = [
    `<g transform="${placed(run.x, run.y, run.width, run.height, run.turn)}${run.scaleX === 1 && run.scaleY === 1 ? '' : ` scale(${run.scaleX} ${run.scaleY})`}"`,
    run.bold ? ' font-weight="700"' : '',
    run.inverse ? ` fill="${PAPER}"` : '',
    '>',
    run.inverse ? `<rect width="${num(w)}" height="${num(h)}" fill="${INK}"/>` : '',
    run.sideways ? glyphs.map((glyph) => turnedGlyph(glyph, h)).join('') : texts(glyphs, cell, h, run),
    run.underline ? `<rect y="${num(h - 2)}" width="${num(w)}" height="1.5"/>` : '',
    '</g>',
  ];
  return parts.join('');
}

interface Glyph {
  readonly char: string;
  readonly x: number;
  readonly width: number;
  readonly wide: boolean;
}

/** Font size that fills a cell without leaving it. */
const sizeFor = (wide: boolean, cell: number, h: number) =>
  wide ? Math.min(2 * cell, h) * 0.96 : Math.min(cell / ADVANCE, h * 0.86);

/** That of font A, 12 × 24 dots, in which most of every receipt is printed. */
const USUAL_SIZE = num(sizeFor(false, 12, 24));

/** Characters whose advance is known in every font named above: 0.602 of the size, and the whole of it. */
const EVEN = { narrow: /^[ -~]+$/, wide: /^[\p{Script=Han}\u3001\u3002\uff01-\uff5e]+$/u } as const;

/**
 * One text element for each stretch of equally wide characters. Where the font alone puts each of them into its cell, the
 * place of the first is enough: receipts are mostly that, and a place for every character would double the picture. All
 * others have a place each.
 */
function texts(glyphs: readonly Glyph[], cell: number, h: number, run: ReceiptRun): string {
  // Chinese fonts of this kind have no bold cut, and browsers do not always make one.
  const stroke = ` stroke="${run.inverse ? PAPER : INK}" stroke-width="0.8"`;
  let out = '';
  for (let i = 0; i < glyphs.length; ) {
    const wide = glyphs[i]?.wide ?? false;
    let end = i;
    while (end < glyphs.length && glyphs[end]?.wide === wide) end++;
    const stretch = trimmed(glyphs.slice(i, end));
    i = end;
    if (stretch.length === 0) continue;
    const size = sizeFor(wide, cell, h);
    const text = stretch.map(({ char }) => char).join('');
    const look = `y="${num(h * (wide ? 0.84 : 0.8))}"${num(size) === USUAL_SIZE ? '' : ` font-size="${num(size)}"`}${run.bold && wide ? stroke : ''}`;
    const gap = (wide ? 2 * cell : cell) - size * (wide ? 1 : ADVANCE);
    if (
      (wide ? EVEN.wide : EVEN.narrow).test(text) &&
      stretch.every(({ width }) => fills(width, wide, cell))
    ) {
      const spacing = gap > 0.02 && stretch.length > 1 ? ` letter-spacing="${num(gap)}"` : '';
      out += `<text x="${num(stretch[0]?.x ?? 0)}" ${look}${spacing}>${escaped(text)}</text>`;
      continue;
    }
    const ink = stretch.filter(({ char }) => char.trim() !== '');
    // A character outside the basic plane counts as two positions.
    const xs = ink.flatMap(({ char, x }) => Array<string>(char.length).fill(num(x)));
    out += `<text x="${xs.join(' ')}" ${look}>${escaped(ink.map(({ char }) => char).join(''))}</text>`;
  }
  return out;
}

/** False for characters that were given more or less than their natural cells. */
const fills = (width: number, wide: boolean, cell: number) =>
  Math.abs(width - (wide ? 2 * cell : cell)) < 0.01;

/** Without the blanks at both ends. */
function trimmed(glyphs: readonly Glyph[]): readonly Glyph[] {
  const isInk = ({ char }: Glyph) => char.trim() !== '';
  return glyphs.slice(Math.max(0, glyphs.findIndex(isInk)), glyphs.findLastIndex(isInk) + 1);
}

const turnedGlyph = ({ char, x, width }: Glyph, h: number): string =>
  char.trim() === ''
    ? ''
    : `<text transform="translate(${num(x + width)} 0) rotate(90)" y="${num(width * 0.8)}" x="0" ` +
      `font-size="${num(Math.min(width * 0.86, h / ADVANCE))}">${escaped(char)}</text>`;

function imageSvg(image: ReceiptImage, shapes: Shapes): string {
  const { width, height, bits, turn } = image;
  const across = turn === 90 || turn === 270;
  const at = placed(image.x, image.y, across ? height : width, across ? width : height, turn);
  let shape = shapes.get(bits);
  if (!shape) {
    // Named by content: several receipts may stand in one HTML page.
    const id = `picture-${createHash('sha256').update(`${width} `).update(bits).digest('hex').slice(0, 16)}`;
    const png = pngOfBits(width, height, bits, INK_RGB).toString('base64');
    const attributes = `width="${width}" height="${height}" style="image-rendering:pixelated"`;
    shape = { id, svg: `<image id="${id}" ${attributes} href="data:image/png;base64,${png}"/>` };
    shapes.set(bits, shape);
  }
  return `<use href="#${shape.id}" transform="${at}"/>`;
}

/** Pictures by their bits: one that is printed many times is stored once. */
type Shapes = Map<Uint8Array, { readonly id: string; readonly svg: string }>;

const label = (x: number, y: number, text: string, size: number) =>
  `<text x="${num(x)}" y="${num(y)}" font-size="${num(size)}">${escaped(text)}</text>`;

/** A box that says what stands there. */
function frame(x: number, y: number, width: number, height: number, text: string): string {
  const room = Math.max(4, Math.floor((width - 8) / 8));
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  const box = `<rect x="${num(x + 1)}" y="${num(y + 1)}" width="${num(width - 2)}" height="${num(height - 2)}"`;
  return `${box} fill="none" stroke="${INK}" stroke-dasharray="4 3"/>${label(x + 5, y + height / 2 + 4, shown, 13)}`;
}

function codeSvg(code: ReceiptBarcode, drawn: boolean): string {
  if (drawn && code.symbology !== 'qr') return dotsSvg(code);
  const modules = drawn ? qrPath(code) : undefined;
  if (!modules) return frame(code.x, code.y, code.width, code.height, `${code.symbology} ${code.payload}`);
  const scale = num(code.width / modules.size);
  const at = placed(code.x, code.y, code.width, code.height, code.turn);
  return `<path transform="${at} scale(${scale})" shape-rendering="crispEdges" d="${modules.path}"/>`;
}

/** Any other symbol, dot by dot as it is on the paper. */
function dotsSvg(code: ReceiptBarcode): string {
  const { width, height, bits } = drawSymbol(code, true);
  const png = pngOfBits(width, height, bits, INK_RGB).toString('base64');
  return `<image x="${num(code.x)}" y="${num(code.y)}" width="${width}" height="${height}" style="image-rendering:pixelated" href="data:image/png;base64,${png}"><title>${escaped(`${code.symbology} ${code.payload}`)}</title></image>`;
}

/** The modules of a QR code with the same content; its mask may differ from the printed one. */
function qrPath(code: ReceiptBarcode): { readonly size: number; readonly path: string } | undefined {
  try {
    const { size, data } = encode(code.payload, { ecc: code.level ?? 'L', boostEcc: false, border: 0 });
    let path = '';
    data.forEach((row, y) => {
      for (let x = 0; x < size; x++) {
        const from = x;
        while (row[x]) x++;
        if (x > from) path += `M${from} ${y}h${x - from}v1h${from - x}z`;
      }
    });
    return { size, path };
  } catch {
    return undefined; // more than a QR code can hold
  }
}
