import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { SlipReader } from '../bench/slip-reader.ts';
import { MASK_ON_THE_DESK, type ReadSlip } from '../bench/slip-reader.ts';
import { readPrintedAmount } from '../books/printed-amount.ts';
import { RigError } from '../model/errors.ts';
import { MASK_POLICY_NAMES } from '../model/mask-policy.ts';
import { CURRENCIES, type Money } from '../model/money.ts';
import { EXIT } from '../model/verdict.ts';
import { judgeSet, type RuleResult } from '../receipts/judge.ts';
import { cvmOnPaper } from '../receipts/on-paper.ts';
import { loadRules } from '../receipts/pack.ts';
import type { Subject } from '../receipts/subject.ts';
import { columns } from './columns.ts';
import type { House } from './house.ts';
import { colors } from './output.ts';

/** What is read at most, bytes. */
const MAX_INPUT = 16 * 1024 * 1024;
const list = (text: string) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
const usage = (message: string, hint: string) => new RigError('USAGE', 'file', message, { hint });

/** Options of the verb, as commander gives them. */
export const Options = z.object({
  labels: z.string().default('').transform(list),
  rules: z.string().default('').transform(list),
  charset: z.string().optional(),
  width: z.string().optional(),
  currency: z.string().default('CNY'),
  locale: z.string().default('zh-CN'),
  mask: z.string().default(MASK_ON_THE_DESK),
  copy: z.enum(['merchant', 'customer']).default('merchant'),
  cards: z.string().optional(),
  json: z.boolean().default(false),
});
export type Options = z.infer<typeof Options>;

/** A slip with the rules that could be asked of it. */
interface Checked extends ReadSlip {
  readonly results: readonly RuleResult[];
}

/**
 * `posrig slip [files…]`: reads captured slips by label sets, and asks the rule packs what can be asked of paper alone.
 * Returns the exit code: 0, 1 when a rule is broken, 2 when a picture could not be
 * read well enough to tell, 5 when no rule could be asked of any slip. Errors: USAGE, FILE_UNREADABLE, FILE_INVALID, FILE_SYNTAX,
 * CODEC_FRAME when nothing is printed by the bytes.
 */
export async function slip(
  files: readonly string[],
  given: Record<string, unknown>,
  house: Pick<House, 'drivers'>,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<number> {
  const options = Options.parse(given);
  const reader = await house.drivers.slipReader?.();
  if (!reader) throw usage('no driver here reads slips', 'Install a package of drivers that knows printers.');
  const contents: Uint8Array[] = [];
  for (const file of files.length > 0 ? files : [undefined]) contents.push(await content(file));
  const checked = await checkSlips(reader, contents, options);
  write(options.json ? asJson(checked, options) : asText(checked));
  const results = checked.flatMap((one) => one.results);
  if (results.some(isBroken)) return EXIT.failed;
  if (results.some(({ doubt }) => doubt !== undefined)) return EXIT.broken;
  return options.rules.length > 0 && results.length === 0 ? EXIT.nothingRan : EXIT.ok;
}

/** Reads all slips of all contents, and judges them, the copies of one transaction together. Errors as of `slip`. */
export async function checkSlips(
  reader: SlipReader,
  contents: readonly Uint8Array[],
  options: Options,
): Promise<Checked[]> {
  const mask = MASK_POLICY_NAMES.find((name) => name === options.mask);
  if (!mask)
    throw usage(`there is no truncation ${options.mask}`, `There are ${MASK_POLICY_NAMES.join(', ')}.`);
  const currency = options.currency.toUpperCase();
  if (!Object.hasOwn(CURRENCIES, currency))
    throw usage(
      `the currency ${options.currency} is not known`,
      'Give its ISO 4217 code, such as CNY or EUR.',
    );
  const width = options.width === undefined ? undefined : Number(options.width);
  const rules = loadRules(options.rules.map((name) => ({ name, from: `${process.cwd()}/x` })));
  const read: ReadSlip[] = [];
  for (const bytes of contents)
    read.push(
      ...(await reader.read(bytes, {
        labels: options.labels,
        ...(options.charset === undefined ? {} : { charset: options.charset }),
        ...(width === undefined ? {} : { width }),
        ...(options.cards === undefined ? {} : { cards: options.cards }),
      })),
    );
  if (read.length === 0) {
    throw new RigError('CODEC_FRAME', 'file', 'nothing is printed by these bytes', {
      hint: 'posrig decode escpos --json shows what they are.',
    });
  }
  const subjects = withOriginals(
    read.map((one): Subject => {
      // Paper that does not say which copy it is is taken for the one that is asked for, if it is of a transaction at all.
      const unmarked =
        one.slip.copy === 'other' && (one.slip.fields['pan'] ?? one.slip.fields['amount']) !== undefined;
      const cvm = cvmOnPaper(one.slip);
      return {
        slip: unmarked ? { ...one.slip, copy: options.copy } : one.slip,
        currency,
        locale: localeOf(options.locale),
        mask,
        torn: false,
        // On the desk a mark says that it is a reprint, and nothing else does.
        reprint: one.slip.duplicate,
        ...(one.kind ? { kind: one.kind } : {}),
        ...entryOf(one),
        ...(cvm ? { cvm } : {}),
      };
    }),
  );
  const results = ofOneTransaction(subjects).flatMap((set) =>
    judgeSet({ subjects: set, order: ON_THE_DESK }, rules),
  );
  return read.map((one, i) => ({
    ...one,
    results: results.filter(({ subject }) => subject === subjects[i]),
  }));
}

/** Reprints with the slip that they repeat, where it lies beside them. */
function withOriginals(subjects: readonly Subject[]): Subject[] {
  const key = ({ slip: { copy, fields } }: Subject) =>
    JSON.stringify([copy, fields['stan'], fields['batch'], fields['rrn']]);
  const originals = new Map(
    subjects.filter(({ reprint }) => !reprint).map((subject) => [key(subject), subject.slip]),
  );
  return subjects.map((subject) => {
    const first = subject.reprint && subject.slip.fields['stan'] ? originals.get(key(subject)) : undefined;
    return first ? { ...subject, first } : subject;
  });
}

/** In the order in which terminals print them. */
const ON_THE_DESK = ['merchant', 'customer', 'settlement', 'other'] as const;

/** The copies of one transaction, by its numbers, whether printed again or not; a slip without any stands for itself. */
function ofOneTransaction(subjects: readonly Subject[]): Subject[][] {
  const sets = new Map<unknown, Subject[]>();
  for (const subject of subjects) {
    const { copy, fields, duplicate } = subject.slip;
    const numbers = [fields['stan'], fields['batch'], fields['rrn']].map((number) => number ?? '');
    const isAlone = copy === 'settlement' || numbers.every((number) => number === '');
    const key = isAlone ? subject : `${numbers.join('/')} ${duplicate}`;
    sets.set(key, [...(sets.get(key) ?? []), subject]);
  }
  return [...sets.values()];
}

/** UnionPay slips print a letter behind the card number: swiped, inserted, contactless, typed by hand, scanned. */
const ENTRY_LETTERS: Readonly<Record<string, NonNullable<Subject['entry']>>> = {
  S: 'swipe',
  I: 'chip',
  C: 'tap',
  Q: 'scan',
  M: 'manual',
};

function entryOf({ slip: { fields } }: ReadSlip): Pick<Subject, 'entry'> {
  const letter = /[\s/([]([SICMQ])[)\]]?$/.exec((fields['pan'] ?? '').trim())?.[1];
  const entry = ENTRY_LETTERS[letter ?? ''] ?? (fields['aid'] ? 'chip' : undefined);
  return entry ? { entry } : {};
}

function localeOf(locale: string): string {
  try {
    if (Intl.NumberFormat.supportedLocalesOf([locale]).length > 0) return locale;
  } catch {
    // What is no locale at all is no more known than one that nobody has.
  }
  throw usage(
    `the locale ${locale} is not known`,
    'Give a language, and a country if it matters: zh-CN, de-DE, en.',
  );
}

async function content(file: string | undefined): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (file !== undefined) {
    const found = await stat(file).catch((cause: unknown) => {
      throw new RigError('FILE_UNREADABLE', 'file', `${file} cannot be read`, { cause, at: file });
    });
    if (!found.isFile() || found.size > MAX_INPUT)
      throw new RigError('FILE_UNREADABLE', 'file', `${file} is no file of at most ${MAX_INPUT} bytes`, {
        at: file,
      });
    return readFile(file);
  }
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_INPUT)
      throw usage(`standard input has more than ${MAX_INPUT} bytes`, 'Give a smaller capture.');
  }
  return Buffer.concat(chunks);
}

/** What a picture leaves in doubt is neither kept nor broken. */
const isBroken = ({ good, doubt }: RuleResult) => !good && doubt === undefined;

const visible = (text: string) => text.replace(/[\p{Cc}\p{Cf}]/gu, '·').slice(0, 200);

/** Lines of the masked slip that a result is about. */
const placeOf = ({ shown }: ReadSlip, { lines }: RuleResult) =>
  lines.slice(0, 6).flatMap((i) => shown.lines[i] ?? []);

/** What a check saw, unless the paper shows card data in clear: then only the masked place may be told. */
const observedOf = ({ shown, slip: { fields } }: ReadSlip, result: RuleResult): string =>
  Object.entries(fields).reduce((text, [name, value]) => {
    const masked = shown.fields[name];
    return masked === undefined || masked === value || value === '' ? text : text.replaceAll(value, masked);
  }, result.observed);

function asText(checked: readonly Checked[]): string {
  return checked.map((one, i) => `${i > 0 ? '\n' : ''}${slipInWords(one)}`).join('');
}

function slipInWords(one: Checked): string {
  const { slip, kind, shown, results } = one;
  const head = [
    slip.copy === 'other' ? 'a slip of no known copy' : `${slip.copy} copy`,
    ...(kind ? [kind] : []),
    ...(slip.duplicate ? ['marked as a reprint'] : []),
  ];
  const rows = Object.entries(shown.fields).map(([name, value]) => [
    `  ${name}`,
    visible(value) || '(no value)',
  ]);
  const lines = [head.join(', '), rows.length > 0 ? columns(rows) : '  no field of these label sets'];
  if (slip.forbidden.length > 0)
    lines.push(colors.red(`  in clear on the paper: ${slip.forbidden.join(', ')}`));
  for (const result of results.filter((one) => isBroken(one) || one.doubt !== undefined)) {
    const word = result.doubt === undefined ? colors.red('broken') : colors.yellow('inconclusive');
    lines.push(
      `  ${word} ${result.rule.id}: ${result.rule.title.en} (${result.rule.source})`,
      `         expected ${result.expected}`,
      `         observed ${visible(observedOf(one, result))}`,
      ...(result.doubt === undefined ? [] : [`         ${visible(result.doubt)}`]),
      ...placeOf(one, result).map((line) => `         > ${visible(line)}`),
    );
  }
  const kept = results.filter(({ good, doubt }) => good && doubt === undefined).length;
  if (results.length > 0) lines.push(`  ${kept} of ${results.length} rules kept`);
  return `${lines.join('\n')}\n`;
}

const AMOUNTS = ['amount', 'tip', 'total', 'sales-total', 'credit-total', 'net-total'];

function moneyOf({ slip: { fields } }: Checked, { currency, locale }: Options): Record<string, Money> {
  const found: Record<string, Money> = {};
  for (const name of AMOUNTS) {
    const read = readPrintedAmount(fields[name] ?? '', currency.toUpperCase(), locale);
    if (read.ok) found[name] = read.money;
  }
  return found;
}

function asJson(checked: readonly Checked[], options: Options): string {
  const slips = checked.map((one) => ({
    copy: one.slip.copy,
    duplicate: one.slip.duplicate,
    kind: one.kind ?? null,
    fields: one.shown.fields,
    /** Amounts in minor units, as far as they can be read without guessing. */
    money: moneyOf(one, options),
    fieldLines: one.slip.fieldLines ?? {},
    lines: one.shown.lines,
    forbidden: one.slip.forbidden,
    rules: one.results.map((result) => ({
      id: result.rule.id,
      good: result.good,
      /** Why a picture decides nothing here. */
      ...(result.doubt === undefined ? {} : { doubt: result.doubt }),
      expected: result.expected,
      observed: observedOf(one, result),
      lines: result.lines,
      title: result.rule.title,
      source: result.rule.source,
    })),
  }));
  return `${JSON.stringify({ slips }, null, 2)}\n`;
}
