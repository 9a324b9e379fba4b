import type { DriverContext } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import type { StraightPicture } from './grey.ts';
import { readPad } from './pad.ts';

/** Pictures that a pad may take: a reflection or a frame in the middle of a change is another look away. */
const LOOKS = 3;

/**
 * Reads a shuffled pad for `DisplayPlane.readPad`, looking again where a picture leaves a choice. Which digit stands where is
 * recorded nowhere, nor is the picture. Errors: those of `look`; DISPLAY_UNSURE.
 */
export async function readPadBy(
  look: () => Promise<StraightPicture>,
  { profile, recorder }: Pick<DriverContext, 'profile' | 'recorder'>,
): Promise<ReadonlyMap<string, string>> {
  for (let looks = 1; ; looks++) {
    const picture = await look();
    try {
      const pad = readPad(picture, profile);
      recorder.record({
        type: 'note',
        level: 'info',
        text: `the shuffled pad was read out of a picture of the screen (${looks === 1 ? 'at once' : `at look ${looks}`}); the picture is not kept`,
      });
      return pad;
    } catch (thrown) {
      if (!isRigError(thrown) || thrown.code !== 'DISPLAY_UNSURE' || looks >= LOOKS) throw thrown;
    }
  }
}
