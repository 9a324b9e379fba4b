import type { Modal } from './gcode.ts';
import type { GantrySettings } from './settings.ts';
import { AXES, type Point } from './trapezoid.ts';

/** Texts of a Grbl 1.1 controller that report what it is and does. Fields and their order: Grbl 1.1 interface notes. */

export type GrblState =
  | 'Alarm'
  | 'Check'
  | 'Sleep'
  | 'Home'
  | 'Idle'
  | 'Run'
  | 'Jog'
  | `${'Hold' | 'Door'}:${0 | 1}`;

const MM_PER_INCH = 25.4;
/** Offsets and overrides come with the first report and then now and then. */
const OFFSET_EVERY = 30;

const ORIGIN: Point = { x: 0, y: 0, z: 0 };

/** Three places in mm, four in inches; rates whole, in inches one place. */
const triple = (point: Point, inches: boolean) =>
  AXES.map((axis) => (inches ? point[axis] / MM_PER_INCH + 0 : point[axis] + 0).toFixed(inches ? 4 : 3)).join(
    ',',
  );
const rate = (speed: number, inches: boolean) =>
  inches ? (speed / MM_PER_INCH).toFixed(1) : String(Math.round(speed));

export interface StatusReporter {
  /** One `<…>` line. Speed in mm/min. */
  line(
    state: GrblState,
    position: Point,
    speed: number,
    modal: Modal,
    settings: GantrySettings,
    freeBlocks: number,
    freeBytes: number,
  ): string;
  /** After a reset the rare fields come first again. */
  restart(): void;
}

export function makeStatusReporter(): StatusReporter {
  let count = 0;
  return {
    restart: () => {
      count = 0;
    },
    line: (state, position, speed, modal, settings, freeBlocks, freeBytes) => {
      const { inches } = settings;
      // No work offset can be set, so work and machine position are the same numbers.
      const fields: string[] = [
        state,
        `${settings.reportMachine ? 'MPos' : 'WPos'}:${triple(position, inches)}`,
      ];
      if (settings.reportBuffer) fields.push(`Bf:${freeBlocks},${freeBytes}`);
      fields.push(`FS:${rate(speed, inches)},${modal.spindle === 'M5' ? 0 : Math.round(modal.speed)}`);
      if (count % OFFSET_EVERY === 0) fields.push(`WCO:${triple(ORIGIN, inches)}`);
      if (count % OFFSET_EVERY === 1) fields.push('Ov:100,100,100');
      count++;
      return `<${fields.join('|')}>`;
    },
  };
}

/** Answer to `$G`. */
export const modalReport = (modal: Modal): string =>
  `[GC:${[
    modal.motion,
    modal.system,
    modal.plane,
    modal.units,
    modal.distance,
    'G94',
    modal.spindle,
    modal.coolant,
    `T${modal.tool}`,
    `F${Math.round(modal.feed)}`,
    `S${Math.round(modal.speed)}`,
  ].join(' ')}]`;

/** Answer to `$#`: all offsets are zero here. */
export const offsetsReport = (): string[] => [
  ...['G54', 'G55', 'G56', 'G57', 'G58', 'G59', 'G28', 'G30', 'G92'].map(
    (name) => `[${name}:0.000,0.000,0.000]`,
  ),
  '[TLO:0.000]',
  '[PRB:0.000,0.000,0.000:0]',
];
