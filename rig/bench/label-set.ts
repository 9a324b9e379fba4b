import { z } from 'zod';
import { MESSAGE_KINDS, type MessageKind } from '../model/message.ts';
import { COPIES } from '../model/receipt.ts';

/**
 * What a value of a field looks like on paper. A label without a colon is one only if a value of its shape stands behind
 * it or below it; so `TOTAL` in a sentence is no field.
 */
export const VALUE_SHAPES = {
  text: 'anything',
  number: 'one word with a digit in it: numbers of merchants, terminals, batches, vouchers, references',
  code: 'letters and digits of an authorisation',
  amount: 'an amount, with or without its currency',
  count: 'how many',
  totals: 'how many, and the amount: gives `<field>-count` and `<field>-total`',
  pan: 'a card number with hidden digits; an entry letter may follow',
  hex: 'bytes in hex',
  'date-time': 'date and time',
  date: 'a date; with a time elsewhere it gives `date-time`',
  time: 'a time of day',
} as const;
export type ValueShape = keyof typeof VALUE_SHAPES;
const SHAPE_NAMES = Object.keys(VALUE_SHAPES) as [ValueShape, ...ValueShape[]];

export const FieldName = z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not a field name' });
const Words = z.array(z.string().min(1).max(60)).min(1).max(100);
export const Shape = z.enum(SHAPE_NAMES).describe(
  Object.entries(VALUE_SHAPES)
    .map(([name, words]) => `${name}: ${words}`)
    .join(' · '),
);

/** A label set: how the slips of a language or a scheme name things. Profiles name sets, and add labels of their own. */
export const LabelSet = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not an id' }),
  title: z.strictObject({ en: z.string().min(1), zh: z.string().min(1) }),
  labels: z
    .record(FieldName, z.strictObject({ as: Shape.default('text'), words: Words }))
    .describe(
      'wordings by field name; case, blanks between Chinese characters and full-width forms do not matter',
    ),
  'copy-marks': z.partialRecord(z.enum(COPIES), Words).default({}).describe('headings that name a copy'),
  'duplicate-marks': z.array(z.string().min(1)).default([]).describe('headings of a reprint'),
  types: z
    .partialRecord(z.enum(MESSAGE_KINDS), Words)
    .default({})
    .describe('what transactions are called: as the value of `type`, and as headings where no label stands'),
  currencies: z
    .array(z.string().min(1).max(10))
    .default([])
    .describe('words and signs before an amount that stands without a label'),
});
export type LabelSet = z.infer<typeof LabelSet>;

/** The parts of a receipt layout that label sets add to. */
export interface Labels {
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly shapes: Readonly<Record<string, ValueShape>>;
  readonly copies: Readonly<Partial<Record<(typeof COPIES)[number], readonly string[]>>>;
  readonly duplicate: readonly string[];
  readonly headings: Readonly<Partial<Record<MessageKind, readonly string[]>>>;
  readonly currencies: readonly string[];
}

/** Labels of its own and those of sets together; a wording that stands for two fields is that of the first to name it. */
export function withSets<L extends Labels>(own: L, sets: readonly LabelSet[]) {
  const fields: Record<string, string[]> = {};
  const shapes: Record<string, ValueShape> = {};
  const taken = new Map<string, string>();
  const add = (field: string, words: readonly string[], shape: ValueShape | undefined) => {
    const free = words.filter((word) => (taken.get(word.toUpperCase()) ?? field) === field);
    for (const word of free) taken.set(word.toUpperCase(), field);
    fields[field] = union(fields[field] ?? [], free);
    const known = own.shapes[field] ?? shapes[field] ?? shape;
    if (known) shapes[field] = known;
  };
  for (const [field, words] of Object.entries(own.fields)) add(field, words, undefined);
  for (const set of sets)
    for (const [field, { as, words }] of Object.entries(set.labels)) add(field, words, as);
  return {
    ...own,
    fields,
    shapes,
    copies: merged(
      COPIES,
      own.copies,
      sets.map((set) => set['copy-marks']),
    ),
    duplicate: union(own.duplicate, ...sets.map((set) => set['duplicate-marks'])),
    headings: merged(
      MESSAGE_KINDS,
      own.headings,
      sets.map((set) => set.types),
    ),
    currencies: union(own.currencies, ...sets.map((set) => set.currencies)),
  };
}

const union = (first: readonly string[], ...more: (readonly string[])[]): string[] => [
  ...new Set([...first, ...more.flat()]),
];

function merged<K extends string>(
  keys: readonly K[],
  own: Readonly<Partial<Record<K, readonly string[]>>>,
  more: readonly Readonly<Partial<Record<K, readonly string[]>>>[],
): Partial<Record<K, string[]>> {
  const all: Partial<Record<K, string[]>> = {};
  for (const key of keys) {
    const words = union([], own[key] ?? [], ...more.map((one) => one[key] ?? []));
    if (words.length > 0) all[key] = words;
  }
  return all;
}
