import { BARRIER, dwell, HOME, linear, MODES, rapid, type Target, WINDOW } from './commands.ts';
import {
  MARLIN_HOME,
  MARLIN_IDENTITY,
  MARLIN_MODES,
  marlinDwell,
  marlinLinear,
  marlinPosition,
  marlinRapid,
} from './marlin.ts';
import type { Response } from './responses.ts';

/** The families of motion controllers that are told apart by what they answer. */
export const DIALECTS = ['grbl', 'grblhal', 'fluidnc', 'marlin'] as const;
export type DialectId = (typeof DIALECTS)[number];

/** How lines may be in flight. */
export interface Flow {
  /** Bytes, line ends included, that may be unacknowledged. */
  readonly window: number;
  /** Lines that may be unacknowledged. */
  readonly lines: number;
  /** Lines carry a number and a checksum, and the controller asks again for a damaged one. */
  readonly numbered: boolean;
}

/** What a driver must know about a family, as data. Sources: the families' own protocol documents. */
export interface Dialect {
  readonly id: DialectId;
  readonly title: string;
  readonly flow: Flow;
  /** Lines that make it tell who it is; the settings are read by `settings`. */
  readonly identity: readonly string[];
  readonly settings: readonly string[];
  /** Homing; one line after the other, each answered at its end. */
  readonly home: readonly string[];
  readonly modes: readonly string[];
  /** Answered only when all motion before it has ended. */
  readonly barrier: readonly string[];
  /** Asks where it stands: the real-time byte `?`, or a line. */
  readonly whereabouts: 'realtime' | readonly string[];
  /** Stops and restarts at once by the real-time byte 0x18; otherwise by these lines. */
  readonly reset: 'realtime' | readonly string[];
  /** The last error is the answer to every further line until an empty one. */
  readonly stickyErrors: boolean;
  /** `$$` lists `$13` and `$22`; without them it is refused. */
  readonly numberedSettings: boolean;
  rapid(target: Target, feed: number): string;
  linear(target: Target, feed: number): string;
  /** Milliseconds. */
  dwell(ms: number): string;
}

const GRBL: Omit<Dialect, 'id' | 'title'> = {
  flow: { window: WINDOW, lines: Number.POSITIVE_INFINITY, numbered: false },
  identity: ['$I'],
  settings: ['$$'],
  home: [HOME],
  modes: [MODES],
  barrier: [BARRIER],
  whereabouts: 'realtime',
  reset: 'realtime',
  stickyErrors: false,
  numberedSettings: true,
  rapid,
  linear,
  dwell,
};

export const DIALECT: Readonly<Record<DialectId, Dialect>> = {
  grbl: { ...GRBL, id: 'grbl', title: 'Grbl 1.1' },
  // At compatibility level 0 grblHAL repeats an error for every line of g-code that follows.
  grblhal: { ...GRBL, id: 'grblhal', title: 'grblHAL', stickyErrors: true },
  // Its configuration is YAML; which of Grbl's numbers `$$` shows depends on the machine.
  fluidnc: { ...GRBL, id: 'fluidnc', title: 'FluidNC', numberedSettings: false },
  marlin: {
    id: 'marlin',
    title: 'Marlin',
    flow: { window: 96, lines: 1, numbered: true },
    identity: [MARLIN_IDENTITY],
    settings: ['M503'],
    home: MARLIN_HOME,
    modes: MARLIN_MODES,
    barrier: ['M400'],
    whereabouts: ['M400', marlinPosition],
    reset: ['M410', MARLIN_IDENTITY],
    stickyErrors: false,
    numberedSettings: false,
    rapid: marlinRapid,
    linear: marlinLinear,
    dwell: marlinDwell,
  },
};

/**
 * Which family answers, by its greeting and by what it said about itself (`$I`, `M115`). Greetings can be changed by the
 * user on FluidNC and grblHAL, so what it says about itself counts more. Undefined: nothing that this knows.
 */
export function detectDialect(said: readonly Response[]): DialectId | undefined {
  const texts = said.flatMap((each) => {
    if (each.kind === 'banner') return [`banner ${each.firmware}`];
    if (each.kind === 'feedback') return [`${each.tag}:${each.text}`];
    return [];
  });
  const some = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  if (some(/^banner Marlin/)) return 'marlin';
  if (some(/^FIRMWARE:\s*grblHAL/i)) return 'grblhal';
  if (some(/^VER:.*FluidNC/i)) return 'fluidnc';
  if (some(/^banner FluidNC/)) return 'fluidnc';
  if (some(/^banner GrblHAL/i)) return 'grblhal';
  return some(/^(banner Grbl|VER:1\.1)/) ? 'grbl' : undefined;
}

/** Bytes of the receive buffer that `[OPT:codes,blocks,bytes]` of `$I` tells; undefined if it does not. */
export function receiveBufferOf(said: readonly Response[]): number | undefined {
  const options = said.find((each) => each.kind === 'feedback' && each.tag === 'OPT');
  const bytes = Number(options?.kind === 'feedback' ? options.text.split(',')[2] : Number.NaN);
  return Number.isInteger(bytes) && bytes >= 16 && bytes <= 1_000_000 ? bytes : undefined;
}
