import { CONTROL_BYTES, type FrameItem } from '../framing/scanner.ts';
import { keyOf, type Link, type LinkEffect, type LinkEvent, lost, machine } from './link.ts';

/**
 * The ENQ/ACK/EOT conversation of Concert on a serial line: whoever has something to say asks for the line by ENQ, gets
 * ACK, sends its one frame, gets ACK for it, and gives the line back by EOT. Each answer is waited for, each question is
 * repeated a few times; ENQ after an EOT that clears the line. Half duplex: who is being spoken to does not speak.
 */
export interface ConversationLinkOptions {
  /** Puts the framing around a payload. */
  frame(payload: Uint8Array): Uint8Array;
  /** How long an answer to ENQ, a frame or the next of the other end is waited for, nominal ms. */
  readonly answerMs: number;
  /** How often ENQ or a frame is repeated at most. */
  readonly repeats: number;
  /** Both ask for the line at once: this end lets the other go first. */
  readonly yields: boolean;
  /** Whether this end can use a message; what it cannot is answered by NAK. Default: everything. */
  accepts?(payload: Uint8Array): boolean;
}

interface State {
  /**
   * `idle`: nobody has the line · `asking`: ENQ is on its way · `sending`: the frame is · `listening`: the other end has the
   * line · `heard`: its frame was taken, EOT is due.
   */
  readonly phase: 'idle' | 'asking' | 'sending' | 'listening' | 'heard';
  readonly queue: readonly Uint8Array[];
  /** How often ENQ, or the frame, has been sent. */
  readonly tries: number;
  /** What came last, as long as nothing of ours has been acknowledged since. */
  readonly heard: string | undefined;
}

type Step = { readonly state: State; readonly effects: readonly LinkEffect[] };
const write = (...bytes: readonly number[]): LinkEffect => ({ type: 'write', bytes: Uint8Array.from(bytes) });
const note = (text: string): LinkEffect => ({ type: 'note', text });
const { ACK, NAK, ENQ, EOT } = CONTROL_BYTES;

/** The link at its beginning. */
export function conversationLink(options: ConversationLinkOptions): Link {
  const { frame, answerMs, repeats, yields } = options;
  const timer = { type: 'timer', ms: answerMs } as const;
  const noTimer = { type: 'timer', ms: undefined } as const;

  /** The line is free: whoever waits asks for it. */
  const free = (state: State, effects: readonly LinkEffect[]): Step => {
    if (state.queue.length === 0) {
      return { state: { ...state, phase: 'idle', tries: 0 }, effects: [...effects, noTimer] };
    }
    return { state: { ...state, phase: 'asking', tries: 1 }, effects: [...effects, write(ENQ), timer] };
  };

  const giveUp = (state: State, why: string): Step => ({
    state: { phase: 'idle', queue: [], tries: 0, heard: undefined },
    effects: [write(EOT), noTimer, { type: 'failed', why: `${why}, after ${state.tries} times` }],
  });

  const again = (state: State, why: string): Step => {
    if (state.phase !== 'asking' && state.phase !== 'sending') return { state, effects: [note(why)] };
    if (state.tries > repeats) return giveUp(state, why);
    const next = { ...state, tries: state.tries + 1 };
    const says = note(`${why}, ${state.phase === 'asking' ? 'asked for the line again' : 'frame repeated'}`);
    if (state.phase === 'asking') return { state: next, effects: [says, write(EOT), write(ENQ), timer] };
    return { state: next, effects: [says, ...framed(state), timer] };
  };

  const framed = ({ queue: [payload] }: State): readonly LinkEffect[] =>
    payload ? [{ type: 'write', bytes: frame(payload) }] : [];

  const acknowledged = (state: State): Step => {
    if (state.phase === 'asking') {
      return { state: { ...state, phase: 'sending', tries: 1 }, effects: [...framed(state), timer] };
    }
    if (state.phase !== 'sending') return { state, effects: [note('an ACK that nobody waits for')] };
    const rest: State = { ...state, queue: state.queue.slice(1), heard: undefined };
    return free(rest, [write(EOT), { type: 'sent' }]);
  };

  const asked = (state: State): Step => {
    switch (state.phase) {
      case 'asking':
        if (!yields) return { state, effects: [note('both ask for the line; this end keeps on')] };
        return {
          state: { ...state, phase: 'listening', tries: 0 },
          effects: [note('both ask for the line; this end lets the other speak'), write(ACK), timer],
        };
      case 'sending':
        // Nobody asks for the line in the middle of a frame: the other end has begun anew and knows nothing of ours.
        return again(state, 'ENQ instead of ACK');
      default:
        return { state: { ...state, phase: 'listening', tries: 0 }, effects: [write(ACK), timer] };
    }
  };

  /** Whoever sends a frame believes that it has the line, also when this end has given the line up in the meantime. */
  const taken = (state: State, { payload, form }: Extract<FrameItem, { type: 'frame' }>): Step => {
    const key = keyOf(payload, form);
    const after: State = { ...state, phase: 'heard', heard: key };
    if (state.phase === 'sending') {
      return { state, effects: [note('a frame while this end has the line; not taken')] };
    }
    if (state.heard === key) {
      return { state: after, effects: [write(ACK), note('a frame was repeated; taken once'), timer] };
    }
    if (options.accepts && !options.accepts(payload)) {
      return { state, effects: [write(NAK), note('a message that cannot be used now was refused'), timer] };
    }
    return { state: after, effects: [write(ACK), { type: 'deliver', payload, form }, timer] };
  };

  const arrived = (state: State, item: FrameItem): Step => {
    switch (item.type) {
      case 'control':
        if (item.name === 'ACK') return acknowledged(state);
        if (item.name === 'NAK') return again(state, 'NAK');
        if (item.name === 'ENQ') return asked(state);
        if (state.phase === 'listening' || state.phase === 'heard') return free(state, []);
        if (state.phase === 'sending') return again(state, 'EOT instead of ACK');
        return { state, effects: [] };
      case 'frame':
        return taken(state, item);
      case 'damaged': {
        const says = note(`damaged frame: ${item.why}`);
        const listening = state.phase === 'listening' || state.phase === 'heard';
        return { state, effects: listening ? [says, write(NAK), timer] : [says] };
      }
      case 'discarded':
        return { state, effects: [lost(item.raw, item.why)] };
    }
  };

  const step = (state: State, event: LinkEvent): Step => {
    switch (event.type) {
      case 'send': {
        const next = { ...state, queue: [...state.queue, event.payload] };
        return state.phase === 'idle' ? free(next, []) : { state: next, effects: [] };
      }
      case 'timeout':
        if (state.phase === 'asking' || state.phase === 'sending') return again(state, 'no answer in time');
        // The other end has gone silent in the middle: the line is free again.
        return state.phase === 'idle' ? { state, effects: [] } : free(state, [note('the line fell silent')]);
      case 'item':
        return arrived(state, event.item);
    }
  };

  return machine<State>(
    { phase: 'idle', queue: [], tries: 0, heard: undefined },
    step,
    ({ phase, queue }) => phase === 'idle' && queue.length === 0,
  );
}
