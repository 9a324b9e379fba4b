import { z } from 'zod';
import type { FileTrouble } from '../../../rig/bench/manifest.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { DIALECTS } from '../../codec/grbl/dialects.ts';
import { WearOption } from '../wear/counted.ts';
import { type Calibration, readCalibration } from './calibration.ts';
import type { FingerPlacement } from './geometry.ts';

const Millimetres = z.number().min(-999).max(999);
const Range = z.tuple([Millimetres, Millimetres]).refine(([low, high]) => low < high, {
  message: 'expected [lowest, highest]',
});

const GivenPlacement = z.strictObject({
  x: Millimetres,
  y: Millimetres,
  rotation: z.number().min(-180).max(180).default(0),
  contact: Millimetres,
  travel: z.number().positive().max(10),
  hover: z.number().min(0.5).max(100),
});

const Options = z.strictObject({
  port: z.string().min(1).describe('serial port of the motion controller, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  dialect: z
    .enum(['auto', ...DIALECTS])
    .default('auto')
    .describe('what the controller must turn out to be; its answers tell, and another one is refused'),
  settings: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional()
    .describe(
      'fingerprint that the settings of the controller must have, as `posrig keypad conform` and the journal show it',
    ),
  placement: GivenPlacement.optional().describe(
    'how the terminal lies on the fixture: machine place (mm) of the centre of the top left key, rotation in degrees ' +
      'counter-clockwise seen from above, height (Z) at which the finger touches a key, travel of a key, and how high ' +
      'above contact the finger moves; beside `calibration` only where teaching begins',
  ),
  calibration: z
    .string()
    .min(1)
    .optional()
    .describe('file in which `posrig teach` writes how the terminal lies, relative to the bench file'),
  wear: WearOption,
  'keep-in': z.strictObject({ x: Range, y: Range }).describe('the finger never leaves this box, machine mm'),
  park: z
    .strictObject({ x: Millimetres, y: Millimetres })
    .optional()
    .describe(
      'where the finger waits; the corner of the keep-in box farthest from all keys unless it is given',
    ),
  overtravel: z
    .number()
    .min(0)
    .max(5)
    .default(0.3)
    .describe('mm pressed beyond the travel of the key; a spring in the tip takes it'),
  dwell: z.number().min(20).max(5000).default(80).describe('ms that a key is held down'),
  feed: z.number().min(10).max(100_000).default(3000).describe('mm/min at which the finger goes down'),
  'travel-feed': z
    .number()
    .min(10)
    .max(100_000)
    .default(6000)
    .describe('mm/min between keys, for controllers whose rapid moves obey a feed rate (Marlin)'),
  reconnect: z
    .number()
    .min(0)
    .max(3000)
    .default(3000)
    .describe('ms in which a port that was lost while the finger was on a key may come back, to raise it'),
  boot: z
    .number()
    .min(0)
    .max(30_000)
    .default(2000)
    .describe('ms in which the controller may greet by itself after the port was opened, before it is reset'),
});

/** Options of the driver `gantry` in a bench file. */
export const GantryOptions = Options.refine((given) => given.placement ?? given.calibration, {
  message: 'expected `calibration`, the file that `posrig teach` writes, or `placement`',
});
export type GantryOptions = z.infer<typeof GantryOptions>;

/** What a taught placement is, as the finger needs it. */
export const placementOf = ({ placement }: Calibration): FingerPlacement => placement;

/** What is wrong with the calibration that the options name; for `posrig check`. */
export function calibrationTrouble(
  { calibration }: GantryOptions,
  resolve: (path: string) => string,
): readonly FileTrouble[] {
  if (calibration === undefined) return [];
  try {
    readCalibration(resolve(calibration));
    return [];
  } catch (error) {
    if (!isRigError(error)) throw error;
    return [{ option: ['calibration'], error }];
  }
}
