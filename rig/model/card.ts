import { z } from 'zod';

/**
 * How a card reaches the terminal; `scan`: as a code that the customer shows to its scanner; `shown-code`: not at all, the
 * terminal shows a code, which the customer's phone reads and pays.
 */
export const ENTRY_MODES = ['chip', 'swipe', 'tap', 'scan', 'shown-code'] as const;
export type EntryMode = (typeof ENTRY_MODES)[number];

const digits = (min: number, max: number) => z.string().regex(new RegExp(`^\\d{${min},${max}}$`));

/**
 * What a customer shows, or reads from the terminal's screen, in place of a payment code: one that cannot be read, or one that
 * is none. `late`: the code is right, and is paid only when the terminal has given it up.
 */
export const CODE_FLAWS = ['damaged', 'foreign', 'late'] as const;
export type CodeFlaw = (typeof CODE_FLAWS)[number];

/** A synthetic test card. Real card numbers must never enter the project or a lab's card file. */
export const TestCard = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.strictObject({ en: z.string(), zh: z.string() }),
  scheme: z.string().describe('card scheme as the acquirer names it, three letters: CUP, VIS, MCC …'),
  pan: digits(12, 19),
  expiry: digits(4, 4).describe('YYMM'),
  sequence: digits(1, 3).default('1'),
  'service-code': digits(3, 3).default('220'),
  pin: digits(4, 12).describe('test PIN; scenarios refer to it by the card id and never write it'),
  entry: z.array(z.enum(ENTRY_MODES)).min(1),
  issuer: z.string().default(''),
  cvn: z
    .union([z.literal(10), z.literal(18)])
    .default(10)
    .describe('cryptogram version of its chip: 10, or 18 with a session key for every transaction'),
});
export type TestCard = z.infer<typeof TestCard>;

export const CardFile = z.strictObject({ version: z.literal(1), cards: z.array(TestCard).min(1) });
export type CardFile = z.infer<typeof CardFile>;

/** Track 2 without sentinels: PAN, separator, expiry, service code, discretionary zeros; at most 37 characters. */
export function track2Of(card: Pick<TestCard, 'pan' | 'expiry' | 'service-code'>): string {
  return `${card.pan}=${card.expiry}${card['service-code']}`.padEnd(Math.min(37, card.pan.length + 17), '0');
}

/** First six and last four digits (PCI DSS 3.4.1), the rest as `*`. Short strings lose everything but the last four. */
export function maskPan(pan: string): string {
  const shown = pan.length > 12 ? 6 : 0;
  return pan.slice(0, shown) + '*'.repeat(Math.max(0, pan.length - shown - 4)) + pan.slice(-4);
}

/** ISO/IEC 7812-1 check digit test. */
export function luhnValid(pan: string): boolean {
  let sum = 0;
  for (let i = 0; i < pan.length; i++) {
    const digit = Number(pan[pan.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
