import type { Profile } from '../../../rig/bench/profile.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { type Calibration, layoutOf } from '../gantry/calibration.ts';
import { type Box, inside, toMachine } from '../gantry/geometry.ts';
import { fitRigid, LEAST_SPREAD, spreadOf, WORST_RMS } from './fit.ts';
import type { Taken } from './session.ts';

/** Heights that lie farther off than this are worth a word, mm RMS: a press has less overtravel than that. */
const NOTABLE_RMS_Z = 0.2;

export interface LessonFacts {
  readonly bench: string;
  readonly profile: Profile;
  readonly by: string;
  readonly at: string;
  readonly controller: Calibration['controller'];
  readonly travel: number;
  readonly hover: number;
  readonly box: Box;
}

/** Never −0. */
const rounded = (mm: number, places = 3) => Number(mm.toFixed(places)) + 0;

/**
 * Fits what was taught and makes a calibration of it. Errors, all KEYPAD_POSITION and none of them the terminal's:
 * fewer than two keys, keys too near to one another, residuals above 0.5 mm RMS, keys outside the keep-in box.
 */
export function calibrationFrom(taken: readonly Taken[], facts: LessonFacts): Calibration {
  const { profile } = facts;
  if (taken.length < 2) {
    throw new RigError('KEYPAD_POSITION', 'bench', `${taken.length} of at least two keys were taught`, {
      hint: 'Take two keys or more, far from one another; nothing was written.',
    });
  }
  if (spreadOf(taken) < LEAST_SPREAD) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the taught keys lie within ${spreadOf(taken).toFixed(1)} mm: that tells no rotation`,
      { hint: `Take keys that are at least ${LEAST_SPREAD} mm apart, best corners; nothing was written.` },
    );
  }
  const fit = fitRigid(taken);
  const worst = [...fit.residuals].sort((a, b) => Math.hypot(b.x, b.y) - Math.hypot(a.x, a.y))[0];
  if (fit.rms > WORST_RMS) {
    const each = fit.residuals.map(({ key, x, y }) => `${key} ${Math.hypot(x, y).toFixed(2)}`).join(', ');
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the taught keys do not fit the layout: ${fit.rms.toFixed(2)} mm RMS, at most ${WORST_RMS} (${each} mm off)`,
      {
        hint: `Teach ${worst?.key ?? 'them'} again. If it stays, the key layout of profile ${profile.id} is wrong. Nothing was written.`,
      },
    );
  }
  const { placement, slope } = fit;
  const outside = Object.entries(profile.keypad.keys).flatMap(([key, shape]) =>
    inside(facts.box, toMachine(placement, shape)) ? [] : [key],
  );
  if (outside.length > 0) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `with this placement ${outside.join(', ')} would lie outside the keep-in box`,
      { hint: 'Make `keep-in` in the bench file large enough for all keys; nothing was written.' },
    );
  }
  return {
    version: 1,
    bench: facts.bench,
    profile: profile.id,
    layout: layoutOf(profile.keypad.keys),
    taught: facts.at,
    by: facts.by,
    controller: facts.controller,
    placement: {
      x: rounded(placement.x),
      y: rounded(placement.y),
      rotation: rounded(placement.rotation, 4),
      contact: rounded(fit.contact),
      travel: facts.travel,
      hover: facts.hover,
      slope: { x: rounded(slope.x, 6), y: rounded(slope.y, 6) },
    },
    fit: { kind: 'rigid', rms: rounded(fit.rms), 'rms-z': rounded(fit.rmsZ) },
    points: taken.map(({ key, machine, contact, by }, i) => {
      const off = fit.residuals[i];
      return {
        key,
        x: rounded(machine.x),
        y: rounded(machine.y),
        contact: rounded(contact),
        by,
        off: { x: rounded(off?.x ?? 0), y: rounded(off?.y ?? 0), z: rounded(off?.z ?? 0) },
      };
    }),
  };
}

/** The result as lines for people: the placement, and how far every taught key lies beside it. */
export function describe({ placement, points, fit }: Calibration): readonly string[] {
  const { x, y, rotation, contact, slope } = placement;
  const signed = (mm: number) => `${mm < 0 ? '-' : '+'}${Math.abs(mm).toFixed(3)}`;
  const width = Math.max(...points.map(({ key }) => key.length), 3);
  const tilt = Math.hypot(slope.x, slope.y);
  return [
    `top left key at X ${x.toFixed(2)}  Y ${y.toFixed(2)}, turned ${rotation.toFixed(2)}°, touched at Z ${contact.toFixed(2)}` +
      (tilt > 0 ? `, tilted by ${(tilt * 100).toFixed(2)} mm in 100` : ''),
    `${'key'.padEnd(width)}  found at              beside the fit, mm`,
    ...points.map(
      (point) =>
        `${point.key.padEnd(width)}  ${`${point.x.toFixed(2)}, ${point.y.toFixed(2)}`.padEnd(20)}  x ${signed(point.off.x)}  y ${signed(point.off.y)}  z ${signed(point.off.z)}`,
    ),
    `${fit.rms.toFixed(3)} mm RMS of at most ${WORST_RMS}`,
    ...(fit['rms-z'] > NOTABLE_RMS_Z
      ? [
          `heights differ by ${fit['rms-z'].toFixed(2)} mm RMS: teach a third key, or look at the seat of the terminal`,
        ]
      : []),
  ];
}
