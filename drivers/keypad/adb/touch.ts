import { z } from 'zod';
import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { adbPlace, oneAdbWay, openAdb } from '../../transport/adb/adb.ts';
import { teeInto } from '../../transport/tee.ts';

/** Options of the driver `adb-touch` in a bench file. */
export const options = z
  .strictObject(adbPlace)
  .refine(oneAdbWay, { message: 'expected exactly one of tcp, usb and server' });
export type AdbTouchOptions = z.infer<typeof options>;

/** How long Android holds a touch of `input tap`, ms; nobody measures it. */
const TOUCH_MS = 60;

/**
 * Touches on the screen of an engineering terminal through its debug bridge, at the pixels where the profile has the keys.
 * Production units have no bridge: a finger on a gantry works on both. Of a secret touch not even the pixel is recorded.
 * Errors: those of `openAdb`; KEYPAD_UNKNOWN_KEY; TERMINAL_UNSUPPORTED for a profile without pixels.
 */
export async function open({ key, ...place }: AdbTouchOptions, context: DriverContext): Promise<KeypadPlane> {
  const { profile, recorder } = context;
  const { pixels } = profile.display;
  if (!pixels)
    throw new RigError(
      'TERMINAL_UNSUPPORTED',
      'file',
      `profile ${profile.id} does not say where keys lie on the screen`,
      {
        hint: 'Give `display.pixels`; keys that are no part of the screen cannot be touched through ADB.',
      },
    );
  const adb = await openAdb(
    { ...place, ...(key !== undefined && { key: context.resolve(key) }) },
    'terminal',
    teeInto(recorder, 'keypad', 'adb'),
  );
  void adb.closed.then((error) => error && context.lost(error));
  return {
    facts: adb.facts,
    press: async (name, { secret = false } = {}) => {
      const area = Object.hasOwn(profile.keypad.keys, name) ? profile.keypad.keys[name] : undefined;
      if (!area) {
        const named = secret ? 'the key of a secret digit' : `key "${name}"`;
        throw new RigError('KEYPAD_UNKNOWN_KEY', 'file', `the profile ${profile.id} does not have ${named}`);
      }
      const [x, y] = [pixels.x + area.x * pixels.scale, pixels.y + area.y * pixels.scale];
      await adb.tap(x, y, secret ? { secret: 'a secret digit' } : {});
      return { dwellMs: TOUCH_MS };
    },
    park: async () => {},
    close: () => adb.close(),
  };
}
