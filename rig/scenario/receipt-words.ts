import { z } from 'zod';
import { Duration } from './terms.ts';

/**
 * What a scenario can ask of the paper of a step: fields of slips, and the words of `expect: receipt`. The schema, the
 * language reference and the suggestions in errors come from here.
 */

/** Fields of a slip by the names that terminal profiles give them; those in `AMOUNT_FIELDS` hold amounts. */
export const RECEIPT_FIELDS = [
  'merchant-name',
  'merchant-id',
  'terminal-id',
  'operator',
  'issuer',
  'acquirer',
  'pan',
  'type',
  'batch',
  'stan',
  'auth-code',
  'rrn',
  'date-time',
  'amount',
  'original-stan',
  'original-rrn',
  'original-auth-code',
  'instalments',
  'tip',
  'signature',
  'expiry',
  'aid',
  'app-label',
  'cryptogram',
  'tvr',
  'tsi',
  'atc',
  'total',
  'cvm',
  'entry',
  'iad',
  'card-type',
  'sales-count',
  'sales-total',
  'credit-count',
  'credit-total',
  'net-total',
  'result',
  'remarks',
] as const;
export type ReceiptField = (typeof RECEIPT_FIELDS)[number];
export const AMOUNT_FIELDS: ReadonlySet<string> = new Set([
  'amount',
  'tip',
  'total',
  'sales-total',
  'credit-total',
  'net-total',
]);

/** Words that stand for a check instead of a literal value. */
export const FIELD_CHECKS = {
  present: 'the field is printed with some value',
  absent: 'the field is not printed',
  masked: 'at most the first six and last four digits are legible',
  'matches-host': 'the value is the one that the acquirer booked or sent',
  'matches-till': 'the value is the one that the till was told (`amount`, `stan`)',
  'matches-card': 'what is legible is what stands on the card that was used (`pan`)',
  last4: 'at most the last four digits of the card number are legible (`pan`)',
  last5: 'at most the last five (`pan`)',
  first6last4: 'at most the first six and the last four (`pan`)',
  bin8last4: 'at most the first eight and the last four (`pan`)',
} as const;
export type FieldCheckName = keyof typeof FIELD_CHECKS;

const FieldValue = z
  .union([z.number(), z.string().min(1).max(200)])
  .describe(
    `${Object.keys(FIELD_CHECKS).join(', ')}, or the value itself (amounts in major units, such as 20.00)`,
  );
const CopyFields = z
  .partialRecord(z.enum(RECEIPT_FIELDS), FieldValue)
  .describe('what must stand on this copy, field by field; {} asks only for the copy');

const isPattern = (text: string): boolean => {
  const pattern = /^\/(.+)\/$/su.exec(text)?.[1];
  if (pattern === undefined) return true;
  try {
    return Boolean(new RegExp(pattern, 'iu'));
  } catch {
    return false;
  }
};
const CodeContent = z.string().min(1).max(300).refine(isPattern, { error: 'not a regular expression' });
const Lines = z.union([CodeContent, z.array(CodeContent).min(1).max(20)]);
const Style = z.enum(['double-height', 'bold']);

const Dots = z.int().min(0).max(30_000);
const Box = z
  .tuple([Dots, Dots, Dots.min(1), Dots.min(1)])
  .describe('x, y, width and height in dots from the upper left corner of the printable area');
const Budget = z.int().min(0).max(1_000_000).describe('dots that may differ');
const GoldenPath = z
  .string()
  .min(1)
  .regex(/\.png$/i, { error: 'not a PNG file' })
  .describe('a PNG file, relative to the scenario; {profile} stands for the id of the terminal profile');
/** Values that no two transactions have in common. */
export const VOLATILE_FIELDS = [
  'date-time',
  'batch',
  'stan',
  'rrn',
  'auth-code',
  'cryptogram',
  'atc',
  'original-stan',
  'original-rrn',
  'original-auth-code',
] as const satisfies readonly ReceiptField[];
const Golden = z.union([
  GoldenPath,
  z.strictObject({
    golden: GoldenPath,
    mask: z
      .array(z.union([z.enum(RECEIPT_FIELDS), Box]))
      .max(50)
      .optional()
      .describe(
        `values and places that are not compared (default: ${VOLATILE_FIELDS.join(', ')}); what is grey in the file is not either`,
      ),
    budget: Budget.optional().describe('dots that may differ in each line of the paper; default 0'),
    regions: z
      .array(
        z
          .strictObject({
            field: z.enum(RECEIPT_FIELDS).optional().describe('the lines on which this field stands'),
            box: Box.optional(),
            budget: Budget,
          })
          .refine(({ field, box }) => (field === undefined) !== (box === undefined), {
            error: 'expected either field or box',
          }),
      )
      .max(50)
      .optional()
      .describe('places with a budget of their own'),
  }),
]);

/** What can be asked of the paper of a step. */
export const ReceiptWords = z.strictObject({
  merchant: CopyFields.optional(),
  customer: CopyFields.optional(),
  settlement: CopyFields.optional(),
  duplicate: z
    .literal(true)
    .optional()
    .describe('every copy of the step is marked as a reprint, and differs in nothing else from the original'),
  copies: z
    .array(z.enum(['merchant', 'customer', 'settlement']))
    .min(1)
    .max(10)
    .optional()
    .describe('exactly these copies are printed, in this order'),
  within: Duration.optional().describe(
    'longest time from the start of the step to the first byte of the last slip',
  ),
  must: Lines.optional().describe('lines that every copy must have: texts, or /regular expressions/'),
  'must-not': Lines.optional().describe('lines that no copy may have'),
  signature: z
    .enum(['by-cvm', 'present', 'absent'])
    .optional()
    .describe(
      "a line to sign on; by-cvm: on the merchant's copy of whoever signs, on no copy after a PIN or a signature on the pad",
    ),
  original: z
    .literal(true)
    .optional()
    .describe('every copy names the transaction that the step takes back or completes, by a number of it'),
  style: z
    .partialRecord(z.enum(RECEIPT_FIELDS), z.union([Style, z.array(Style).min(1).max(3)]))
    .optional()
    .describe('how the value is printed: double-height, bold'),
  qr: CodeContent.optional().describe(
    'content of a QR code on every copy: the text, or a /regular expression/',
  ),
  barcode: CodeContent.optional().describe('content of a bar code of any kind on every copy, likewise'),
  image: z
    .partialRecord(z.enum(['merchant', 'customer', 'settlement']), Golden)
    .optional()
    .describe('copies that look as they did, dot by dot, in these pictures'),
  forbidden: z
    .literal('none')
    .optional()
    .describe('no full card number, track data or PIN on any paper of the step'),
});

export const Receipt = z
  .union([z.literal('none'), ReceiptWords])
  .describe('none, or what must stand on the copies');
