import { z } from 'zod';
import type { DisplayPlane, DriverContext } from '../../rig/bench/planes.ts';
import { adbPlace, oneAdbWay, openAdb } from '../transport/adb/adb.ts';
import { teeInto } from '../transport/tee.ts';
import { greyOfPng, straight } from './picture/grey.ts';
import { isLit, pictureScreen } from './picture/picture-screen.ts';
import { Camera, pictureBy } from './picture/source.ts';

/** Options of the driver `screenshot` in a bench file. */
export const options = z
  .strictObject({
    ...adbPlace,
    camera: Camera.optional().describe(
      'camera for what no screenshot shows: a screen that is secure (the PIN pad) is black over ADB',
    ),
  })
  .refine(oneAdbWay, { message: 'expected exactly one of tcp, usb and server' });
export type ScreenshotOptions = z.infer<typeof options>;

/**
 * The screen of an engineering terminal, by screenshots over its debug bridge; of production units, which have none, only
 * a camera sees it. Where the picture is black and there is a camera, that one is asked.
 * Errors: those of `openAdb`; DISPLAY_PICTURE, OCR_FAILED.
 */
export async function open(given: ScreenshotOptions, context: DriverContext): Promise<DisplayPlane> {
  const { camera, key, ...place } = given;
  const tee = teeInto(context.recorder, 'display', 'adb');
  const adb = await openAdb(
    { ...place, ...(key !== undefined && { key: context.resolve(key) }) },
    'terminal',
    // A look many times a second is nothing to write down.
    { ...tee, bytes: () => {}, withheld: () => {} },
  );
  void adb.closed.then((error) => error && context.lost(error));
  const look = async () => {
    const shot = greyOfPng(await adb.screenshot(), 'the terminal');
    return isLit(shot) || !camera ? straight(shot) : pictureBy(camera, context);
  };
  return pictureScreen(look, context, adb.facts, () => adb.close());
}
