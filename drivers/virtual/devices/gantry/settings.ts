import type { Axis, AxisLimits, Point } from './trapezoid.ts';
import { AXES, mapAxes } from './trapezoid.ts';

/**
 * The `$n` settings of a Grbl 1.1 controller. All of them are reported; those that `GantrySettings` names also act.
 * They live in memory: a new process starts from the world file again.
 */
export interface MachineData {
  /** mm; machine space runs from 0 (at the limit switches) to minus this. */
  readonly travel: Point;
  /** mm/s */
  readonly speed: AxisLimits;
  /** mm/s² */
  readonly acceleration: AxisLimits;
}

const REPORT_MPOS = 1;
const REPORT_BUFFER = 2;

/** Factory values that do not depend on the machine. Numbers and meanings: Grbl 1.1 settings notes. */
const FACTORY: Readonly<Record<number, number>> = {
  0: 10,
  1: 255, // motors stay energised: a released finger would drift under the key's spring
  2: 0,
  3: 0,
  4: 0,
  5: 0,
  6: 0,
  10: REPORT_MPOS,
  11: 0.01,
  12: 0.002,
  13: 0,
  20: 1,
  21: 0,
  22: 1,
  23: 0,
  24: 300,
  25: 3000,
  26: 250,
  27: 1,
  30: 1000,
  31: 0,
  32: 0,
  100: 80,
  101: 80,
  102: 400,
};
const RATE = 110;
const ACCELERATION = 120;
const TRAVEL = 130;
const WHOLE: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 10, 13, 20, 21, 22, 23, 26, 32]);
const HARD_LIMITS = 21;
const SOFT_LIMITS = 20;
const HOMING = 22;

export interface GantrySettings {
  readonly softLimits: boolean;
  readonly hardLimits: boolean;
  readonly homing: boolean;
  readonly inches: boolean;
  readonly reportMachine: boolean;
  readonly reportBuffer: boolean;
  /** mm/s */
  readonly homingFeed: number;
  readonly homingSeek: number;
  /** mm */
  readonly pullOff: number;
  /** mm/s, mm/s², mm */
  readonly speed: AxisLimits;
  readonly acceleration: AxisLimits;
  readonly travel: Point;
  /** Answer to `$$`, one line each. */
  lines(): string[];
  /** Sets one; the error number of Grbl when it will not: 3 unknown, 4 negative, 10 soft limits without homing. */
  set(number: number, value: number): number | undefined;
}

/** @param notes what stands behind values in `$$` @param reportMask `$10` from the factory */
export function makeSettings(
  machine: MachineData,
  notes: Readonly<Record<number, string>> = {},
  reportMask: number = REPORT_MPOS,
): GantrySettings {
  const values = new Map<number, number>(Object.entries(FACTORY).map(([n, v]) => [Number(n), v]));
  values.set(10, reportMask);
  AXES.forEach((axis, i) => {
    values.set(RATE + i, machine.speed[axis] * 60);
    values.set(ACCELERATION + i, machine.acceleration[axis]);
    values.set(TRAVEL + i, machine.travel[axis]);
  });
  const of = (n: number) => values.get(n) ?? 0;
  const perAxis = (base: number, scale = 1) => mapAxes((axis: Axis) => of(base + AXES.indexOf(axis)) / scale);
  return {
    get softLimits() {
      return of(SOFT_LIMITS) !== 0;
    },
    get hardLimits() {
      return of(HARD_LIMITS) !== 0;
    },
    get homing() {
      return of(HOMING) !== 0;
    },
    get inches() {
      return of(13) !== 0;
    },
    get reportMachine() {
      return (of(10) & REPORT_MPOS) !== 0;
    },
    get reportBuffer() {
      return (of(10) & REPORT_BUFFER) !== 0;
    },
    get homingFeed() {
      return of(24) / 60;
    },
    get homingSeek() {
      return of(25) / 60;
    },
    get pullOff() {
      return of(27);
    },
    get speed() {
      return perAxis(RATE, 60);
    },
    get acceleration() {
      return perAxis(ACCELERATION);
    },
    get travel() {
      return perAxis(TRAVEL);
    },
    lines: () =>
      [...values]
        .sort(([a], [b]) => a - b)
        .map(([n, value]) => `$${n}=${WHOLE.has(n) ? value : value.toFixed(3)}${notes[n] ?? ''}`),
    set: (n, value) => {
      if (!values.has(n)) return 3;
      // A rate or acceleration of nothing would never arrive.
      if (value < 0 || (n >= RATE && n < TRAVEL && value === 0) || ((n === 24 || n === 25) && value === 0))
        return 4;
      if (n === SOFT_LIMITS && value !== 0 && !of(HOMING)) return 10;
      values.set(n, WHOLE.has(n) ? (n === 10 ? Math.trunc(value) : Math.trunc(value) & 0xff) : value);
      if (n === HOMING && value === 0) values.set(SOFT_LIMITS, 0);
      return undefined;
    },
  };
}
