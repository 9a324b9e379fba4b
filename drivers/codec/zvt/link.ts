import { dleCrc } from '../framing/dle-crc.ts';
import type { FrameItem } from '../framing/scanner.ts';

/**
 * The transport of ZVT, the same at both ends, as a pure machine: `(state, event) → state + effects`. On a serial line every
 * frame is acknowledged by ACK; NAK, or nothing for T2, has it sent again, twice at most. Over TCP there is neither.
 */

/** Timers of ZVT, nominal ms: between two bytes, for ACK, for the answer to a command, for what follows it. */
export const TIMERS = { t1: 200, t2: 5000, t3: 5000, t4: 180_000 } as const;
export const REPEATS = 2;

/**
 * How long a frame that has begun may pause, nominal ms. T1 is of serial lines; a network delivers a message in pieces whenever
 * it likes, so that there it only ends what will never be whole. However fast the clock runs, the machine may stall an end.
 * @param rate nominal ms a wall ms
 */
export const pauseIn = (serial: boolean, rate: number): number =>
  serial ? Math.max(TIMERS.t1, 60 * rate) : Math.max(TIMERS.t3, 1000 * rate);

/** What a machine does by itself is waited for at least so long, wall ms, however fast the clock runs. */
const LEAST_ANSWER_WALL_MS = 150;

/**
 * How long an answer is waited for that a machine gives by itself (T2, T3), nominal ms: at a clock that runs fast, a stall of
 * the computer is no silence of the other end.
 * @param rate nominal ms a wall ms
 * @param least wall ms that the other end may need for work of its own
 */
export const answerWithin = (ms: number, rate: number, least = LEAST_ANSWER_WALL_MS): number =>
  Math.max(ms, least * rate);

export interface LinkState {
  readonly acknowledged: boolean;
  /** Frame on the way, with how often it was sent; more wait behind it. */
  readonly sending: { readonly apdu: Uint8Array; readonly sent: number } | undefined;
  readonly waiting: readonly Uint8Array[];
  /** What came last, as long as nothing of ours has been acknowledged since: the same again is a repetition. */
  readonly heard: string | undefined;
}

export type LinkEvent =
  | { readonly type: 'send'; readonly apdu: Uint8Array }
  | { readonly type: 'item'; readonly item: FrameItem }
  | { readonly type: 'no-ack' };

export type LinkEffect =
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'deliver'; readonly apdu: Uint8Array }
  /** T2 starts, or stops. */
  | { readonly type: 'await-ack'; readonly on: boolean }
  /** Sent three times for nothing. */
  | { readonly type: 'failed'; readonly why: string }
  | { readonly type: 'note'; readonly text: string };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

const ACK = Uint8Array.of(0x06);
const NAK = Uint8Array.of(0x15);
const serial = dleCrc();
/** 06 B0, which a till may say at any time. */
const ABORT = '06b000';

export const startLink = (acknowledged: boolean): LinkState => ({
  acknowledged,
  sending: undefined,
  waiting: [],
  heard: undefined,
});

/** One step of the transport. */
export function linkStep(state: LinkState, event: LinkEvent): LinkStep {
  switch (event.type) {
    case 'send':
      if (!state.acknowledged) return { state, effects: [{ type: 'write', bytes: event.apdu }] };
      if (state.sending) return { state: { ...state, waiting: [...state.waiting, event.apdu] }, effects: [] };
      return transmit(state, event.apdu, 1);
    case 'no-ack':
      return again(state, 'no ACK in time');
    case 'item':
      return arrived(state, event.item);
  }
}

function transmit(state: LinkState, apdu: Uint8Array, sent: number): LinkStep {
  return {
    state: { ...state, sending: { apdu, sent } },
    effects: [
      { type: 'write', bytes: serial.frame(apdu) },
      { type: 'await-ack', on: true },
    ],
  };
}

function again(state: LinkState, why: string): LinkStep {
  const { sending } = state;
  if (!sending) return { state, effects: [] };
  if (sending.sent <= REPEATS) {
    const step = transmit(state, sending.apdu, sending.sent + 1);
    return { ...step, effects: [{ type: 'note', text: `${why}, frame repeated` }, ...step.effects] };
  }
  return {
    // Whatever comes next is new: the other end has given up too, or begins anew.
    state: { ...state, sending: undefined, waiting: [], heard: undefined },
    effects: [
      { type: 'await-ack', on: false },
      { type: 'failed', why: `${why}, after ${sending.sent} times` },
    ],
  };
}

function arrived(state: LinkState, item: FrameItem): LinkStep {
  switch (item.type) {
    case 'control':
      if (item.name === 'NAK') return again(state, 'NAK');
      return item.name === 'ACK' ? acknowledged(state) : { state, effects: [] };
    case 'damaged': {
      const note = { type: 'note', text: `damaged frame: ${item.why}` } as const;
      return { state, effects: state.acknowledged ? [note, { type: 'write', bytes: NAK }] : [note] };
    }
    case 'discarded':
      return { state, effects: [{ type: 'note', text: `${item.raw.length} bytes discarded: ${item.why}` }] };
    case 'frame':
      return heard(state, item.payload);
  }
}

function acknowledged(state: LinkState): LinkStep {
  // A late ACK, for a frame that was acknowledged already, says nothing.
  if (!state.sending) return { state, effects: [{ type: 'note', text: 'an ACK that nobody waits for' }] };
  const [next, ...waiting] = state.waiting;
  const free = { ...state, sending: undefined, waiting, heard: undefined };
  const stop = { type: 'await-ack', on: false } as const;
  if (!next) return { state: free, effects: [stop] };
  const step = transmit(free, next, 1);
  return { ...step, effects: [stop, ...step.effects] };
}

function heard(state: LinkState, apdu: Uint8Array): LinkStep {
  if (!state.acknowledged) return { state, effects: [{ type: 'deliver', apdu }] };
  const key = Buffer.from(apdu).toString('hex');
  const ack = { type: 'write', bytes: ACK } as const;
  if (state.heard === key) {
    return { state, effects: [ack, { type: 'note', text: 'a frame was repeated; taken once' }] };
  }
  // Who says something new has heard what was said before, or has forgotten it: the ACK got lost. An abort may cross anything.
  const before: LinkStep = state.sending && key !== ABORT ? acknowledged(state) : { state, effects: [] };
  return {
    state: { ...before.state, heard: key },
    effects: [ack, ...before.effects, { type: 'deliver', apdu }],
  };
}
