import type { Frame } from '../framing/scanner.ts';
import { type Link, type LinkEffect, type LinkEvent, lost, machine } from './link.ts';

/** What a frame of `55 AA … CC 33` is for (developer.codepay.us, serial communication protocol). */
export const FRAME_KINDS = { data: 0, hello: 1, welcome: 2 } as const;

/** One frame: its kind, the number of the last one that came (0: none), its own number (0: it has no data), its data. */
export interface Numbered {
  readonly kind: number;
  readonly ack: number;
  readonly id: number;
  readonly data: Uint8Array;
}

/**
 * A link whose messages have numbers, 1 to 255 and again from 1, as Android terminals have it behind USB. The till says
 * hello before its first message, which has the terminal forget what it was about; a message is acknowledged by its number in
 * a frame of its own, and is sent again when that does not come. Nothing is refused: what cannot be used is passed over.
 */
export interface NumberedLinkOptions {
  frame(numbered: Numbered): Uint8Array;
  /** Who says hello. */
  readonly side: 'till' | 'terminal';
  /** How long an answer is waited for, nominal ms. */
  readonly answerMs: number;
  /** How often a frame is repeated at most. */
  readonly repeats: number;
  /** Whether this end can use a message now; of what it cannot, nothing is said. Default: everything. */
  accepts?(payload: Uint8Array): boolean;
}

interface State {
  /** The other end knows that a conversation has begun. */
  readonly connected: boolean;
  readonly sending: { readonly payload: Uint8Array; readonly id: number; readonly sent: number } | undefined;
  readonly waiting: readonly Uint8Array[];
  /** Of the last message that was sent. */
  readonly last: number;
  /** Of the last message that came. */
  readonly heard: number;
}

const NOTHING = new Uint8Array(0);

/** The link at its beginning. */
export function numberedLink(options: NumberedLinkOptions): Link {
  const { frame, side, answerMs, repeats, accepts = () => true } = options;
  type Step = { readonly state: State; readonly effects: readonly LinkEffect[] };
  const beginning: State = {
    connected: side === 'terminal',
    sending: undefined,
    waiting: [],
    last: 0,
    heard: 0,
  };
  const write = (numbered: Partial<Numbered>): LinkEffect => ({
    type: 'write',
    bytes: frame({ kind: FRAME_KINDS.data, ack: 0, id: 0, data: NOTHING, ...numbered }),
  });

  const transmit = (state: State, payload: Uint8Array, id: number, sent: number): Step => ({
    state: { ...state, sending: { payload, id, sent }, last: id },
    effects: [
      state.connected ? write({ id, data: payload }) : write({ kind: FRAME_KINDS.hello }),
      { type: 'timer', ms: answerMs },
    ],
  });
  const fresh = (state: State, payload: Uint8Array): Step =>
    transmit(state, payload, (state.last % 255) + 1, 1);

  const again = (state: State): Step => {
    const { sending, connected } = state;
    if (!sending) return { state, effects: [] };
    if (sending.sent <= repeats) {
      const step = transmit(state, sending.payload, sending.id, sending.sent + 1);
      return { ...step, effects: [note('no answer in time, frame repeated'), ...step.effects] };
    }
    const why = connected ? 'the message was not acknowledged' : 'nobody answers the hello';
    return {
      state: { ...state, connected: side === 'terminal', sending: undefined, waiting: [] },
      effects: [
        { type: 'timer', ms: undefined },
        { type: 'failed', why: `${why}, after ${sending.sent} times` },
      ],
    };
  };

  const acknowledged = (state: State, ack: number): Step => {
    if (ack === 0 || !state.connected || state.sending?.id !== ack) return { state, effects: [] };
    const [next, ...waiting] = state.waiting;
    const free: State = { ...state, sending: undefined, waiting };
    const over = [{ type: 'timer', ms: undefined }, { type: 'sent' }] as const;
    if (!next) return { state: free, effects: over };
    const step = fresh(free, next);
    return { ...step, effects: [...over, ...step.effects] };
  };

  /** A till has begun anew: what the terminal was about to tell it is of no use to it. */
  const greeted = (state: State): Step => ({
    state: beginning,
    effects: [
      { type: 'timer', ms: undefined },
      write({ kind: FRAME_KINDS.welcome }),
      ...(state.sending ? [{ type: 'failed', why: 'the till has begun anew' } as const] : []),
    ],
  });

  const heard = (state: State, { payload, form, head = {} }: Frame): Step => {
    const { kind = 0, ack = 0, id = 0 } = head;
    if (kind === FRAME_KINDS.hello && side === 'terminal') return greeted(state);
    if (kind === FRAME_KINDS.welcome && side === 'till') {
      if (state.connected || !state.sending) return { state, effects: [] };
      return transmit({ ...state, connected: true, heard: 0 }, state.sending.payload, state.sending.id, 1);
    }
    if (kind !== FRAME_KINDS.data) return { state, effects: [note(`a frame of kind ${kind}; not taken`)] };
    const before = acknowledged(state, ack);
    // Empty ones acknowledge, or say that somebody is still there.
    if (payload.length === 0) return before;
    if (id !== 0 && id === state.heard) {
      const effects = [...before.effects, write({ ack: id }), note('a frame was repeated; taken once')];
      return { state: before.state, effects };
    }
    if (!accepts(payload)) {
      return { ...before, effects: [...before.effects, note('a message that cannot be used now')] };
    }
    return {
      state: { ...before.state, heard: id },
      effects: [write({ ack: id }), ...before.effects, { type: 'deliver', payload, form }],
    };
  };

  const step = (state: State, event: LinkEvent): Step => {
    switch (event.type) {
      case 'send':
        if (!state.sending) return fresh(state, event.payload);
        return { state: { ...state, waiting: [...state.waiting, event.payload] }, effects: [] };
      case 'timeout':
        return again(state);
      case 'item': {
        const { item } = event;
        if (item.type === 'frame') return heard(state, item);
        if (item.type === 'discarded') return { state, effects: [lost(item.raw, item.why)] };
        const what =
          item.type === 'damaged' ? `damaged frame: ${item.why}` : `${item.name} has no meaning here`;
        return { state, effects: [note(what)] };
      }
    }
  };
  return machine<State>(beginning, step, ({ sending }) => sending === undefined);
}

const note = (text: string): LinkEffect => ({ type: 'note', text });
