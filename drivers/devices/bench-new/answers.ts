import type { PlaneName } from '../../../rig/model/event.ts';

/** What a lab has on its bench, as asked or as given on the command line. Undefined: not there (yet). */
export interface Answers {
  readonly id: string;
  readonly title: string;
  /** Id of a shipped profile, or a path. */
  readonly profile: string;
  /** Host dialect of the profile. */
  readonly dialect: string;
  /** Address that the terminal dials, HOST:PORT on this machine. */
  readonly listen: string;
  readonly keypad?: string;
  readonly card?: string;
  readonly power?: string;
  readonly display?: string;
  readonly printer?: string;
  /** Serial port, or HOST:PORT of the terminal. */
  readonly till?: string;
}

/** A fixture that is asked for: its plane, and what to say of it. */
export interface Part {
  readonly plane: PlaneName & keyof Answers;
  readonly question: string;
  /** What a device on a port says of itself, for `--probe`: the word after `id `, or `grbl`. */
  readonly speaks?: string;
}

/** In the order in which they are asked for. */
export const PARTS: readonly Part[] = [
  {
    plane: 'keypad',
    question: 'Serial port of the motion controller (Grbl, grblHAL, FluidNC, Marlin) of the finger',
    speaks: 'grbl',
  },
  { plane: 'card', question: 'Serial port of the card actuator', speaks: 'posrig-card' },
  {
    plane: 'power',
    question: "Serial port of the relay in the terminal's mains lead",
    speaks: 'posrig-relay',
  },
  { plane: 'display', question: 'Serial port of the screen reader', speaks: 'posrig-screen' },
  { plane: 'printer', question: "Serial port in the place of the terminal's receipt printer" },
  { plane: 'till', question: 'Till link (ZVT): serial port, or HOST:PORT of the terminal' },
];
