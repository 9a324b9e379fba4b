import { dirname, resolve } from 'node:path';
import type { PaperBox } from '../model/receipt.ts';
import { AMOUNT_FIELDS, FIELD_CHECKS, type FieldCheckName, VOLATILE_FIELDS } from './receipt-words.ts';
import type { FieldCheck, GoldenImage, ReceiptExpect, SlipExpect } from './scenario.ts';
import type { StepFile } from './schema.ts';
import { defined, list, milliseconds } from './written.ts';

export type ReceiptFile = Exclude<NonNullable<NonNullable<StepFile['expect']>['receipt']>, 'none'>;

/**
 * What a step expects of its paper.
 * @param file of the scenario, to which paths of pictures are relative
 */
export const compileReceipt = (receipt: ReceiptFile, file: string): ReceiptExpect =>
  defined<ReceiptExpect>({
    merchant: compileSlip(receipt.merchant),
    customer: compileSlip(receipt.customer),
    settlement: compileSlip(receipt.settlement),
    duplicate: receipt.duplicate === true,
    forbiddenNone: receipt.forbidden === 'none',
    copies: receipt.copies,
    withinMs: receipt.within === undefined ? undefined : milliseconds(receipt.within),
    must: receipt.must === undefined ? undefined : list(receipt.must).map(linePattern),
    mustNot: receipt['must-not'] === undefined ? undefined : list(receipt['must-not']).map(linePattern),
    signature: receipt.signature,
    original: receipt.original,
    ...compileStyle(receipt.style),
    codes: compileCodes(receipt),
    images: compileImages(receipt.image, file),
  });

/** A text between slashes is a regular expression; any other stands for itself. */
const patternIn = (text: string) => /^\/(.+)\/$/su.exec(text)?.[1];
const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const linePattern = (text: string) => patternIn(text) ?? literally(text.normalize('NFKC'));

function compileStyle(style: ReceiptFile['style']): Pick<ReceiptExpect, 'heights' | 'bold'> {
  const wanted = Object.entries(style ?? {}).map(([field, value]) => ({ field, styles: list(value) }));
  const tall = wanted.filter(({ styles }) => styles.includes('double-height'));
  const bold = wanted.filter(({ styles }) => styles.includes('bold'));
  return {
    ...(tall.length > 0 ? { heights: Object.fromEntries(tall.map(({ field }) => [field, 2])) } : {}),
    ...(bold.length > 0 ? { bold: bold.map(({ field }) => field) } : {}),
  };
}

function compileCodes({ qr, barcode }: ReceiptFile): ReceiptExpect['codes'] {
  const whole = (text: string) => patternIn(text) ?? `^${literally(text)}$`;
  const codes = [
    ...(qr === undefined ? [] : [{ symbology: 'qr', matches: whole(qr) }]),
    ...(barcode === undefined ? [] : [{ matches: whole(barcode) }]),
  ];
  return codes.length > 0 ? codes : undefined;
}

function compileSlip(fields: ReceiptFile['merchant']): SlipExpect | undefined {
  if (!fields) return undefined;
  const written = Object.entries(fields).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return Object.fromEntries(written.map(([field, value]) => [field, compileField(field, String(value))]));
}

function compileField(field: string, value: string): FieldCheck {
  if (Object.hasOwn(FIELD_CHECKS, value)) return { is: value as FieldCheckName };
  return AMOUNT_FIELDS.has(field) ? { is: 'amount', amount: value } : { is: 'text', text: value };
}

const place = (written: string | readonly [number, number, number, number]): string | PaperBox => {
  if (typeof written === 'string') return written;
  const [x, y, width, height] = written;
  return { x, y, width, height };
};

function compileImages(images: ReceiptFile['image'], file: string): ReceiptExpect['images'] {
  const found = COPIES_WITH_IMAGES.flatMap((copy): GoldenImage[] => {
    const written = images?.[copy];
    if (written === undefined) return [];
    const { golden, mask, budget, regions } = typeof written === 'string' ? { golden: written } : written;
    return [
      {
        copy,
        file: resolve(dirname(file), golden),
        mask: (mask ?? VOLATILE_FIELDS).map(place),
        budget: budget ?? 0,
        regions: (regions ?? []).flatMap((region) => {
          const where = region.field ?? region.box;
          return where === undefined ? [] : [{ place: place(where), budget: region.budget }];
        }),
      },
    ];
  });
  return found.length > 0 ? found : undefined;
}

const COPIES_WITH_IMAGES = ['merchant', 'customer', 'settlement'] as const;
