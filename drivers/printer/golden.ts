import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import type { CapturedSlip, GoldenAnswer, GoldenDifference, GoldenQuestion } from '../../rig/bench/planes.ts';
import type { TestCard } from '../../rig/model/card.ts';
import type { Recorder } from '../../rig/model/event.ts';
import type { PaperBox, Receipt } from '../../rig/model/receipt.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';
import { type Ink, pngOfLayers } from '../codec/escpos/render/png.ts';
import { drawReceipt } from '../codec/escpos/render/render.ts';
import { maskReceipt } from './forbidden.ts';
import { bandsOf } from './ocr/bands.ts';

/** Larger pictures are no slips: they are refused before anything is unpacked. */
const FILE_MAX = 4 << 20;
const DOTS_MAX = 20_000_000;
/** 203 dpi. */
const DOTS_PER_METRE = 7992;
const GREY = 0xc0;
const INKS: readonly Ink[] = [
  [0xff, 0xff, 0xff],
  [0, 0, 0],
  [GREY, GREY, GREY],
];

/** A picture of a slip: its dots, and where it says nothing. */
interface Sheet {
  readonly dots: Bitmap;
  readonly open: Bitmap;
}

/** Compares a slip with a picture that was kept; see the plane's interface. */
export function compareGolden(
  slip: CapturedSlip,
  { content, mask, budget, regions }: GoldenQuestion,
  {
    cards,
    recorder,
    name,
  }: { readonly cards: readonly TestCard[]; readonly recorder: Recorder; readonly name: string },
): GoldenAnswer {
  const own = sheetOf(slip, maskReceipt(slip.receipt, cards), mask);
  const picture = recorder.attach(`${name}-golden`, 'image/png', goldenPng(own));
  if (content === undefined) return { picture, differences: [], differing: 0 };
  const golden = readGolden(content);
  if (typeof golden === 'string') return { picture, differences: [], differing: 0, unreadable: golden };

  const [width, height] = [
    Math.max(own.dots.width, golden.dots.width),
    Math.max(own.dots.height, golden.dots.height),
  ];
  const open = joined(own.open, golden.open, width, height);
  const [before, now] = [onPaper(golden.dots, open), onPaper(own.dots, open)];
  const difference = new Uint8Array(width * height * 4);
  const differing = pixelmatch(rgba(before, open), rgba(now, open), difference, width, height, {
    threshold: 0,
    includeAA: true,
    diffColor: [0xe0, 0, 0],
    diffColorAlt: [0, 0x60, 0xe0],
  });
  const places = [
    ...regions.flatMap(({ place, budget: own }) => placesOf(slip, place, own, width)),
    ...linesOf(before, now, slip, budget),
  ];
  const differences = overBudget(before, now, places);
  if (differences.length === 0) return { picture, differences, differing };
  const panels = sideBySide([rgba(before, open), rgba(now, open), difference], width, height);
  return {
    picture,
    differences,
    differing,
    difference: recorder.attach(`${name}-difference`, 'image/png', panels),
  };
}

/** The slip as dots, with what is masked left open. */
function sheetOf(slip: CapturedSlip, receipt: Receipt, mask: GoldenQuestion['mask']): Sheet {
  const dots = drawReceipt(receipt);
  const open = new Bitmap(dots.width, dots.height);
  for (const place of mask) {
    const boxes = typeof place === 'string' ? valueBoxes(slip, place) : [place];
    for (const { x, y, width, height } of boxes) open.fill(x, y, width, height);
  }
  return { dots, open };
}

/** Where the value of a field stands, to the right end of the paper: from the value on where one run holds it, else its lines. */
function valueBoxes(slip: CapturedSlip, field: string): PaperBox[] {
  const { width } = slip.receipt;
  const value = slip.fields[field] ?? '';
  return (slip.fieldLines?.[field] ?? []).flatMap((line) => {
    const box = slip.boxes?.[line];
    if (!box) return [];
    const run = slip.receipt.runs.find(
      ({ text, y, height }) =>
        y < box.y + box.height && y + height > box.y && value !== '' && text.includes(value),
    );
    const before = run ? columnsOfText(run.text.slice(0, run.text.indexOf(value))) : 0;
    const left = run ? run.x + Math.floor((run.width * before) / Math.max(1, columnsOfText(run.text))) : 0;
    // What stands above or below the value of one field may belong to another.
    const holdsValue =
      run !== undefined || !slip.receipt.runs.some(({ text }) => value !== '' && text.includes(value));
    return holdsValue ? [{ x: left, y: box.y, width: width - left, height: box.height }] : [];
  });
}

/** Grey lies over what is not compared, so that the file holds nothing that changes, and people see what is left out. */
const goldenPng = ({ dots, open }: Sheet): Buffer =>
  pngOfLayers([onPaper(dots, open), open], INKS, DOTS_PER_METRE);

/** A file as dots: dark is black, light is white, and all between is not compared. */
function readGolden(content: Uint8Array): Sheet | string {
  const file = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (file.length > FILE_MAX) return 'the file is too large for the picture of a slip';
  if (file.length < 24 || file.readUInt32BE(0) !== 0x89504e47) return 'the file is no PNG picture';
  if (file.readUInt32BE(16) * file.readUInt32BE(20) > DOTS_MAX) return 'the picture is too large for a slip';
  try {
    const { width, height, data } = PNG.sync.read(file);
    const [dots, open] = [new Bitmap(width, height), new Bitmap(width, height)];
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const darkest = Math.min(data[i * 4] ?? 255, data[i * 4 + 1] ?? 255, data[i * 4 + 2] ?? 255);
      const lightest = Math.max(data[i * 4] ?? 255, data[i * 4 + 1] ?? 255, data[i * 4 + 2] ?? 255);
      if (lightest < 64) dots.blacken(x, y);
      else if (darkest < 240) open.blacken(x, y);
    }
    return { dots, open };
  } catch {
    return 'the PNG picture is damaged';
  }
}

function joined(a: Bitmap, b: Bitmap, width: number, height: number): Bitmap {
  const both = new Bitmap(width, height);
  both.print(a, 0, 0);
  both.print(b, 0, 0);
  return both;
}

/** The dots on paper as large as `open`, without those that are left open. */
function onPaper(dots: Bitmap, open: Bitmap): Bitmap {
  const paper = new Bitmap(open.width, open.height);
  paper.print(dots, 0, 0);
  for (let i = 0; i < paper.bits.length; i++) paper.bits[i] = (paper.bits[i] ?? 0) & ~(open.bits[i] ?? 0);
  return paper;
}

/** Opaque pixels: white paper, grey where it is left open, black dots. */
function rgba(dots: Bitmap, open: Bitmap): Uint8Array {
  const { width, height } = dots;
  const pixels = new Uint8Array(width * height * 4).fill(0xff);
  const shade = (of: Bitmap, value: number) => {
    for (let y = 0; y < height; y++) {
      for (let b = 0; b < of.stride; b++) {
        let byte = of.bits[y * of.stride + b] ?? 0;
        for (let x = b * 8; byte !== 0; x++, byte = (byte << 1) & 0xff) {
          const at = (y * width + x) * 4;
          if (byte & 0x80) pixels[at] = pixels[at + 1] = pixels[at + 2] = value;
        }
      }
    }
  };
  shade(open, GREY);
  shade(dots, 0);
  return pixels;
}

/** A place on the paper whose differing dots are counted. */
interface Place {
  readonly name: string;
  readonly box: PaperBox;
  readonly budget: number;
  readonly lines: readonly number[];
}

function placesOf(slip: CapturedSlip, place: string | PaperBox, budget: number, width: number): Place[] {
  if (typeof place !== 'string') {
    const { x, y, width: wide, height } = place;
    return [
      { name: `box ${x},${y} ${wide} x ${height}`, box: place, budget, lines: linesAt(slip, y, height) },
    ];
  }
  const lines = slip.fieldLines?.[place] ?? [];
  const boxes = lines.flatMap((line) => slip.boxes?.[line] ?? []);
  if (boxes.length === 0) return [];
  const top = Math.min(...boxes.map(({ y }) => y));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  return [{ name: place, box: { x: 0, y: top, width, height: bottom - top }, budget, lines }];
}

/** The lines of both pictures laid over each other: bands with ink between blank rows. */
function linesOf(before: Bitmap, now: Bitmap, slip: CapturedSlip, budget: number): Place[] {
  const { width, height } = before;
  return bandsOf(joined(before, now, width, height), 1).map(({ top, height: high }, i) => {
    const lines = linesAt(slip, top, high);
    const text = lines.map((line) => slip.lines[line]?.trim()).find(Boolean);
    const name = text ? `line ${i + 1} "${text}"` : `line ${i + 1}`;
    return { name, box: { x: 0, y: top, width, height: high }, budget, lines };
  });
}

const linesAt = (slip: CapturedSlip, top: number, height: number): number[] =>
  (slip.boxes ?? []).flatMap((box, line) =>
    box && box.y < top + height && box.y + box.height > top ? [line] : [],
  );

/** Every differing dot counts for the first place that it lies in. */
function overBudget(before: Bitmap, now: Bitmap, places: readonly Place[]): GoldenDifference[] {
  const counts = places.map(() => 0);
  for (let y = 0; y < before.height; y++) {
    const here = places.flatMap(({ box }, i) => (y >= box.y && y < box.y + box.height ? [{ box, i }] : []));
    for (let b = 0; b < before.stride; b++) {
      let differing = (before.bits[y * before.stride + b] ?? 0) ^ (now.bits[y * now.stride + b] ?? 0);
      for (let x = b * 8; differing !== 0; x++, differing = (differing << 1) & 0xff) {
        if ((differing & 0x80) === 0) continue;
        const own = here.find(({ box }) => x >= box.x && x < box.x + box.width);
        if (own) counts[own.i] = (counts[own.i] ?? 0) + 1;
      }
    }
  }
  return places.flatMap(({ name, budget, lines }, i) => {
    const differing = counts[i] ?? 0;
    return differing > budget ? [{ place: name, differing, budget, lines }] : [];
  });
}

/** Pictures of one size beside each other on grey. */
function sideBySide(panels: readonly Uint8Array[], width: number, height: number): Buffer {
  const gap = 16;
  const sheet = new PNG({ width: panels.length * (width + gap) + gap, height: height + 2 * gap });
  sheet.data.fill(0xd8);
  for (let i = 3; i < sheet.data.length; i += 4) sheet.data[i] = 0xff;
  panels.forEach((panel, n) => {
    for (let y = 0; y < height; y++) {
      const to = ((y + gap) * sheet.width + gap + n * (width + gap)) * 4;
      sheet.data.set(panel.subarray(y * width * 4, (y + 1) * width * 4), to);
    }
  });
  return PNG.sync.write(sheet, { colorType: 2 });
}
