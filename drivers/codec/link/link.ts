import type { FrameItem } from '../framing/scanner.ts';

/**
 * How two ends make sure that a message has arrived, as pure machines: an event goes in, effects and the next link come
 * out. The same machine serves the till and the terminal. Time is the interpreter's: a link has one timer, which it sets
 * and stops by an effect, and whose end is an event.
 */
export interface Link {
  on(event: LinkEvent): LinkStep;
  /** Nothing is on the way and nothing waits. */
  readonly idle: boolean;
}

export type LinkEvent =
  | { readonly type: 'send'; readonly payload: Uint8Array }
  | { readonly type: 'item'; readonly item: FrameItem }
  /** The time that a `timer` effect has set is over. */
  | { readonly type: 'timeout' };

export type LinkEffect =
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  /** A message for whoever talks over this link; `form` as the framing tells it. */
  | { readonly type: 'deliver'; readonly payload: Uint8Array; readonly form: string | undefined }
  /** The one timer, nominal ms from now; undefined stops it. */
  | { readonly type: 'timer'; readonly ms: number | undefined }
  /** The other end has what was sent. */
  | { readonly type: 'sent' }
  /** What was sent, and what waited behind it, is given up. */
  | { readonly type: 'failed'; readonly why: string }
  /** Something that a person who looks for a fault wants to know. */
  | { readonly type: 'note'; readonly text: string };

export interface LinkStep {
  readonly link: Link;
  readonly effects: readonly LinkEffect[];
}

/** A link from a state and a function on states. */
export function machine<State>(
  state: State,
  step: (
    state: State,
    event: LinkEvent,
  ) => { readonly state: State; readonly effects: readonly LinkEffect[] },
  idle: (state: State) => boolean,
): Link {
  return {
    idle: idle(state),
    on: (event) => {
      const next = step(state, event);
      return { link: machine(next.state, step, idle), effects: next.effects };
    },
  };
}

/** Bytes that say that a frame was right, or not. One character, or ACK ETX LRC as ECR17 has it. */
export interface Acknowledgements {
  readonly ack: Uint8Array;
  readonly nak: Uint8Array;
}

export const PLAIN: Acknowledgements = { ack: Uint8Array.of(0x06), nak: Uint8Array.of(0x15) };

/** How a payload is remembered to recognise it when it comes again. */
export const keyOf = (payload: Uint8Array, form: string | undefined): string =>
  `${form ?? ''}:${Buffer.from(payload).toString('hex')}`;

/** What is said of bytes that are no frame. */
export const lost = (raw: Uint8Array, why: string): LinkEffect => ({
  type: 'note',
  text: `${raw.length} byte${raw.length === 1 ? '' : 's'} discarded: ${why}`,
});
