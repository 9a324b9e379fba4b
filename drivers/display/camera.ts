import type { DisplayPlane, DriverContext } from '../../rig/bench/planes.ts';
import { pictureScreen } from './picture/picture-screen.ts';
import { Camera, pictureBy } from './picture/source.ts';

/** Options of the driver `camera` in a bench file. */
export const options = Camera;

/**
 * The screen as a camera over the terminal sees it; its texts are read by tesseract, a shuffled pad by its digits. No picture
 * is kept: nobody knows beforehand what will be on it. Errors: DISPLAY_PICTURE, OCR_FAILED.
 */
export const open = (camera: Camera, context: DriverContext): Promise<DisplayPlane> => {
  const look = () => pictureBy(camera, context);
  return pictureScreen(look, context, { camera: wayOf(camera) }, async () => {});
};

const wayOf = ({ file, url, ffmpeg, program }: Camera): string =>
  file ?? url ?? ffmpeg ?? program?.join(' ') ?? '';
