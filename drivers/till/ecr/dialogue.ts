import type { ReadMessage } from '../../codec/ecr/message.ts';
import type { Exchange } from '../../codec/ecr/protocol.ts';
import { sameReference } from '../../codec/ecr/values.ts';

/**
 * The till's side of one exchange as a pure machine: the till asks; the terminal tells on the way what it is doing, and at
 * last how it ended. How long the till waits runs from one thing that it hears to the next.
 */
export interface Dialogue {
  /** `printing`: the answer is there (or the request acknowledged that has no other answer), and receipts may follow it. */
  readonly phase: 'asked' | 'running' | 'printing' | 'done';
  readonly exchange: Exchange;
  /** The till's own number of what it asks for, when the request tells it. */
  readonly reference: string | undefined;
  /** One message for each payment, of an exchange that lists them. */
  readonly listed: readonly ReadMessage[];
  readonly receipt: readonly string[];
  /** The till prints: receipts are waited for behind the answer, too. */
  readonly prints: boolean;
  /** In phases `printing` and `done`. */
  readonly end: DialogueEnd | undefined;
}

export type DialogueEnd =
  | { readonly how: 'answered'; readonly message: ReadMessage }
  /** The terminal has the request, and says nothing to it. */
  | { readonly how: 'acknowledged' }
  /** Nobody knows what became of it. */
  | { readonly how: 'lost'; readonly why: string };

export type DialogueEvent =
  | { readonly type: 'message'; readonly message: ReadMessage }
  /** Something whole came from the terminal, if only the same again. */
  | { readonly type: 'alive' }
  /** The terminal's end has acknowledged the request. */
  | { readonly type: 'sent' }
  | { readonly type: 'timeout' }
  | { readonly type: 'link-lost'; readonly why: string };

export type DialogueEffect =
  /** The timer that runs from now on; undefined: none. */
  | { readonly type: 'timer'; readonly ms: number | undefined }
  | { readonly type: 'progress'; readonly message: ReadMessage }
  /** What a message tells of a receipt, as it stands there. */
  | { readonly type: 'paper'; readonly text: string }
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'note'; readonly text: string };

export interface DialogueStep {
  readonly state: Dialogue;
  readonly effects: readonly DialogueEffect[];
}

/** More payments than a terminal holds, and more lines than a receipt has: what is told beyond is heard and not kept. */
const MOST_LISTED = 10_000;
const MOST_LINES = 5000;

/** Silence behind the answer after which no receipt is to come any more, nominal ms. */
const NO_MORE_PAPER = 5000;

/** Has asked; with the number that the request told along, when it did. @param prints the till prints receipts */
export const ask = (exchange: Exchange, reference?: string, prints = false): DialogueStep => ({
  state: { phase: 'asked', exchange, reference, listed: [], receipt: [], prints, end: undefined },
  effects: [{ type: 'timer', ms: exchange.within }],
});

/** One step of the dialogue. */
export function dialogueStep(state: Dialogue, event: DialogueEvent): DialogueStep {
  if (state.phase === 'done') {
    const again = event.type === 'message' ? [note('said again after the end; taken once')] : [];
    return { state, effects: again };
  }
  const { exchange } = state;
  if (state.phase === 'printing' && state.end && event.type !== 'message')
    return event.type === 'link-lost' || event.type === 'timeout'
      ? end(state, state.end)
      : { state, effects: [] };
  switch (event.type) {
    case 'link-lost':
      return end(state, { how: 'lost', why: event.why });
    case 'timeout':
      return end(state, { how: 'lost', why: `the terminal said nothing for ${exchange.within / 1000} s` });
    case 'alive':
      return state.phase === 'running' ? waiting(state) : { state, effects: [] };
    case 'sent':
      if (exchange.reply === undefined) return printed(state, { how: 'acknowledged' });
      return waiting(state);
    case 'message':
      return heard(state, event.message);
  }
}

function heard(state: Dialogue, message: ReadMessage): DialogueStep {
  const { exchange } = state;
  const { name, values } = message;
  if (name === exchange.progress) return waiting(state, [{ type: 'progress', message }]);
  if (name === exchange.receipt) {
    const lines = (values.receipt ?? '').split(/\r?\n/);
    const next =
      state.receipt.length < MOST_LINES ? { ...state, receipt: [...state.receipt, ...lines] } : state;
    return waiting(next, [
      { type: 'paper', text: values.receipt ?? '' },
      ...lines.map((text) => ({ type: 'line', text }) as const),
    ]);
  }
  if (state.phase === 'printing') return waiting(state, [note(`${name} after the answer; not taken`)]);
  // A list ends with a message of its own kind that has nothing in it.
  if (name === exchange.each && values['auth-code'] !== undefined) {
    return waiting(
      state.listed.length < MOST_LISTED ? { ...state, listed: [...state.listed, message] } : state,
    );
  }
  // Taken up, and told of later.
  if (values.result === 'accepted') return waiting(state, [{ type: 'progress', message }]);
  // A terminal may still be telling the end of a payment whose result got lost.
  if (name === exchange.reply && isOfAnother(values.reference, state.reference)) {
    return waiting(state, [note('the result of another payment; not taken')]);
  }
  if (name === exchange.reply || name === exchange.refusal) {
    return printed(state, { how: 'answered', message });
  }
  return waiting(state, [note(`${name} is no answer to this; not taken`)]);
}

/** The end of it, unless receipts are waited for. */
const printed = (state: Dialogue, how: DialogueEnd): DialogueStep =>
  state.prints && state.exchange.receipt !== undefined
    ? waiting({ ...state, phase: 'printing', end: how })
    : end(state, how);

const isOfAnother = (told: string | undefined, asked: string | undefined): boolean =>
  asked !== undefined && told !== undefined && told.trim() !== '' && !sameReference(told, asked);

const note = (text: string): DialogueEffect => ({ type: 'note', text });

const waiting = (state: Dialogue, effects: readonly DialogueEffect[] = []): DialogueStep => ({
  state: state.phase === 'printing' ? state : { ...state, phase: 'running' },
  effects: [
    ...effects,
    {
      type: 'timer',
      ms: state.phase === 'printing' && !isAllPaper(state) ? NO_MORE_PAPER : state.exchange.within,
    },
  ],
});

/** The receipt is all that is asked for, and has not begun. */
const isAllPaper = ({ end, receipt }: Dialogue): boolean =>
  end?.how === 'acknowledged' && receipt.length === 0;

const end = (state: Dialogue, how: DialogueEnd): DialogueStep => ({
  state: { ...state, phase: 'done', end: how },
  effects: [{ type: 'timer', ms: undefined }],
});
