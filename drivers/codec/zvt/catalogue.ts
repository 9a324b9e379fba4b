import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';

/**
 * What ZVT calls things: commands, bitmaps, TLV tags, result codes and states, in three languages. All of it is data beside
 * this file (facts of PA00P015 and PA00P016 and of recorded traffic).
 */
export const LANGUAGES = ['en', 'de', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Names = Readonly<Record<Language, string>>;

const Names = z.strictObject({ en: z.string(), de: z.string(), zh: z.string() });
const Byte = z.string().regex(/^[0-9A-F]{2}$/);

/** How a value is written and what it says. */
export const VALUE_KINDS = [
  ...[
    'hex',
    'byte',
    'number',
    'bcd',
    'amount',
    'time',
    'date',
    'expiry',
    'currency',
    'text',
    'tlv',
    'totals',
  ],
  ...['pan', 'track', 'secret', 'result', 'status', 'command', 'charset', 'receipt-info'],
  ...['receipt-type', 'technology', 'authentication', 'card-type', 'language'],
] as const;
const Kind = z.enum(VALUE_KINDS as unknown as readonly [string, ...string[]]).default('hex');

const Command = Names.extend({
  from: z.enum(['till', 'terminal', 'either']),
  head: z.array(z.string().regex(/^[a-z-]+ (?:\d+|lll|rest)\??$/)).default([]),
  body: z.enum(['bmps', 'none']).default('bmps'),
});
const Bmp = Names.extend({
  length: z.union([z.number().int().min(1).max(15), z.enum(['ll', 'lll', 'tlv'])]),
  value: Kind,
});
const Tag = Names.extend({ value: Kind });

const FILES = {
  commands: z.strictObject({
    version: z.literal(1),
    commands: z.record(z.string().regex(/^[0-9A-F]{4}$/), Command),
  }),
  bmps: z.strictObject({ version: z.literal(1), bmps: z.record(Byte, Bmp) }),
  tags: z.strictObject({
    version: z.literal(1),
    tags: z.record(z.string().regex(/^(?:[0-9A-F]{2})+$/), Tag),
    charsets: z.record(Byte, z.string()),
    values: z.record(z.string(), z.record(Byte, Names)),
    heads: z.record(z.string(), Tag),
  }),
  'result-codes': z.strictObject({ version: z.literal(1), codes: z.record(Byte, Names) }),
  'status-codes': z.strictObject({
    version: z.literal(1),
    'remove-card': Names,
    codes: z.record(Byte, Names),
  }),
} as const;

export type CommandEntry = z.infer<typeof Command>;
export type BmpEntry = z.infer<typeof Bmp>;
export type TagEntry = z.infer<typeof Tag>;

type Files = { readonly [name in keyof typeof FILES]: z.infer<(typeof FILES)[name]> };

let files: Files | undefined;

/** Reads the catalogue once. Throws FILE_INVALID when a file of it is damaged. */
function load(): Files {
  files ??= Object.fromEntries(
    Object.entries(FILES).map(([name, schema]) => [name, readFile(name, schema)]),
  ) as unknown as Files;
  return files;
}

function readFile(name: string, schema: z.ZodType): unknown {
  const path = packaged(`drivers/codec/zvt/${name}.yaml`);
  const read = schema.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  throw new RigError('FILE_INVALID', 'file', `${path} is damaged: ${z.prettifyError(read.error)}`);
}

/** A command by its control field, four hex digits. */
export const commandOf = (control: string): CommandEntry | undefined => load().commands.commands[control];

/** The answers 80 00 and 84 xx, and every command of the catalogue. */
export function isControlField(cla: number, ins: number): boolean {
  if (cla === 0x80) return ins === 0;
  return cla === 0x84 || commandOf(hexByte(cla) + hexByte(ins)) !== undefined;
}

export const bmpOf = (id: string): BmpEntry | undefined => load().bmps.bmps[id];
export const tagOf = (tag: string): TagEntry | undefined => load().tags.tags[tag];
export const headOf = (name: string): TagEntry | undefined => load().tags.heads[name];

/** ISO name of a character set by its code in tag 14. */
export const charsetOf = (code: number): string | undefined => load().tags.charsets[hexByte(code)];

/** What a result code says; 01 to 99 are the authorisation system's own, `unknown code` is one that is not listed. */
export function resultName(code: number): Names {
  const named = load()['result-codes'].codes[hexByte(code)];
  if (named) return named;
  if (code < 1 || code > 99) return UNKNOWN;
  const own = String(code).padStart(2, '0');
  return {
    en: `declined by the authorisation system, its code ${own}`,
    de: `vom Autorisierungssystem abgelehnt, dessen Code ${own}`,
    zh: `授权系统拒绝，其代码 ${own}`,
  };
}

/** What a state says; states of 40 and more also ask for the card to be taken out. */
export function statusName(code: number): Names {
  const { codes, 'remove-card': remove } = load()['status-codes'];
  const own = codes[hexByte(code)];
  if (own) return own;
  const base = code >= 0x40 && code < 0x6a ? codes[hexByte(code - 0x40)] : undefined;
  if (!base) return UNKNOWN;
  return { en: `${base.en}; ${remove.en}`, de: `${base.de}; ${remove.de}`, zh: `${base.zh}；${remove.zh}` };
}

/** What one byte of a kind means, where the catalogue says so. */
export const valueName = (kind: string, byte: number): Names | undefined =>
  load().tags.values[kind]?.[hexByte(byte)];

const UNKNOWN: Names = { en: 'unknown code', de: 'unbekannter Code', zh: '未知代码' };

/** Two upper case hex digits. */
export const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
