import type { Receipt } from '../../../rig/model/receipt.ts';
import { CODE_PAGES } from './code-pages.ts';
import { Line, type Look, plainRun } from './line.ts';
import { multiByteOr } from './multi-byte.ts';
import { type Direction, Page } from './page.ts';
import { fillTexts } from './plain-text.ts';
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
  isBlank,
  itemsOn,
  joinBands,
  lowestOn,
  type Sheet,
  storedItem,
} from './sheet.ts';
import { type TypeBed, Typesetter } from './typesetter.ts';

const NOTHING = new Uint8Array(0);

/** How often per receipt something that is held in memory may be printed again: few bytes could else fill all memory. */
const REPLAYS = 64;

/**
 * The print mechanism: what the commands act on. It keeps the state of a printer, composes lines on the paper and
 * gives a receipt at every cut. It knows no command; `obey.ts` does.
 */
export class Printer implements TypeBed {
  readonly options: PrinterOptions;
  /** What commands set; replaced as a whole by `ESC @`. */
  settings: Settings;
  /** Pictures held by the printer, by name: `NV 1`, `download`, `graphics 32 32`. */
  readonly pictures = new Map<string, Picture>();
  /** Height of the `GS v 0` picture that was the very last thing printed. */
  rasterJustPrinted: number | undefined;

  #sheet = emptySheet();
  #y = 0;
  readonly #line = new Line();
  #page: Page | undefined;
  #unknown: { offset: number; hex: string }[] = [];
  #replays = 0;
  #measured = 0;
  readonly #shared = new Set<Uint8Array>();
  readonly #type: Typesetter;

  constructor(options: PrinterOptions) {
    this.options = options;
    this.settings = settingsAfterPowerOn(options);
    this.#type = new Typesetter(this, this.#line);
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

  /** Prints text: `bytes` from `start` to `end`; see `Typesetter.type`. */
  type(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (!this.settings.selected) return;
    this.rasterJustPrinted = undefined;
    this.#type.type(bytes, start, end, offset);
  }

  /** Prints plain text and whole lines of it, and returns where that ends, or `start`: see `Typesetter.typeAhead`. */
  typeAhead(bytes: Uint8Array, start: number): number {
    if (!this.settings.selected) return start;
    const end = this.#type.typeAhead(bytes, start);
    if (end > start) this.rasterJustPrinted = undefined;
    return end;
  }

  /** Text is interrupted by a command: a character that is only half there stays half. */
  endText(): void {
    this.#type.endText();
  }

  /** A command may have changed how text is set. */
  settingsChanged(): void {
    this.#type.settingsChanged();
  }

  /** Nothing that a chunk of bytes brought may be needed of it any more. */
  chunkOver(): void {
    this.#line.keepText();
  }

  /** Dots that a Latin character takes, for tab stops. */
  get cellWidth(): number {
    return this.#type.cellWidth;
  }

  get width(): number {
    return this.options.width;
  }

  /** These dots may be printed many times. */
  share(bits: Uint8Array): void {
    this.#shared.add(bits);
  }

  get takesLines(): boolean {
    return !this.#page && !this.settings.upsideDown && this.#line.isFresh;
  }

  printLine(text: string, cells: number, look: Look, advance: number): { text: string } {
    const { leftMargin, align, lineSpacing } = this.settings;
    const width = cells * advance;
    const blank = align === 0 ? 0 : Math.floor(((this.room() - width) * align) / 2);
    const run = plainRun(text, leftMargin + blank, this.#y, width, cells, look);
    this.#sheet.runs.push(run);
    this.#y += Math.max(lineSpacing, run.height);
    return run;
  }

  // Movement

  get pen(): number {
    return this.#line.pen;
  }

  /** Positions outside the print area are ignored, as the printers do. */
  moveTo(x: number): void {
    if (x >= 0 && x <= this.room()) this.#line.pen = x;
  }

  /** Width of the area that text may take now, dots. */
  room(): number {
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
    else if (!upsideDown) this.#line.printUpright(this.#sheet, this.room(), slack, leftMargin, this.#y);
    else {
      const top = this.#y;
      // The whole line is turned, with its margin: that is then on the right (so receiptline sends it to TM printers).
      const right = this.options.width - leftMargin;
      this.#line.print(this.#sheet, this.room(), slack, (x, y, width, height) => ({
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

  /** What stands on the paper now, to be read and not changed. */
  get onPaper(): Readonly<Sheet> {
    return this.#sheet;
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
    if (end === 'idle' && this.#page) this.printPage(false, 0, NOTHING);
    if (!this.#page && !this.#line.isEmpty) this.feedLine();
    fillTexts();
    const sheet = this.#sheet;
    const height = Math.max(this.#y, lowestOn(sheet));
    this.#y = 0;
    this.#replays = 0;
    this.#measured = 0;
    if (itemsOn(sheet) === 0) return undefined;
    const images = joinBands(sheet.images, this.#shared);
    this.#sheet = emptySheet();
    if (this.#shared.size > 0) this.#shared.clear();
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
