import { z } from 'zod';
import { ResponseCode } from '../bench/policy.ts';
import { parseDuration } from '../model/time.ts';

/** The small words of the scenario language: amounts, codes, durations and references to steps. */

const DECIMAL = /^\d{1,10}(\.\d{1,3})?$/;
const SIGNED_DECIMAL = /^-?\d{1,10}(\.\d{1,3})?$/;

/**
 * An amount in major units. It stays the text that stands in the file (`128.50`, never the float 128.5) until the run
 * knows the currency and hands it to `parseAmount`.
 */
export const Amount = z
  .union([z.number(), z.string()])
  .transform(String)
  .pipe(z.string().regex(DECIMAL, { error: 'not an amount' }))
  .describe('an amount in major units such as 128.50');

/** An amount that may be negative: money that was given back. */
export const SignedAmount = z
  .union([z.number(), z.string()])
  .transform(String)
  .pipe(z.string().regex(SIGNED_DECIMAL, { error: 'not an amount' }))
  .describe('an amount in major units such as 128.50 or -128.50');

/** F39 of an answer, or the reason of a reversal. */
export const Code = ResponseCode;

/** A duration as written; `compile.ts` turns it into nominal milliseconds. */
export const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration' })
  .describe('a duration such as 400 ms, 20 s, 3 min or 1 h');

/** An id of something that another file defines. */
export const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'not an id' })
  .describe('an id: small letters, digits and hyphens');

/** An earlier step by its number. */
export const StepNumber = z.int().min(1).max(1000).describe('number of a step, counted from 1');

/** English and Chinese title. */
export const Titles = z
  .strictObject({ en: z.string().min(1).max(200), zh: z.string().min(1).max(200) })
  .describe('title in English and Chinese');

/** `mac: ok`: the only thing that a scenario may ask of a check on clear data. */
export const Ok = z.literal('ok');

/** An action without arguments: nothing behind the colon, or `{}`. */
export const Nothing = z.union([z.null(), z.strictObject({})]).describe('nothing');
