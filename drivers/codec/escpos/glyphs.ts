import { lowerHalf, upperHalf } from './code-pages.ts';
import { columnsOf } from './columns.ts';
import type { MultiByte } from './multi-byte.ts';

export interface Glyph {
  readonly char: string;
  /** Half-width cells that it takes on paper. */
  readonly cells: 1 | 2;
  /** From the double-byte font, which has its own size, spacing and underline. */
  readonly double: boolean;
}

export interface GlyphSettings {
  /** Charset of the double-byte (or UTF-8) font. */
  multi: MultiByte;
  /** Whether the double-byte font is on. */
  multiOn: boolean;
  /** Name of the code page of the bytes from 0x80. */
  page: string;
  /** `ESC R` number. */
  country: number;
}

const STRAY: Glyph = { char: '\ufffd', cells: 1, double: false };

/** Turns the bytes of text into glyphs; a character may be split over any number of calls. */
export interface GlyphReader {
  /** Takes one byte (0x20 to 0xff) and returns the glyphs that are complete. */
  read(byte: number, offset: number): Glyph[];
  /** A command follows, or nothing: what a half character begins stays half. */
  end(): Glyph[];
}

/**
 * @param current the settings, asked at every byte
 * @param stray told of every byte that begins a double-byte character which then does not come
 */
export function makeGlyphReader(
  current: () => Readonly<GlyphSettings>,
  stray: (offset: number, byte: number) => void,
): GlyphReader {
  let begun: number[] = [];
  let begunAt = 0;

  const single = (byte: number): Glyph => {
    const settings = current();
    const page = settings.multiOn && settings.multi.name === 'shift_jis' ? 'epson/katakana' : settings.page;
    const char = byte < 0x80 ? lowerHalf(byte, settings.country) : (upperHalf(page)[byte - 0x80] ?? '\ufffd');
    return { char, cells: 1, double: false };
  };

  const complete = (bytes: readonly number[]): Glyph => {
    const { multi } = current();
    const decoded = multi.decode(bytes);
    // Controls and invisible characters have no picture on a printer; in a report or console they would do harm.
    const char = /^[^\p{Cc}\p{Cf}\p{Cs}]$/u.test(decoded) ? decoded : '\ufffd';
    const cells = multi.name === 'utf-8' && columnsOf(char) < 2 ? 1 : 2;
    return { char, cells, double: true };
  };

  const read = (byte: number, offset: number): Glyph[] => {
    if (begun.length === 0) begunAt = offset;
    const bytes = [...begun, byte];
    begun = [];
    const { multi, multiOn } = current();
    const length = multiOn ? multi.length(bytes) : undefined;
    if (length !== undefined) {
      if (length === bytes.length) return [complete(bytes)];
      begun = bytes;
      return [];
    }
    if (bytes.length === 1) return [single(byte)];
    // The first byte leads nowhere: it is shown as such, and the others get their own chance.
    const [lead = 0, ...others] = bytes;
    const start = begunAt;
    stray(start, lead);
    return [STRAY, ...others.flatMap((other, i) => read(other, start + 1 + i))];
  };

  return {
    read,
    end() {
      const glyphs = begun.map((byte, i) => {
        if (byte < 0x80) return single(byte);
        stray(begunAt + i, byte);
        return STRAY;
      });
      begun = [];
      return glyphs;
    },
  };
}
