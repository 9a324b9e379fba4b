import { z } from 'zod';
import { MESSAGE_KINDS } from '../model/message.ts';

/** F39: two characters; in a file quoted or not (`61`, and `"00"`, which YAML would else take for a number). */
export const ResponseCode = z
  .union([z.int(), z.string()])
  .transform(String)
  .pipe(z.string().regex(/^[0-9A-Z]{2}$/, { error: 'not a response code' }))
  .describe('two digits or capitals such as "00" or A0');
const Code = ResponseCode;
const Amount = z
  .union([z.number().min(0), z.string().regex(/^\d{1,10}(\.\d{1,3})?$/, { error: 'not an amount' })])
  .describe('an amount in major units of the terminal currency such as 128.50');

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
