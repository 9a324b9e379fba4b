import { z } from 'zod';
import { ENTRY_MODES } from '../model/card.ts';
import { MASK_POLICY_NAMES, STRICTEST_MASK } from '../model/mask-policy.ts';
import { MESSAGE_KINDS } from '../model/message.ts';
import { COPIES } from '../model/receipt.ts';
import { parseDuration } from '../model/time.ts';
import { FieldName, Shape } from './label-set.ts';
import { Strategy } from './strategy.ts';

/** What a transaction came to, as the terminal's screen tells it. */
export const OUTCOMES = [
  'approved',
  'stored',
  'declined',
  'no-answer',
  'no-connection',
  'mac-error',
  'cancelled',
  'refused',
  'done',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const OUTCOME_NOTES =
  'approved · stored (done by the terminal alone; the acquirer is told later) · declined (the host said no) · no-answer (sent, nothing or only a part came back) · no-connection (nothing was sent) · ' +
  'mac-error (an answer that is not authentic) · cancelled (by the person) · refused (the terminal itself will not) · done (finished; nothing to approve)';

const Duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  message: 'expected a duration such as "400 ms" or "20 s"',
});
const Titles = z.strictObject({ en: z.string(), zh: z.string() });
const Pattern = z.string().refine(
  (text) => {
    try {
      return text.length <= 200 && Boolean(new RegExp(text, 'u'));
    } catch {
      return false;
    }
  },
  { message: 'expected a regular expression of at most 200 characters' },
);

const Locale = z.string().refine(
  (text) => {
    try {
      return Intl.NumberFormat.supportedLocalesOf([text]).length > 0;
    } catch {
      return false;
    }
  },
  { message: 'expected a locale such as zh-CN' },
);

const Millimetres = z.number().min(-1000).max(1000);

/** Values of a step that a hand types, digit by digit. */
export const TYPED_VALUES = [
  'amount',
  'tip',
  'instalments',
  'expiry',
  'original-stan',
  'original-rrn',
  'original-date',
  'original-auth-code',
] as const;
export type TypedValue = (typeof TYPED_VALUES)[number];

/** One thing a hand does on a screen. */
const HandAction = z.union([
  z
    .strictObject({
      press: z.string(),
      for: z.enum(ENTRY_MODES).optional().describe('only where the card is presented in this way'),
    })
    .describe('one key'),
  z
    .strictObject({ type: z.enum(TYPED_VALUES) })
    .describe('types a value of the step, digit by digit, and sees each digit appear'),
  z.literal('pin').describe('types the PIN of the card of the step, if it is to be entered; never recorded'),
  z.literal('pan').describe('types the number of the card of the step; as secret as a PIN'),
  z
    .literal('present-card')
    .describe('inserts, swipes or taps the card, as the scenario says; nothing where a code is paid'),
  z.literal('pay-code').describe('reads the code on the screen and has the wallet of the card pay it'),
  z.literal('remove-card'),
]);
export type HandAction = z.infer<typeof HandAction>;

export const OPERATIONS = [
  'sign-on',
  'sign-off',
  'echo',
  'download',
  'sale',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'completion-void',
  'completion-notice',
  'balance',
  'moto',
  'instalment',
  'offline-sale',
  'adjust',
  'settle',
  'reprint',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

const Operation = z.strictObject({
  start: z.array(z.string()).min(1).describe('keys pressed from the idle screen, in order'),
  answers: z
    .record(z.string(), z.array(HandAction))
    .default({})
    .describe(
      'what the hand does on each screen that asks for something; every screen with an outcome ends the operation',
    ),
});

const Screen = z.strictObject({
  match: z
    .array(Pattern)
    .min(1)
    .describe(
      'every pattern must be found in the lines joined by newlines; the first screen that fits is it',
    ),
  status: z
    .array(Pattern)
    .min(1)
    .optional()
    .describe(
      'what the terminal tells its till while it shows this, for benches that see it by that alone (display driver till-status): one pattern found is enough. Lines such as `state 0A insert the card`, `result sale host 05 …`, `status 00 ready`',
    ),
  outcome: z.enum(OUTCOMES).optional().describe(OUTCOME_NOTES),
  lacks: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe(
      'what the bench has to give before the terminal goes on from this screen, such as `paper`: what comes of it is held against the bench, never against the terminal',
    ),
  code: Pattern.optional().describe('its first group is the response code shown'),
});

/** A terminal profile: how one model does things. Never a port or a lab's address. */
export const Profile = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: Titles,
  maker: z.string(),
  model: z.string(),
  capabilities: z.strictObject({
    entry: z.array(z.enum(ENTRY_MODES)).min(1),
    operations: z.array(z.enum(OPERATIONS)).min(1),
  }),
  ics: z
    .record(z.string(), z.enum(['yes', 'no']))
    .optional()
    .describe('answers to the questions of scenarios/questionnaire.yaml; plans exclude scenarios by them'),
  dialect: z.string().describe('host dialect, by name'),
  host: z
    .strictObject({
      'encrypts-tracks': z.boolean().default(false).describe('asks for a track key at sign-on and uses it'),
      'pin-format': z
        .union([z.literal(0), z.literal(1)])
        .default(0)
        .describe('ISO 9564-1 format of PIN blocks: 0 bound to the card number, 1 not'),
    })
    .prefault({})
    .describe('what the model does on the wire where the dialect leaves a choice'),
  display: z.strictObject({
    rows: z.int().min(1),
    columns: z.int().min(1),
    pixels: z
      .strictObject({
        width: z.int().min(64).max(8192),
        height: z.int().min(64).max(8192),
        x: z
          .number()
          .describe('pixel column of the origin of the device frame: the centre of the top left key'),
        y: z.number().describe('pixel row of that origin'),
        scale: z.number().positive().max(100).describe('pixels a millimetre'),
      })
      .optional()
      .describe('a touch screen whose keys are part of its picture: where on it they lie'),
  }),
  keypad: z.strictObject({
    keys: z
      .record(
        z.string(),
        z.strictObject({
          x: Millimetres,
          y: Millimetres,
          w: z.number().positive(),
          h: z.number().positive(),
        }),
      )
      .describe(
        'centre and size in mm in the device frame: origin at the centre of the top left key, x right, y towards the person',
      ),
    digits: z
      .record(z.string().regex(/^\d$/), z.string())
      .optional()
      .describe('digit to key, where a key is not named by its digit'),
    shuffled: z
      .array(z.string())
      .default([])
      .describe(
        'screens on which the digits stand on other keys every time; the bench must be able to see which, by its display plane',
      ),
    'self-test': z
      .strictObject({ from: z.string(), press: z.string(), shows: z.string(), back: z.string() })
      .describe('a harmless key: pressed on screen `from` it shows screen `shows`; `back` returns'),
    home: z
      .array(z.string())
      .min(1)
      .describe(
        'keys that lead back to idle from anywhere harmless, e.g. cancel; pressed one by one until idle shows',
      ),
  }),
  screens: z.record(z.string(), Screen),
  idle: z.array(z.string()).min(1).describe('screens on which the terminal is idle and ready'),
  'signed-off': z.array(z.string()).default([]).describe('idle screens on which it asks to sign on'),
  'pending-reversal': z
    .array(z.string())
    .default([])
    .describe('idle screens that show that a reversal is owed'),
  stored: z
    .array(z.string())
    .default([])
    .describe('idle screens that show that something stored is still to be sent'),
  'card-in': z.array(z.string()).default([]).describe('screens that ask for the card to be taken out'),
  operations: z.partialRecord(z.enum(OPERATIONS), Operation),
  strategy: Strategy.optional().describe(
    'how the terminal is brought back to idle: its states, how each is recognised, what leads out of it',
  ),
  timers: z.strictObject({
    boot: Duration.describe('power on to the first idle screen'),
    reaction: Duration.describe('a key to a change on the screen'),
    entry: Duration.optional().describe(
      'how long a screen waits for a key before the terminal gives up by itself; a press that came later is a miss of the bench',
    ),
    connect: Duration,
    response: Duration.describe('request sent to the verdict that nothing comes'),
    result: Duration.describe('how long a result stays on the screen'),
    print: Duration.describe('approval to the last byte of the last slip'),
    operation: Duration.describe('the longest a whole operation may take, reversals and uploads included'),
  }),
  receipt: z.strictObject({
    charset: z.string().default('gb18030'),
    columns: z.int().min(16).default(32),
    width: z.int().min(128).default(384).describe('printable dots'),
    labels: z
      .array(z.string().min(1))
      .max(20)
      .default([])
      .describe(
        'label sets that add to the labels and marks below: names of shipped ones (unionpay-zh, zh-hant, en, de, fr, ja), or paths',
      ),
    copies: z
      .partialRecord(z.enum(COPIES), z.array(z.string()).min(1))
      .default({})
      .describe('texts that mark a copy'),
    duplicate: z.array(z.string()).default([]).describe('texts that mark a reprint'),
    fields: z
      .record(z.string(), z.array(z.string()).min(1))
      .default({})
      .describe('labels by field name; the value stands behind the label or on the next line'),
    shapes: z.record(FieldName, Shape).default({}).describe('what values look like, by field name'),
    headings: z
      .partialRecord(z.enum(MESSAGE_KINDS), z.array(z.string().min(1)).min(1))
      .default({})
      .describe('what transactions are called, as headings where no label stands'),
    currencies: z
      .array(z.string().min(1))
      .default([])
      .describe('words and signs before an amount that stands without a label'),
    order: z
      .array(z.enum(COPIES))
      .default(['merchant', 'customer'])
      .describe('copies of an approved transaction, in the order printed'),
    mask: z
      .partialRecord(z.enum(COPIES), z.enum(MASK_POLICY_NAMES))
      .default({})
      .describe(
        `how much of the card number may be legible on each copy; ${STRICTEST_MASK} unless said otherwise`,
      ),
    locale: Locale.default('en').describe(
      'whose decimal and thousands signs amounts have, such as zh-CN or de-DE',
    ),
    rules: z
      .array(z.string().min(1))
      .default([])
      .describe('receipt rule packs that every slip is checked by: names of shipped ones, or paths'),
  }),
});
export type Profile = z.infer<typeof Profile>;
