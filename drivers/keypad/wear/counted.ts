import { z } from 'zod';
import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import type { Profile } from '../../../rig/bench/profile.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { addToWear, estimatedPresses, readWear, type Wear, wearFile } from './log.ts';

/** Option `wear` of every keypad driver. */
export const WearOption = z
  .strictObject({
    limit: z.int().min(1).optional().describe('presses of one key after which a warning is given'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe('where presses are counted; beside the bench file, in .posrig/wear, unless given'),
  })
  .optional()
  .describe('presses are counted by key over the life of the bench, see `posrig keypad wear`');
export type WearOption = z.infer<typeof WearOption>;

/** After so many presses what was counted goes to the file; a crash costs no more than these. */
const KEPT_BACK = 50;

/** Names of the keys that digits are typed with. */
export function digitKeys({ keypad }: Pick<Profile, 'keypad'>): readonly string[] {
  return [...'0123456789']
    .map((digit) => keypad.digits?.[digit] ?? digit)
    .filter((key) => Object.hasOwn(keypad.keys, key));
}

/** The file of this bench, as the option or the bench file says; undefined when nobody knows which bench it is. */
export function fileFor(
  option: WearOption,
  context: Pick<DriverContext, 'bench' | 'resolve'>,
): string | undefined {
  if (option?.file !== undefined) return context.resolve(option.file);
  return context.bench && wearFile(context.bench);
}

/**
 * The same keypad, with every press counted. A press that failed counts, too: the finger may have been down. A disk that
 * takes nothing costs a warning, never a press.
 */
export function counted(keypad: KeypadPlane, option: WearOption, context: DriverContext): KeypadPlane {
  const file = fileFor(option, context);
  if (file === undefined) return keypad;
  const { recorder, profile } = context;
  const digits = digitKeys(profile);
  const before = readWear(file);
  const total = new Map(
    Object.keys(profile.keypad.keys).map((key) => [key, estimatedPresses(before, key, digits)]),
  );
  const warn = (text: string) => recorder.record({ type: 'note', level: 'warning', text });
  let fresh = new Map<string, number>();
  let secret = 0;
  let writable = true;

  const worn = (key: string, presses: number) =>
    warn(
      `keypad: key ${key} has been pressed ${presses} times, its limit is ${option?.limit}; replace it and say \`posrig keypad wear --replaced ${key}\``,
    );
  for (const [key, presses] of total)
    if (presses >= (option?.limit ?? Number.POSITIVE_INFINITY)) worn(key, presses);

  const write = () => {
    if (fresh.size === 0 && secret === 0) return;
    try {
      addToWear(file, { at: new Date().toISOString(), presses: Object.fromEntries(fresh), secret });
      fresh = new Map();
      secret = 0;
    } catch (error) {
      if (writable) warn(`keypad: presses cannot be counted in ${file}: ${String(error)}`);
      writable = false;
    }
  };
  const count = (key: string, isSecret: boolean) => {
    if (isSecret) secret++;
    else {
      fresh.set(key, (fresh.get(key) ?? 0) + 1);
      const presses = (total.get(key) ?? 0) + 1;
      total.set(key, presses);
      if (presses === option?.limit) worn(key, presses);
    }
    if ([...fresh.values()].reduce((sum, presses) => sum + presses, secret) >= KEPT_BACK) write();
  };

  return {
    facts: { ...keypad.facts, presses: String(totalOf(before)) },
    async press(key, options) {
      let touched = true;
      try {
        return await keypad.press(key, options);
      } catch (error) {
        touched = !(isRigError(error) && error.code === 'KEYPAD_UNKNOWN_KEY');
        throw error;
      } finally {
        if (touched) count(key, options?.secret ?? false);
      }
    },
    park: () => keypad.park(),
    async close() {
      write();
      await keypad.close();
    },
  };
}

/** All presses of a bench. */
export const totalOf = (wear: Wear): number =>
  [...wear.keys.values()].reduce((sum, { presses }) => sum + presses, wear.secret);
