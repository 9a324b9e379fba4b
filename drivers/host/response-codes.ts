import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { Dialect } from '../codec/iso8583/dialect.ts';
import { readFileAs } from './read-file.ts';

const Titles = z.strictObject({ en: z.string(), zh: z.string() });

/** A approved · B try again · C do not try again · D the operator must act · E system fault. */
export const OPERATOR_CLASSES = ['A', 'B', 'C', 'D', 'E'] as const;
export type OperatorClass = (typeof OPERATOR_CLASSES)[number];

const Behaviour = Titles.describe('what the terminal is to do');

/** A table as it stands in a file: only what differs from the one that it extends. */
const ResponseCodeFile = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: Titles.optional(),
  extends: z.string().optional().describe('name of a shipped table, or a file relative to this one'),
  classes: z
    .partialRecord(
      z.enum(OPERATOR_CLASSES),
      z.strictObject({ en: z.string(), zh: z.string(), terminal: Behaviour }),
    )
    .default({})
    .describe('what the classes mean, and what a terminal does on a code that says nothing else'),
  codes: z.record(
    z.string().regex(/^[0-9A-Z]{2,3}$/),
    z
      .strictObject({
        en: z.string(),
        zh: z.string(),
        class: z.enum(OPERATOR_CLASSES),
        terminal: Behaviour.optional().describe('when it differs from that of its class'),
        means: z
          .string()
          .regex(/^[0-9A-Z]{2}$/)
          .optional()
          .describe(
            'the two-character code that the simulator decides with, where this acquirer has another for it',
          ),
      })
      .nullable()
      .describe('nothing (~): the extended table has this code, this acquirer has not'),
  ),
});

/** Meaning of one code, what the operator can do about it, and what the terminal is to do. */
export interface ResponseMeaning {
  readonly en: string;
  readonly zh: string;
  readonly class: OperatorClass;
  readonly terminal: { readonly en: string; readonly zh: string };
  readonly means?: string;
}

/** Response codes (F39) of one acquirer, complete. */
export interface ResponseCodes {
  readonly id: string;
  readonly title: { readonly en: string; readonly zh: string };
  readonly codes: Readonly<Record<string, ResponseMeaning>>;
}

const FOLDER = 'drivers/host/response-codes';

/** Names of the shipped tables. */
export function responseCodeTables(): string[] {
  return readdirSync(packaged(FOLDER))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

function pathOf(name: string, from: string): string {
  if (name.startsWith('posrig:')) return packaged(name.slice('posrig:'.length));
  if (name.endsWith('.yaml')) return resolve(from, name);
  const names = responseCodeTables();
  if (names.includes(name)) return packaged(`${FOLDER}/${name}.yaml`);
  throw new RigError('FILE_INVALID', 'file', `there is no table of response codes "${name}"`, {
    hint: `Known are ${names.join(', ')}; a table of your own is named by its file, which ends in .yaml.`,
  });
}

/**
 * A table by the name of a shipped one, e.g. `unionpay`, or by path, with everything that it extends. Errors as for any
 * file, with its name; FILE_INVALID also for tables that extend each other and for a class that nobody explains.
 */
export function loadResponseCodes(nameOrPath: string): ResponseCodes {
  const chain = chainOf(pathOf(nameOrPath, '.'));
  const classes = Object.assign(
    {},
    ...chain.map(({ file }) => file.classes),
  ) as ResponseCodeFileContent['classes'];
  const codes: Record<string, ResponseMeaning> = {};
  for (const { file, path } of chain) {
    for (const [code, meaning] of Object.entries(file.codes)) {
      if (meaning === null) {
        delete codes[code];
        continue;
      }
      const terminal = meaning.terminal ?? classes[meaning.class]?.terminal;
      if (!terminal) {
        throw new RigError(
          'FILE_INVALID',
          'file',
          `code ${code} has class ${meaning.class}, which nobody explains`,
          {
            at: path,
            hint: 'Say under `classes` what a terminal does on codes of that class.',
          },
        );
      }
      const { en, zh, means } = meaning;
      codes[code] = { en, zh, class: meaning.class, terminal, ...(means !== undefined && { means }) };
    }
  }
  const own = chain.at(-1)?.file;
  const id = own?.id ?? nameOrPath;
  return { id, title: own?.title ?? { en: id, zh: id }, codes };
}

type ResponseCodeFileContent = z.infer<typeof ResponseCodeFile>;
interface Link {
  readonly path: string;
  readonly file: ResponseCodeFileContent;
}

/** The file and all that it extends, the base first. */
function chainOf(path: string, above: readonly string[] = []): Link[] {
  if (above.includes(path)) {
    throw new RigError('FILE_INVALID', 'file', `${path} extends itself: ${[...above, path].join(' → ')}`, {
      at: path,
    });
  }
  const file = readFileAs(path, ResponseCodeFile);
  const base =
    file.extends === undefined ? [] : chainOf(pathOf(file.extends, dirname(path)), [...above, path]);
  return [...base, { path, file }];
}

/** The dialect with this table's meanings in its response code field, for everything that shows messages. */
export function withResponseCodes(dialect: Dialect, { codes }: ResponseCodes): Dialect {
  const field = dialect.fields[dialect.dialogue.code];
  if (!field) return dialect;
  const values = Object.fromEntries(Object.entries(codes).map(([code, { en, zh }]) => [code, { en, zh }]));
  return { ...dialect, fields: { ...dialect.fields, [dialect.dialogue.code]: { ...field, values } } };
}

/**
 * The code of this acquirer's table for one that the simulator decided with: the one that says it `means` it, else the
 * code itself.
 */
export function codeIn({ codes }: ResponseCodes, decided: string): string {
  if (codes[decided]) return decided;
  return Object.keys(codes).find((code) => codes[code]?.means === decided) ?? decided;
}
