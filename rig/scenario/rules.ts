import { type FileIssue, nearestWord, quote } from '../bench/load-issue.ts';
import { oneOf, valueAt } from '../bench/load-schema.ts';
import { type DataPath, type IssueNote, issueAt, type Source } from '../bench/load-yaml.ts';
import { TILL_ORDERS } from '../bench/planes.ts';
import { OUTCOMES } from '../bench/profile.ts';
import { isRigError } from '../model/errors.ts';
import { Fault } from '../model/fault.ts';
import { faultIssues } from '../model/fault-rules.ts';
import { parseFault } from '../model/fault-text.ts';
import { MESSAGE_KINDS, type MessageKind } from '../model/message.ts';
import { NEXT_STEP, pointOf, type TillFault, tillFaultIssues } from '../model/till-fault.ts';
import { loadPack, shippedPacks } from '../receipts/pack.ts';
import { type Lookups, withNear } from './lookups.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionEntry,
  type ActionName,
  EXPECTATION_NAMES,
  EXPECTATIONS,
  HostItem,
} from './registry.ts';
import type { ScenarioFile } from './schema.ts';

/**
 * What a schema cannot say: references that must exist and fit, words that make sense only together. Runs on what is
 * valid by itself of a file (`salvage`), so every part of it may be missing.
 */

type DeepPartial<T> = T extends readonly (infer U)[]
  ? (DeepPartial<U> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;
export type Draft = DeepPartial<ScenarioFile>;
type DraftStep = NonNullable<NonNullable<Draft['steps']>[number]>;

type Complain = (path: DataPath, message: string, note?: IssueNote) => void;

/** All broken rules of one scenario (or of one case of it). */
export function brokenRules(draft: Draft, source: Source, shipped: Lookups): FileIssue[] {
  const lookups = withNear(shipped, source.file);
  const issues: FileIssue[] = [];
  const complain: Complain = (path, message, note) => issues.push(issueAt(source, path, message, note));
  checkIds(draft, lookups, complain);
  const steps = draft.steps ?? [];
  for (const [i, step] of steps.entries()) {
    if (!step) continue;
    checkAction(step, i, source, complain);
    checkReferences(steps, step, i, complain);
    checkFaults(step, i, source, lookups, complain);
    checkCable(step, i, source, lookups, complain);
    checkExpectations(step, i, lookups, complain);
    checkHost(steps, step, i, source, complain);
  }
  checkRulePacks(draft, source, complain);
  checkAssertions(source, complain);
  return issues;
}

const actionsOf = (step: DraftStep): ActionName[] => ACTION_NAMES.filter((name) => step[name] !== undefined);
const actionOf = (step: DraftStep | undefined): ActionName | undefined => step && actionsOf(step)[0];
const entryOf = (name: ActionName): ActionEntry => ACTIONS[name];

/** Actions with a card of their own; the others take that of the transaction they refer to. */
const CARD_ACTIONS = ['sale', 'pre-auth', 'balance', 'moto', 'instalment', 'offline-sale'] as const;

/** Complains about an id that none of `ids` is; says nothing when the ids are not known. */
function knownId(
  what: string,
  ids: Iterable<string> | undefined,
  id: string | undefined,
  path: DataPath,
  complain: Complain,
): void {
  if (ids === undefined || id === undefined) return;
  const words = [...ids];
  if (words.includes(id)) return;
  const nearest = nearestWord(id, words);
  complain(
    path,
    `unknown ${what} ${quote(id)}`,
    nearest ? { nearest } : { expected: oneOf(words.slice(0, 20)) },
  );
}

/** Ids that another file defines: claims, regions, access networks, cards and how each can be presented. */
function checkIds(draft: Draft, lookups: Lookups, complain: Complain): void {
  const known = (what: string, ids: Iterable<string> | undefined, id: string | undefined, path: DataPath) =>
    knownId(what, ids, id, path, complain);
  const presentable = (card: string | undefined, entry: string | undefined, path: DataPath) => {
    const ways = card === undefined ? undefined : lookups.cards?.get(card);
    if (!ways || entry === undefined || (ways as readonly string[]).includes(entry)) return;
    complain(path, `card ${quote(card)} cannot be presented by ${entry}`, { expected: oneOf(ways) });
  };
  const cards = lookups.cards?.keys();
  const cardIds = cards && [...cards];
  for (const [i, claim] of (draft.proves ?? []).entries())
    known('claim', lookups.claims, claim, ['proves', i]);
  const { given } = draft;
  known('region', lookups.regions, given?.region, ['given', 'region']);
  known('access network', lookups.accesses, given?.access, ['given', 'access']);
  known('card', cardIds, given?.card, ['given', 'card']);
  presentable(given?.card, given?.entry, ['given', 'entry']);
  for (const [i, step] of (draft.steps ?? []).entries()) {
    const move = step?.move;
    if (typeof move === 'string') known('region', lookups.regions, move, ['steps', i, 'move']);
    else if (move) {
      known('region', lookups.regions, move.to, ['steps', i, 'move', 'to']);
      known('access network', lookups.accesses, move.access, ['steps', i, 'move', 'access']);
      if (move.to === undefined && move.access === undefined)
        complain(['steps', i, 'move'], 'a move that goes nowhere', {
          expected: 'to: a region, or access: an access network',
        });
    }
    const action = actionOf(step);
    const value: unknown = action && step?.[action];
    const chosen = CARD_ACTIONS.find((name) => name === action);
    if (chosen === undefined || value === undefined) continue;
    const { card, entry, code } = (value ?? {}) as {
      readonly card?: string;
      readonly entry?: string;
      readonly code?: string;
    };
    const way = entry ?? given?.entry;
    if (code !== undefined && way !== 'scan' && way !== 'shown-code')
      complain(['steps', i, chosen, 'code'], 'only who pays by code has one', {
        expected: 'entry: scan, or entry: shown-code',
      });
    if (code === 'late' && way === 'scan')
      complain(['steps', i, chosen, 'code'], 'a code that the customer shows is never late', {
        expected: 'entry: shown-code',
      });
    known('card', cardIds, card, ['steps', i, chosen, 'card']);
    if (card === undefined && given?.card === undefined)
      complain(['steps', i, chosen], `this ${chosen} has no card`, {
        expected: 'a card here or under given',
      });
    if (chosen !== 'moto' && (card ?? entry))
      presentable(card ?? given?.card, entry ?? given?.entry, ['steps', i, chosen, entry ? 'entry' : 'card']);
    for (const [j, item] of hostItems(step).entries())
      for (const kind of MESSAGE_KINDS)
        known('region', lookups.regions, item?.[kind]?.region, [
          'steps',
          i,
          'expect',
          'host',
          j,
          kind,
          'region',
        ]);
  }
}

function checkAction(step: DraftStep, i: number, source: Source, complain: Complain): void {
  const written = Object.keys((source.value as { steps: Record<string, unknown>[] }).steps[i] ?? {});
  const actions = written.filter((key) => Object.hasOwn(ACTIONS, key));
  if (actions.length > 1) {
    complain(['steps', i, actions[1] ?? ''], `a second action in step ${i + 1}: ${actions.join(' and ')}`, {
      expected: 'exactly one action a step',
      of: 'key',
    });
  }
  // A misspelt action is reported as an unknown key already.
  const unknown = written.some(
    (key) => !Object.hasOwn(ACTIONS, key) && !['fault', 'cable', 'interrupt', 'expect'].includes(key),
  );
  if (actions.length === 0 && !unknown)
    complain(['steps', i], `step ${i + 1} has no action`, { expected: oneOf(ACTION_NAMES) });
  const action = actionOf(step);
  const begun = action && entryOf(action).message;
  if (action && step.cable && !(begun && TILL_ORDERS.includes(begun)))
    complain(['steps', i, 'cable'], `no till begins ${action}`, {
      expected: oneOf(ACTION_NAMES.filter((name) => TILL_ORDERS.includes(entryOf(name).message ?? 'other'))),
      of: 'key',
    });
  if (action && !entryOf(action).operation && step.interrupt)
    complain(['steps', i, 'interrupt'], `${action} cannot be interrupted`, {
      expected: 'an operation of the terminal',
      of: 'key',
    });
}

/** `of` must name an earlier step that did the right thing, which is not undone yet; amounts must fit it. */
function checkReferences(
  steps: readonly (DraftStep | undefined)[],
  step: DraftStep,
  i: number,
  complain: Complain,
) {
  const action = actionOf(step);
  const actions = action && entryOf(action).of;
  if (!action || !actions) return;
  const { of, amount } = step[action] as { readonly of?: number; readonly amount?: string };
  if (of === undefined) return;
  if (!fits(steps, of, i, actions, ['steps', i, action, 'of'], `a ${action}`, complain)) return;
  if (turnedDown.includes(step.expect?.outcome)) return;
  const asked = amountAsked(steps[of - 1]);
  const most =
    asked === undefined ? undefined : thousandths(asked) * (COMPLETES.includes(action) ? 115n : 100n);
  if (amount !== undefined && most !== undefined && thousandths(amount) * 100n > most)
    complain(['steps', i, action, 'amount'], `more than the ${actionOf(steps[of - 1])} of step ${of}`, {
      expected: `${COMPLETES.includes(action) ? `at most 115 % of ${asked}` : `at most ${asked}`}, or that it is turned down (outcome: declined)`,
    });
  const undone = steps.slice(0, i).some((s) => undoes(s, action, of));
  if (UNDOING.includes(action) && undone)
    complain(['steps', i, action, 'of'], `the ${actionOf(steps[of - 1])} of step ${of} is voided already`, {
      expected: 'a void once, or that the second is turned down (outcome: refused)',
    });
}

/** Outcomes of what is asked for on purpose and must not be had: a second void, a completion beyond its hold. */
const turnedDown: readonly (string | undefined)[] = ['declined', 'refused', 'cancelled'];

/** An acquirer in China lets a completion exceed its pre-authorisation by 15 %. */
const COMPLETES: readonly ActionName[] = ['completion', 'completion-notice'];
const UNDOING: readonly ActionName[] = ['void', 'pre-auth-void', 'completion-void'];

const amountAsked = (step: DraftStep | undefined): string | undefined => {
  const action = actionOf(step);
  return action && (step?.[action] as { readonly amount?: string } | undefined)?.amount;
};

/** It did the same to the same step before, for certain. */
const undoes = (step: DraftStep | undefined, action: ActionName, of: number): boolean =>
  (step?.[action] as { readonly of?: number } | undefined)?.of === of &&
  !step?.fault &&
  !step?.interrupt &&
  step?.expect?.outcome === 'approved';

/** True when step number `of` exists, is not later than step index `i`, and does one of `actions`. */
function fits(
  steps: readonly (DraftStep | undefined)[],
  of: number,
  i: number,
  actions: readonly string[],
  path: DataPath,
  what: string,
  complain: Complain,
  sameStep = false,
): boolean {
  const latest = sameStep ? i + 1 : i;
  const fitting = steps
    .slice(0, latest)
    .flatMap((s, n) => (actions.includes(actionOf(s) ?? '') ? [n + 1] : []));
  if (fitting.includes(of)) return true;
  const expected =
    fitting.length > 0
      ? `the number of a ${oneOf(actions)} before it: ${oneOf(fitting.map(String))}`
      : `a ${oneOf(actions)} before it`;
  const there = of <= latest ? actionOf(steps[of - 1]) : undefined;
  if (of <= latest && !there) return false; // that step is wrong itself
  complain(
    path,
    there ? `step ${of} is a ${there}, ${what} cannot refer to it` : `there is no step ${of} before this one`,
    { expected },
  );
  return false;
}

/** Amounts have at most three decimals: compared as integers of a thousandth. */
function thousandths(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(3, '0'));
}

function checkFaults(step: DraftStep, i: number, source: Source, lookups: Lookups, complain: Complain): void {
  const written = valueAt(source.value, ['steps', i, 'fault']);
  const several = Array.isArray(written);
  for (const [j, fault] of [step.fault ?? []].flat().entries()) {
    if (!fault) continue;
    const path = ['steps', i, 'fault', ...(several ? [j] : [])];
    if (typeof fault === 'string') {
      checkFaultLine(fault, path, lookups, complain);
      continue;
    }
    for (const { key, message, expected, outOfPlace } of faultIssues(fault as Partial<Fault>))
      complain([...path, key], message, { expected, ...(outOfPlace ? { of: 'key' as const } : {}) });
    const whole = Fault.safeParse(fault);
    const contradiction = whole.success ? lookups.contradicts?.(whole.data) : undefined;
    if (contradiction !== undefined) complain([...path, 'at'], contradiction);
    knownId('region', lookups.regions, fault.region, [...path, 'region'], complain);
    knownId('region', lookups.regions, fault.to, [...path, 'to'], complain);
    knownId('access network', lookups.accesses, fault.access, [...path, 'access'], complain);
  }
}

/** A fault in its one-line form has one place in the file, whatever is wrong with it. */
function checkFaultLine(line: string, path: DataPath, lookups: Lookups, complain: Complain): void {
  try {
    const fault = parseFault(line);
    const { region, to, access } = fault;
    const contradiction = lookups.contradicts?.(fault);
    if (contradiction !== undefined) complain(path, contradiction);
    for (const id of [region, to]) knownId('region', lookups.regions, id, path, complain);
    knownId('access network', lookups.accesses, access, path, complain);
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    complain(path, `${thrown.message} (${(thrown.hint ?? '').replace(/\.$/, '')})`);
  }
}

/** Faults of the till's cable: keys that fit, and screens that some terminal has. */
function checkCable(step: DraftStep, i: number, source: Source, lookups: Lookups, complain: Complain): void {
  const several = Array.isArray(valueAt(source.value, ['steps', i, 'cable']));
  const screens = lookups.screens && [...OUTCOMES, ...lookups.screens];
  for (const [j, fault] of [step.cable ?? []].flat().entries()) {
    if (!fault) continue;
    const path = ['steps', i, 'cable', ...(several ? [j] : [])];
    for (const { key, message } of tillFaultIssues(fault as Partial<TillFault>))
      complain([...path, key], message, key === 'at' ? {} : { of: 'key' });
    const point = fault.at === undefined ? undefined : pointOf({ at: fault.at });
    if (point?.on === 'screen') knownId('screen', screens, point.id, [...path, 'at'], complain);
    if (fault.until !== NEXT_STEP) knownId('screen', screens, fault.until, [...path, 'until'], complain);
  }
}

/** One interrupt, at a screen that some terminal has. */
function checkInterrupt(
  interrupt: NonNullable<DraftStep['interrupt']>,
  i: number,
  lookups: Lookups,
  complain: Complain,
): void {
  const ways = (['power-cut', 'cancel'] as const).filter((way) => interrupt[way] !== undefined);
  if (ways.length !== 1)
    complain(
      ['steps', i, 'interrupt'],
      ways.length === 0 ? 'nothing interrupts this step' : 'a step is interrupted once',
      {
        expected: 'either power-cut or cancel',
      },
    );
  for (const way of ways) {
    const at = interrupt[way]?.at;
    const screens = lookups.screens && [...(way === 'cancel' ? [] : OUTCOMES), ...lookups.screens];
    if (at === undefined || !screens || screens.includes(at)) continue;
    const nearest = nearestWord(at, screens);
    complain(['steps', i, 'interrupt', way, 'at'], `no terminal has a screen ${quote(at)}`, {
      ...(nearest ? { nearest } : { expected: oneOf(way === 'cancel' ? screens : OUTCOMES) }),
    });
  }
}

function checkExpectations(step: DraftStep, i: number, lookups: Lookups, complain: Complain): void {
  const action = actionOf(step);
  const { expect, interrupt } = step;
  if (action && !entryOf(action).operation) {
    for (const name of EXPECTATION_NAMES) {
      if (EXPECTATIONS[name].operationOnly && expect?.[name] !== undefined)
        complain(['steps', i, 'expect', name], `${action} has no ${name}`, {
          expected: 'an operation of the terminal',
          of: 'key',
        });
    }
  }
  if (expect?.outcome === 'interrupted' && !interrupt)
    complain(['steps', i, 'expect', 'outcome'], 'nothing interrupts this step', {
      expected: 'interrupt beside expect',
    });
  if (expect?.outcome === 'interrupted' && interrupt?.cancel)
    complain(['steps', i, 'expect', 'outcome'], 'a cancelled operation ends as the terminal tells it', {
      expected: 'what it comes to, such as cancelled',
    });
  if (interrupt) checkInterrupt(interrupt, i, lookups, complain);
}

type DraftItem = NonNullable<NonNullable<DraftStep['expect']>['host']>;
const hostItems = (step: DraftStep | undefined): Exclude<DraftItem, string> => {
  const host = step?.expect?.host;
  return Array.isArray(host) ? host : [];
};

/** Kinds of messages that refer to an earlier transaction, and the actions that make one. */
const REFERRING: Readonly<Partial<Record<MessageKind, readonly ActionName[]>>> = {
  reversal: [
    'sale',
    'void',
    'pre-auth',
    'pre-auth-void',
    'completion',
    'completion-void',
    'moto',
    'instalment',
  ],
  signature: ['sale'],
  'code-query': ['sale'],
  'script-result': ['sale', 'pre-auth', 'instalment'],
  ...Object.fromEntries(
    ACTION_NAMES.flatMap((name) => {
      const { message, of } = entryOf(name);
      return message && of ? [[message, of]] : [];
    }),
  ),
};

function checkHost(
  steps: readonly (DraftStep | undefined)[],
  step: DraftStep,
  i: number,
  source: Source,
  complain: Complain,
): void {
  for (const [j, item] of hostItems(step).entries()) {
    if (!item) continue;
    const path = ['steps', i, 'expect', 'host', j];
    const kinds = MESSAGE_KINDS.filter((kind) => item[kind] !== undefined);
    // Misspelt kinds are reported as unknown keys already.
    const unknown = Object.keys(valueAt(source.value, path) ?? {}).some(
      (key) => !Object.hasOwn(HostItem.shape, key),
    );
    if (!unknown && kinds.length + (item.no ? 1 : 0) !== 1)
      complain(path, 'an item of the list is about one kind of message', {
        expected: `one of ${oneOf([...MESSAGE_KINDS, 'no'])}`,
      });
    if (item.no && item.before)
      complain([...path, 'before'], 'what does not come cannot come before something', { of: 'key' });
    for (const kind of kinds) {
      const details = item[kind];
      if (details?.reason !== undefined && kind !== 'reversal')
        complain([...path, kind, 'reason'], `a ${kind} has no reason`, { expected: 'reversal', of: 'key' });
      if (details?.of === undefined) continue;
      const actions = REFERRING[kind];
      if (!actions)
        complain([...path, kind, 'of'], `a ${kind} refers to no other transaction`, {
          expected: oneOf(Object.keys(REFERRING)),
          of: 'key',
        });
      else fits(steps, details.of, i, actions, [...path, kind, 'of'], `a ${kind}`, complain, true);
    }
  }
}

/** Receipt rule packs that a scenario names must be there and valid. */
function checkRulePacks(draft: Draft, source: Source, complain: Complain): void {
  for (const [i, name] of (draft['receipt-rules'] ?? []).entries()) {
    if (name === undefined) continue;
    try {
      loadPack(name, source.file);
    } catch (thrown) {
      if (!isRigError(thrown)) throw thrown;
      const nearest = nearestWord(name, shippedPacks());
      complain(['receipt-rules', i], thrown.message.split('\n')[0] ?? '', nearest ? { nearest } : {});
    }
  }
}

/** A scenario asserts the host's side and at least one thing seen at the terminal (the money it always asserts). */
function checkAssertions(source: Source, complain: Complain): void {
  const steps = valueAt(source.value, ['steps']);
  if (!Array.isArray(steps) || steps.length === 0) return;
  // As written: an expectation with a mistake in it, or with a misspelt name, is still one.
  const written = new Set<string>(steps.flatMap((step) => Object.keys(valueAt(step, ['expect']) ?? {})));
  if ([...written].some((name) => !Object.hasOwn(EXPECTATIONS, name))) return;
  for (const side of ['host', 'terminal'] as const) {
    const names = EXPECTATION_NAMES.filter((name) => EXPECTATIONS[name].side === side);
    if (!names.some((name) => written.has(name)))
      complain(['steps'], `no step expects anything of the ${side}`, { expected: oneOf(names), of: 'key' });
  }
}
