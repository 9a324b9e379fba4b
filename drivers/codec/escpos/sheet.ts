import type {
  ReceiptBarcode,
  ReceiptImage,
  ReceiptRun,
  StoredPicture,
  Turn,
} from '../../../rig/model/receipt.ts';

/** The content of a piece of paper, or of a page that is being composed. */
export interface Sheet {
  readonly runs: ReceiptRun[];
  readonly barcodes: ReceiptBarcode[];
  readonly images: ReceiptImage[];
  readonly stored: StoredPicture[];
}

export const emptySheet = (): Sheet => ({ runs: [], barcodes: [], images: [], stored: [] });

export const itemsOn = (sheet: Sheet): number =>
  sheet.runs.length + sheet.barcodes.length + sheet.images.length + sheet.stored.length;

/** False for paper that shows nothing: blanks are printed too. */
export const isBlank = (sheet: Sheet): boolean =>
  itemsOn(sheet) === sheet.runs.length &&
  sheet.runs.every(({ text, inverse, underline }) => text.trim() === '' && !inverse && !underline);

/** Puts everything of `from` on `onto`, `down` dots lower. */
export function appendSheet(onto: Sheet, from: Sheet, down: number): void {
  const lower = <T extends { readonly y: number }>(item: T): T => ({ ...item, y: item.y + down });
  for (const run of from.runs) onto.runs.push(lower(run));
  for (const code of from.barcodes) onto.barcodes.push(lower(code));
  for (const image of from.images) onto.images.push(lower(image));
  for (const picture of from.stored) onto.stored.push(lower(picture));
}

/** The lowest dot of what is on a sheet. */
export function lowestOn(sheet: Sheet): number {
  let low = 0;
  for (const items of [sheet.runs, sheet.barcodes, sheet.images]) {
    for (const { y, height } of items) low = Math.max(low, y + height);
  }
  return low;
}

/** The place of a box on paper. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly turn?: Turn;
}

/** Something that takes a box of dots and can be put on a sheet. */
export interface Item {
  readonly width: number;
  readonly height: number;
  put(sheet: Sheet, place: Place): void;
}

/** A picture, `scaleX` × `scaleY` enlarged beforehand. */
export const imageItem = (width: number, height: number, bits: Uint8Array, character?: string): Item => ({
  width,
  height,
  put: (sheet, { x, y, turn }) =>
    void sheet.images.push({
      x,
      y,
      width,
      height,
      bits,
      ...(turn === undefined ? {} : { turn }),
      ...(character === undefined ? {} : { character }),
    }),
});

export const barcodeItem = (code: Omit<ReceiptBarcode, 'x' | 'y' | 'turn'>): Item => ({
  width: code.width,
  height: code.height,
  put: (sheet, place) => void sheet.barcodes.push({ ...code, ...place }),
});

/** Takes the room of one line of text, since nobody knows how large the picture is. */
export const storedItem = (name: string): Item => ({
  width: 96,
  height: 48,
  put: (sheet, { x, y }) => void sheet.stored.push({ x, y, name }),
});

/** Joins pictures that were printed in bands right below each other, as drivers without enough memory send them. */
export function joinBands(images: readonly ReceiptImage[], shared: ReadonlySet<Uint8Array>): ReceiptImage[] {
  const joined: { image: ReceiptImage; bands: Uint8Array[] }[] = [];
  for (const image of images) {
    const last = joined.at(-1);
    const follows =
      last !== undefined &&
      image.turn === undefined &&
      image.character === undefined &&
      last.image.character === undefined &&
      last.image.turn === undefined &&
      image.x === last.image.x &&
      image.width === last.image.width &&
      image.y === last.image.y + last.image.height &&
      !shared.has(image.bits) &&
      !shared.has(last.image.bits);
    if (!follows) joined.push({ image, bands: [image.bits] });
    else {
      last.image = { ...last.image, height: last.image.height + image.height };
      last.bands.push(image.bits);
    }
  }
  return joined.map(({ image, bands }) =>
    bands.length === 1 ? image : { ...image, bits: new Uint8Array(Buffer.concat(bands)) },
  );
}
