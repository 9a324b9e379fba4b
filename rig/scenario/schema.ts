import { z } from 'zod';
import { HostPolicy } from '../bench/policy.ts';
import { OPERATIONS } from '../bench/profile.ts';
import { ENTRY_MODES } from '../model/card.ts';
import { PLANES } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { TillFault } from '../model/till-fault.ts';
import { TILL_WAYS, type TillWay } from '../model/till-ways.ts';
import { ACTIONS, type ActionName, EXPECTATIONS, type ExpectationName } from './registry.ts';
import { Duration, Id, Titles } from './terms.ts';

/**
 * A scenario file as it is written. `compile.ts` turns a valid one into the structures that a run uses (`Scenario`,
 * `Step`, `Expect`).
 */

type ActionShape = { [K in ActionName]: z.ZodOptional<(typeof ACTIONS)[K]['value']> };
const actionShape = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, { value, summary }]) => [name, value.optional().describe(summary)]),
) as unknown as ActionShape;

type ExpectShape = { [K in ExpectationName]: z.ZodOptional<(typeof EXPECTATIONS)[K]['value']> };
const expectShape = Object.fromEntries(
  Object.entries(EXPECTATIONS).map(([name, { value, summary }]) => [
    name,
    value.optional().describe(summary),
  ]),
) as unknown as ExpectShape;

const oneOrMore = <T extends z.ZodType>(item: T, most = 100) =>
  z.union([item, z.array(item).min(1).max(most)]);

/** A fault as one writes it on the command line; `rules.ts` says what is wrong with it. */
const FaultLine = z
  .string()
  .min(1)
  .max(400)
  .describe('a fault in one line, such as cut@response.byte(17) on=sale heal=5s');

export const Interrupt = z.strictObject({
  'power-cut': z
    .strictObject({
      at: z
        .string()
        .min(1)
        .max(100)
        .describe('an outcome, or a screen of the terminal profile, such as waiting'),
      off: Duration,
    })
    .optional()
    .describe('the power goes when the screen or outcome shows, and comes back after a time'),
  cancel: z
    .strictObject({
      at: z.string().min(1).max(100).describe('a screen of the terminal profile, such as pin'),
    })
    .optional()
    .describe(
      'the cancel key is pressed when the screen first shows, in place of what is done there otherwise',
    ),
});

/** A step as written: exactly one action, and what surrounds it. */
export const StepFile = z
  .strictObject({
    ...actionShape,
    fault: oneOrMore(z.union([Fault, FaultLine]), 20)
      .optional()
      .describe('armed before the action starts; may outlive the step; a list: several at once'),
    cable: oneOrMore(TillFault, 20)
      .optional()
      .describe(
        'done to the cable of the till that begins the action; may outlive the step; a list: several',
      ),
    interrupt: Interrupt.optional().describe('done to the terminal in the middle of the action'),
    expect: z.strictObject(expectShape).optional().describe('what must be true of this step'),
  })
  .describe('a step: an action with a colon behind it, such as settle: or sale: { amount: 20.00 }');
export type StepFile = z.infer<typeof StepFile>;

export const ScenarioFile = z.strictObject({
  version: z.literal(1),
  id: z
    .string()
    .regex(/^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d{3,6}$/, { error: 'not a scenario id' })
    .max(48)
    .describe('a scenario id: capitals, a hyphen, at least three digits, such as DROP-003 or ACME-L3-0412'),
  title: Titles,
  proves: z
    .array(z.string())
    .default([])
    .describe(
      'claims that this scenario proves: of scenarios/claims.yaml, or of a claims.yaml beside the scenario or in a folder above',
    ),
  needs: z
    .strictObject({
      entry: oneOrMore(z.enum(ENTRY_MODES)).optional().describe('ways to present a card'),
      operations: oneOrMore(z.enum(OPERATIONS)).optional().describe('operations of the terminal'),
      planes: oneOrMore(z.enum(PLANES)).optional().describe('planes without which it makes no sense'),
      hand: z
        .enum(['keypad', 'till'])
        .optional()
        .describe(
          'what begins operations in a scenario that is about the keys or about the till; else the run chooses',
        ),
      till: oneOrMore(z.enum(Object.keys(TILL_WAYS) as [TillWay, ...TillWay[]]))
        .optional()
        .describe(
          'what the protocol of the till must have: progress on the way, a question for the last payment, one for totals',
        ),
      'simulated-host': z.literal(true).optional().describe('an acquirer that does what the scenario says'),
    })
    .optional()
    .describe(
      'what terminal and bench must offer beyond what the steps need by themselves; else it is skipped',
    ),
  given: z
    .strictObject({
      region: Id.optional().describe('region where the terminal stands at first; else its home'),
      access: Id.optional().describe("access network; else the bench's"),
      card: Id.optional().describe('card of every step that names none'),
      entry: z
        .enum(ENTRY_MODES)
        .optional()
        .describe("how cards are presented; else the terminal's first way"),
      acquirer: HostPolicy.optional().describe('how the simulated acquirer answers'),
    })
    .optional(),
  cases: z
    .array(
      z
        .object({ name: z.union([z.string(), z.number()]).describe('stands in the id: CITY-004[58]') })
        .catchall(z.union([z.string(), z.number(), z.boolean()])),
    )
    .min(1)
    .max(200)
    .optional()
    .describe(
      'one scenario each; a value name in braces after a dollar sign stands for the value, in any text of the file',
    ),
  steps: z.array(StepFile).min(1).max(200),
  'receipt-rules': z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(20)
    .optional()
    .describe('receipt rule packs on top of those of the terminal profile: names of shipped ones, or paths'),
  money: z.literal('balanced').describe('the four books agree at the end'),
  close: z
    .literal('as-is')
    .optional()
    .describe('compare the books as they stand, without what an operator would do first'),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;

/** Words with dots between them; letters, digits and hyphens, as requirement lists number. */
const CLAIM = /^[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)+$/;
/** A claim, or a block of them: `online.*`. */
const CLAIMS = /^[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)*\.(?:[A-Za-z0-9][A-Za-z0-9-]*|\*)$/;

/** The claims that scenarios prove: rows of the traceability matrix. */
export const ClaimFile = z.strictObject({
  version: z.literal(1),
  claims: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(CLAIM, { error: 'not a claim id' })
          .max(64)
          .describe('a block, a dot, and the claim in it, such as online.no-data-loss or acme.R4.1'),
        title: Titles,
      }),
    )
    .min(1),
});
export type ClaimFile = z.infer<typeof ClaimFile>;

/** A plan: a named selection of scenarios. */
export const PlanFile = z.strictObject({
  version: z.literal(1),
  id: Id,
  title: Titles,
  scenarios: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'scenario files, folders or plans, in the order of the run; relative to this file, or posrig:path',
    ),
  requirements: z
    .array(z.string().regex(CLAIMS, { error: 'not a claim' }))
    .min(1)
    .optional()
    .describe('only scenarios that prove one of these claims: ids, or blocks such as online.*'),
  'not-applicable': z
    .array(
      z.strictObject({
        when: z
          .record(z.string(), z.enum(['yes', 'no']))
          .describe("answers of the terminal profile's ics; all of them must be given so"),
        scenarios: z.array(z.string()).min(1).optional().describe('ids; all cases of a scenario at once'),
        requirements: z
          .array(z.string())
          .min(1)
          .optional()
          .describe('scenarios that prove nothing but these claims'),
        because: Titles,
      }),
    )
    .optional()
    .describe('scenarios that do not apply to a terminal that answers so; reports list them with the reason'),
  retry: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe(
      'attempts more at a scenario that was broken or inconclusive; one that failed is never tried again',
    ),
});
export type PlanFile = z.infer<typeof PlanFile>;
