import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { loadData, resolvePath } from '../bench/load.ts';
import { nearestWord, valueOrThrow } from '../bench/load-issue.ts';
import { ENTRY_MODES } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import { MASK_POLICY_NAMES, type MaskPolicyName } from '../model/mask-policy.ts';
import { MESSAGE_KINDS } from '../model/message.ts';
import { packaged } from '../model/package-root.ts';
import { COPIES } from '../model/receipt.ts';
import { parseDuration } from '../model/time.ts';

/**
 * A receipt rule pack: what a scheme, a law or an acquirer asks of every slip, as a file. Packs are found by the name of
 * a shipped one or by path, from a terminal profile (`receipt: rules`) and from a scenario (`receipt-rules`).
 */

const Titles = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });
const Field = z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not a field name' });
const Fields = z.array(Field).min(1);
const Pattern = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => isPattern(text), { error: 'not a regular expression' });
const Duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  error: 'expected a duration such as "5 min"',
});

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text, 'iu'));
  } catch {
    return false;
  }
}

/** Where a rule applies; what is left out does not matter. A condition that cannot be known makes the rule not applicable. */
const When = z.strictObject({
  copy: z
    .array(z.enum(COPIES))
    .min(1)
    .optional()
    .describe('copies that the rule is about; else both of a transaction'),
  kind: z.array(z.enum(MESSAGE_KINDS)).min(1).optional().describe('transactions that it is about'),
  'not-kind': z.array(z.enum(MESSAGE_KINDS)).min(1).optional(),
  entry: z
    .array(z.enum([...ENTRY_MODES, 'manual']))
    .min(1)
    .optional()
    .describe('how the card was read, as the host was told'),
  cvm: z
    .enum(['pin', 'signature', 'pad'])
    .optional()
    .describe('how the cardholder was verified: by PIN, by signing the paper, or by signing on the pad'),
});

const CHECKS = {
  printed: Fields.describe('these fields are printed with a value'),
  absent: Fields.describe('these fields are not printed'),
  'absent-or-masked': Fields.describe('these fields are not printed, or all their digits are hidden'),
  masked: z
    .union([z.enum(MASK_POLICY_NAMES), z.literal('profile')])
    .describe(
      'how much of the card number may be legible; profile: what the terminal profile says for that copy',
    ),
  form: z.record(Field, Pattern).describe('where the field is printed, its value has this form'),
  line: z.array(Pattern).min(1).describe('a line fits one of these patterns'),
  'no-line': z.array(Pattern).min(1).describe('no line fits any of these patterns'),
  forbidden: z.array(z.string()).min(1).describe('this card data stands nowhere on the paper'),
  'matches-host': Fields.describe('printed, and equal to what the host has, where the host has it'),
  'matches-till': Fields.describe('where the till was told it (amount, stan), printed and equal to that'),
  'matches-card': Fields.describe('where printed, equal to what stands on the card'),
  'names-original': z
    .literal(true)
    .describe("the number of the original transaction is printed, and is the original's where that is known"),
  'one-amount': z
    .literal(true)
    .describe('all amounts of the transaction on the slip are equal, or what they differ by is printed'),
  positive: Fields.describe('where printed, these amounts are not below zero'),
  'readable-amount': Fields.describe(
    'where printed, these are amounts as the locale writes them, with the decimals of their currency',
  ),
  'possible-date': Fields.describe('where printed, these dates and times exist'),
  'host-time': Duration.describe("date and time are the host's, within this tolerance"),
  legible: z.literal(true).describe('no character is broken or unknown'),
  'adds-up': z.literal(true).describe('net total = sales total less credit total'),
  approved: z.literal(true).describe('the host has approved what the slip shows as done'),
  'marked-duplicate': z.literal(true).describe('a reprint is marked as one, and nothing else is'),
  'same-as-original': z
    .array(Field)
    .describe('a reprint says the same as the original, but for its mark and these fields'),
  'one-of-each': z
    .literal(true)
    .describe('each copy of a transaction is printed once, in the order of the profile'),
  'together-masked': z
    .union([z.enum(MASK_POLICY_NAMES), z.literal('profile')])
    .describe('all copies of a transaction together show no more of the card number'),
  height: z
    .record(Field, z.int().min(1).max(8))
    .describe('the value is printed at least so many times as high'),
  bold: Fields.describe('where printed, the values are bold'),
  code: z
    .strictObject({
      symbology: z.string().min(1).max(20).optional().describe('qr, pdf417, code128, ean13 …; else any'),
      matches: Pattern,
    })
    .describe('a bar or QR code is printed whose content has this form'),
} as const;
type CheckShape = { [K in keyof typeof CHECKS]: z.ZodOptional<(typeof CHECKS)[K]> };

const Check = z
  .strictObject(
    Object.fromEntries(
      Object.entries(CHECKS).map(([name, schema]) => [name, schema.optional()]),
    ) as unknown as CheckShape,
  )
  .refine((check) => Object.values(check).filter((value) => value !== undefined).length === 1, {
    error: 'a rule checks exactly one thing',
  });
export type Check = z.infer<typeof Check>;
export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];
/** What each check asks, for people. */
export const CHECK_WORDS = Object.fromEntries(
  Object.entries(CHECKS).map(([name, schema]) => [name, schema.description ?? '']),
) as Readonly<Record<CheckName, string>>;

export const Rule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, { error: 'not a rule id' })
    .describe('stable; stands in every verdict behind the id of the pack'),
  title: Titles.describe('what the rule asks, as a sentence'),
  source: z.string().min(1).describe('where it is written'),
  when: When.default({}),
  check: Check,
});
export type Rule = z.infer<typeof Rule>;

export const RulePack = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not a pack id' }),
  title: Titles,
  rules: z.array(Rule).min(1).max(500),
});
export type RulePack = z.infer<typeof RulePack>;

/** A rule with the pack it stands in; `id` is `pack/rule`. */
export interface PackedRule extends Omit<Rule, 'id'> {
  readonly id: string;
}

const FOLDER = 'rig/receipts/packs';

/** Names of the packs that ship. */
export const shippedPacks = (): string[] =>
  readdirSync(packaged(FOLDER))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();

/** Where a pack lies: a bare word is a shipped one, else a path relative to the file `from` that names it. */
export function packPath(reference: string, from = join(process.cwd(), 'x')): string {
  const bare = /^[a-z][a-z0-9-]*$/.test(reference);
  return bare ? packaged(`${FOLDER}/${reference}.yaml`) : resolvePath(reference, from);
}

/** One pack. Throws FILE_INVALID (with the nearest name) or FILE_SYNTAX. */
export function loadPack(reference: string, from?: string): RulePack {
  const path = packPath(reference, from);
  if (!existsSync(path)) {
    const nearest = nearestWord(reference, shippedPacks());
    throw new RigError('FILE_INVALID', 'file', `there is no receipt rule pack "${reference}"`, {
      hint: nearest ? `Did you mean ${nearest}?` : `Name a file, or one of: ${shippedPacks().join(', ')}.`,
    });
  }
  return valueOrThrow(loadData(path, RulePack)).value;
}

/** The rules of several packs in order; a pack named twice counts once. Errors as of `loadPack`. */
export function loadRules(
  references: readonly { readonly name: string; readonly from: string }[],
): readonly PackedRule[] {
  const packs = new Map(references.map(({ name, from }) => [packPath(name, from), { name, from }]));
  return [...packs.values()].flatMap(({ name, from }) => {
    const pack = loadPack(name, from);
    return pack.rules.map((rule) => ({ ...rule, id: `${pack.id}/${rule.id}` }));
  });
}

/** The policy of a `masked` rule: its own, or that of the profile for the copy. */
export const policyFor = (asked: MaskPolicyName | 'profile', ofProfile: MaskPolicyName): MaskPolicyName =>
  asked === 'profile' ? ofProfile : asked;
