import { parse } from 'csv-parse/sync';
import iconv from 'iconv-lite';
import { z } from 'zod';
import type { LedgerState } from '../../../rig/model/book.ts';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../../rig/model/message.ts';
import { CURRENCIES, currencyByNumeric, type Money, parseAmount } from '../../../rig/model/money.ts';

/** States that an export may name. `approved`: booked, by an export that does not tell what became of it later. */
const EXPORTED_STATES = [
  'approved',
  'posted',
  'held',
  'captured',
  'released',
  'declined',
  'voided',
  'reversed',
  'refused',
] as const satisfies readonly (LedgerState | 'approved')[];

const Column = z.string().min(1).describe('heading of the column');

/** How an acquirer writes its ledger: which column is what, and what its words mean. */
export const ExportMapping = z.strictObject({
  version: z.literal(1),
  encoding: z.enum(['utf-8', 'gb18030', 'utf-16le']).default('utf-8'),
  delimiter: z.string().length(1).default(','),
  'skip-lines': z.int().min(0).max(100).default(0).describe('lines above the headings'),
  columns: z.strictObject({
    stan: Column,
    amount: Column,
    type: Column,
    state: Column,
    rrn: Column.optional(),
    terminal: Column.optional(),
    merchant: Column.optional(),
    batch: Column.optional(),
    'auth-code': Column.optional(),
    currency: Column.optional(),
    date: Column.optional().describe(
      'any form in which month and day are the last four digits: MMDD, YYYY-MM-DD …',
    ),
  }),
  amount: z
    .strictObject({
      unit: z.enum(['major', 'minor']).default('major'),
      currency: z.string().length(3).default('CNY').describe('where no column names one, ISO 4217'),
    })
    .prefault({}),
  types: z.record(z.string(), z.enum(MESSAGE_KINDS)).describe('word in the type column → kind'),
  states: z.record(z.string(), z.enum(EXPORTED_STATES)).describe('word in the state column → state'),
  ignore: z
    .array(z.string())
    .default([])
    .describe('words in the type column whose lines are not about money'),
});
export type ExportMapping = z.infer<typeof ExportMapping>;

/** One line of an export. Empty where the export has no such column or nothing in it. */
export interface ExportRow {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly kind: MessageKind;
  readonly state: (typeof EXPORTED_STATES)[number];
  readonly stan: string;
  readonly rrn: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly batch: string;
  readonly authCode: string;
  readonly date: string;
  readonly amount: Money;
}

/** An export may have this many bytes; it is read whole. */
export const MOST_EXPORT_BYTES = 64 * 1024 * 1024;

/** Reads an export. Throws FILE_INVALID with file and line: a heading or a word that the mapping does not know, an amount that is none. */
export function readExport(content: Uint8Array, mapping: ExportMapping, file: string): readonly ExportRow[] {
  const text = iconv.decode(
    Buffer.from(content.buffer, content.byteOffset, content.length),
    mapping.encoding,
  );
  let records: { readonly record: Record<string, string>; readonly info: { readonly lines: number } }[];
  try {
    records = parse(text, {
      bom: true,
      columns: (headings: string[]) => headings.map((heading) => heading.trim()),
      delimiter: mapping.delimiter,
      from_line: mapping['skip-lines'] + 1,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as typeof records;
  } catch (cause) {
    throw new RigError(
      'FILE_INVALID',
      'file',
      `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
        at: file,
      },
    );
  }
  const first = records[0]?.record;
  const missing = first
    ? Object.values(mapping.columns).filter((column) => column !== undefined && !(column in first))
    : [];
  if (missing.length > 0) {
    throw wrong(
      file,
      mapping['skip-lines'] + 1,
      `there is no column ${missing.map((m) => `"${m}"`).join(', ')}`,
    );
  }
  return records.flatMap(({ record, info }) => rowOf(record, mapping, file, info.lines) ?? []);
}

function rowOf(
  record: Readonly<Record<string, string>>,
  mapping: ExportMapping,
  file: string,
  line: number,
): ExportRow | undefined {
  const { columns } = mapping;
  const at = (name: keyof typeof columns) => {
    const column = columns[name];
    // Spreadsheets keep leading zeros as '000123 or ="000123".
    return (column === undefined ? '' : (record[column] ?? '')).replace(/^'|^="|"$/g, '').trim();
  };
  const type = at('type');
  if (mapping.ignore.includes(type)) return undefined;
  const word = <T>(words: Readonly<Record<string, T>>, text: string, what: string): T => {
    const found = Object.hasOwn(words, text) ? words[text] : undefined;
    if (found !== undefined) return found;
    throw wrong(file, line, `the mapping does not know the ${what} "${text.slice(0, 40)}"`);
  };
  return {
    line,
    kind: word(mapping.types, type, 'type'),
    state: word(mapping.states, at('state'), 'state'),
    stan: at('stan').padStart(6, '0'),
    rrn: at('rrn'),
    terminal: at('terminal'),
    merchant: at('merchant'),
    batch: at('batch') === '' ? '' : at('batch').padStart(6, '0'),
    authCode: at('auth-code'),
    date: at('date')
      .replace(/[T ].*$/, '')
      .replace(/\D/g, '')
      .slice(-4),
    amount: amountOf(at('amount'), at('currency'), mapping, file, line),
  };
}

function amountOf(written: string, named: string, mapping: ExportMapping, file: string, line: number): Money {
  const currency = named === '' ? mapping.amount.currency : (currencyByNumeric(named) ?? named.toUpperCase());
  const text = written.replace(/[,\s¥￥$€]/g, '').replace(/^[-−]/, '');
  if (!Object.hasOwn(CURRENCIES, currency)) throw wrong(file, line, `"${named.slice(0, 20)}" is no currency`);
  if (mapping.amount.unit === 'minor' && /^\d{1,15}$/.test(text)) return { minor: Number(text), currency };
  try {
    if (mapping.amount.unit === 'major') return parseAmount(text, currency);
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
  }
  throw wrong(
    file,
    line,
    `"${written.slice(0, 40)}" is no amount in ${mapping.amount.unit} units of ${currency}`,
  );
}

const wrong = (file: string, line: number, what: string) =>
  new RigError('FILE_INVALID', 'file', `${file}:${line}: ${what}`, {
    at: `${file}:${line}`,
    hint: 'Correct the mapping file; its columns and words are those of the export.',
  });
