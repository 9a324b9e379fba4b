import type { z } from 'zod';
import type { DataPath } from './load-yaml.ts';

/**
 * What a Zod schema expects at a path of a document, in words: the valid keys of a mapping, the valid words of a value.
 * Errors and suggestions come from the schema itself, so they can never fall behind it.
 */

type Schema = z.core.$ZodTypes;

const def = (schema: z.core.$ZodType) => (schema as Schema)._zod.def;

/** Takes off what does not change the kind of value: optional, default, pipes (their input counts). Unions fan out. */
export function peel(schema: z.core.$ZodType): Schema[] {
  const d = def(schema);
  switch (d.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return peel(d.innerType);
    case 'pipe':
      return peel(def(d.in).type === 'transform' ? d.out : d.in);
    case 'lazy':
      return peel(d.getter());
    case 'union':
      return d.options.flatMap(peel);
    default:
      return [schema as Schema];
  }
}

/** All schemas that may apply at a path (several after a union). */
function schemasAt(schema: z.core.$ZodType, path: DataPath): z.core.$ZodType[] {
  let current: z.core.$ZodType[] = [schema];
  for (const part of path) {
    current = current.flatMap(peel).flatMap((s): z.core.$ZodType[] => {
      const d = s._zod.def;
      if (d.type === 'object') {
        const property = Object.hasOwn(d.shape, part) ? d.shape[String(part)] : d.catchall;
        return property ? [property] : [];
      }
      if (d.type === 'record') return [d.valueType];
      return d.type === 'array' ? [d.element] : [];
    });
  }
  return current;
}

/** Keys that a mapping at this path may have; empty when any word will do. */
export function keysAt(schema: z.ZodType, path: DataPath): string[] {
  const keys = schemasAt(schema, path)
    .flatMap(peel)
    .flatMap((s) => {
      const d = s._zod.def;
      if (d.type === 'object') return Object.keys(d.shape);
      return d.type === 'record' ? peel(d.keyType).flatMap(wordsOf) : [];
    });
  return [...new Set(keys)];
}

const wordsOf = (schema: Schema): string[] => {
  const d = schema._zod.def;
  if (d.type === 'enum') return Object.values(d.entries).map(String);
  return d.type === 'literal' ? d.values.map(String) : [];
};

/** Words that are valid values at this path; empty when it is not a matter of words. */
export const wordsAt = (schema: z.ZodType, path: DataPath): string[] =>
  schemasAt(schema, path).flatMap(peel).flatMap(wordsOf);

/** True when nothing needs to stand at this path. */
export const isOptionalAt = (schema: z.ZodType, path: DataPath): boolean =>
  schemasAt(schema, path).some((s) => s._zod.optin === 'optional');

/** What may stand at this path, in words. */
export function expectedAt(schema: z.ZodType, path: DataPath): string | undefined {
  const texts = schemasAt(schema, path).map(inWords);
  return [...new Set(texts)].join(' or ') || undefined;
}

function inWords(schema: z.core.$ZodType): string {
  const d = def(schema);
  const described = (schema as z.ZodType).description;
  switch (d.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return inWords(d.innerType);
    case 'lazy':
      return inWords(d.getter());
    case 'pipe':
      return described ?? inWords(def(d.in).type === 'transform' ? d.out : d.in);
    case 'enum':
    case 'literal':
      return wordsOf(schema as Schema)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1');
    case 'union':
      return described ?? [...new Set(d.options.map(inWords))].join(', or ');
    case 'object':
    case 'record':
      return described ?? 'a mapping';
    case 'array':
      return described ?? 'a list';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'nothing';
    case 'number':
      return described ?? numberInWords(schema);
    case 'string':
      return described ?? 'a text';
    default:
      return described ?? d.type;
  }
}

function numberInWords(schema: z.core.$ZodType): string {
  const { isInt, minValue, maxValue } = schema as z.ZodNumber;
  const what = isInt ? 'a whole number' : 'a number';
  const from = minValue !== null && minValue > -1e9 ? ` from ${minValue}` : '';
  const to = maxValue !== null && maxValue < 1e9 ? ` up to ${maxValue}` : '';
  return what + from + to;
}
