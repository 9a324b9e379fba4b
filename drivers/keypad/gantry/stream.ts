import { WINDOW } from '../../codec/grbl/commands.ts';
import type { Response } from '../../codec/grbl/responses.ts';

/**
 * The dialogue with a Grbl-class controller as a pure state machine: state × event → state + effects. Flow control is
 * character counting: at most `WINDOW` bytes are ever unacknowledged, each `ok` or `error` acknowledges the oldest line.
 *
 * `starting`: nothing but a banner counts (an `ok` next to a reset or alarm proves nothing). `live`: lines flow.
 * `dead`: something happened after which the position is unknown; only a reset of ours leads out, to `starting`.
 */
export interface StreamState {
  readonly phase: 'starting' | 'live' | 'dead';
  /** Sent and not yet acknowledged, oldest first; bytes include the line end. */
  readonly flying: readonly { readonly id: number; readonly bytes: number }[];
  /** Not yet sent because the window is full. */
  readonly waiting: readonly { readonly id: number; readonly line: string }[];
}

export type StreamEvent =
  | { readonly type: 'submit'; readonly id: number; readonly line: string }
  | { readonly type: 'response'; readonly response: Response }
  /** The rig sends a soft reset, or has just opened the port. */
  | { readonly type: 'reset' }
  /** The rig stops believing: a deadline passed. */
  | { readonly type: 'give-up' };

/** Why the position is unknown. */
export type Cause =
  | { readonly why: 'alarm'; readonly code: number }
  | { readonly why: 'restart' }
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

export const FRESH: StreamState = { phase: 'starting', flying: [], waiting: [] };

/** One step. Submitting to a stream that is not live voids the line at once. */
export function step(state: StreamState, event: StreamEvent): Step {
  switch (event.type) {
    case 'submit':
      if (state.phase !== 'live') return [state, [{ do: 'void', ids: [event.id] }]];
      return fill({ ...state, waiting: [...state.waiting, { id: event.id, line: event.line }] });
    case 'reset':
      return [FRESH, voided(state)];
    case 'give-up':
      return die(state, { why: 'late' });
    case 'response':
      return hear(state, event.response);
  }
}

function hear(state: StreamState, response: Response): Step {
  const told: StreamEffect = { do: 'report', response };
  if (state.phase === 'starting') {
    if (response.kind !== 'banner') return [state, [told]];
    return [
      { ...FRESH, phase: 'live' },
      [{ do: 'ready', firmware: response.firmware, version: response.version }],
    ];
  }
  if (state.phase === 'dead') return [state, [told]];
  switch (response.kind) {
    case 'ok':
    case 'error': {
      const [oldest, ...flying] = state.flying;
      if (!oldest) return die(state, { why: 'out-of-step' });
      const settled: StreamEffect =
        response.kind === 'ok'
          ? { do: 'settle', id: oldest.id }
          : { do: 'settle', id: oldest.id, error: response.code };
      const [next, effects] = fill({ ...state, flying });
      return [next, [settled, ...effects]];
    }
    case 'alarm':
      return die(state, { why: 'alarm', code: response.code });
    case 'banner':
      return die(state, { why: 'restart' });
    default:
      return [state, [told]];
  }
}

/** Sends what fits into the window. A line longer than the window could never be sent; the encoder refuses those. */
function fill(state: StreamState): Step {
  const flying = [...state.flying];
  const waiting = [...state.waiting];
  const effects: StreamEffect[] = [];
  let used = flying.reduce((sum, line) => sum + line.bytes, 0);
  for (let next = waiting[0]; next && used + next.line.length + 1 <= WINDOW; next = waiting[0]) {
    waiting.shift();
    used += next.line.length + 1;
    flying.push({ id: next.id, bytes: next.line.length + 1 });
    effects.push({ do: 'send', line: next.line });
  }
  return [{ ...state, flying, waiting }, effects];
}

function die(state: StreamState, cause: Cause): Step {
  if (state.phase === 'dead') return [state, []];
  return [{ ...FRESH, phase: 'dead' }, [{ do: 'die', cause }, ...voided(state)]];
}

function voided(state: StreamState): StreamEffect[] {
  const ids = [...state.flying, ...state.waiting].map((line) => line.id);
  return ids.length > 0 ? [{ do: 'void', ids }] : [];
}
