import { z } from 'zod';
import { parseDuration } from '../model/time.ts';
import type { TillState } from './planes.ts';
import type { Profile } from './profile.ts';
import type { SeenScreen } from './screens.ts';

/** States of a terminal, in the order in which one leads to the next. */
export const TERMINAL_STATES = ['off', 'booting', 'signed-off', 'idle', 'in-transaction', 'busy'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

const Duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  message: 'expected a duration such as "400 ms" or "20 s"',
});

/** One thing that leads out of a state. */
const Way = z.union([
  z.literal('wait').describe('it goes on by itself'),
  z.literal('remove-card'),
  z.literal('sign-on').describe('the operation sign-on of this profile'),
  z.literal('power-on'),
  z.literal('power-cycle').describe('mains off and on: the last resort'),
  z.strictObject({ press: z.string() }).describe('one key, such as cancel'),
]);
export type Way = z.infer<typeof Way>;

const State = z.strictObject({
  screens: z.array(z.string()).optional().describe('screens that show it; `dark` is a screen without light'),
  till: z
    .enum(['ready', 'busy', 'silent'])
    .optional()
    .describe(
      'what the terminal answers the status enquiry of its till, where the bench has one that can ask',
    ),
  link: z
    .enum(['up', 'down'])
    .optional()
    .describe('whether it is connected to the acquirer, where the bench sees that'),
  within: Duration.optional().describe('how long each way may take to lead into another state'),
  next: z.array(Way).optional().describe('ways to the next state, tried in this order'),
});

/** `strategy` of a profile; what is not said follows from its screens, keys and timers. */
export const Strategy = z.partialRecord(z.enum(TERMINAL_STATES), State);

export interface StateRule {
  readonly screens: readonly string[];
  readonly till: TillState | undefined;
  readonly link: 'up' | 'down' | undefined;
  /** Nominal ms. */
  readonly within: number;
  readonly next: readonly Way[];
}
export type StrategyRules = Readonly<Record<TerminalState, StateRule>>;

const ms = (text: string): number => parseDuration(text) ?? 0;

/**
 * The strategy of a profile, whole. Without a word of its own: a dark screen is switched on, what boots or is busy is waited
 * for, who is signed off signs on, and out of a transaction lead the card taken out, waiting, the keys of the way home, and
 * the mains.
 */
export function strategyOf(profile: Profile): StrategyRules {
  const { timers, receipt, keypad, strategy = {} } = profile;
  const paper = receipt.order.length * ms(timers.print);
  const settling = ms(timers.result) + paper + 2 * ms(timers.reaction);
  const starting = ms(timers.boot) * 1.5 + paper + ms(timers.reaction);
  const home = keypad.home.map((press): Way => ({ press }));
  const known = (id: string) => (id in profile.screens ? [id] : []);
  const plain: StrategyRules = {
    off: { ...NOTHING, screens: ['dark'], within: starting, next: ['power-on', 'power-cycle'] },
    booting: { ...NOTHING, screens: known('booting'), within: starting, next: ['wait', 'power-cycle'] },
    'signed-off': { ...NOTHING, screens: profile['signed-off'], within: settling, next: ['sign-on'] },
    idle: { ...NOTHING, screens: profile.idle },
    'in-transaction': {
      ...NOTHING,
      within: settling,
      next: ['remove-card', 'wait', ...home, 'wait', 'power-cycle'],
    },
    busy: { ...NOTHING, within: ms(timers.operation), next: ['remove-card', 'wait', 'power-cycle'] },
  };
  const merged = (name: TerminalState): StateRule => {
    const own = strategy[name];
    const rule = plain[name];
    return {
      screens: own?.screens ?? rule.screens,
      till: own?.till ?? rule.till,
      link: own?.link ?? rule.link,
      within: own?.within === undefined ? rule.within : ms(own.within),
      next: own?.next ?? rule.next,
    };
  };
  return Object.fromEntries(TERMINAL_STATES.map((name) => [name, merged(name)])) as Record<
    TerminalState,
    StateRule
  >;
}

const NOTHING: StateRule = { screens: [], till: undefined, link: undefined, within: 0, next: [] };

/** The state that a screen shows; one that no state has is a transaction under way. */
export function stateOn(rules: StrategyRules, { id }: Pick<SeenScreen, 'id'>): TerminalState {
  const shown =
    id === undefined ? undefined : TERMINAL_STATES.find((state) => rules[state].screens.includes(id));
  return shown ?? (id === 'dark' ? 'off' : 'in-transaction');
}
