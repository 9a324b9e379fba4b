import type { Flow } from '../../codec/grbl/dialects.ts';
import { numbered, UNKNOWN_COMMAND } from '../../codec/grbl/marlin.ts';
import type { Response } from '../../codec/grbl/responses.ts';

/**
 * The dialogue with a Grbl-class controller as a pure state machine: state × event → state + effects. Flow control is
 * character counting: at most `flow.window` bytes are ever unacknowledged, each `ok` or `error` acknowledges the oldest
 * line. With numbered lines (Marlin) a damaged one is sent again when the controller asks for it.
 *
 * `starting`: nothing but a banner counts (an `ok` next to a reset or alarm proves nothing). `live`: lines flow.
 * `dead`: something happened after which the position is unknown; only a reset of ours leads out, to `starting`.
 */
export interface StreamState {
  readonly phase: 'starting' | 'live' | 'dead';
  readonly flow: Flow;
  /** Sent and not yet acknowledged, oldest first; bytes include the line end. */
  readonly flying: readonly Flying[];
  /** Not yet sent because the window is full. */
  readonly waiting: readonly { readonly id: number; readonly line: string }[];
  /** Number of the next line, where lines are numbered; counted from 0 after every start. */
  readonly next: number;
  /** So many of the next `ok` acknowledge nothing: they end a request to resend, or the answer to who it is. */
  readonly idle: number;
}

interface Flying {
  readonly id: number;
  readonly bytes: number;
  /** Of a numbered line: what to send again, and how often that was done. */
  readonly again?: { readonly line: string; readonly number: number; readonly times: number };
  readonly refused?: boolean;
}

export type StreamEvent =
  | { readonly type: 'submit'; readonly id: number; readonly line: string }
  | { readonly type: 'response'; readonly response: Response }
  /** The rig sends a soft reset, or has just opened the port. */
  | { readonly type: 'reset' }
  /** The dialect has become known. Only while nothing is in flight. */
  | { readonly type: 'flow'; readonly flow: Flow }
  /** The rig stops believing: a deadline passed. */
  | { readonly type: 'give-up' };

/** Why the position is unknown. */
export type Cause =
  | { readonly why: 'alarm'; readonly code: number }
  | { readonly why: 'fault'; readonly text: string }
  | { readonly why: 'restart' }
  /** Something spoke up on the port that is not what has homed. */
  | { readonly why: 'stranger'; readonly said: 'alarm' | 'banner' | 'fault' }
  | { readonly why: 'out-of-step' }
  | { readonly why: 'late' };

export type StreamEffect =
  | { readonly do: 'send'; readonly line: string }
  | { readonly do: 'settle'; readonly id: number; readonly error?: number }
  /** These lines will never be acknowledged; whether they were executed is unknown. */
  | { readonly do: 'void'; readonly ids: readonly number[] }
  | { readonly do: 'ready'; readonly firmware: string; readonly version: string }
  | { readonly do: 'report'; readonly response: Response }
  | { readonly do: 'die'; readonly cause: Cause };

export type Step = readonly [StreamState, readonly StreamEffect[]];

/** How often a line that arrives damaged is sent again before the wire is given up. */
const RESENDS = 4;

/** A stream of which nothing is known yet. */
export const fresh = (flow: Flow): StreamState => ({
  phase: 'starting',
  flow,
  flying: [],
  waiting: [],
  next: 0,
  idle: 0,
});

/** One step. Submitting to a stream that is not live voids the line at once. */
export function step(state: StreamState, event: StreamEvent): Step {
  switch (event.type) {
    case 'submit':
      if (state.phase !== 'live') return [state, [{ do: 'void', ids: [event.id] }]];
      return fill({ ...state, waiting: [...state.waiting, { id: event.id, line: event.line }] });
    case 'reset':
      return [fresh(state.flow), voided(state)];
    case 'flow':
      return [{ ...state, flow: event.flow }, []];
    case 'give-up':
      return die(state, { why: 'late' });
    case 'response':
      return hear(state, event.response);
  }
}

function hear(state: StreamState, response: Response): Step {
  const told: StreamEffect = { do: 'report', response };
  if (state.phase === 'starting') {
    if (response.kind !== 'banner' && response.kind !== 'identity') return [state, [told]];
    // A controller that is asked who it is says so before the `ok` of that question.
    const idle = response.kind === 'identity' ? 1 : 0;
    const { firmware, version } = response;
    return [{ ...fresh(state.flow), phase: 'live', idle }, [{ do: 'ready', firmware, version }]];
  }
  if (state.phase === 'dead') return [state, [told]];
  switch (response.kind) {
    case 'ok':
      if (state.idle > 0) return [{ ...state, idle: state.idle - 1 }, []];
      return settle(state);
    case 'error':
      return settle(state, response.code);
    case 'refused': {
      const [oldest, ...rest] = state.flying;
      return [oldest ? { ...state, flying: [{ ...oldest, refused: true }, ...rest] } : state, [told]];
    }
    case 'resend':
      return resend(state, response.number);
    case 'alarm':
      return die(state, { why: 'alarm', code: response.code });
    case 'fault':
      return die(state, { why: 'fault', text: response.text });
    case 'banner':
      return die(state, { why: 'restart' });
    case 'stranger':
      return die(state, { why: 'stranger', said: response.said });
    default:
      return [state, [told]];
  }
}

function settle(state: StreamState, error?: number): Step {
  const [oldest, ...flying] = state.flying;
  if (!oldest) return die(state, { why: 'out-of-step' });
  const code = error ?? (oldest.refused ? UNKNOWN_COMMAND : undefined);
  const settled: StreamEffect = {
    do: 'settle',
    id: oldest.id,
    ...(code === undefined ? {} : { error: code }),
  };
  const [next, effects] = fill({ ...state, flying });
  return [next, [settled, ...effects]];
}

function resend(state: StreamState, number: number): Step {
  const [oldest, ...rest] = state.flying;
  const again = oldest?.again;
  if (!oldest || !again || again.number !== number || again.times >= RESENDS) {
    return die(state, { why: 'out-of-step' });
  }
  const flying = [{ ...oldest, again: { ...again, times: again.times + 1 } }, ...rest];
  return [{ ...state, flying, idle: state.idle + 1 }, [{ do: 'send', line: again.line }]];
}

/** Sends what fits into the window. A line longer than the window could never be sent; the encoder refuses those. */
function fill(state: StreamState): Step {
  const { flow } = state;
  const flying = [...state.flying];
  const waiting = [...state.waiting];
  const effects: StreamEffect[] = [];
  let number = state.next;
  let used = flying.reduce((sum, line) => sum + line.bytes, 0);
  for (let next = waiting[0]; next && flying.length < flow.lines; next = waiting[0]) {
    const line = flow.numbered ? numbered(number, next.line) : next.line;
    const bytes = line.length + 1;
    if (used + bytes > flow.window) break;
    waiting.shift();
    used += bytes;
    flying.push({ id: next.id, bytes, ...(flow.numbered ? { again: { line, number, times: 0 } } : {}) });
    if (flow.numbered) number += 1;
    effects.push({ do: 'send', line });
  }
  return [{ ...state, flying, waiting, next: number }, effects];
}

function die(state: StreamState, cause: Cause): Step {
  if (state.phase === 'dead') return [state, []];
  return [{ ...fresh(state.flow), phase: 'dead' }, [{ do: 'die', cause }, ...voided(state)]];
}

function voided(state: StreamState): StreamEffect[] {
  const ids = [...state.flying, ...state.waiting].map((line) => line.id);
  return ids.length > 0 ? [{ do: 'void', ids }] : [];
}
