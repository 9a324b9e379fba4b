import type { EntryMode, TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import { formatAmount, type Money, parseAmount } from '../model/money.ts';
import { moveTitle, operationTitle } from '../scenario/compile.ts';
import type { StepOutcome } from '../scenario/registry.ts';
import { type Action, isOperation, type OperationAction, type Scenario } from '../scenario/scenario.ts';
import type { Entry } from './keypad-hand.ts';
import type { Stage } from './stage.ts';
import { madeIn, type StepRecord } from './step-record.ts';

/**
 * The amount that a step asks for: its own, else what the transaction that it refers to has come to (a tip on top). A balance
 * enquiry asks for none.
 */
export function amountOf(stage: Stage, action: Action, before: readonly StepRecord[]): Money | undefined {
  if (!isOperation(action)) return undefined;
  const { currency } = stage.bench;
  if (action.amount !== undefined) return parseAmount(action.amount, currency);
  const original = action.of === undefined ? undefined : standingAmount(action.of, before);
  if (!original || action.tip === undefined) return original;
  return { ...original, minor: original.minor + parseAmount(action.tip, currency).minor };
}

/** Outcomes of a tip that counts. */
const TAKEN: readonly (StepOutcome | undefined)[] = ['approved', 'stored'];

/** What the transaction of step `of` has come to: what was asked for, less where only a part was approved, more with a tip. */
function standingAmount(of: number, before: readonly StepRecord[]): Money | undefined {
  const original = before[of - 1];
  if (!original) return undefined;
  const tipped = before.findLast(
    ({ step: { action }, outcome }) =>
      isOperation(action) && action.do === 'adjust' && action.of === of && TAKEN.includes(outcome),
  );
  if (tipped) return tipped.asked;
  const approved = original.outcome === 'approved' ? madeIn(original)?.response?.amount : undefined;
  const part = approved && original.asked && approved.currency === original.asked.currency;
  return part && approved.minor < (original.asked?.minor ?? 0) ? approved : original.asked;
}

/** Operations without a card. */
const CARDLESS: readonly string[] = ['sign-on', 'sign-off', 'echo', 'download', 'settle', 'reprint'];

/** The card of a step: its own, the scenario's, or that of the transaction it refers to. */
export function cardOf(
  stage: Stage,
  scenario: Scenario,
  action: Action,
  before: readonly StepRecord[],
): TestCard | undefined {
  if (!isOperation(action) || CARDLESS.includes(action.do)) return undefined;
  if (action.of !== undefined) return before[action.of - 1]?.card;
  const id = action.card ?? scenario.given.card;
  const card = id === undefined ? stage.cards[0] : stage.cards.find((candidate) => candidate.id === id);
  if (!card) throw new RigError('CARD_UNKNOWN', 'file', `there is no card "${id}" in the card file`);
  return card;
}

/** The way in which the card is presented: what the step or scenario says, else the first way that card and terminal share. */
function modeOf(stage: Stage, scenario: Scenario, action: OperationAction, card: TestCard): EntryMode {
  const asked = action.entry ?? scenario.given.entry;
  const able = stage.profile.capabilities.entry.filter((mode) => card.entry.includes(mode));
  const mode = asked ?? able[0];
  if (mode && able.includes(mode)) return mode;
  throw new RigError(
    'CARD_UNKNOWN',
    'file',
    `card ${card.id} cannot be presented ${asked ? `by ${asked}` : 'to this terminal'}`,
    {
      hint: `Card and terminal share: ${able.join(', ') || 'nothing'}.`,
    },
  );
}

/** What a person would read from earlier slips (or, without a printer, what the host knows) and type in. */
export function entryOf(
  stage: Stage,
  scenario: Scenario,
  action: OperationAction,
  before: readonly StepRecord[],
): Entry {
  const card = cardOf(stage, scenario, action, before);
  const amount = amountOf(stage, action, before);
  const tip = action.tip === undefined ? undefined : parseAmount(action.tip, stage.bench.currency);
  return {
    ...(card ? { card, mode: modeOf(stage, scenario, action, card) } : {}),
    ...(amount ? { amountDigits: String(amount.minor) } : {}),
    ...(tip ? { tipDigits: String(tip.minor) } : {}),
    ...(action.instalments === undefined ? {} : { instalments: String(action.instalments) }),
    ...(action.pin === undefined ? {} : { pin: action.pin }),
    ...(action.code === undefined ? {} : { flaw: action.code }),
    ...(action.of === undefined ? {} : originalOf(action.of, before)),
  };
}

/** What names the transaction of an earlier step. A slip that was stored shows neither reference nor authorisation code. */
function originalOf(of: number, before: readonly StepRecord[]): Partial<Entry> {
  const original = before[of - 1];
  const slip = original?.seen.slips.find((candidate) => candidate.copy === 'merchant');
  const exchange = original && madeIn(original);
  const booked = original?.seen.ledger.find((candidate) => candidate.stan === exchange?.request.stan);
  const stan = slip?.fields['stan'] ?? exchange?.request.stan;
  if (!original || stan === undefined) {
    throw new RigError(
      'TERMINAL_STATE',
      'terminal',
      `step ${of} left neither a slip nor an entry at the host to refer to`,
    );
  }
  const rrn = slip?.fields['rrn'] ?? exchange?.response?.rrn;
  const authCode = slip?.fields['auth-code'] ?? exchange?.response?.authCode;
  const printed = /\d{4}\D(\d\d)\D(\d\d)/.exec(slip?.fields['date-time'] ?? '');
  const date = booked?.date ?? printed?.slice(1, 3).join('');
  return {
    originalStan: stan,
    ...(rrn ? { originalRrn: rrn } : {}),
    ...(authCode ? { originalAuthCode: authCode } : {}),
    ...(date ? { originalDate: date } : {}),
  };
}

/** A step in words, for the live view and reports. */
export function describeStep(action: Action, currency: string): string {
  switch (action.do) {
    case 'move':
      return moveTitle(action);
    case 'wait':
      return action.for === 'next-day' ? 'wait for the next business day' : `wait ${action.for / 1000} s`;
    case 'power-cut':
      return `power cut for ${action.offMs / 1000} s`;
    default: {
      const amount =
        action.amount === undefined ? undefined : formatAmount(parseAmount(action.amount, currency));
      return operationTitle({ ...action, ...(amount === undefined ? {} : { amount }) });
    }
  }
}
