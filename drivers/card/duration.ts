import { z } from 'zod';
import { parseDuration } from '../../rig/model/time.ts';

/** Shortest and longest time that a card is held to a field, nominal ms. */
const SHORTEST = 20;
const LONGEST = 30_000;

/** A duration in a bench file, as nominal ms. */
export const Duration = z.string().transform((text, context): number => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= SHORTEST && ms <= LONGEST) return Math.round(ms);
  context.addIssue({ code: 'custom', message: `"${text}" is no duration from 20 ms to 30 s, e.g. "800 ms"` });
  return z.NEVER;
});
