/**
 * The one receipt model: whatever the source (captured printer bytes, till link, camera), a receipt is a list of runs
 * with a place and a style; lines and text are derived. Dots are printer dots (203 dpi unless `dpi` says otherwise).
 */
export interface ReceiptRun {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Cell size multipliers, 1 to 8. */
  readonly scaleX: number;
  readonly scaleY: number;
  readonly bold: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  /**
   * Half-width cells that the run takes. Each character takes its natural number (CJK 2, others 1) if those add up to
   * `cells`, else all take the same. Absent: the natural numbers.
   */
  readonly cells?: number;
  /** Degrees by which the whole run is turned clockwise; x, y, width and height are those of the turned box. */
  readonly turn?: Turn;
  /** Every character is turned by 90 degrees clockwise by itself; they still follow each other from left to right. */
  readonly sideways?: boolean;
  /** How sure a reader of pictures is of the text, 0 to 100. Absent: the text was sent as text. */
  readonly confidence?: number;
}

export type Turn = 90 | 180 | 270;

export interface ReceiptBarcode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** `qr`, `pdf417`, `code128`, `ean13` … */
  readonly symbology: string;
  readonly payload: string;
  /** Error correction of a QR code. */
  readonly level?: 'L' | 'M' | 'Q' | 'H';
  /** Where the payload is printed as text besides. */
  readonly caption?: 'above' | 'below' | 'both';
  readonly turn?: Turn;
  /** The sender drew it itself: it was read from the dots of a picture, which stands among `images` at the same place. */
  readonly pictured?: true;
  /** Dots of the narrowest bar or of one module. */
  readonly module?: number;
  /** What else the sender chose: `columns`, `rows`, `row-height` (modules), `ec` … by symbology. */
  readonly choices?: Readonly<Record<string, number | string>>;
}

/** A 1-bit picture: rows of ceil(width / 8) bytes, most significant bit left, 1 = black. */
export interface ReceiptImage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
  /** As for runs, but width and height stay those of the picture before it is turned. */
  readonly turn?: Turn;
  /** The picture is a character that the sender drew itself and printed by this code (hex), e.g. `41`, `fe a1`. */
  readonly character?: string;
}

/** A picture that the printer was told to print from its own memory: what it shows is not in the captured bytes. */
export interface StoredPicture {
  readonly x: number;
  readonly y: number;
  /** The printer's name for it, e.g. `NV 1`. */
  readonly name: string;
}

export interface Receipt {
  /** Width of the printable area in dots. */
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly runs: readonly ReceiptRun[];
  readonly barcodes: readonly ReceiptBarcode[];
  readonly images: readonly ReceiptImage[];
  readonly stored?: readonly StoredPicture[];
  /** Pictures on it that may be text were not read (no reader, or it failed): nobody knows what they say. */
  readonly unread?: true;
  /** It came over a link that carries Latin letters alone: what is in others was left out on the way. */
  readonly letters?: 'latin';
  /** How the receipt ended. `idle`: nothing more came; `cut`: the cutter was told to. */
  readonly end: 'cut' | 'idle';
  /** Bytes that no command explains, in hex with their offset: shown, never dropped. */
  readonly unknown: readonly { readonly offset: number; readonly hex: string }[];
}

/** A part of the paper, dots. */
export interface PaperBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where a receipt was taken from. `printer`: the bytes of the printer's line; `till`: text that the terminal sent over the
 * till link; `camera`: a photo of the paper; `file`: a capture from elsewhere. Only the first and the third are paper.
 */
export const RECEIPT_SOURCES = ['printer', 'till', 'camera', 'file'] as const;
export type ReceiptSource = (typeof RECEIPT_SOURCES)[number];

/** Which copy a slip is. */
export const COPIES = ['merchant', 'customer', 'settlement', 'other'] as const;
export type Copy = (typeof COPIES)[number];

/** How well a slip could be read where it is a picture. */
export interface SlipReading {
  readonly fields: Readonly<Record<string, number>>;
  /** Share of the letters, 0 to 1, of which the reader is sure (`CONFIDENCE_MIN`). */
  readonly legible: number;
}

/**
 * Below this nothing that a reader of pictures says decides anything. Measured on slips at 203 dpi: below it one value of
 * three is wrong, among them some at 84; above it hardly any.
 */
export const CONFIDENCE_MIN = 85;

/**
 * A receipt read with the label sets of the terminal's profile. Values are as printed, trimmed. Keys of `fields` are the
 * profile's field names: `merchant-id`, `terminal-id`, `pan`, `type`, `batch`, `stan`, `auth-code`, `rrn`, `date-time`,
 * `amount`, `original-stan`, …
 */
export interface Slip {
  readonly copy: Copy;
  readonly duplicate: boolean;
  readonly fields: Readonly<Record<string, string>>;
  /** Text lines from top to bottom, in columns of half-width cells. */
  readonly lines: readonly string[];
  /** Where each line stands; the text of some lines stands nowhere (blank ones). Beside `lines`. */
  readonly boxes?: readonly (PaperBox | undefined)[];
  /** Indices of the lines on which a field's label and value stand. */
  readonly fieldLines?: Readonly<Record<string, readonly number[]>>;
  /** Other values of a field than its first: the same said again, with or without a label, and not the same. */
  readonly repeats?: Readonly<
    Record<string, readonly { readonly value: string; readonly lines: readonly number[] }[]>
  >;
  /** Indices of the lines that mark a reprint. */
  readonly markLines?: readonly number[];
  /** Absent: `printer`. */
  readonly source?: ReceiptSource;
  /**
   * For a slip of which a part was read from pictures: how sure the reader is of each value, 0 to 100 (the least of its
   * parts), and of the whole. Values that were sent as text are not named.
   */
  readonly reading?: SlipReading;
  readonly receipt: Receipt;
  /** Nominal time of the first byte. */
  readonly at: number;
  /** Journal artefact id of the raw (masked) capture and of the picture, once recorded. */
  readonly artefacts: readonly string[];
}

/** So many lines a slip has at least: less is the rest of one, or feed. */
const LINES_OF_A_SLIP = 4;

/** Whether a slip has the text of one, and none of the labels by which a profile knows copies or fields. */
export const isUnlabelled = ({ copy, fields, lines }: Pick<Slip, 'copy' | 'fields' | 'lines'>): boolean =>
  lines.filter((line) => line.trim() !== '').length >= LINES_OF_A_SLIP &&
  (copy === 'other' || Object.keys(fields).length === 0);
