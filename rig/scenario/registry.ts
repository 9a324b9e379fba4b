import { z } from 'zod';
import { type OperationName, OUTCOMES } from '../bench/profile.ts';
import { CODE_FLAWS, ENTRY_MODES } from '../model/card.ts';
import type { PlaneName } from '../model/event.ts';
import { LiveConnections } from '../model/fault.ts';
import { MESSAGE_KINDS, type MessageKind } from '../model/message.ts';
import { Receipt } from './receipt-words.ts';
import { Amount, Code, Duration, Id, Nothing, Ok, SignedAmount, StepNumber } from './terms.ts';

/**
 * The one registry of what a scenario can do and expect. The schema, the JSON Schema, the language reference in
 * `scenarios/README.md`, the checks after the schema and the suggestions in errors all come from these tables.
 */

export interface ActionEntry {
  /** What stands behind the action's name. */
  readonly value: z.ZodType;
  readonly summary: string;
  readonly example: string;
  /** An operation of the terminal (someone enters it and it ends with an outcome), or something done to the bench. */
  readonly operation: boolean;
  /** The message that a successful one sends; what `of` of a later step may point to. */
  readonly message?: MessageKind;
  /** Kinds of steps that `of` may name. */
  readonly of?: readonly string[];
  /** Planes without which it cannot be done. Operations also need a hand; card operations the card plane. */
  readonly planes: readonly PlaneName[];
}

const Card = Id.describe('a card of the card file, by id');
const Entry = z.enum(ENTRY_MODES).describe('how the card is presented');

/** What cardholders do other than enter the PIN of their card. */
export const PIN_WAYS = ['wrong', 'none', 'never', 'slowly'] as const;
export type PinWay = (typeof PIN_WAYS)[number];

const Pin = z
  .enum(PIN_WAYS)
  .describe(
    'wrong: the cardholder enters another PIN than that of the card; none: enters none and signs instead; never: leaves the terminal waiting for it; slowly: thinks for three quarters of a minute before every digit',
  );

export const ACTIONS = {
  'sign-on': {
    value: Nothing,
    summary: 'signs the terminal on: working keys, date and batch come from the acquirer',
    example: 'sign-on:',
    operation: true,
    message: 'sign-on',
    planes: [],
  },
  'sign-off': {
    value: Nothing,
    summary: 'signs the terminal off: nobody can sell with it before the next sign-on',
    example: 'sign-off:',
    operation: true,
    message: 'sign-off',
    planes: [],
  },
  echo: {
    value: Nothing,
    summary: 'tries the line to the acquirer without touching anything',
    example: 'echo:',
    operation: true,
    message: 'echo',
    planes: [],
  },
  download: {
    value: Nothing,
    summary: 'downloads parameters, chip applications and CA keys',
    example: 'download:',
    operation: true,
    message: 'parameters',
    planes: [],
  },
  sale: {
    value: z.strictObject({
      amount: Amount,
      card: Card.optional(),
      entry: Entry.optional(),
      pin: Pin.optional(),
      code: z
        .enum(CODE_FLAWS)
        .optional()
        .describe(
          'what a customer who pays by code shows (scan), or reads from the screen (shown-code), in place of the payment code: damaged: one that cannot be read; foreign: one that is no payment code; late: the right one, paid when the terminal has given it up (shown-code)',
        ),
    }),
    summary: 'sells; card and entry mode are those of `given` unless it says otherwise',
    example: 'sale: { amount: 128.50 }',
    operation: true,
    message: 'sale',
    planes: ['card'],
  },
  void: {
    value: z.strictObject({ of: StepNumber, pin: Pin.optional() }),
    summary: 'voids the sale of an earlier step, with the card of that sale',
    example: 'void: { of: 1 }',
    operation: true,
    message: 'void',
    of: ['sale', 'instalment'],
    planes: ['card'],
  },
  refund: {
    value: z.strictObject({ of: StepNumber, amount: Amount.optional(), pin: Pin.optional() }),
    summary: 'refunds the sale of an earlier step, all of it unless it names an amount',
    example: 'refund: { of: 1, amount: 20.00 }',
    operation: true,
    message: 'refund',
    of: ['sale'],
    planes: ['card'],
  },
  'pre-auth': {
    value: z.strictObject({
      amount: Amount,
      card: Card.optional(),
      entry: Entry.optional(),
      pin: Pin.optional(),
    }),
    summary: 'pre-authorises: the acquirer holds the money and moves none',
    example: 'pre-auth: { amount: 500.00 }',
    operation: true,
    message: 'pre-auth',
    planes: ['card'],
  },
  'pre-auth-void': {
    value: z.strictObject({ of: StepNumber }),
    summary: 'gives the hold of an earlier pre-authorisation back',
    example: 'pre-auth-void: { of: 1 }',
    operation: true,
    message: 'pre-auth-void',
    of: ['pre-auth'],
    planes: ['card'],
  },
  completion: {
    value: z.strictObject({ of: StepNumber, amount: Amount.optional() }),
    summary: 'completes a pre-authorisation online, all of it unless it names an amount',
    example: 'completion: { of: 1, amount: 480.00 }',
    operation: true,
    message: 'completion',
    of: ['pre-auth'],
    planes: ['card'],
  },
  'completion-void': {
    value: z.strictObject({ of: StepNumber }),
    summary: 'voids an online completion; the hold stands again',
    example: 'completion-void: { of: 2 }',
    operation: true,
    message: 'completion-void',
    of: ['completion'],
    planes: ['card'],
  },
  'completion-notice': {
    value: z.strictObject({ of: StepNumber, amount: Amount.optional() }),
    summary: 'completes a pre-authorisation by a notice, which is stored and repeated until it is answered',
    example: 'completion-notice: { of: 1, amount: 480.00 }',
    operation: true,
    message: 'completion-notice',
    of: ['pre-auth'],
    planes: ['card'],
  },
  balance: {
    value: z
      .union([
        z.null(),
        z.strictObject({ card: Card.optional(), entry: Entry.optional(), pin: Pin.optional() }),
      ])
      .describe('nothing, or a card and how it is presented'),
    summary: 'asks for the balance of a card; it is shown and not printed',
    example: 'balance: { card: debit-1 }',
    operation: true,
    message: 'balance',
    planes: ['card'],
  },
  moto: {
    value: z.strictObject({ amount: Amount, card: Card.optional() }),
    summary: 'mail or telephone order: card number and expiry are typed by hand',
    example: 'moto: { amount: 66.00, card: credit-1 }',
    operation: true,
    message: 'moto',
    planes: [],
  },
  instalment: {
    value: z.strictObject({
      amount: Amount,
      instalments: z.int().min(2).max(60).describe('number of instalments'),
      card: Card.optional(),
      entry: Entry.optional(),
    }),
    summary: 'sells, to be paid to the issuer in instalments',
    example: 'instalment: { amount: 1200.00, instalments: 12 }',
    operation: true,
    message: 'instalment',
    planes: ['card'],
  },
  'offline-sale': {
    value: z.strictObject({ amount: Amount, card: Card.optional(), entry: Entry.optional() }),
    summary: 'sells offline: approved by chip and terminal, stored, and told to the acquirer later',
    example: 'offline-sale: { amount: 12.00 }',
    operation: true,
    message: 'offline-sale',
    planes: ['card'],
  },
  adjust: {
    value: z.strictObject({ of: StepNumber, tip: Amount }),
    summary: 'adds a tip to the sale of an earlier step',
    example: 'adjust: { of: 1, tip: 10.00 }',
    operation: true,
    message: 'adjust',
    of: ['sale', 'offline-sale'],
    planes: [],
  },
  settle: {
    value: Nothing,
    summary: 'closes the batch at the acquirer',
    example: 'settle:',
    operation: true,
    message: 'settlement',
    planes: [],
  },
  reprint: {
    value: Nothing,
    summary: 'prints the last slip again',
    example: 'reprint:',
    operation: true,
    planes: [],
  },
  'power-cut': {
    value: z.strictObject({ off: Duration }),
    summary: 'takes the power away from the idle terminal for a time; ends when it is idle again',
    example: 'power-cut: { off: 5 s }',
    operation: false,
    planes: ['power'],
  },
  move: {
    value: z
      .union([
        Id,
        z.strictObject({
          to: Id.optional().describe('a region; default: the same'),
          access: Id.optional().describe('an access network; default: the same'),
          live: LiveConnections.optional(),
        }),
      ])
      .describe('a region, by id; or { to, access, live }'),
    summary:
      'moves the terminal to another region or access network: its path, source address and service change',
    example: 'move: chengdu',
    operation: false,
    planes: ['network'],
  },
  wait: {
    value: z.union([z.literal('next-day'), Duration]).describe('next-day, or a duration such as 20 s'),
    summary: 'lets time pass; `next-day` takes the acquirer past its cut-over',
    example: 'wait: next-day',
    operation: false,
    planes: [],
  },
} as const satisfies Record<string, ActionEntry>;

export type ActionName = keyof typeof ACTIONS;
export const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[];

/** The registry's entry of an action, with everything that only some have. */
export const actionEntry = (name: ActionName | OperationName): ActionEntry => ACTIONS[name];

/** What can be asked of one message at the host. */
export const HostDetails = z.strictObject({
  of: StepNumber.optional().describe('it refers to the transaction of that step, by its STAN'),
  amount: Amount.optional().describe('amount in the request'),
  'approved-amount': Amount.optional().describe('amount that the acquirer booked'),
  code: Code.optional().describe('response code, F39 of the answer'),
  reason: Code.optional().describe('reason of a reversal, F39 of the request'),
  region: Id.optional().describe('region that the request came from'),
  mac: Ok.optional().describe('the MAC of the request is right'),
  pin: Ok.optional().describe('the PIN block of the request holds the PIN of the card'),
  cryptogram: Ok.optional().describe('the cryptogram of the chip is that of its card (ARQC or TC)'),
  track: Ok.optional().describe('the track of the request is encrypted, and is that of the card'),
});
export type HostDetails = z.infer<typeof HostDetails>;

const Kind = z.enum(MESSAGE_KINDS).describe('a kind of message');
/** One item of a `host` list as written: one message kind with details (or `no`), and perhaps `before`. */
export const HostItem = z.strictObject({
  ...(Object.fromEntries(
    MESSAGE_KINDS.map((kind) => [kind, z.union([z.null(), HostDetails]).optional()]),
  ) as Record<MessageKind, z.ZodOptional<z.ZodUnion<[z.ZodNull, typeof HostDetails]>>>),
  no: Kind.optional().describe('no such message reaches the host in this step'),
  before: Kind.optional().describe('and it comes before the first message of this kind in the step'),
});
export type HostItem = z.infer<typeof HostItem>;

export interface ExpectationEntry {
  readonly value: z.ZodType;
  readonly summary: string;
  readonly example: string;
  /** The side that it looks at; a scenario must look at the host and at the terminal. */
  readonly side: 'terminal' | 'host' | 'line' | 'time';
  /** Planes that it observes. A bench without them leaves the expectation unobserved; nothing fails for it. */
  readonly observes: readonly PlaneName[];
  /** Makes sense only for operations of the terminal. */
  readonly operationOnly: boolean;
}

export const STEP_OUTCOMES = [...OUTCOMES, 'interrupted'] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/** What a till may believe of a transaction. */
export const TILL_OUTCOMES = ['approved', 'declined', 'unknown'] as const;

export const EXPECTATIONS = {
  outcome: {
    value: z.enum(STEP_OUTCOMES),
    summary: 'what the operation came to, as the terminal tells it; `interrupted` when an interrupt struck',
    example: 'outcome: approved',
    side: 'terminal',
    observes: ['display'],
    operationOnly: true,
  },
  code: {
    value: Code,
    summary: 'response code that the terminal shows',
    example: 'code: "61"',
    side: 'terminal',
    observes: ['display'],
    operationOnly: true,
  },
  display: {
    value: z.array(z.string().min(1).max(100)).min(1).max(20),
    summary: 'texts that must all have been on the screen during the step',
    example: 'display: ["80.00"]',
    side: 'terminal',
    observes: ['display'],
    operationOnly: false,
  },
  receipt: {
    value: Receipt,
    summary: '`none` (no merchant or customer copy is printed in the step), or the copies and their fields',
    example:
      'receipt: { merchant: { amount: 20.00, pan: masked, auth-code: matches-host }, forbidden: none }',
    side: 'terminal',
    observes: ['printer'],
    operationOnly: false,
  },
  till: {
    value: z
      .union([
        z.enum(TILL_OUTCOMES),
        z.strictObject({
          outcome: z.enum(TILL_OUTCOMES),
          asked: z
            .boolean()
            .optional()
            .describe('whether the till had to ask what became of it, or was told by itself'),
        }),
      ])
      .describe('approved, declined or unknown; or { outcome, asked }'),
    summary: 'what the till was told of the operation, when a till began it',
    example: 'till: { outcome: approved, asked: false }',
    side: 'terminal',
    observes: ['till'],
    operationOnly: true,
  },
  host: {
    value: z
      .union([z.literal('none'), z.array(HostItem).min(1).max(50)])
      .describe('none, or a list of messages'),
    summary: '`none` (nothing reached the host), or messages that the host must have seen in this order',
    example:
      'host: [{ reversal: { of: 1, reason: "98" }, before: sale }, { sale: { amount: 20.00, mac: ok } }]',
    side: 'host',
    observes: ['host'],
    operationOnly: false,
  },
  money: {
    value: z
      .strictObject({
        moved: SignedAmount.optional().describe('money that moved to the merchant, or back'),
        held: SignedAmount.optional().describe('money that came to be held, or ceased to be'),
      })
      .refine(({ moved, held }) => moved !== undefined || held !== undefined, {
        error: 'nothing about money',
      })
      .describe('moved, held or both'),
    summary:
      "what the step changed in the ledger, from the merchant's side: sales count up; voids, refunds and reversals down; what pre-authorisations hold stands apart",
    example: 'money: { moved: 0, held: 500.00 }',
    side: 'host',
    observes: ['host'],
    operationOnly: false,
  },
  traffic: {
    value: z
      .strictObject({
        connections: z.int().min(0).max(1000).optional().describe('connections that the terminal opened'),
        bytes: z.int().min(0).max(100_000_000).optional().describe('bytes of both directions together'),
      })
      .refine(({ connections, bytes }) => connections !== undefined || bytes !== undefined, {
        error: 'nothing about traffic',
      })
      .describe('connections, bytes or both'),
    summary:
      'the most that the step may cost on the line to the acquirer; what is asked for is measured and reported, whatever comes of it',
    example: 'traffic: { connections: 1, bytes: 600 }',
    side: 'line',
    observes: ['network'],
    operationOnly: false,
  },
  within: {
    value: Duration,
    summary: 'longest time from the first key (or act) to the end of the step',
    example: 'within: 20 s',
    side: 'time',
    observes: [],
    operationOnly: false,
  },
} as const satisfies Record<string, ExpectationEntry>;

export type ExpectationName = keyof typeof EXPECTATIONS;
export const EXPECTATION_NAMES = Object.keys(EXPECTATIONS) as ExpectationName[];
