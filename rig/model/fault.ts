import { z } from 'zod';
import { MESSAGE_KINDS } from './message.ts';
import { parseDuration } from './time.ts';

/**
 * The fault language: where on the dialogue, which message, what happens, how it heals. Shared by scenarios, benches
 * and the command line.
 */
export const FaultPoint = z
  .string()
  .regex(/^(connect|(request|response)\.(leaving|arriving|byte\(\d+\)))$/)
  .describe(
    'connect · request.leaving (complete at the relay, not yet handed to the host) · request.byte(n) (exactly n bytes handed on) · ' +
      'response.leaving / response.arriving (complete at the relay, not yet handed to the terminal) · response.byte(n)',
  );

const Duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  message: 'expected a duration such as "400 ms" or "20 s"',
});

export const FAULT_ACTIONS = ['cut', 'refuse', 'delay'] as const;

export const Fault = z.strictObject({
  at: FaultPoint,
  do: z
    .enum(FAULT_ACTIONS)
    .describe(
      'cut: from this point both ends see nothing more, neither bytes nor a close, on this and on new connections, until healed · ' +
        'refuse: new connections are refused · delay: the message is held for `for`',
    ),
  for: Duration.optional().describe('length of a delay'),
  on: z
    .enum(MESSAGE_KINDS)
    .optional()
    .describe('which kind of message; without it, the first financial message'),
  nth: z.int().min(1).default(1).describe('the nth such message since the fault was armed'),
  heal: z
    .union([
      z.literal('next-step'),
      z.literal('never'),
      z.strictObject({ after: Duration }),
      z.strictObject({ on: z.literal('connect') }).describe('the next attempt to connect goes through'),
    ])
    .default('next-step')
    .describe(
      'next-step: when the next step starts · never: stands until the scenario closes its books · after a time · on an event',
    ),
});
export type Fault = z.infer<typeof Fault>;

export type FaultState = 'in-force' | 'not-in-force' | 'unknown';

/** Evidence that a fault was (or was not) in force. Times are nominal ms of the run's clock. */
export interface FaultProof {
  readonly id: string;
  readonly fault: Fault;
  readonly state: FaultState;
  readonly askedAt: number;
  readonly armedAt?: number;
  /** The message that set it off. */
  readonly trigger?: {
    readonly kind: string;
    readonly mti: string;
    readonly stan?: string;
    readonly bytes: number;
    readonly at: number;
  };
  /** How long the triggering message was held before it was let go or swallowed. */
  readonly heldMs?: number;
  /** Bytes handed on and swallowed since the fault struck, per direction. */
  readonly handedOn: { readonly request: number; readonly response: number };
  readonly swallowed: { readonly request: number; readonly response: number };
  readonly refusedConnections: number;
  readonly healedAt?: number;
  /** In words, for the report. */
  readonly summary: string;
}
