import { z } from 'zod';
import { MESSAGE_KINDS } from '../model/message.ts';

/**
 * F39: two characters, three in dialects of ISO 8583:1993; in a file quoted or not (`61`, and `"00"`, which YAML would
 * else take for a number).
 */
export const ResponseCode = z
  .union([z.int(), z.string()])
  .transform(String)
  .pipe(z.string().regex(/^[0-9A-Z]{2,3}$/, { error: 'not a response code' }))
  .describe('two digits or capitals such as "00" or A0');
const Code = ResponseCode;
const Amount = z
  .union([z.number().min(0), z.string().regex(/^\d{1,10}(\.\d{1,3})?$/, { error: 'not an amount' })])
  .describe('an amount in major units of the terminal currency such as 128.50');
const Kind = z.enum(MESSAGE_KINDS);
const Text = z.string().max(60).describe('sent in F63, to be printed and shown');
/** One value or several. */
const oneOrMore = <T extends z.ZodType>(value: T) => z.union([value, z.array(value).min(1)]);

/** Ways in which a card number reaches the host, from F22 (and 60.5 for a fallback). */
export const HOST_ENTRY_MODES = ['manual', 'swipe', 'fallback', 'chip', 'tap', 'qr'] as const;
export type HostEntryMode = (typeof HOST_ENTRY_MODES)[number];

/** What can be found of an application cryptogram; `unchecked`: no key, card or cryptogram version that is known here. */
export const CRYPTOGRAM_CHECKS = ['ok', 'wrong', 'malformed', 'absent', 'unchecked'] as const;
export type CryptogramCheck = (typeof CRYPTOGRAM_CHECKS)[number];

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'not a time of day such as "22:00"' });
const COUNTED = {
  per: z.enum(['card', 'terminal', 'merchant']),
  in: z.enum(['day', 'month']).default('day'),
};

/** Conditions of a rule. All that are stated must hold; a rule without any holds for everything that asks for money. */
const When = z.strictObject({
  kind: oneOrMore(Kind)
    .optional()
    .describe('without it: everything that asks for money; advices and all else must be named'),
  region: oneOrMore(z.string())
    .optional()
    .describe('regions by id, or `home` and `away`: where the terminal is registered, or anywhere else'),
  terminal: oneOrMore(z.string()).optional(),
  merchant: oneOrMore(z.string()).optional(),
  card: oneOrMore(z.string()).optional().describe('cards by id'),
  scheme: oneOrMore(z.string()).optional().describe('card schemes such as CUP'),
  entry: oneOrMore(z.enum(HOST_ENTRY_MODES)).optional(),
  pin: z.enum(['entered', 'none']).optional(),
  cryptogram: oneOrMore(z.enum(CRYPTOGRAM_CHECKS))
    .optional()
    .describe('what the issuer finds of the cryptogram of the chip (ARQC or TC)'),
  currency: oneOrMore(z.string().length(3)).optional(),
  amount: z
    .strictObject({
      over: Amount.optional(),
      'at-least': Amount.optional(),
      below: Amount.optional(),
      ending: z
        .string()
        .regex(/^\d{1,3}$/)
        .optional()
        .describe('last digits of the amount in minor units: "51" is met by 10.51'),
    })
    .optional(),
  time: z
    .strictObject({ from: TimeOfDay, to: TimeOfDay })
    .optional()
    .describe('time of day at the host, `to` not included; may span midnight'),
  count: z
    .strictObject({ ...COUNTED, over: z.int().min(0) })
    .optional()
    .describe('it would be more than so many approved payments, this one included'),
  total: z
    .strictObject({ ...COUNTED, over: Amount })
    .optional()
    .describe('approved payments and this one would sum up to more'),
});

const Answer = z
  .strictObject({
    code: Code.optional().describe('"00" approves whatever later rules say; any other declines'),
    text: Text.optional(),
    amount: Amount.optional().describe('approve this amount instead of the one asked for'),
    requirement: z
      .int()
      .min(0)
      .max(9)
      .optional()
      .describe('processing requirement in the header of the answer: what the terminal is to do next'),
    parameters: z
      .record(z.string().regex(/^\d{2}$/, { error: 'not a tag of two digits' }), z.string().max(99))
      .optional()
      .describe(
        'terminal parameters of a parameter download, in place of those that the acquirer has by these tags',
      ),
    tags: z
      .record(
        z.string().regex(/^[0-9A-F]{2,8}$/, { error: 'not an EMV tag' }),
        z.string().regex(/^([0-9A-F]{2}){1,255}$/, { error: 'not bytes as hex' }),
      )
      .optional()
      .describe('EMV data objects in F55 of the answer to a chip: issuer script 71 or 72, authentication 91'),
  })
  .describe('without a code: adds to whatever is answered');

export const PolicyRule = z.strictObject({
  when: When.default({}),
  skip: z.int().min(0).default(0).describe('let the first so many pass that it fits'),
  times: z.int().min(1).optional().describe('fits at most so often; default: always'),
  answer: Answer,
});
export type PolicyRule = z.infer<typeof PolicyRule>;

/** States of a card at its issuer, each with the code that it is declined with unless the policy says otherwise. */
export const CARD_STATES = {
  active: '00',
  blocked: '62',
  expired: '54',
  lost: '41',
  stolen: '43',
  'pick-up': '04',
  'pin-blocked': '75',
  unknown: '14',
} as const;

const Account = z.strictObject({
  status: z.enum(Object.keys(CARD_STATES) as (keyof typeof CARD_STATES)[]).default('active'),
  code: Code.optional().describe('instead of the usual code of that status'),
  text: Text.optional(),
  balance: Amount.optional().describe('available when the policy comes into force; beyond it 51'),
});
export type Account = z.infer<typeof Account>;

/** What the simulated acquirer can be told to do wrong, and what each does. */
export const MISDEEDS = {
  'wrong-mac': 'the answer carries a wrong MAC',
  mislay: 'answered and booked, but missing from the batch totals',
  'no-answer': 'booked, never answered',
  late: 'answered after `after` (90 s)',
  duplicate: 'the answer is sent twice, `after` (nothing) apart',
  'other-stan': 'the answer carries another STAN, with a right MAC',
  'other-terminal': 'the answer is addressed to another terminal (F41), with a right MAC',
  'other-type': 'the answer has the message type of an answer to another kind of request, with a right MAC',
  'wrong-length': 'the length header announces `bytes` (8) more than there are; may be negative',
  'wrong-bitmap': 'the bitmap announces a field that is not there',
  truncated: 'only the first `bytes` (half) of the answer are sent, then the connection is closed',
  trickle: 'the answer is sent one byte at a time, `after` (5 ms) apart',
  coalesced: 'the answer and one to another STAN behind it arrive in one piece',
  'approval-after-reversal': 'booked, kept back, and sent behind the answer to its reversal',
  'other-amount': 'booked as asked, answered with another `amount` (one unit more)',
  'other-currency': 'booked as asked, answered in another `currency` (USD)',
  'no-rrn': 'the answer has no retrieval reference number',
  close: 'booked; the connection is closed instead of an answer',
  'cut-over': 'the business date changes just before',
  'book-nothing': 'answered as if approved, and nothing is booked: a lie',
  'wrong-arpc': 'the issuer authentication for the chip (ARPC, tag 91) is wrong',
  'book-twice': 'answered once, and booked twice: a lie',
} as const;
export type MisdeedName = keyof typeof MISDEEDS;
const MISDEED_NAMES = Object.keys(MISDEEDS) as [MisdeedName, ...MisdeedName[]];

export const Misdeed = z.strictObject({
  on: z.union([Kind, z.literal('any')]).describe('kind of request'),
  nth: z
    .union([z.int().min(1), z.literal('every')])
    .default(1)
    .describe('which request of that kind, counted from when the policy came into force'),
  do: z.enum(MISDEED_NAMES).describe(
    Object.entries(MISDEEDS)
      .map(([name, what]) => `${name}: ${what}`)
      .join(' · '),
  ),
  after: z.string().optional(),
  bytes: z.int().min(-4096).max(4096).optional(),
  amount: Amount.optional(),
  currency: z.string().length(3).optional(),
});
export type Misdeed = z.infer<typeof Misdeed>;

/**
 * What the simulated acquirer answers, as data. A scenario states it under `given.acquirer`, a lab in policy files;
 * without it everything that is in order is approved. Asked in this order: accounts, roaming, limits, rules. Reversals
 * are never turned away unless a rule names them.
 */
export const HostPolicy = z.strictObject({
  use: oneOrMore(z.string())
    .optional()
    .describe('policies to start from: names of shipped ones, or files relative to this one'),
  about: z.strictObject({ en: z.string(), zh: z.string() }).optional().describe('what it is for'),
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
    .describe('approved payments of this terminal per business date'),
  'approve-amount': Amount.optional().describe(
    'approve this amount instead of the amount asked for (partial approval)',
  ),
  accounts: z.record(z.string(), Account).optional().describe('cards at their issuer, by card id'),
  'pin-tries': z
    .int()
    .min(1)
    .max(9)
    .optional()
    .describe('wrong PINs in a row after which the card answers 75'),
  'wrong-cryptogram': Code.optional().describe(
    'answer to a chip whose cryptogram is not that of its card; default 63 or what the table has for it; "00" leaves it to the rules',
  ),
  rules: z
    .array(PolicyRule)
    .optional()
    .describe('the first rule that fits and has a code decides; rules without a code add to the answer'),
  requirement: z.int().min(0).max(9).optional().describe('processing requirement in every answer'),
  'renew-keys': z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      'so many sign-ons from now on bring new working keys; the next one those of the key file again',
    ),
  misbehave: z.array(Misdeed).default([]),
});
export type HostPolicy = z.infer<typeof HostPolicy>;
