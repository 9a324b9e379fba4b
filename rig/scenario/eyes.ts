import type { DisplayPlane } from '../bench/planes.ts';
import type { HandAction, OperationName, Profile } from '../bench/profile.ts';
import type { MessageKind } from '../model/message.ts';
import { isOperation, type Scenario } from './scenario.ts';

/** How far the display plane of a bench sees. */
export interface Eyes {
  /** What keys do. */
  readonly seesKeys: boolean;
  /** Which digit stands where on a pad that is shuffled. */
  readonly readsPad: boolean;
  /** What a code on the screen says. */
  readonly readsCodes: boolean;
}

/** The eyes that a display plane is; undefined where there is none. */
export const eyesOf = (display: DisplayPlane | undefined): Eyes | undefined =>
  display && {
    seesKeys: display.tells !== 'states',
    readsPad: display.readPad !== undefined,
    readsCodes: display.readCode !== undefined,
  };

/** What is looked at to tell whether a bench sees enough. */
export interface Looked {
  readonly eyes?: Eyes | undefined;
  readonly hand: 'keypad' | 'till';
  readonly tillOrders?: readonly MessageKind[] | undefined;
  readonly profile: Partial<Pick<Profile, 'keypad' | 'operations' | 'screens'>>;
}

/**
 * What of a scenario the eyes of the bench are not good enough for, as reasons to skip it. Bad luck of the bench is known
 * before the scenario, and so is no finding.
 */
export function unseen(
  scenario: Scenario,
  { eyes, hand, profile, tillOrders = [] }: Looked,
): readonly string[] {
  if (!eyes) return [];
  const { needs, steps } = scenario;
  const reasons: string[] = [];
  const secret = eyes.readsPad ? [] : needsPad(scenario, profile);
  if (secret.length > 0)
    reasons.push(
      `the digits of this terminal are shuffled and no camera of the bench sees where they stand: no PIN can be entered for ${secret.join(' and ')}`,
    );
  if (eyes.seesKeys) return reasons;
  const begun = needs.operations.filter((one) => !tillOrders.some((kind) => kind === orderOf(one)));
  if (needs.operations.length > 0 && (needs.hand ?? hand) === 'keypad')
    reasons.push('the display of this bench sees only what a till has begun, not what keys do');
  else if (begun.length > 0)
    reasons.push(
      `the till has no command for ${begun.join(' and ')}, and the display does not see what keys do`,
    );
  const asked = needs.operations.filter((one) => asksUnseen(one, profile, (acts) => acts.some(onlyByKeys)));
  if (asked.length > 0)
    reasons.push(
      `for ${asked.join(' and ')} the terminal asks for more than its till says, where the display sees no question`,
    );
  if (steps.some(({ expect }) => expect.display !== undefined))
    reasons.push('the display of this bench does not see texts, only states');
  const known = Object.entries(profile.screens ?? {}).flatMap(([id, { status, outcome }]) =>
    status ? [id, ...(outcome ? [outcome] : [])] : [],
  );
  // Whoever enters no PIN is asked for something else in its place, such as a signature.
  const bypassed = steps.flatMap(({ action }) =>
    isOperation(action) && action.pin === 'none' && asksUnseen(action.do, profile, () => true)
      ? [action.do]
      : [],
  );
  if (bypassed.length > 0)
    reasons.push(`no state tells what ${bypassed.join(' and ')} asks for in the place of the PIN`);
  const outcomes = steps.flatMap(({ expect: { outcome } }) =>
    outcome === undefined || outcome === 'interrupted' || known.includes(outcome) ? [] : [outcome],
  );
  if (outcomes.length > 0)
    reasons.push(`no state tells of the outcome ${[...new Set(outcomes)].join(' and ')}`);
  const dark = steps.flatMap(({ interrupt }) =>
    interrupt && !known.includes(interrupt.at) ? [interrupt.at] : [],
  );
  if (dark.length > 0) reasons.push(`no state tells of the screen ${[...new Set(dark)].join(' and ')}`);
  return reasons;
}

/** Values that the order of a till has with it. */
const SAID: readonly string[] = ['amount', 'original-stan', 'original-auth-code', 'original-date'];

/** Whether an operation has a question that no state tells of, and that no order of a till answers. */
const asksUnseen = (
  operation: OperationName,
  { operations, screens }: Looked['profile'],
  matters: (acts: readonly HandAction[]) => boolean,
): boolean =>
  Object.entries(operations?.[operation]?.answers ?? {}).some(
    ([id, acts]) => screens?.[id]?.status === undefined && !acts.some(isSaid) && matters(acts),
  );

/** Whether a hand types what the order of a till has with it. */
const isSaid = (act: HandAction): boolean =>
  typeof act === 'object' && 'type' in act && SAID.includes(act.type);

/** Whether a hand does what no till says in its place. */
const onlyByKeys = (act: HandAction): boolean =>
  act === 'pan' || (typeof act === 'object' && 'type' in act && !SAID.includes(act.type));

/** Under which name a till orders an operation. */
const orderOf = (operation: OperationName): string => (operation === 'settle' ? 'settlement' : operation);

/** Operations of a scenario in which a secret is typed on a pad that is shuffled. */
function needsPad({ steps }: Scenario, { keypad, operations = {} }: Looked['profile']): readonly string[] {
  const shuffled = keypad?.shuffled ?? [];
  const secret = steps.flatMap(({ action }) => {
    if (!isOperation(action) || action.pin === 'none' || action.pin === 'never') return [];
    const answers = operations[action.do]?.answers ?? {};
    const typed = shuffled.some((id) => (answers[id] ?? []).some((act) => act === 'pin' || act === 'pan'));
    return typed ? [action.do] : [];
  });
  return [...new Set(secret)];
}
