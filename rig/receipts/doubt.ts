import type { CapturedSlip } from '../bench/planes.ts';
import { asNumber, looksLike, withFilledZeros } from '../model/look-alikes.ts';
import { CONFIDENCE_MIN } from '../model/receipt.ts';
import { impossibleIn } from './possible-date.ts';

/** What a reader of pictures must have been sure of, at least, for a slip on which nothing of a kind was found. */
const LEGIBLE_MIN = 0.8;

export interface DoubtQuestion {
  readonly slip: CapturedSlip;
  /** Fields that the check looks at; none: it looks at the whole slip. */
  readonly fields: readonly string[];
  /** Whether the slip as it was read is as it should be. */
  readonly good: boolean;
  /** Texts that a field should have, where they are known. */
  readonly wanted?: Readonly<Record<string, string>>;
  /** Judges the slip with other values in its fields. */
  readonly again: (slip: CapturedSlip) => boolean | undefined;
}

/**
 * Why nothing can be said for or against a slip that was read from a picture; undefined when the reading decides. In
 * doubt is: a value of which the reader is not sure; one that is right only if characters that look alike were taken for
 * each other; a date that cannot be; a value or line that was not found where not everything could be read.
 */
export function doubtOf({ slip, fields, good, wanted = {}, again }: DoubtQuestion): string | undefined {
  const { reading } = slip;
  if (!reading) return undefined;
  const unsure = fields.filter((field) => (reading.fields[field] ?? 100) < CONFIDENCE_MIN);
  if (unsure.length > 0) {
    return `read from a picture with too little confidence: ${unsure
      .map((field) => `${field} ${reading.fields[field]} of 100`)
      .join(', ')}`;
  }
  if (!good && fields.length > 0) {
    for (const values of otherReadings(slip, fields, wanted)) {
      if (again({ ...slip, fields: { ...slip.fields, ...values } }) === true)
        return 'right only if characters that look alike were misread in the picture';
    }
  }
  const impossible = fields.map((field) =>
    /date|time/.test(field) ? impossibleIn(slip.fields[field] ?? '') : undefined,
  );
  const [first] = impossible.filter((reason) => reason !== undefined);
  if (!good && first !== undefined) return `read from a picture as what cannot be: ${first}`;
  const missed = fields.some((field) => !slip.fields[field]);
  if (!good && (missed || fields.length === 0) && reading.legible < 1)
    return `not found in the picture, of which ${percent(reading.legible)} could be read for certain`;
  if (good && fields.length === 0 && reading.legible < LEGIBLE_MIN)
    return `only ${percent(reading.legible)} of the picture could be read for certain`;
  return undefined;
}

const percent = (share: number) => `${Math.floor(share * 100)} %`;

/** The values of these fields as they may stand on the paper: as wanted if that looks alike, or as numbers. */
function otherReadings(
  slip: CapturedSlip,
  fields: readonly string[],
  wanted: Readonly<Record<string, string>>,
): Record<string, string>[] {
  const printed = fields.flatMap((field) => {
    const value = slip.fields[field];
    return value ? [{ field, value }] : [];
  });
  const reread = (read: (value: string, field: string) => string) =>
    Object.fromEntries(printed.map(({ field, value }) => [field, read(value, field)]));
  return [
    reread((value, field) => {
      const target = wanted[field];
      return target !== undefined && looksLike(value, target) ? target : value;
    }),
    reread(asNumber),
    reread(withFilledZeros),
    // An entry letter behind a number, or a currency before an amount, stays what it is.
    reread((value) => value.replace(/\S*\d\S*/gu, asNumber)),
  ];
}
