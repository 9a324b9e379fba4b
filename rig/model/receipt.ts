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
}

export interface ReceiptBarcode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** `qr`, `pdf417`, `code128`, `ean13` … */
  readonly symbology: string;
  readonly payload: string;
}

/** A 1-bit picture: rows of ceil(width / 8) bytes, most significant bit left, 1 = black. */
export interface ReceiptImage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

export interface Receipt {
  /** Width of the printable area in dots. */
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly runs: readonly ReceiptRun[];
  readonly barcodes: readonly ReceiptBarcode[];
  readonly images: readonly ReceiptImage[];
  /** How the receipt ended. `idle`: nothing more came; `cut`: the cutter was told to. */
  readonly end: 'cut' | 'idle';
  /** Bytes that no command explains, in hex with their offset: shown, never dropped. */
  readonly unknown: readonly { readonly offset: number; readonly hex: string }[];
}

/** Which copy a slip is. */
export const COPIES = ['merchant', 'customer', 'settlement', 'other'] as const;
export type Copy = (typeof COPIES)[number];

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
  readonly receipt: Receipt;
  /** Nominal time of the first byte. */
  readonly at: number;
  /** Journal artefact id of the raw (masked) capture and of the picture, once recorded. */
  readonly artefacts: readonly string[];
}
