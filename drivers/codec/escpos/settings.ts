import type { GlyphSettings } from './glyphs.ts';
import { multiByte, multiByteOr } from './multi-byte.ts';
import { UserCharacters } from './user-characters.ts';

export interface PrinterOptions {
  /**
   * Charset of the printer's text: a double-byte one (`gb18030`, `big5`, `shift_jis`, `euc-kr`), which is then on from the
   * start as it is on printers sold there; `utf-8`; or the name of a code page, with double bytes (GB 18030) only after `FS &`.
   */
  readonly charset: string;
  /** Printable dots: 384 on 58 mm paper, 576 on 80 mm. */
  readonly width: number;
  /** Dots per inch; 203 unless said otherwise. */
  readonly dpi?: number;
  /** DIP switch "automatic line feed": CR prints the line. Off as delivered, so CR does nothing. */
  readonly autoLineFeed?: boolean;
}

/** Size, underline and spacing, which Latin and double-byte characters have each for themselves. */
export interface FaceStyle {
  scaleX: number;
  scaleY: number;
  underline: boolean;
  /** Dots of blank left and right of every character. */
  before: number;
  behind: number;
}

export interface SymbolSettings {
  /** Dots. */
  height: number;
  module: number;
  caption: 'above' | 'below' | 'both' | undefined;
  /** Two-dimensional symbols: stored data and module size by symbol code (`cn`); correction level of QR codes. */
  readonly stored: Map<number, { readonly data: Uint8Array; printed: boolean }>;
  readonly size: Map<number, number>;
  /** What else was chosen for a symbol, by `cn` and the model's name. */
  readonly choices: Map<number, Map<string, number | string>>;
  level: 'L' | 'M' | 'Q' | 'H';
  /** What `ESC Z` of compatible printers prints. */
  kind: 'pdf417' | 'datamatrix' | 'qr';
}

/** A 1-bit picture, as in the receipt model. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

/** What commands set and `ESC @` resets. */
export interface Settings {
  readonly text: GlyphSettings;
  readonly latin: FaceStyle;
  readonly double: FaceStyle;
  readonly symbols: SymbolSettings;
  readonly user: UserCharacters;
  /** Whether `user` has been asked for: most text has no such characters and need not be looked at. */
  readonly hasUser: boolean;
  /** 0 A, 1 B, 2 C … */
  font: number;
  bold: boolean;
  doubleStrike: boolean;
  inverse: boolean;
  sideways: boolean;
  upsideDown: boolean;
  /** The second colour, of two-colour printers. */
  red: boolean;
  /** 0 left, 1 centre, 2 right. */
  align: 0 | 1 | 2;
  lineSpacing: number;
  /** Dots of one horizontal and one vertical motion unit. */
  unitX: number;
  unitY: number;
  /** Tab stops in dots; none: every eight columns. */
  tabs: readonly number[];
  leftMargin: number;
  areaWidth: number;
  /** False while `ESC =` has deselected the printer, e.g. to talk to a customer display on the same cable. */
  selected: boolean;
  /** Graphics stored by `GS ( L` until they are told to print. */
  graphics: Picture | undefined;
}

/** Default line advance, dots (3.75 mm at 203 dpi). */
export const LINE_SPACING = 30;

const plainFace = (): FaceStyle => ({ scaleX: 1, scaleY: 1, underline: false, before: 0, behind: 0 });

const plainSymbols = (): SymbolSettings => ({
  height: 162,
  module: 3,
  caption: undefined,
  stored: new Map(),
  size: new Map(),
  choices: new Map(),
  level: 'L',
  kind: 'qr',
});

const NO_TABS: readonly number[] = [];

class PowerOnSettings implements Settings {
  readonly text: GlyphSettings;
  readonly latin = plainFace();
  readonly double = plainFace();
  font = 0;
  bold = false;
  doubleStrike = false;
  inverse = false;
  sideways = false;
  upsideDown = false;
  red = false;
  align: 0 | 1 | 2 = 0;
  lineSpacing = LINE_SPACING;
  unitX = 1;
  unitY = 1;
  tabs = NO_TABS;
  leftMargin = 0;
  areaWidth: number;
  selected = true;
  graphics: Picture | undefined = undefined;
  #symbols: SymbolSettings | undefined;
  #user: UserCharacters | undefined;

  constructor({ charset, width }: PrinterOptions) {
    this.text = defaultText(charset);
    this.areaWidth = width;
  }

  /** Made when first asked for: most receipts have none. */
  get symbols(): SymbolSettings {
    this.#symbols ??= plainSymbols();
    return this.#symbols;
  }
  get user(): UserCharacters {
    this.#user ??= new UserCharacters();
    return this.#user;
  }
  get hasUser(): boolean {
    return this.#user !== undefined;
  }
}

export const settingsAfterPowerOn = (options: PrinterOptions): Settings => new PowerOnSettings(options);

/** A double-byte charset is on from the start; a code page leaves that to `FS &`. */
export function defaultText(charset: string): GlyphSettings {
  const multiOn = multiByte(charset) !== undefined;
  return { multi: multiByteOr(charset), multiOn, page: multiOn ? 'cp437' : charset, country: 0 };
}
