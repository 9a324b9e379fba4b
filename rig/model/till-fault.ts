import { z } from 'zod';
import { parseDuration } from './time.ts';

/** Faults of the cable between till and terminal. They strike while the till has an order: at a byte of it, or at an event. */

const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration' })
  .describe('a duration such as 400 ms or 20 s');

interface TillFaultKind {
  readonly summary: string;
  /** What it lasts, or takes; the others are over as they strike. */
  readonly takes: readonly ('for' | 'until')[];
  readonly example: string;
}

export const TILL_FAULTS = {
  cut: {
    summary:
      'the cable is out: on a serial line nothing passes and all is lost, over TCP it waits for the cable to come back',
    takes: ['for', 'until'],
    example: '{ at: connecting, do: cut, for: 5 s }',
  },
  garbage: {
    summary: 'bytes that mean nothing come in at this point (serial lines only)',
    takes: [],
    example: '{ at: terminal.byte(12), do: garbage }',
  },
  nak: {
    summary: 'a NAK comes in at this point (serial lines only)',
    takes: [],
    example: '{ at: till.byte(3), do: nak }',
  },
  repeat: {
    summary: 'what is being said at this point comes twice',
    takes: [],
    example: '{ at: result, do: repeat }',
  },
  'late-ack': {
    summary:
      'from this point on acknowledgements of this end come so much later (5 s); at an event, of the till',
    takes: ['for'],
    example: '{ at: till.byte(0), do: late-ack, for: 4 s }',
  },
  'baud-mismatch': {
    summary: 'from this point on what this end says arrives as other bytes (serial lines only)',
    takes: ['for', 'until'],
    example: '{ at: terminal.byte(40), do: baud-mismatch, for: 8 s }',
  },
  restart: {
    summary: 'the till is switched off at this point, and on again',
    takes: ['for', 'until'],
    example: '{ at: result, do: restart, for: 20 s }',
  },
} as const satisfies Record<string, TillFaultKind>;
export type TillFaultAction = keyof typeof TILL_FAULTS;
export const TILL_FAULT_ACTIONS = Object.keys(TILL_FAULTS) as [TillFaultAction, ...TillFaultAction[]];
export const tillFaultKind = (name: TillFaultAction): TillFaultKind => TILL_FAULTS[name];

const BYTE = /^(till|terminal)\.byte\((\d{1,6})\)$/;
const PLACE = /^(?:(?:till|terminal)\.byte\(\d{1,6}\)|[a-z][a-z0-9-]{0,59})$/;
/** Until the next step begins: also what holds where nothing is said. */
export const NEXT_STEP = 'next-step';

export const TillFault = z.strictObject({
  at: z
    .string()
    .regex(PLACE, { error: 'not a point of the conversation' })
    .describe(
      'till.byte(n): behind n bytes of what the till says, counted from the order on; terminal.byte(n) likewise · ' +
        'result: the terminal has told how it ended, the till has not acknowledged it yet · ' +
        'an outcome, or a screen of the terminal profile, such as pin or connecting',
    ),
  do: z.enum(TILL_FAULT_ACTIONS).describe(
    Object.entries(TILL_FAULTS)
      .map(([name, { summary }]) => `${name}: ${summary}`)
      .join(' · '),
  ),
  for: Duration.optional().describe(
    'how long, of cut, baud-mismatch and restart; how much later, of late-ack',
  ),
  until: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,59}$/, { error: 'not an event' })
    .optional()
    .describe(
      `what ends it: an outcome, a screen of the terminal profile, or ${NEXT_STEP}; without for and until: ${NEXT_STEP}`,
    ),
});
export type TillFault = z.infer<typeof TillFault>;

/** Where a fault strikes. */
export type TillFaultPoint =
  | { readonly on: 'byte'; readonly end: 'till' | 'terminal'; readonly byte: number }
  | { readonly on: 'result' }
  /** Something that is seen at the terminal. */
  | { readonly on: 'screen'; readonly id: string };

export function pointOf({ at }: Pick<TillFault, 'at'>): TillFaultPoint {
  const byte = BYTE.exec(at);
  if (byte) return { on: 'byte', end: byte[1] === 'till' ? 'till' : 'terminal', byte: Number(byte[2]) };
  return at === 'result' ? { on: 'result' } : { on: 'screen', id: at };
}

/** What a schema cannot say: keys that do not belong to this action. */
export function tillFaultIssues(
  fault: Partial<TillFault>,
): readonly { readonly key: 'at' | 'for' | 'until'; readonly message: string }[] {
  if (fault.do === undefined || !Object.hasOwn(TILL_FAULTS, fault.do)) return [];
  const { takes } = tillFaultKind(fault.do);
  // Bytes come in between bytes: what is seen at the terminal is no place in a stream.
  if (takes.length === 0 && fault.at !== undefined && pointOf({ at: fault.at }).on === 'screen')
    return [{ key: 'at', message: `${fault.do} strikes at a byte, or at result` }];
  const said = (['for', 'until'] as const).filter((key) => fault[key] !== undefined);
  const extra = said.filter((key) => !takes.includes(key));
  if (extra.length > 0) return extra.map((key) => ({ key, message: `${fault.do} takes no ${key}` }));
  return said.length === 2 ? [{ key: 'until', message: 'either for or until, not both' }] : [];
}

/** Evidence that a fault of the till's cable was, or was not, in force. Times are nominal ms of the run's clock. */
export interface TillFaultProof {
  /** What tells it from the proof of a fault in the network. */
  readonly on: 'till';
  /** Unlike that of every other fault of the scenario. */
  readonly id: string;
  readonly fault: TillFault;
  /** `unknown`: it struck when the till had been told all, so that nobody can say what it did. */
  readonly state: 'in-force' | 'not-in-force' | 'unknown';
  readonly askedAt: number;
  readonly armedAt: number;
  /** When an order of the till began over a connection that goes through this cable, with the fault waiting on it. */
  readonly confirmedAt?: number;
  readonly struckAt?: number;
  /** When an end first saw something else than was said, or nothing. */
  readonly firstEffectAt?: number;
  readonly healedAt?: number;
  /** Bytes that did not arrive, or not as they were sent, or late, or twice. */
  readonly touched: number;
  /** In words, for the report. */
  readonly summary: string;
}

/** Whether a fault event is about the till's cable, not about the network. */
export const isTillFault = <Other extends object>(proof: Other | TillFaultProof): proof is TillFaultProof =>
  'on' in proof && proof.on === 'till';
