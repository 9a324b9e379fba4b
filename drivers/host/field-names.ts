import { isAbsolute } from 'node:path';
import { EMV_TAGS } from '../codec/iso8583/emv-tags.ts';
import { HEAD_NAMES } from '../codec/iso8583/explain.ts';
import { loadDialect } from './dialect.ts';

/**
 * What a dialect calls its fields, parts, values and response codes, and EMV its tags: English to Chinese. The journal holds
 * messages in English; with this in a run's first record its reports can say the same in Chinese, years later and without
 * the dialect. A text that has no other name is left out. Throws as `loadDialect` does.
 */
export function fieldNames(
  options: Readonly<Record<string, unknown>>,
  resolve: (path: string) => string,
): Readonly<Record<string, string>> {
  const named = typeof options['dialect'] === 'string' ? options['dialect'] : 'unionpay-pos';
  const isFile = /[/\\]|\.ya?ml$/.test(named);
  const dialect = loadDialect(isFile && !isAbsolute(named) ? resolve(named) : named);
  const names = new Map<string, string>();
  for (const source of [dialect, HEAD_NAMES, EMV_TAGS]) collect(source, names);
  return Object.fromEntries(names);
}

/** Every text that stands there in both languages; the first of equals counts. */
function collect(value: unknown, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { en, zh } = value as { readonly en?: unknown; readonly zh?: unknown };
  if (typeof en === 'string' && typeof zh === 'string') {
    if (en !== zh && !names.has(en)) names.set(en, zh);
    return;
  }
  for (const inner of Object.values(value)) collect(inner, names);
}
