import { type Glyph, type GlyphReader, makeGlyphReader } from './glyphs.ts';
import { scaled } from './graphics.ts';
import { type Line, type Look, sameSetting, widthIn } from './line.ts';
import {
  asciiText,
  fillTexts,
  hasRoom,
  type PlainReader,
  plainReader,
  take,
  textLater,
} from './plain-text.ts';
import { Bitmap } from './render/bitmap.ts';
import type { Picture, Settings } from './settings.ts';
import { imageItem } from './sheet.ts';

/** Cells of the fonts A to E in dots. The double-byte font is 24 × 24. */
// biome-ignore format: a table
const FONTS: readonly (readonly [width: number, height: number])[] = [[12, 24], [9, 17], [8, 16], [10, 24], [8, 16]];

const LINE_FEED = 0x0a;

/** How the glyphs of one font are set, and the dots that each takes by its cells. */
interface Face {
  readonly look: Look;
  readonly widths: Readonly<Record<1 | 2, number>>;
  /** Dots of a cell of the characters that this font is made of. */
  readonly advance: number;
}
const faceOf = (look: Look, cells: 1 | 2): Face => ({
  look,
  widths: { 1: widthIn(look, 1), 2: widthIn(look, 2) },
  advance: widthIn(look, cells) / cells,
});

/** How text is set while it goes on. */
interface Setting {
  readonly latin: Face;
  readonly double: Face;
  /** Latin and double-byte characters can stand in one run. */
  readonly alike: boolean;
  /** Undefined: text must be set glyph by glyph. */
  readonly plain: PlainReader | undefined;
}

/** What text is set on: the parts of a printer that it needs. */
export interface TypeBed {
  readonly settings: Settings;
  readonly inPage: boolean;
  /** Dots across the paper. */
  readonly width: number;
  /** Width of the area that text may take now, dots. */
  room(): number;
  feedLine(): void;
  /** What the line buffer holds can be left out: it is empty, and lines stand on the paper as they are composed. */
  readonly takesLines: boolean;
  /** Prints a line that is nothing but plain text, and moves on. @param advance dots of a cell */
  printLine(text: string, cells: number, look: Look, advance: number): { text: string };
  explainNothing(offset: number, bytes: Uint8Array): void;
  /** These dots may be printed many times: whoever joins pictures must leave them alone. */
  share(bits: Uint8Array): void;
}

/** Turns the bytes of text into what stands on the line, as it is set now: glyphs, drawn characters, whole plain lines. */
export class Typesetter {
  readonly #bed: TypeBed;
  readonly #line: Line;
  readonly #glyphs: GlyphReader;
  #now: Setting | undefined;
  #room = 0;
  /** The first byte of what may be a drawn character of two. */
  #lead: { readonly byte: number; readonly offset: number } | undefined;

  constructor(bed: TypeBed, line: Line) {
    this.#bed = bed;
    this.#line = line;
    this.#glyphs = makeGlyphReader(
      () => bed.settings.text,
      (offset, byte) => bed.explainNothing(offset, Uint8Array.of(byte)),
    );
  }

  /**
   * Sets text: `bytes` from `start` to `end`.
   * @param offset of the first of them in the stream
   */
  type(bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.#room = this.#bed.room();
    const { settings } = this.#bed;
    if (settings.hasUser && (this.#lead || !settings.user.isIdle)) {
      for (let i = start; i < end; i++) this.#typeDrawn(bytes[i] ?? 0, offset + i - start);
      return;
    }
    this.#glyphs.read(bytes, start, end, offset, this.#set);
  }

  /**
   * Sets text that begins at `start` and goes on to the next control byte, wherever that is, if it is plain and fits: as
   * a whole. Where whole lines can be printed at once, it goes on with them as long as they are such lines.
   * @returns where the text ended, or the last line feed that follows it; `start`: nothing is done
   */
  typeAhead(bytes: Uint8Array, start: number): number {
    const { settings } = this.#bed;
    const { latin, double, plain, alike } = this.#setting();
    if (!plain || !this.#glyphs.isClear || (settings.hasUser && (this.#lead || !settings.user.isIdle)))
      return start;
    const room = this.#bed.room();
    const wholeLines = this.#bed.takesLines;
    let at = start;
    while (at < bytes.length) {
      if (!hasRoom()) {
        this.#line.keepText();
        fillTexts();
        take(0);
      }
      const cells = plain.read(bytes, at);
      if (cells === 0 || (plain.isMixed && !alike)) break;
      const { look, advance } = plain.hasLatin ? latin : double;
      if (this.#line.pen + cells * advance > room) break;
      const { end, isAscii, from, to } = plain;
      const text = isAscii ? asciiText(bytes, at, end) : '';
      if (!isAscii) take(to);
      if (!wholeLines || bytes[end] !== LINE_FEED) {
        if (isAscii) this.#line.plain(text, cells, look, advance);
        else this.#line.plainAt(from, to, cells, look, advance);
        return end;
      }
      const run = this.#bed.printLine(text, cells, look, advance);
      if (!isAscii) textLater(run, from, to);
      at = end + 1;
    }
    return at;
  }

  /** One byte of text in which characters may stand that the sender has drawn. */
  #typeDrawn(byte: number, offset: number): void {
    const { user, font, text } = this.#bed.settings;
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
    const { look, widths } = this.#faceOf(double);
    const { scaleX, scaleY, inverse, cellHeight } = look;
    const width = widths[double ? 2 : 1];
    const drawn = this.#bed.settings.user.drawn(picture, `${width} ${scaleX} ${scaleY} ${inverse}`, () => {
      const cell = new Bitmap(Math.floor(width / scaleX), cellHeight);
      cell.print(new Bitmap(picture.width, picture.height, picture.bits), look.before, 0);
      if (inverse) cell.invert();
      return scaled(cell, scaleX, scaleY, this.#bed.width);
    });
    if (!drawn) return false;
    this.#breakBefore(width);
    this.#bed.share(drawn.bits);
    this.#line.item(imageItem(drawn.width, drawn.height, drawn.bits, Buffer.from(code).toString('hex')));
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
      this.#room = this.#bed.room();
      this.#glyphs.end(this.#set);
    }
  }

  /** A command may have changed how text is set. */
  settingsChanged(): void {
    this.#now = undefined;
  }

  #setting(): Setting {
    this.#now ??= this.#settingNow();
    return this.#now;
  }

  #settingNow(): Setting {
    const [latin, double] = [faceOf(this.#look(false), 1), faceOf(this.#look(true), 2)];
    return {
      latin,
      double,
      alike: latin.advance === double.advance && sameSetting(latin.look, double.look),
      plain: latin.look.sideways ? undefined : plainReader(this.#bed.settings.text),
    };
  }

  #faceOf(double: boolean): Face {
    const { latin, double: other } = this.#setting();
    return double ? other : latin;
  }

  readonly #set = (glyph: Glyph): void => {
    const { look, widths } = this.#faceOf(glyph.double);
    const width = widths[glyph.cells];
    this.#breakBefore(width);
    this.#line.glyph(glyph, look, width);
  };

  #breakBefore(width: number): void {
    const { pen } = this.#line;
    if (pen > 0 && pen + width > this.#room) this.#bed.feedLine();
  }

  #look(double: boolean): Look {
    const { settings, inPage } = this.#bed;
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
      sideways: settings.sideways && !inPage,
      before: face.before,
      behind: face.behind,
    };
  }

  /** Dots that a Latin character takes, for tab stops. */
  get cellWidth(): number {
    const { cellWidth, scaleX, behind } = this.#look(false);
    return (cellWidth + behind) * scaleX;
  }
}
