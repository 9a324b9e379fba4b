import { parseDuration } from '../model/time.ts';

/** Drops keys without a value, so that optional properties are really absent. */
export const defined = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

/** Of a duration that the schema has accepted. */
export const milliseconds = (duration: string): number => parseDuration(duration) ?? 0;

/** One or several, as authors may write it. */
export const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
