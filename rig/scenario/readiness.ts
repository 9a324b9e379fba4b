import type { OperationName, Profile } from '../bench/profile.ts';
import { isOperation, type Scenario, type Step } from './scenario.ts';

/** What a profile lacks for a scenario. `cannot`: the model does not do it, by its own capabilities; nothing to fill in. */
export interface Readiness {
  readonly scenario: Scenario;
  readonly cannot: readonly string[];
  readonly missing: readonly string[];
}

/** What a new profile has in the place of what somebody must find out at the terminal. */
export const FILL_IN = 'FILL IN';
/** The key that stands for keys that are not known yet. */
export const FILL_IN_KEY = 'fill-in';

/**
 * What is missing in a profile for each scenario: screens and keys of the operations that it enters, outcomes that it
 * expects, labels of the fields that it reads from slips. A profile that is `ready` for a scenario may still be wrong: that
 * only the terminal can tell.
 */
export const readinessFor = (profile: Profile, scenarios: readonly Scenario[]): readonly Readiness[] =>
  scenarios.map((scenario) => ({
    scenario,
    cannot: cannotDo(profile, scenario),
    missing: [...new Set([...atAll(profile), ...scenario.steps.flatMap((step) => forStep(profile, step))])],
  }));

function cannotDo({ capabilities }: Profile, { needs }: Scenario): string[] {
  const without = (wanted: readonly string[], offered: readonly string[]) =>
    wanted.filter((one) => !offered.includes(one));
  return [
    ...without(needs.operations, capabilities.operations).map((one) => `it has no ${one}`),
    ...without(needs.entry, capabilities.entry).map((one) => `it takes no card by ${one}`),
  ];
}

/** What every scenario needs: a start, an idle screen, keys to the self-test, the way home, and the sign-on. */
function atAll(profile: Profile): string[] {
  const { keypad } = profile;
  const lists = ['idle', 'signed-off', 'card-in'] as const;
  return [
    ...(readsSlips(profile) ? [] : [NO_LABELS]),
    ...lists.flatMap((list) => profile[list].flatMap((id) => screen(profile, id))),
    ...screen(profile, keypad['self-test'].shows),
    ...[keypad['self-test'].press, keypad['self-test'].back, ...keypad.home].flatMap(key),
    ...(profile.capabilities.operations.includes('sign-on') ? operation(profile, 'sign-on') : []),
  ];
}

/** Every charge wants its slip: a slip that nothing is read of counts as none, and nothing is proved then. */
const NO_LABELS =
  'the labels of its slips, without which a printed slip counts as none: receipt.labels, or receipt.copies and receipt.fields';
const readsSlips = ({ receipt: { copies, fields } }: Profile): boolean =>
  Object.keys(copies).length > 0 && Object.keys(fields).length > 0;

function forStep(profile: Profile, { action, expect, interrupt }: Step): string[] {
  const outcomes = Object.values(profile.screens).flatMap(({ outcome }) => outcome ?? []);
  const wanted = expect.outcome === 'interrupted' ? undefined : expect.outcome;
  const at = interrupt?.at;
  return [
    ...(isOperation(action) ? operation(profile, action.do) : []),
    ...(wanted !== undefined && !outcomes.includes(wanted) ? [`a screen with the outcome ${wanted}`] : []),
    ...(wanted === undefined ? [] : outcomeScreens(profile, wanted)),
    ...(expect.code !== undefined ? codeOf(profile, wanted) : []),
    ...(at !== undefined && !(at in profile.screens) && !outcomes.includes(at as (typeof outcomes)[number])
      ? [
          `the screen ${at}, at which ${interrupt?.do === 'cancel' ? 'cancel is pressed' : 'the power is cut'}`,
        ]
      : []),
    ...receipt(profile, expect),
  ];
}

function operation(profile: Profile, name: OperationName): string[] {
  const found = profile.operations[name];
  if (!profile.capabilities.operations.includes(name)) return [];
  if (!found) return [`how to do ${name}: operations.${name}`];
  return [
    ...(found.start.includes(FILL_IN_KEY) ? [`the keys that start ${name}: operations.${name}.start`] : []),
    ...Object.keys(found.answers).flatMap((id) => screen(profile, id)),
  ];
}

const screen = ({ screens }: Profile, id: string): string[] =>
  screens[id]?.match.some((pattern) => pattern.startsWith(FILL_IN)) === true
    ? [`what the screen ${id} shows: screens.${id}.match`]
    : [];

const outcomeScreens = (profile: Profile, outcome: string): string[] => {
  const ids = Object.entries(profile.screens).filter(([, one]) => one.outcome === outcome);
  const unknown = ids.flatMap(([id]) => screen(profile, id));
  // One way of showing it is enough to begin with.
  return ids.length > 0 && unknown.length === ids.length ? unknown.slice(0, 1) : [];
};

const codeOf = ({ screens }: Profile, outcome: string | undefined): string[] =>
  Object.values(screens).some((one) => one.outcome === outcome && one.code !== undefined)
    ? []
    : [`where the response code stands: screens.….code of the screen with the outcome ${outcome ?? ''}`];

const key = (name: string): string[] =>
  name === FILL_IN_KEY ? ['a key of the self-test or of the way home'] : [];

function receipt({ receipt: layout }: Profile, { receipt: wanted }: Step['expect']): string[] {
  if (wanted === undefined || wanted === 'none') return [];
  const copies = (['merchant', 'customer', 'settlement'] as const).filter(
    (copy) => wanted[copy] !== undefined,
  );
  const fields = copies.flatMap((copy) => Object.keys(wanted[copy] ?? {}));
  return [
    ...copies
      .filter((copy) => (layout.copies[copy] ?? []).length === 0)
      .map((copy) => `the text that marks the ${copy} copy: receipt.copies.${copy}`),
    ...[...new Set(fields)]
      .filter((field) => (layout.fields[field] ?? []).length === 0 && layout.shapes[field] === undefined)
      .map((field) => `the label of ${field} on slips: receipt.fields.${field}`),
    ...(wanted.duplicate && layout.duplicate.length === 0
      ? ['the mark of a reprint: receipt.duplicate']
      : []),
  ];
}
