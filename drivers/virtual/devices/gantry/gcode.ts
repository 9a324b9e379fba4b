import { AXES, type Axis, mapAxes, type Point } from './trapezoid.ts';

/**
 * The subset of Grbl's G-code that a press needs, as pure functions: a line in, what it asks for out. Error numbers are
 * Grbl's own (1.1 interface notes). Not there: arcs, probing, work offsets, G28/G30, G92, M0; they answer error 20.
 */

export interface Modal {
  readonly motion: 'G0' | 'G1' | 'G80';
  readonly units: 'G20' | 'G21';
  readonly distance: 'G90' | 'G91';
  readonly system: string;
  readonly plane: string;
  readonly spindle: 'M3' | 'M4' | 'M5';
  readonly coolant: string;
  /** mm/min; 0 = never given. */
  readonly feed: number;
  readonly speed: number;
  readonly tool: number;
}

/** Modal state after power-up and after every reset. */
export const FRESH_MODAL: Modal = {
  motion: 'G0',
  units: 'G21',
  distance: 'G90',
  system: 'G54',
  plane: 'G17',
  spindle: 'M5',
  coolant: 'M9',
  feed: 0,
  speed: 0,
  tool: 0,
};

/** What a line asks the machine to do, in order. `feed` in mm/min, absent for a rapid. */
export type Action =
  | { readonly do: 'drain' }
  | { readonly do: 'dwell'; readonly ms: number }
  | { readonly do: 'move'; readonly to: Point; readonly feed?: number };

export type Interpretation =
  | { readonly error: number }
  | { readonly modal: Modal; readonly actions: readonly Action[] };

interface Word {
  readonly letter: string;
  readonly value: number;
}

/** Splits a cleaned line into words. Error 1: a letter is missing; 2: a number is. */
export function wordsOf(line: string): Word[] | { error: number } {
  const words: Word[] = [];
  const pattern = /([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))?/y;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (!match) return { error: 1 };
    if (match[2] === undefined) return { error: 2 };
    words.push({ letter: match[1] ?? '', value: Number(match[2]) });
  }
  return words;
}

type Change = Partial<Modal>;

/** G and M codes by modal group; a group may be used once a line. */
const CODES: Readonly<Record<string, { readonly group: string; readonly set?: Change }>> = {
  G0: { group: 'motion', set: { motion: 'G0' } },
  G1: { group: 'motion', set: { motion: 'G1' } },
  G80: { group: 'motion', set: { motion: 'G80' } },
  G4: { group: 'once' },
  G53: { group: 'once' },
  G17: { group: 'plane', set: { plane: 'G17' } },
  G18: { group: 'plane', set: { plane: 'G18' } },
  G19: { group: 'plane', set: { plane: 'G19' } },
  G20: { group: 'units', set: { units: 'G20' } },
  G21: { group: 'units', set: { units: 'G21' } },
  G40: { group: 'cutter' },
  G49: { group: 'length' },
  G61: { group: 'path' },
  G90: { group: 'distance', set: { distance: 'G90' } },
  G91: { group: 'distance', set: { distance: 'G91' } },
  'G91.1': { group: 'arc' },
  G94: { group: 'feed' },
  ...Object.fromEntries(
    ['G54', 'G55', 'G56', 'G57', 'G58', 'G59'].map((system) => [
      system,
      { group: 'system', set: { system } },
    ]),
  ),
  M2: { group: 'program' },
  M30: { group: 'program' },
  M3: { group: 'spindle', set: { spindle: 'M3' } },
  M4: { group: 'spindle', set: { spindle: 'M4' } },
  M5: { group: 'spindle', set: { spindle: 'M5' } },
  M7: { group: 'coolant', set: { coolant: 'M7' } },
  M8: { group: 'coolant', set: { coolant: 'M8' } },
  M9: { group: 'coolant', set: { coolant: 'M9' } },
};
/** Codes that a jog line may hold beside its axis words and F. */
const JOG_CODES: ReadonlySet<string> = new Set(['G20', 'G21', 'G90', 'G91', 'G53']);
const VALUE_LETTERS = 'FIJKLNPRSTXYZ';
const NEVER_NEGATIVE = 'FNPST';
const MM_PER_INCH = 25.4;
const MAX_LINE_NUMBER = 9_999_999;

interface Sorted {
  readonly codes: ReadonlySet<string>;
  readonly values: Map<string, number>;
  readonly change: Change;
}

/** Words by kind; error 20 unknown word, 21 two of a group, 23 fraction where none may be, 25 repeated, 27 line number. */
function sort(words: readonly Word[]): Sorted | { error: number } {
  const codes = new Set<string>();
  const groups = new Set<string>();
  const values = new Map<string, number>();
  let change: Change = {};
  for (const { letter, value } of words) {
    if (letter === 'G' || letter === 'M') {
      if (letter === 'M' && !Number.isInteger(value)) return { error: 23 };
      const code = `${letter}${value}`;
      const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
      if (!known) return { error: 20 };
      if (groups.has(known.group)) return { error: 21 };
      groups.add(known.group);
      codes.add(code);
      change = { ...change, ...known.set };
    } else {
      if (!VALUE_LETTERS.includes(letter)) return { error: 20 };
      if (values.has(letter)) return { error: 25 };
      if (letter === 'N' && value > MAX_LINE_NUMBER) return { error: 27 };
      if (NEVER_NEGATIVE.includes(letter) && value < 0) return { error: 4 };
      values.set(letter, value);
    }
  }
  values.delete('N');
  return { codes, values, change };
}

const given = (values: ReadonlyMap<string, number>, axis: Axis) => values.get(axis.toUpperCase());
const hasAxes = (values: ReadonlyMap<string, number>) =>
  AXES.some((axis) => given(values, axis) !== undefined);

function targetOf(
  values: ReadonlyMap<string, number>,
  from: Point,
  incremental: boolean,
  scale: number,
): Point {
  return mapAxes((axis) => {
    const value = given(values, axis);
    if (value === undefined) return from[axis];
    return value * scale + (incremental ? from[axis] : 0);
  });
}

/**
 * Interprets one cleaned line of G-code.
 * @param position where the machine will stand when everything queued is done, machine mm
 */
export function interpret(line: string, modal: Modal, position: Point): Interpretation {
  const words = wordsOf(line);
  if ('error' in words) return words;
  const sorted = sort(words);
  if ('error' in sorted) return sorted;
  const { codes, values, change } = sorted;
  let next: Modal = { ...modal, ...change };
  const scale = next.units === 'G20' ? MM_PER_INCH : 1;
  const take = (letter: string) => {
    const value = values.get(letter);
    values.delete(letter);
    return value;
  };
  const actions: Action[] = [];

  const feed = take('F');
  const speed = take('S');
  const tool = take('T');
  next = {
    ...next,
    ...(feed === undefined ? {} : { feed: feed * scale }),
    ...(speed === undefined ? {} : { speed }),
    ...(tool === undefined ? {} : { tool: Math.trunc(tool) }),
  };
  // Outputs switch when everything before them is done.
  if (codes.has('M3') || codes.has('M4') || codes.has('M5')) actions.push({ do: 'drain' });
  if (codes.has('M7') || codes.has('M8') || codes.has('M9')) actions.push({ do: 'drain' });
  if (codes.has('G4')) {
    const seconds = take('P');
    if (seconds === undefined) return { error: 28 };
    actions.push({ do: 'dwell', ms: seconds * 1000 });
  }

  const moves = hasAxes(values);
  const asked = codes.has('G0') || codes.has('G1');
  if (moves && next.motion === 'G80') return { error: 31 };
  if (codes.has('G53') && next.motion === 'G80') return { error: 30 };
  if ((moves || asked) && next.motion === 'G1' && next.feed === 0) return { error: 22 };
  if (moves) {
    // G53 speaks of machine coordinates whatever the distance mode is.
    const incremental = next.distance === 'G91' && !codes.has('G53');
    const to = targetOf(values, position, incremental, scale);
    actions.push(next.motion === 'G1' ? { do: 'move', to, feed: next.feed } : { do: 'move', to });
    for (const axis of AXES) values.delete(axis.toUpperCase());
  }
  if (values.size > 0) return { error: 36 };
  if (codes.has('M2') || codes.has('M30')) {
    actions.push({ do: 'drain' });
    next = { ...FRESH_MODAL, units: next.units, feed: next.feed, tool: next.tool };
  }
  return { modal: next, actions };
}

/**
 * Interprets what stands behind `$J=`: a move of its own that leaves the modal state alone. Error 16: not a jog. One
 * without axis words is taken and goes nowhere, as native builds of Grbl and grblHAL do.
 */
export function interpretJog(
  line: string,
  modal: Modal,
  position: Point,
): { readonly error: number } | { readonly to: Point; readonly feed: number } {
  const words = wordsOf(line);
  if ('error' in words) return words;
  const sorted = sort(words);
  if ('error' in sorted) return sorted;
  const { codes, values, change } = sorted;
  if ([...codes].some((code) => !JOG_CODES.has(code))) return { error: 16 };
  const state = { ...modal, ...change };
  const scale = state.units === 'G20' ? MM_PER_INCH : 1;
  const feed = values.get('F');
  if (!feed) return { error: 22 };
  values.delete('F');
  const to = targetOf(values, position, state.distance === 'G91' && !codes.has('G53'), scale);
  for (const axis of AXES) values.delete(axis.toUpperCase());
  return values.size > 0 ? { error: 36 } : { to, feed: feed * scale };
}
