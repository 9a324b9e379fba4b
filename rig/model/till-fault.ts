import { z } from 'zod';
import { parseDuration } from './time.ts';

/** Faults of the cable between till and terminal. They strike at a byte of what one end says while the till has an order. */

const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration' })
  .describe('a duration such as 400 ms or 20 s');

export const TILL_FAULT_ACTIONS = {
  cut: 'the cable is out: on a serial line nothing passes and all is lost, over TCP it waits for the cable to come back',
  garbage: 'bytes that mean nothing come in at this point (serial lines only)',
  nak: 'a NAK comes in at this point (serial lines only)',
  repeat: 'what is being said at this point comes twice',
  'late-ack': 'acknowledgements of this end come so much later',
  'baud-mismatch': 'from this point on what this end says arrives as other bytes (serial lines only)',
  restart: 'the till is switched off at this point, and on again',
} as const;
export type TillFaultAction = keyof typeof TILL_FAULT_ACTIONS;

export const TillFault = z.strictObject({
  at: z
    .string()
    .regex(/^(?:till|terminal)\.byte\(\d{1,6}\)$/, { error: 'not a point of the conversation' })
    .describe(
      'till.byte(n): behind n bytes of what the till says; terminal.byte(n) likewise; counted from the order on',
    ),
  do: z.enum(Object.keys(TILL_FAULT_ACTIONS) as [TillFaultAction, ...TillFaultAction[]]).describe(
    Object.entries(TILL_FAULT_ACTIONS)
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join(' · '),
  ),
  for: Duration.optional().describe(
    'how long: of cut, baud-mismatch and restart, else until the next step begins; how much later: of late-ack (5 s)',
  ),
});
export type TillFault = z.infer<typeof TillFault>;

/** Evidence that a fault of the till's cable was, or was not, in force. Times are nominal ms of the run's clock. */
export interface TillFaultProof {
  readonly fault: TillFault;
  readonly state: 'in-force' | 'not-in-force';
  readonly struckAt?: number;
  readonly healedAt?: number;
  /** Bytes that did not arrive, or not as they were sent. */
  readonly touched: number;
  /** In words, for the report. */
  readonly summary: string;
}
