import type { ReceiptRun } from '../../../rig/model/receipt.ts';
import type { Glyph } from './glyphs.ts';
import { textLater, textNow } from './plain-text.ts';
import type { Item, Place, Sheet } from './sheet.ts';

/** How a glyph is set. */
export interface Look {
  /** Dots of a half-width cell before scaling. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly bold: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly sideways: boolean;
  /** Dots of blank to the left and right of each glyph. */
  readonly before: number;
  readonly behind: number;
}

interface OpenRun {
  text: string;
  width: number;
  cells: number;
  readonly height: number;
  readonly look: Look;
  /** Dots from one half-width cell to the next; all glyphs of a run share it. */
  readonly advance: number;
  /** All glyphs take as many cells as Unicode says; otherwise all take two. */
  readonly natural: boolean;
}

/** Dots that a glyph of so many cells takes. */
export function widthIn(look: Look, cells: number): number {
  const wide = look.sideways ? look.cellHeight : look.cellWidth * cells;
  return (wide + look.before + look.behind) * look.scaleX;
}

/** The printer's line buffer: what will stand on one line, from left to right, before it is printed. */
export class Line {
  readonly #items: { readonly x: number; readonly item: Item | OpenRun }[] = [];
  #pen = 0;
  #extent = 0;
  #height = 0;
  /**
   * The text of a line that is nothing but one stretch of plain text from its beginning, as most lines are: with
   * `#pen` and `#loneLook` it says everything. As soon as anything else comes it becomes an item like all others.
   */
  #lone: string | undefined;
  /** Where its text stands among the characters of the chunk, as long as it has not been made; `#loneTo` 0: it has. */
  #loneFrom = 0;
  #loneTo = 0;
  #loneCells = 0;
  #loneLook: Look | undefined;
  /** The run that the next glyph may join, and where it ends. */
  #run: OpenRun | undefined;
  #runEnd = 0;

  /** Where the next glyph goes, in dots from the left edge of the print area. */
  get pen(): number {
    return this.#pen;
  }
  set pen(x: number) {
    this.#pen = Math.max(0, x);
    this.#extent = Math.max(this.#extent, this.#pen);
  }
  get isEmpty(): boolean {
    return this.#lone === undefined && this.#items.length === 0;
  }
  /** Nothing was put on it, and it was not moved along. */
  get isFresh(): boolean {
    return this.#lone === undefined && this.#pen === 0 && this.#extent === 0 && this.#items.length === 0;
  }
  /** Height of the highest thing on the line, dots. */
  get height(): number {
    return this.#height;
  }

  glyph(glyph: Glyph, look: Look, width: number): void {
    this.#settle();
    const { cells, natural } = glyph;
    const run = this.#run;
    const height = look.sideways ? look.cellWidth * cells * look.scaleY : look.cellHeight * look.scaleY;
    if (run && this.#runEnd === this.#pen && joins(run, look, width / cells, natural, height)) {
      run.text += glyph.char;
      run.width += width;
      run.cells += cells;
    } else this.#open({ text: glyph.char, width, cells, height, look, advance: width / cells, natural });
    this.#moveOn(width, height);
  }

  /** As `plain`, of text from the characters of the chunk. */
  plainAt(from: number, to: number, cells: number, look: Look, advance: number): void {
    if (!this.isFresh) {
      this.plain(textNow(from, to), cells, look, advance);
      return;
    }
    this.plain('', cells, look, advance);
    this.#loneFrom = from;
    this.#loneTo = to;
  }

  /** The characters of the chunk are about to be forgotten. */
  keepText(): void {
    if (this.#loneTo === 0) return;
    this.#lone = textNow(this.#loneFrom, this.#loneTo);
    this.#loneTo = 0;
  }

  /** Text whose characters all take their natural cells. @param advance dots of a cell */
  plain(text: string, cells: number, look: Look, advance: number): void {
    if (this.isFresh) {
      this.#lone = text;
      this.#loneCells = cells;
      this.#loneLook = look;
      this.#pen = this.#runEnd = this.#extent = cells * advance;
      this.#height = look.cellHeight * look.scaleY;
      return;
    }
    this.#settle();
    const pen = this.#pen;
    const width = cells * advance;
    const height = look.cellHeight * look.scaleY;
    const run = this.#run;
    if (run && this.#runEnd === pen && joins(run, look, advance, true, height)) {
      run.text += text;
      run.width += width;
      run.cells += cells;
    } else this.#open({ text, width, cells, height, look, advance, natural: true });
    this.#moveOn(width, height);
  }

  /** What was alone on its line is so no longer. */
  #settle(): void {
    if (this.#lone === undefined) return;
    this.keepText();
    const [text, look, cells] = [this.#lone, this.#loneLook, this.#loneCells];
    if (text === undefined || !look) return;
    this.#lone = undefined;
    const [width, height] = [this.#runEnd, this.#height];
    const item = { text, width, cells, height, look, advance: width / cells, natural: true };
    this.#items.push({ x: 0, item });
    this.#run = item;
  }

  #open(item: OpenRun): void {
    this.#items.push({ x: this.#pen, item });
    this.#run = item;
  }

  #moveOn(width: number, height: number): void {
    if (height > this.#height) this.#height = height;
    this.#pen = this.#runEnd = this.#pen + width;
    if (this.#pen > this.#extent) this.#extent = this.#pen;
  }

  item(item: Item): void {
    this.#settle();
    this.#run = undefined;
    this.#items.push({ x: this.#pen, item });
    this.#height = Math.max(this.#height, item.height);
    this.pen = this.#pen + item.width;
  }

  /** As `print`, with the line's upper left corner at (left, top), for lines that stand as they are composed. */
  printUpright(sheet: Sheet, width: number, slack: number, left: number, top: number): void {
    const [text, look] = [this.#lone, this.#loneLook];
    if (text === undefined || !look) {
      this.print(sheet, width, slack, (x, y, w, height) => ({ x: left + x, y: top + y, width: w, height }));
      return;
    }
    const shift = slack === 0 ? 0 : Math.floor(Math.max(0, width - this.#extent) * slack);
    const run = plainRun(text, left + shift, top, this.#runEnd, this.#loneCells, look);
    sheet.runs.push(run);
    if (this.#loneTo > 0) textLater(run, this.#loneFrom, this.#loneTo);
    this.clear();
  }

  /**
   * Puts the line on a sheet and empties it. Everything stands on the line's lower edge.
   * @param slack multiplied with the blank that is left of `width`: 0 left, 0.5 centre, 1 right
   * @param place turns a box of the line (x from the left edge of the area, y from the line's top) into one on paper
   */
  print(
    sheet: Sheet,
    width: number,
    slack: number,
    place: (x: number, y: number, w: number, h: number) => Place,
  ) {
    this.#settle();
    const shift = Math.floor(Math.max(0, width - this.#extent) * slack);
    for (const { x, item } of this.#items) {
      const box = place(x + shift, this.#height - item.height, item.width, item.height);
      if ('look' in item) sheet.runs.push(runAt(item, box));
      else item.put(sheet, box);
    }
    this.clear();
  }

  clear(): void {
    this.#lone = undefined;
    this.#loneTo = 0;
    if (this.#items.length > 0) this.#items.length = 0;
    this.#run = undefined;
    this.#pen = 0;
    this.#extent = 0;
    this.#height = 0;
  }
}

/** Text whose characters all take their natural cells, as it stands on paper. */
export const plainRun = (
  text: string,
  x: number,
  y: number,
  width: number,
  cells: number,
  { cellHeight, scaleX, scaleY, bold, underline, inverse }: Look,
) => ({
  text,
  x,
  y,
  width,
  height: cellHeight * scaleY,
  scaleX,
  scaleY,
  bold,
  underline,
  inverse,
  cells,
});

function runAt({ text, cells, look }: OpenRun, place: Place): ReceiptRun {
  const { scaleX, scaleY, bold, underline, inverse } = look;
  const sideways = look.sideways ? { sideways: true } : {};
  return { text, ...place, scaleX, scaleY, bold, underline, inverse, cells, ...sideways };
}

/** Whether what has these properties can stand in the same run. */
const joins = (run: OpenRun, look: Look, advance: number, natural: boolean, height: number): boolean =>
  run.advance === advance &&
  run.natural === natural &&
  run.height === height &&
  (run.look === look || sameLook(run.look, look));

/** Whether glyphs of both looks can stand in one run, but for their cells. */
function sameLook(a: Look, b: Look): boolean {
  return (
    a === b ||
    (a.scaleX === b.scaleX &&
      a.scaleY === b.scaleY &&
      a.bold === b.bold &&
      a.underline === b.underline &&
      a.inverse === b.inverse &&
      a.sideways === b.sideways)
  );
}

/** Whether glyphs of both looks look alike and are equally high. */
export const sameSetting = (a: Look, b: Look): boolean => a.cellHeight === b.cellHeight && sameLook(a, b);
