import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nearestWord } from '../bench/load-issue.ts';
import { RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { FILE_KIND_NAMES, FILE_KINDS, type FileKindName } from '../scenario/kinds.ts';

/** Where the committed schemas lie, for editors; `npm run schema` writes them. */
export const SCHEMA_FOLDER = 'rig/scenario/json-schema';

/**
 * `posrig schema [kind] [--out folder]`: prints the JSON Schema of a kind of file; without a kind, the kinds there are.
 * With `out`, writes the schema of the kind (or of all kinds) as `<kind>.schema.json`. Returns the exit code; throws USAGE
 * for an unknown kind.
 */
export async function schema(kind: string | undefined, options: { readonly out?: string }): Promise<number> {
  if (kind !== undefined && !isKind(kind)) {
    const nearest = nearestWord(kind, FILE_KIND_NAMES);
    throw new RigError('USAGE', 'file', `there is no kind of file "${kind}"`, {
      hint: `${nearest ? `Did you mean ${nearest}? ` : ''}Kinds: ${FILE_KIND_NAMES.join(', ')}.`,
    });
  }
  if (options.out !== undefined) {
    mkdirSync(options.out, { recursive: true });
    for (const name of kind ? [kind] : FILE_KIND_NAMES) {
      const file = join(options.out, `${name}.schema.json`);
      writeFileSync(file, jsonSchema(name));
      process.stdout.write(`${file}\n`);
    }
  } else if (kind) {
    process.stdout.write(jsonSchema(kind));
  } else {
    for (const name of FILE_KIND_NAMES)
      process.stdout.write(`${name.padEnd(10)} ${FILE_KINDS[name].title}\n`);
  }
  return EXIT.ok;
}

const isKind = (text: string): text is FileKindName => (FILE_KIND_NAMES as readonly string[]).includes(text);

/** The JSON Schema (draft 2020-12) of what people write in such a file, as text that ends with a newline. */
export function jsonSchema(kind: FileKindName): string {
  const { schema: source, title } = FILE_KINDS[kind];
  const { $schema, ...rest } = z.toJSONSchema(source, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
