import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import type { Taken } from './session.ts';

const Millimetres = z.number().min(-999).max(999);
const Fingerprint = z.string().regex(/^[0-9a-f]{16}$/);

/** What a lesson rests on: places that were taken on another machine, or of other keys, are worth nothing. */
const Ground = z.strictObject({
  bench: z.string(),
  layout: Fingerprint.describe('of the keys of the profile'),
  controller: z.strictObject({ firmware: z.string(), settings: Fingerprint }),
});
export type Ground = z.infer<typeof Ground>;

const Unfinished = z.strictObject({
  version: z.literal(1),
  ...Ground.shape,
  by: z.string(),
  at: z.iso.datetime(),
  taken: z
    .array(
      z.strictObject({
        key: z.string(),
        x: Millimetres,
        y: Millimetres,
        contact: Millimetres,
        by: z.enum(['screen', 'person']),
      }),
    )
    .max(1000),
});

/** A lesson that was begun and not ended. */
export interface Interrupted {
  readonly taken: readonly Taken[];
  readonly by: string;
  readonly at: Date;
}

type Keys = Readonly<Record<string, { readonly x: number; readonly y: number }>>;

/** Beside the calibration that it is to become: `desk-3-keypad.yaml` → `desk-3-keypad.unfinished.json`. */
export const unfinishedFile = (calibration: string): string =>
  calibration.replace(/\.ya?ml$/i, '').concat('.unfinished.json');

/**
 * The lesson that was interrupted, if one lies there; in its place a sentence when it was taught on another ground.
 * Errors: FILE_INVALID (it is no lesson).
 */
export function readUnfinished(file: string, ground: Ground, keys: Keys): Interrupted | string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw damaged(file, cause);
  }
  const parsed = Unfinished.safeParse(plain(text, file));
  if (!parsed.success) throw damaged(file, parsed.error);
  const { bench, layout, controller, taken, by, at } = parsed.data;
  if (bench !== ground.bench) return `it was taught on bench ${bench}`;
  if (layout !== ground.layout) return 'the key layout of the profile is another one since';
  if (
    controller.settings !== ground.controller.settings ||
    controller.firmware !== ground.controller.firmware
  )
    return 'the motion controller or its settings are others since';
  return {
    by,
    at: new Date(at),
    taken: taken.flatMap(({ key, x, y, contact, by }) => {
      const device = Object.hasOwn(keys, key) ? keys[key] : undefined;
      return device ? [{ key, device: { x: device.x, y: device.y }, machine: { x, y }, contact, by }] : [];
    }),
  };
}

/** Keeps what was taken by now, whole or not at all; nothing taken leaves no file. */
export function writeUnfinished(
  file: string,
  ground: Ground,
  lesson: { readonly taken: readonly Taken[]; readonly by: string; readonly at: Date },
): void {
  if (lesson.taken.length === 0) {
    forgetUnfinished(file);
    return;
  }
  const kept = {
    version: 1,
    ...ground,
    by: lesson.by,
    at: lesson.at.toISOString(),
    taken: lesson.taken.map(({ key, machine, contact, by }) => ({
      key,
      x: machine.x,
      y: machine.y,
      contact,
      by,
    })),
  };
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(fresh, file);
}

/** The lesson is over: written, or given up. */
export const forgetUnfinished = (file: string): void => rmSync(file, { force: true });

function plain(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(file, cause);
  }
}

const damaged = (file: string, cause: unknown) =>
  new RigError('FILE_INVALID', 'file', `${file} is no interrupted lesson that can be read`, {
    hint: 'Begin anew with --again; it is then written over.',
    cause,
  });
