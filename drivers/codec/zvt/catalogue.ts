import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';

/**
 * What ZVT calls things: commands, bitmaps, TLV tags, result codes and states, in three languages. All of it is data beside
 * this file (facts of PA00P015 revision 13.08, PA00P016 revision 04 and of recorded traffic).
 */
export const LANGUAGES = ['en', 'de', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Names = Readonly<Record<Language, string>>;

const Names = z.strictObject({ en: z.string(), de: z.string(), zh: z.string() });
const Byte = z.string().regex(/^[0-9A-F]{2}$/);

/** How a value is written and what it says; besides these the names of the tables in values.yaml. */
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
  ...['pan', 'track', 'secret', 'result', 'status', 'terminal-status', 'command', 'charset', 'card-type'],
] as const;
const Kind = z
  .string()
  .regex(/^[a-z-]+$/)
  .default('hex');

const Command = Names.extend({
  from: z.enum(['till', 'terminal', 'either']),
  head: z.array(z.string().regex(/^[a-z-]+ (?:\d+|lll|rest|line)\??$/)).default([]),
  body: z.enum(['bmps', 'none']).default('bmps'),
});
const Bmp = Names.extend({
  length: z.union([z.number().int().min(1).max(15), z.enum(['ll', 'lll', 'tlv'])]),
  value: Kind,
});
const Tag = Names.extend({ value: Kind });
const Flag = Names.extend({ byte: z.int().min(0).max(7), mask: z.int().min(1).max(0xff) });

const FILES = {
  commands: z.strictObject({
    version: z.literal(1),
    commands: z.record(z.string().regex(/^[0-9A-F]{4}$/), Command),
  }),
  bmps: z.strictObject({ version: z.literal(1), bmps: z.record(Byte, Bmp) }),
  tags: z.strictObject({
    version: z.literal(1),
    tags: z.record(z.string().regex(/^(?:[0-9A-F]{2})+$/), Tag),
  }),
  values: z.strictObject({
    version: z.literal(1),
    charsets: z.record(Byte, z.string()),
    values: z.record(z.string(), z.record(Byte, Names)),
    flags: z.record(z.string(), z.array(Flag)),
    heads: z.record(z.string(), Tag),
  }),
  'card-types': z.strictObject({
    version: z.literal(1),
    types: z.record(z.string().regex(/^\d+$/), z.string()),
  }),
  'result-codes': z.strictObject({ version: z.literal(1), codes: z.record(Byte, Names) }),
  'terminal-status-codes': z.strictObject({ version: z.literal(1), codes: z.record(Byte, Names) }),
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

const files: { [name in keyof Files]?: Files[name] } = {};

/** One file of the catalogue, read when it is first asked for: a till needs few of them. Throws FILE_INVALID when it is damaged. */
function file<Name extends keyof Files>(name: Name): Files[Name] {
  const known = files[name];
  if (known) return known;
  const read = readFile<Files[Name]>(name, FILES[name] as unknown as z.ZodType<Files[Name]>);
  files[name] = read;
  return read;
}

function readFile<Content>(name: string, schema: z.ZodType<Content>): Content {
  const path = packaged(`drivers/codec/zvt/${name}.yaml`);
  const read = schema.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  throw new RigError('FILE_INVALID', 'file', `${path} is damaged: ${z.prettifyError(read.error)}`);
}

/** A command by its control field, four hex digits. */
export const commandOf = (control: string): CommandEntry | undefined => file('commands').commands[control];

/** The answers 80 00 and 84 xx, and every command of the catalogue. */
export function isControlField(cla: number, ins: number): boolean {
  if (cla === 0x80) return ins === 0;
  return cla === 0x84 || commandOf(hexByte(cla) + hexByte(ins)) !== undefined;
}

/** Classes of commands, that of makers (0F) among them: what no catalogue has is one that a revision, or a maker, has added. */
export function isCommandClass(cla: number): boolean {
  if (cla === 0x0f) return true;
  classes ??= new Set(Object.keys(file('commands').commands).map((control) => control.slice(0, 2)));
  return classes.has(hexByte(cla));
}
let classes: ReadonlySet<string> | undefined;

export const bmpOf = (id: string): BmpEntry | undefined => file('bmps').bmps[id];
export const tagOf = (tag: string): TagEntry | undefined => file('tags').tags[tag];
export const headOf = (name: string): TagEntry | undefined => file('values').heads[name];

/** ISO name of a character set by its code in tag 14. */
export const charsetOf = (code: number): string | undefined => file('values').charsets[hexByte(code)];

/** What a result code says; 01 to 99 are the authorisation system's own, `unknown code` is one that is not listed. */
export function resultName(code: number): Names {
  const named = file('result-codes').codes[hexByte(code)];
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
  const { codes, 'remove-card': remove } = file('status-codes');
  const own = codes[hexByte(code)];
  if (own) return own;
  const base = code >= 0x40 && code < 0x6a ? codes[hexByte(code - 0x40)] : undefined;
  if (!base) return UNKNOWN;
  return { en: `${base.en}; ${remove.en}`, de: `${base.de}; ${remove.de}`, zh: `${base.zh}；${remove.zh}` };
}

/** What the state of a terminal says, as the completion of a status enquiry tells it. */
export const terminalStatusName = (code: number): Names =>
  file('terminal-status-codes').codes[hexByte(code)] ?? UNKNOWN;

/** Product name of a card type, which is the same in every language. */
export const cardTypeName = (type: number): string | undefined => file('card-types').types[String(type)];

/** What a value of a kind means, where the catalogue says so: one byte by its table, flags by all that are set. */
export function valueName(kind: string, value: Uint8Array): Names | undefined {
  const { values, flags } = file('values');
  const [first] = value;
  const one = value.length === 1 && first !== undefined ? values[kind]?.[hexByte(first)] : undefined;
  if (one) return one;
  const set = flags[kind]?.filter(({ byte, mask }) => ((value[byte] ?? 0) & mask) !== 0) ?? [];
  if (set.length === 0) return undefined;
  const joined = (language: Language, comma: string) => set.map((flag) => flag[language]).join(comma);
  return { en: joined('en', ', '), de: joined('de', ', '), zh: joined('zh', '、') };
}

const UNKNOWN: Names = { en: 'unknown code', de: 'unbekannter Code', zh: '未知代码' };

/** Two upper case hex digits. */
export const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
