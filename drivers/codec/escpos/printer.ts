import type { Receipt } from '../../../rig/model/receipt.ts';
import { CODE_PAGES } from './code-pages.ts';
import { type Glyph, type GlyphReader, makeGlyphReader } from './glyphs.ts';
import { scaled } from './graphics.ts';
import { Line, type Look, sameSetting, widthIn } from './line.ts';
import { multiByteOr } from './multi-byte.ts';
import { type Direction, Page } from './page.ts';
import { type PlainReader, plainReader } from './plain-text.ts';
import { Bitmap } from './render/bitmap.ts';
import {
  defaultText,
  LINE_SPACING,
  type Picture,
  type PrinterOptions,
  type Settings,
  settingsAfterPowerOn,
} from './settings.ts';
import {
  appendSheet,
  emptySheet,
  type Item,
  imageItem,
  isBlank,
  itemsOn,
  joinBands,
  lowestOn,
  storedItem,
} from './sheet.ts';

/** Cells of the fonts A to E in dots. The double-byte font is 24 × 24. */
// biome-ignore format: a table
const FONTS: readonly (readonly [width: number, height: number])[] = [[12, 24], [9, 17], [8, 16], [10, 24], [8, 16]];
/** How glyphs are set now, and the dots that each takes by its cells. */
interface Setting {
  readonly look: Look;
  readonly widths: Readonly<Record<1 | 2, number>>;
  /** Dots of a cell of the characters that this face is made of. */
  readonly advance: number;
}
const setting = (look: Look, cells: 1 | 2): Setting => ({
  look,
  widths: { 1: widthIn(look, 1), 2: widthIn(look, 2) },
  advance: widthIn(look, cells) / cells,
});

/** How often per receipt something that is held in memory may be printed again: few bytes could else fill all memory. */
const REPLAYS = 64;

/**
 * The print mechanism: what the commands act on. It keeps the state of a printer, composes lines on the paper and
 * gives a receipt at every cut. It knows no command; `obey.ts` does.
 */
export class Printer {
  readonly options: PrinterOptions;
  /** What commands set; replaced as a whole by `ESC @`. */
  settings: Settings;
  /** Pictures held by the printer, by name: `NV 1`, `download`, `graphics 32 32`. */
  readonly pictures = new Map<string, Picture>();
  /** Height of the `GS v 0` picture that was the very last thing printed. */
  rasterJustPrinted: number | undefined;

  #sheet = emptySheet();
  #y = 0;
  #line = new Line();
  #page: Page | undefined;
  #unknown: { offset: number; hex: string }[] = [];
  #replays = 0;
  #measured = 0;
  readonly #shared = new Set<Uint8Array>();
  readonly #glyphs: GlyphReader;
  /** How Latin and double-byte characters are set, and the room for them, while text goes on. */
  #looks: readonly [latin: Setting, double: Setting] | undefined;
  #plain: PlainReader | undefined;
  /** Latin and double-byte characters can stand in one run. */
  #alike = false;
  #textRoom = 0;
  /** The first byte of what may be a drawn character of two. */
  #lead: { readonly byte: number; readonly offset: number } | undefined;

  constructor(options: PrinterOptions) {
    this.options = options;
    this.settings = settingsAfterPowerOn(options);
    this.#glyphs = makeGlyphReader(
      () => this.settings.text,
      (offset, byte) => this.explainNothing(offset, Uint8Array.of(byte)),
    );
  }

  /** `ESC @`: settings as after power-on; the line being composed is cleared, pictures in memory stay. */
  initialize(): void {
    this.#line.clear();
    this.#page = undefined;
    this.settings = settingsAfterPowerOn(this.options);
  }

  // Text

  get dpi(): number {
    return this.options.dpi ?? 203;
  }

  /** `ESC t`: pages that nobody knows print as U+FFFD. */
  selectCodePage(number: number): void {
    this.settings.text.page = CODE_PAGES[number] ?? `page ${number}`;
  }

  /** `FS C` on Japanese models: 0 JIS, 1 and 2 Shift_JIS. On others it means nothing, though encoders send it. */
  selectCodeSystem(system: number): void {
    const native = multiByteOr(this.options.charset);
    if (native.name !== 'shift_jis') return;
    const { text } = this.settings;
    text.multi = system === 0 ? multiByteOr('jis') : native;
    text.multiOn = system !== 0;
  }

  /** `FS &` and `FS .`. Shift_JIS needs no switch, and obeys none. */
  switchMultiByte(on: boolean): void {
    const { text } = this.settings;
    if (text.multi.name !== 'shift_jis') text.multiOn = on;
  }

  /** `FS ( C`: UTF-8, or back to the printer's own charset. */
  selectUtf8(utf8: boolean): void {
    const { multi, multiOn } = utf8
      ? { multi: multiByteOr('utf-8'), multiOn: true }
      : defaultText(this.options.charset);
    Object.assign(this.settings.text, { multi, multiOn });
  }

  /**
   * Prints text: `bytes` from `start` to `end`.
   * @param offset of the first of them in the stream
   * @param isAscii all of it is from 0x20 to 0x7e
   */
  type(bytes: Uint8Array, start: number, end: number, offset: number, isAscii: boolean): void {
    if (!this.settings.selected) return;
    this.rasterJustPrinted = undefined;
    this.#textRoom = this.#room();
    if (this.settings.hasUser && (this.#lead || !this.settings.user.isIdle)) {
      for (let i = start; i < end; i++) this.#typeDrawn(bytes[i] ?? 0, offset + i - start);
      return;
    }
    if (this.#glyphs.isClear && this.#typePlain(bytes, start, end, isAscii)) return;
    this.#glyphs.read(bytes, start, end, offset, this.#set);
  }

  /** One byte of text in which characters may stand that the sender has drawn. */
  #typeDrawn(byte: number, offset: number): void {
    const { user, font, text } = this.settings;
    const lead = this.#lead;
    this.#lead = undefined;
    if (lead) {
      const picture = user.double(lead.byte, byte);
      if (picture && this.#draw(picture, true, [lead.byte, byte])) return;
      this.#glyphs.read(Uint8Array.of(lead.byte, byte), 0, 2, lead.offset, this.#set);
      return;
    }
    if (this.#glyphs.isClear) {
      if (text.multiOn && user.isLead(byte)) {
        this.#lead = { byte, offset };
        return;
      }
      const picture = user.single(font, byte);
      if (picture && this.#draw(picture, false, [byte])) return;
    }
    this.#glyphs.read(Uint8Array.of(byte), 0, 1, offset, this.#set);
  }

  /** Puts a drawn character on the line; false when its place is better taken by a glyph. */
  #draw(picture: Picture, double: boolean, code: readonly number[]): boolean {
    const { look, widths } = this.#settings()[double ? 1 : 0];
    const { scaleX, scaleY, inverse, cellHeight } = look;
    const width = widths[double ? 2 : 1];
    const drawn = this.settings.user.drawn(picture, `${width} ${scaleX} ${scaleY} ${inverse}`, () => {
      const cell = new Bitmap(Math.floor(width / scaleX), cellHeight);
      cell.print(new Bitmap(picture.width, picture.height, picture.bits), look.before, 0);
      if (inverse) cell.invert();
      return scaled(cell, scaleX, scaleY, this.options.width);
    });
    if (!drawn) return false;
    const { pen } = this.#line;
    if (pen > 0 && pen + width > this.#textRoom) this.feedLine();
    this.#shared.add(drawn.bits);
    this.#line.item(imageItem(drawn.width, drawn.height, drawn.bits, Buffer.from(code).toString('hex')));
    return true;
  }

  /** Most text is plain and fits on its line: it is set as a whole. False: it is not, and nothing is done. */
  #typePlain(bytes: Uint8Array, start: number, end: number, isAscii: boolean): boolean {
    const [latin, double] = this.#settings();
    if (latin.look.sideways || !this.#plain) return false;
    const cells = this.#plain.read(bytes, start, end, isAscii);
    if (cells === 0) return false;
    if (this.#plain.isMixed && !this.#alike) return false;
    const { look, advance } = this.#plain.hasLatin ? latin : double;
    if (this.#line.pen + cells * advance > this.#textRoom) return false;
    this.#line.plain(this.#plain.text(), cells, look, advance);
    return true;
  }

  /** Text is interrupted by a command: a character that is only half there stays half. */
  endText(): void {
    if (this.#lead) {
      const { byte, offset } = this.#lead;
      this.#lead = undefined;
      this.#glyphs.read(Uint8Array.of(byte), 0, 1, offset, this.#set);
    }
    if (!this.#glyphs.isClear) {
      this.#textRoom = this.#room();
      this.#glyphs.end(this.#set);
    }
  }

  /** A command may have changed how text is set. */
  settingsChanged(): void {
    this.#looks = undefined;
  }

  /** How Latin and double-byte characters are set now. */
  #settings(): readonly [latin: Setting, double: Setting] {
    if (!this.#looks) {
      this.#looks = [setting(this.#look(false), 1), setting(this.#look(true), 2)];
      const [latin, double] = this.#looks;
      this.#alike = latin.advance === double.advance && sameSetting(latin.look, double.look);
      this.#plain = plainReader(this.settings.text);
    }
    return this.#looks;
  }

  readonly #set = (glyph: Glyph): void => {
    const { look, widths } = this.#settings()[glyph.double ? 1 : 0];
    const width = widths[glyph.cells];
    const { pen } = this.#line;
    if (pen > 0 && pen + width > this.#textRoom) this.feedLine();
    this.#line.glyph(glyph, look, width);
  };

  #look(double: boolean): Look {
    const { settings } = this;
    const face = double ? settings.double : settings.latin;
    const [latinWidth, latinHeight] = FONTS[settings.font] ?? [12, 24];
    return {
      cellWidth: double ? 12 : latinWidth,
      cellHeight: double ? 24 : latinHeight,
      scaleX: face.scaleX,
      scaleY: face.scaleY,
      bold: settings.bold || settings.doubleStrike,
      underline: face.underline,
      inverse: settings.inverse,
      sideways: settings.sideways && !this.#page,
      before: face.before,
      behind: face.behind,
    };
  }

  /** Dots that a Latin character takes, for tab stops. */
  get cellWidth(): number {
    const { cellWidth, scaleX, behind } = this.#look(false);
    return (cellWidth + behind) * scaleX;
  }

  // Movement

  get pen(): number {
    return this.#line.pen;
  }

  /** Positions outside the print area are ignored, as the printers do. */
  moveTo(x: number): void {
    if (x >= 0 && x <= this.#room()) this.#line.pen = x;
  }

  /** Width of the area that text may take now, dots. */
  #room(): number {
    const { areaWidth, leftMargin } = this.settings;
    return this.#page?.room ?? Math.max(1, Math.min(areaWidth, this.options.width - leftMargin));
  }

  clearLine(): void {
    this.#line.clear();
  }

  /** Dots; undefined: the printer's default. */
  setLineSpacing(dots: number | undefined): void {
    this.settings.lineSpacing = dots === undefined ? LINE_SPACING : Math.round(dots);
  }

  /** Prints the line and moves on by the line spacing. */
  feedLine(): void {
    this.feed(this.settings.lineSpacing);
  }

  /** Prints the line and moves on by `dots`, at least by the height of what was printed; backwards if negative. */
  feed(dots: number): void {
    const advance = dots < 0 ? dots : Math.max(dots, this.#line.height);
    this.#printLine();
    if (this.#page) this.#page.y = Math.max(0, this.#page.y + advance);
    else this.#y = Math.max(0, this.#y + advance);
  }

  #printLine(): void {
    const { leftMargin, upsideDown, align } = this.settings;
    const slack = align / 2;
    if (this.#line.isEmpty) this.#line.clear();
    else if (this.#page) this.#page.print(this.#line, slack);
    else if (!upsideDown) this.#line.printUpright(this.#sheet, this.#room(), slack, leftMargin, this.#y);
    else {
      const top = this.#y;
      const right = leftMargin + this.#room();
      this.#line.print(this.#sheet, this.#room(), slack, (x, y, width, height) => ({
        x: right - x - width,
        y: top + y,
        width,
        height,
        turn: 180,
      }));
    }
  }

  /** Puts a picture or symbol on the line, among text. */
  inline(item: Item): void {
    this.#line.item(item);
  }

  /** Prints a picture or symbol on a line of its own, moving on by exactly its height. */
  block(item: Item): void {
    if (!this.#line.isEmpty) this.feedLine();
    this.#line.item(item);
    this.feed(item.height);
  }

  /** A picture from memory, or its place if the memory was filled before the capture began. */
  fromMemory(name: string, scaled: (picture: Picture) => Item, offset: number, bytes: Uint8Array): void {
    const picture = this.pictures.get(name);
    if (!this.mayReplay()) this.explainNothing(offset, bytes);
    else if (picture) {
      this.#shared.add(picture.bits);
      this.block(scaled(picture));
    } else this.block(storedItem(name));
  }

  /** Whether something held in memory may be printed once more on this receipt. */
  mayReplay(): boolean {
    return ++this.#replays <= REPLAYS;
  }

  /** Whether one more symbol may be encoded to learn its size, which takes time; if not, an estimate must do. */
  mayMeasure(): boolean {
    return ++this.#measured <= REPLAYS;
  }

  // Page mode

  get inPage(): boolean {
    return this.#page !== undefined;
  }

  beginPage(): void {
    if (this.#page) return;
    if (!this.#line.isEmpty) this.feedLine();
    this.#page = new Page(this.options.width);
  }

  setArea(x: number, y: number, width: number, height: number): void {
    this.#printLine();
    this.#page?.setArea(x, y, width, height);
  }

  setDirection(direction: Direction): void {
    this.#printLine();
    this.#page?.setDirection(direction);
  }

  /** Vertical position within the page's area; the baseline of text, which is where its cells end. */
  moveDown(y: number, relative: boolean): void {
    if (!this.#page) return;
    const pen = this.#line.pen;
    this.#printLine();
    this.#line.pen = pen;
    this.#page.y = Math.max(0, relative ? this.#page.y + y : y - 24);
  }

  /** Prints the page. `keep` leaves it in memory, in page mode. */
  printPage(keep: boolean, offset: number, bytes: Uint8Array): void {
    const page = this.#page;
    if (!page) return;
    this.#printLine();
    if (keep && !this.mayReplay()) {
      this.explainNothing(offset, bytes);
      return;
    }
    if (keep) for (const { bits } of page.sheet.images) this.#shared.add(bits);
    appendSheet(this.#sheet, page.sheet, this.#y);
    this.#y += page.bottom;
    if (!keep) this.endPage();
  }

  /** Forgets what was composed on the page. */
  clearPage(): void {
    if (!this.#page) return;
    this.#line.clear();
    this.#page.clear();
  }

  /** Back to standard mode; an unprinted page is gone. */
  endPage(): void {
    if (this.#page) this.#line.clear();
    this.#page = undefined;
  }

  // Paper

  /** Keeps bytes that nothing explains; neighbours become one entry. */
  explainNothing(offset: number, bytes: Uint8Array): void {
    const hex = Buffer.from(bytes).toString('hex');
    const last = this.#unknown.at(-1);
    if (last && last.offset + last.hex.length / 2 === offset) last.hex += hex;
    else this.#unknown.push({ offset, hex });
  }

  /** True while something is on the paper, or on its way there, that no receipt has taken with it. */
  get hasBegun(): boolean {
    return (
      itemsOn(this.#sheet) > 0 ||
      !this.#line.isEmpty ||
      (this.#page !== undefined && itemsOn(this.#page.sheet) > 0)
    );
  }

  /** Dots that the paper has moved since the last cut. */
  get paper(): number {
    return this.#y;
  }

  /** Unexplained bytes since the last receipt; they are handed over once. */
  takeUnknown(): Receipt['unknown'] {
    const unknown = this.#unknown;
    this.#unknown = [];
    return unknown;
  }

  /** Ends the receipt. Blank paper is none. */
  tearOff(end: Receipt['end']): Receipt | undefined {
    this.endText();
    if (end === 'idle') this.printPage(false, 0, new Uint8Array());
    if (!this.#page && !this.#line.isEmpty) this.feedLine();
    const sheet = this.#sheet;
    const height = Math.max(this.#y, lowestOn(sheet));
    const images = joinBands(sheet.images, this.#shared);
    this.#sheet = emptySheet();
    this.#y = 0;
    this.#replays = 0;
    this.#measured = 0;
    this.#shared.clear();
    if (isBlank(sheet)) return undefined;
    return {
      width: this.options.width,
      height,
      dpi: this.dpi,
      runs: sheet.runs,
      barcodes: sheet.barcodes,
      images,
      ...(sheet.stored.length > 0 ? { stored: sheet.stored } : {}),
      end,
      unknown: this.takeUnknown(),
    };
  }
}
