import type { FrameItem } from '../framing/scanner.ts';
import {
  type Acknowledgements,
  keyOf,
  type Link,
  type LinkEffect,
  type LinkEvent,
  lost,
  machine,
  PLAIN,
} from './link.ts';

/**
 * A link where every frame is answered by ACK or NAK, as Transbank, ECR17 and most of the `STX … ETX LRC` family have it. A
 * frame is sent again after NAK, or when nothing came in time; so often, and then it is given up.
 */
export interface AcknowledgedLinkOptions {
  /** Puts the framing around a payload. */
  frame(payload: Uint8Array): Uint8Array;
  /** How long ACK is waited for, nominal ms. */
  readonly ackMs: number;
  /** How often a frame is repeated at most. */
  readonly repeats: number;
  readonly acknowledgements?: Acknowledgements;
  /** Forms of frames that are not acknowledged: the progress text of ECR17. */
  readonly unacknowledged?: readonly string[];
  /** Whether this end can use a message; what it cannot is answered by NAK. Default: everything. */
  accepts?(payload: Uint8Array): boolean;
}

interface State {
  readonly sending: { readonly payload: Uint8Array; readonly sent: number } | undefined;
  readonly waiting: readonly Uint8Array[];
  /**
   * What came last, as long as nothing of ours has been acknowledged since: the same again is a repetition. There are no
   * numbers on these frames to tell one from another.
   */
  readonly heard: string | undefined;
}

/** The link at its beginning. */
export function acknowledgedLink(options: AcknowledgedLinkOptions): Link {
  const { frame, ackMs, repeats, acknowledgements = PLAIN, unacknowledged = [] } = options;
  type Step = { readonly state: State; readonly effects: readonly LinkEffect[] };

  const transmit = (state: State, payload: Uint8Array, sent: number): Step => ({
    state: { ...state, sending: { payload, sent } },
    effects: [
      { type: 'write', bytes: frame(payload) },
      { type: 'timer', ms: ackMs },
    ],
  });

  const again = (state: State, why: string): Step => {
    const { sending } = state;
    if (!sending) return { state, effects: [{ type: 'note', text: `${why}, and nothing is on its way` }] };
    if (sending.sent <= repeats) {
      const step = transmit(state, sending.payload, sending.sent + 1);
      return { ...step, effects: [{ type: 'note', text: `${why}, frame repeated` }, ...step.effects] };
    }
    return {
      // Whatever comes next is new: the other end has given up too.
      state: { sending: undefined, waiting: [], heard: undefined },
      effects: [
        { type: 'timer', ms: undefined },
        { type: 'failed', why: `${why}, after ${sending.sent} times` },
      ],
    };
  };

  const acknowledged = (state: State): Step => {
    // A late ACK, for a frame that was acknowledged already, says nothing.
    if (!state.sending) return { state, effects: [{ type: 'note', text: 'an ACK that nobody waits for' }] };
    const [next, ...waiting] = state.waiting;
    const free: State = { sending: undefined, waiting, heard: undefined };
    const over = [{ type: 'timer', ms: undefined }, { type: 'sent' }] as const;
    if (!next) return { state: free, effects: over };
    const step = transmit(free, next, 1);
    return { ...step, effects: [...over, ...step.effects] };
  };

  const heard = (state: State, { payload, form }: Extract<FrameItem, { type: 'frame' }>): Step => {
    const deliver = { type: 'deliver', payload, form } as const;
    if (form !== undefined && unacknowledged.includes(form)) return { state, effects: [deliver] };
    const ack = { type: 'write', bytes: acknowledgements.ack } as const;
    const key = keyOf(payload, form);
    if (state.heard === key) {
      return { state, effects: [ack, { type: 'note', text: 'a frame was repeated; taken once' }] };
    }
    if (options.accepts && !options.accepts(payload)) {
      return {
        state,
        effects: [
          { type: 'write', bytes: acknowledgements.nak },
          { type: 'note', text: 'a message that cannot be used now was refused' },
        ],
      };
    }
    // An answer says more than the ACK that got lost before it.
    const before: Step = state.sending ? acknowledged(state) : { state, effects: [] };
    return {
      state: { ...before.state, heard: key },
      effects: [ack, ...before.effects, deliver],
    };
  };

  const arrived = (state: State, item: FrameItem): Step => {
    switch (item.type) {
      case 'control':
        if (item.name === 'ACK') return acknowledged(state);
        if (item.name === 'NAK') return again(state, 'NAK');
        return { state, effects: [{ type: 'note', text: `${item.name} has no meaning here` }] };
      case 'damaged':
        return {
          state,
          effects: [
            { type: 'note', text: `damaged frame: ${item.why}` },
            { type: 'write', bytes: acknowledgements.nak },
          ],
        };
      case 'discarded':
        return { state, effects: [lost(item.raw, item.why)] };
      case 'frame':
        return heard(state, item);
    }
  };

  const step = (state: State, event: LinkEvent): Step => {
    switch (event.type) {
      case 'send':
        if (!state.sending) return transmit(state, event.payload, 1);
        return { state: { ...state, waiting: [...state.waiting, event.payload] }, effects: [] };
      case 'timeout':
        return state.sending ? again(state, 'no ACK in time') : { state, effects: [] };
      case 'item':
        return arrived(state, event.item);
    }
  };

  return machine<State>(
    { sending: undefined, waiting: [], heard: undefined },
    step,
    ({ sending }) => sending === undefined,
  );
}
