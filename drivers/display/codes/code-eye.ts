import { setImmediate as immediate } from 'node:timers/promises';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { readQr } from '../../codec/qr/picture.ts';
import { type Grey, type StraightPicture, whole } from '../picture/grey.ts';
import { rectify } from '../picture/rectify.ts';

/**
 * Sizes in which a picture is read. Where the dots of a code and those of the picture nearly coincide, the reader miscounts its
 * modules in one of six pictures; in another size it does not.
 */
const SIZES = [0.75, 1, 1.5, 2] as const;

/** Pictures that a code may take: a reflection or a frame in the middle of a change is another look away. */
const LOOKS = 5;

/**
 * Reads the code on a screen for `DisplayPlane.readCode`, looking again where a picture shows none. Errors: those of `look`;
 * DISPLAY_UNSURE when none can be read.
 */
export async function readCodeBy(
  look: () => Promise<StraightPicture>,
  { recorder }: Pick<DriverContext, 'recorder'>,
): Promise<string> {
  for (let looks = 1; looks <= LOOKS; looks++) {
    const seen = await look();
    await immediate();
    const text = await codeIn(whole(seen));
    if (text === undefined) continue;
    recorder.record({
      type: 'note',
      level: 'info',
      text: `the code on the screen was read out of a picture of it (${looks === 1 ? 'at once' : `at look ${looks}`})`,
    });
    return text;
  }
  throw new RigError(
    'DISPLAY_UNSURE',
    'bench',
    `no code can be read on the screen, in ${LOOKS} pictures of it`,
    {
      hint: 'Look at a picture of the screen: focus, glare, corners of the camera; `posrig decode qr` reads one by hand.',
    },
  );
}

async function codeIn(picture: Grey): Promise<string | undefined> {
  const { width, height } = picture;
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const;
  for (const size of SIZES) {
    // Nothing else of the bench waits for more than one size.
    await immediate();
    const sized =
      size === 1 ? picture : rectify(picture, corners, Math.round(width * size), Math.round(height * size));
    const text = readQr({ width: sized.width, height: sized.height, luma: sized.pixels });
    if (text !== undefined) return text;
  }
  return undefined;
}
