import type { DialectId } from '../../codec/grbl/dialects.ts';
import type { Point } from '../../codec/grbl/responses.ts';
import type { Settings } from '../gantry/settings.ts';
import type { Talk } from './talk.ts';

/** What came of one case. `differs`: not as the table of its dialect says, but nothing that a press depends on. */
export interface Outcome {
  readonly result: 'ok' | 'differs' | 'skipped' | 'failed';
  /** What was observed, or why it was skipped or failed. */
  readonly note?: string;
}

/** What is known of the controller by now; cases fill it in. */
export interface Found {
  settings: Settings;
  /** Where it stood first, as it reported it. */
  start: Point | undefined;
  /** `$X` was accepted, or it was never locked. */
  unlocked: boolean;
  /** It has homed on this connection. */
  homed: boolean;
}

/** One transcript: what is sent, and what must come back in which order. Throws Mismatch. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly dialects: readonly DialectId[];
  /** Moves the machine: only with `--allow-motion`. */
  readonly moves?: true;
  run(talk: Talk, found: Found, box: number): Promise<Outcome>;
}

export const ok = (note?: string): Outcome => ({ result: 'ok', ...(note === undefined ? {} : { note }) });
export const differs = (note: string): Outcome => ({ result: 'differs', note });
export const skipped = (note: string): Outcome => ({ result: 'skipped', note });
