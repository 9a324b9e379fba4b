import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import type { KeyShape } from './geometry.ts';

const Millimetres = z.number().min(-999).max(999);

/**
 * What `posrig teach` found out: how this terminal lies on this fixture, and what that rests on. It belongs to the
 * placement, not to the terminal's model: a terminal that was lifted off must be taught again.
 */
export const Calibration = z.strictObject({
  version: z.literal(1),
  bench: z.string().describe('id of the bench'),
  profile: z.string().describe('id of the terminal profile whose keys were taught'),
  layout: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('fingerprint of the key layout in that profile'),
  taught: z.iso.datetime(),
  by: z.string().describe('who confirmed the keys'),
  controller: z.strictObject({
    firmware: z.string(),
    settings: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe('fingerprint that its settings had; others move the finger differently'),
  }),
  placement: z
    .strictObject({
      x: Millimetres,
      y: Millimetres,
      rotation: z.number().min(-180).max(180),
      contact: Millimetres,
      travel: z.number().positive().max(10),
      hover: z.number().min(0.5).max(100),
      slope: z.strictObject({ x: z.number().min(-0.2).max(0.2), y: z.number().min(-0.2).max(0.2) }),
    })
    .describe('as in the bench file; slope is how contact changes over the machine, mm per mm'),
  fit: z.strictObject({ kind: z.literal('rigid'), rms: z.number().min(0), 'rms-z': z.number().min(0) }),
  points: z
    .array(
      z.strictObject({
        key: z.string(),
        x: Millimetres,
        y: Millimetres,
        contact: Millimetres,
        by: z.enum(['screen', 'person']).describe('who saw that the finger touched the key'),
        off: z
          .strictObject({ x: z.number(), y: z.number(), z: z.number() })
          .describe('found minus fitted, mm'),
      }),
    )
    .min(2),
});
export type Calibration = z.infer<typeof Calibration>;

/** Fingerprint of a key layout: two profiles with the same one have the same keys in the same places. */
export function layoutOf(keys: Readonly<Record<string, KeyShape>>): string {
  const text = Object.entries(keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { x, y, w, h }]) => `${key} ${x} ${y} ${w} ${h}\n`);
  return createHash('sha256').update(text.join('')).digest('hex').slice(0, 16);
}

const untaught = (file: string, cause?: unknown) =>
  new RigError('FILE_UNREADABLE', 'file', `the keypad has not been taught: there is no ${file}`, {
    hint: 'Teach it: `posrig teach --bench <bench file>` writes that file.',
    cause,
  });

/**
 * Reads a calibration. Errors: FILE_UNREADABLE (not taught yet), FILE_SYNTAX and FILE_INVALID with `file:line:column`.
 */
export function readCalibration(file: string): Calibration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw untaught(file, cause);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}: `;
  };
  const wrong = document.errors[0];
  if (wrong)
    throw new RigError('FILE_SYNTAX', 'file', `${place(wrong.pos[0])}${wrong.message.split('\n')[0]}`);
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 10 });
  } catch (cause) {
    throw new RigError('FILE_SYNTAX', 'file', `${place(0)}it is no YAML that can be read`, { cause });
  }
  const parsed = Calibration.safeParse(plain);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
  const node: unknown = document.getIn(path, true);
  const offset = (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? 0;
  throw new RigError(
    'FILE_INVALID',
    'file',
    `${place(offset)}${path.join('.') || 'file'}: ${issue?.message}`,
    {
      hint: 'It is written by `posrig teach`; teach again instead of mending it by hand.',
    },
  );
}

/** Writes it whole or not at all. */
export function writeCalibration(file: string, calibration: Calibration): void {
  const text =
    '# How the terminal lies under the finger, written by `posrig teach`. Teach again whenever the terminal was moved.\n' +
    stringify(calibration, { lineWidth: 0 });
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}

/** Refuses a calibration that was made for other keys. Errors: KEYPAD_POSITION. */
export function checkFits(
  calibration: Calibration,
  profile: { readonly id: string; readonly keypad: { readonly keys: Readonly<Record<string, KeyShape>> } },
  file: string,
): void {
  if (calibration.layout === layoutOf(profile.keypad.keys)) return;
  const why =
    calibration.profile === profile.id
      ? `the key layout of profile ${profile.id} has changed since`
      : `it was made for profile ${calibration.profile}, and the bench uses ${profile.id}`;
  throw new RigError('KEYPAD_POSITION', 'bench', `the calibration ${file} does not fit: ${why}`, {
    hint: 'Teach the keypad again: `posrig teach --bench <bench file>`.',
  });
}
