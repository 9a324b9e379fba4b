import type { EntryMode, TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import { formatAmount, type Money, parseAmount } from '../model/money.ts';
import type { Action, Scenario } from '../scenario/scenario.ts';
import type { Entry } from './keypad-hand.ts';
import type { Stage } from './stage.ts';
import type { StepRecord } from './step-record.ts';

/** The amount that a step asks for; a refund without one asks for what its sale asked for. */
export function amountOf(stage: Stage, action: Action, before: readonly StepRecord[]): Money | undefined {
  if (action.do === 'sale') return parseAmount(action.amount, stage.bench.currency);
  if (action.do === 'refund' && action.amount !== undefined)
    return parseAmount(action.amount, stage.bench.currency);
  if (action.do === 'refund' || action.do === 'void') return before[action.of - 1]?.asked;
  return undefined;
}

/** The card of a step: its own, the scenario's, or that of the transaction it refers to. */
export function cardOf(
  stage: Stage,
  scenario: Scenario,
  action: Action,
  before: readonly StepRecord[],
): TestCard | undefined {
  if (action.do === 'void' || action.do === 'refund') return before[action.of - 1]?.card;
  if (action.do !== 'sale') return undefined;
  const id = action.card ?? scenario.given.card;
  const card = id === undefined ? stage.cards[0] : stage.cards.find((candidate) => candidate.id === id);
  if (!card) throw new RigError('CARD_UNKNOWN', 'file', `there is no card "${id}" in the card file`);
  return card;
}

/** The way in which the card is presented: what the step or scenario says, else the first way that card and terminal share. */
function modeOf(stage: Stage, scenario: Scenario, action: Action, card: TestCard): EntryMode {
  const asked = (action.do === 'sale' ? action.entry : undefined) ?? scenario.given.entry;
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
  action: Action,
  before: readonly StepRecord[],
): Entry {
  const card = cardOf(stage, scenario, action, before);
  const amount = amountOf(stage, action, before);
  const entry: Entry = {
    ...(card ? { card, mode: modeOf(stage, scenario, action, card) } : {}),
    ...(amount ? { amountDigits: String(amount.minor) } : {}),
  };
  if (action.do !== 'void' && action.do !== 'refund') return entry;
  const original = before[action.of - 1];
  const slip = original?.seen.slips.find((candidate) => candidate.copy === 'merchant');
  const exchange = original?.seen.exchanges.find((candidate) => candidate.request.kind === original.kind);
  const booked = original?.seen.ledger.find((candidate) => candidate.stan === exchange?.request.stan);
  const stan = slip?.fields['stan'] ?? exchange?.request.stan;
  const rrn = slip?.fields['rrn'] ?? exchange?.response?.rrn;
  if (!original || stan === undefined || rrn === undefined) {
    throw new RigError(
      'TERMINAL_STATE',
      'terminal',
      `step ${action.of} left neither a slip nor an entry at the host to refer to`,
    );
  }
  return {
    ...entry,
    originalStan: stan,
    originalRrn: rrn,
    originalDate:
      booked?.date ??
      /\d{4}\D(\d\d)\D(\d\d)/
        .exec(slip?.fields['date-time'] ?? '')
        ?.slice(1, 3)
        .join('') ??
      '',
  };
}

/** A step in words, for the live view and reports. */
export function describeStep(action: Action, currency: string): string {
  switch (action.do) {
    case 'sale':
      return `sale ${formatAmount(parseAmount(action.amount, currency))}${action.card ? ` with ${action.card}` : ''}${action.entry ? ` by ${action.entry}` : ''}`;
    case 'refund':
      return `refund of step ${action.of}${action.amount === undefined ? '' : `, ${action.amount}`}`;
    case 'void':
      return `void of step ${action.of}`;
    case 'move':
      return `move to ${action.region}`;
    case 'wait':
      return action.for === 'next-day' ? 'wait for the next business day' : `wait ${action.for / 1000} s`;
    case 'power-cut':
      return `power cut for ${action.offMs / 1000} s`;
    default:
      return action.do;
  }
}
