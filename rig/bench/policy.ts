import { z } from 'zod';
import { MESSAGE_KINDS } from '../model/message.ts';

const Code = z
  .string()
  .regex(/^[0-9A-Z]{2}$/)
  .describe('response code, F39');
const Amount = z
  .union([z.number(), z.string()])
  .describe('major units of the terminal currency, e.g. 128.50');

/**
 * What the simulated acquirer answers, as data. A scenario states it under `given.acquirer`; without it everything that
 * is in order is approved.
 */
export const HostPolicy = z.strictObject({
  roaming: z
    .strictObject({
      allowed: z.boolean(),
      code: Code.default('58'),
      text: z.string().max(40).default('').describe('sent in F63, to be printed and shown'),
    })
    .optional()
    .describe('may the terminal be used outside the region it is registered for'),
  'single-limit': z.strictObject({ amount: Amount, code: Code.default('61') }).optional(),
  'daily-count-limit': z
    .strictObject({
      count: z.int().min(0),
      code: Code.default('65'),
      'away-only': z.boolean().default(false),
    })
    .optional()
    .describe('approved sales of this terminal per business date'),
  'approve-amount': Amount.optional().describe(
    'approve this amount instead of the amount asked for (partial approval)',
  ),
  misbehave: z
    .array(
      z.strictObject({
        on: z.enum(MESSAGE_KINDS),
        nth: z.int().min(1).default(1),
        do: z
          .enum(['wrong-mac', 'mislay', 'no-answer', 'late'])
          .describe(
            'wrong-mac: the answer carries a wrong MAC · mislay: answered and booked, but missing from the batch totals · ' +
              'no-answer: booked, never answered · late: answered after `after`',
          ),
        after: z.string().optional(),
      }),
    )
    .default([]),
});
export type HostPolicy = z.infer<typeof HostPolicy>;
