import type { Profile } from '../bench/profile.ts';
import { type StrategyRules, strategyOf, TERMINAL_STATES, type TerminalState } from '../bench/strategy.ts';
import { FILL_IN, FILL_IN_KEY } from './readiness.ts';

/** What the strategy of a profile lacks. */
export interface StrategyGaps {
  /** Without this the terminal cannot be brought back to idle from that state, or the state cannot be told. */
  readonly missing: readonly string[];
  /** What would make it better, and costs nothing while all goes well. */
  readonly advice: readonly string[];
}

/** States that something has to lead out of. */
const LEFT: readonly TerminalState[] = TERMINAL_STATES.filter((state) => state !== 'idle');
/** States in which a terminal may hang for good. */
const HANGS: readonly TerminalState[] = ['booting', 'in-transaction', 'busy'];

/**
 * Looks at the strategy of a profile as it comes out with everything that follows from its screens, keys and timers: which
 * states cannot be told, which have no way out, what nobody has found out yet.
 */
export function strategyGaps(profile: Profile): StrategyGaps {
  const rules = strategyOf(profile);
  return {
    missing: [...new Set([...untold(profile, rules), ...closed(profile, rules), ...doubled(rules)])],
    advice: adviceOn(profile, rules),
  };
}

/** States whose screens nobody has read off the terminal yet. */
const untold = ({ screens }: Profile, rules: StrategyRules): string[] =>
  TERMINAL_STATES.flatMap((state) =>
    rules[state].screens
      .filter((id) => screens[id]?.match.some((pattern) => pattern.startsWith(FILL_IN)))
      .map((id) => `what the screen ${id} shows, by which it is ${state}: screens.${id}.match`),
  );

/** States without a way out, and ways that cannot be gone. */
const closed = (
  { capabilities, operations, 'signed-off': signedOff }: Profile,
  rules: StrategyRules,
): string[] =>
  LEFT.filter((state) => state !== 'signed-off' || signedOff.length > 0).flatMap((state) => {
    const { next } = rules[state];
    if (next.length === 0) return [`a way out of ${state}: strategy.${state}.next`];
    return next.flatMap((way) => {
      if (way === 'sign-on' && capabilities.operations.includes('sign-on') && !operations['sign-on'])
        return [`how to sign on, the way out of ${state}: operations.sign-on`];
      if (typeof way === 'object' && way.press === FILL_IN_KEY)
        return [`the key that leads out of ${state}: strategy.${state}.next`];
      return [];
    });
  });

/** Screens that more than one state claims: only the first ever has them. */
const doubled = (rules: StrategyRules): string[] => {
  const first = new Map<string, TerminalState>();
  return TERMINAL_STATES.flatMap((state) =>
    rules[state].screens.flatMap((id) => {
      const owner = first.get(id) ?? state;
      first.set(id, owner);
      return owner === state
        ? []
        : [
            `one meaning of the screen ${id}, which is that of ${owner} and of ${state}: strategy.${state}.screens`,
          ];
    }),
  );
};

function adviceOn({ strategy }: Profile, rules: StrategyRules): string[] {
  if (!strategy)
    return [
      'it has no strategy: states and ways back follow from its screens, keys and timers; posrig profile new writes one to begin with',
    ];
  const { idle, busy, booting } = rules;
  const noLastResort = HANGS.filter((state) => !rules[state].next.includes('power-cycle'));
  return [
    ...(busy.screens.length === 0
      ? [
          'nothing tells that it is busy (printing, updating), and keys are pressed then: strategy.busy.screens',
        ]
      : []),
    ...(booting.screens.length === 0
      ? ['nothing tells that it boots, which then is a transaction under way: strategy.booting.screens']
      : []),
    ...(noLastResort.length > 0
      ? [`no last resort (power-cycle) when it hangs ${noLastResort.join(', ')}: strategy.….next`]
      : []),
    ...(idle.till === undefined && idle.link === undefined
      ? [
          'idle is proved by the screen alone; its till or its link could say so, too: strategy.idle.till, .link',
        ]
      : []),
  ];
}
