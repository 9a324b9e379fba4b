import type { Profile } from '../../../rig/bench/profile.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { assign } from './assign.ts';
import { digitShapes, likeness, shapeOn } from './digit-shapes.ts';
import type { StraightPicture } from './grey.ts';

/** The least by which an assignment must be better than the next best one. Tried: right ones are at 0.3 and more. */
const MARGIN_MIN = 0.12;
/** The least likeness of a key to the digit that it is taken for. */
const LIKENESS_MIN = 0.45;

const DIGITS = [...'0123456789'];

/**
 * Which digit stands on which key, out of a straight picture of the whole screen: key by digit. All ten keys are judged
 * together, each digit is there once. Nothing of the result may be recorded.
 * Errors: DISPLAY_UNSURE (bench) when the picture leaves a choice; TERMINAL_UNSUPPORTED for a profile without pixels.
 */
export function readPad(
  screen: StraightPicture,
  { display, keypad, id }: Profile,
): ReadonlyMap<string, string> {
  const { pixels } = display;
  if (!pixels)
    throw new RigError(
      'TERMINAL_UNSUPPORTED',
      'file',
      `profile ${id} does not say where keys lie in a picture`,
      {
        hint: 'Give `display.pixels`.',
      },
    );
  const [across, down] = [screen.width / pixels.width, screen.height / pixels.height];
  const places = DIGITS.map((digit) => keypad.digits?.[digit] ?? digit);
  const shapes = places.map((place) => {
    const key = keypad.keys[place];
    if (!key) return undefined;
    const [w, h] = [key.w * pixels.scale, key.h * pixels.scale];
    const [x, y] = [pixels.x + key.x * pixels.scale - w / 2, pixels.y + key.y * pixels.scale - h / 2];
    return shapeOn(screen.part(x * across, y * down, w * across, h * down));
  });
  const empty = shapes.filter((shape) => shape === undefined).length;
  if (empty > 0) throw unsure(`on ${empty} of its keys nothing is to be seen`);
  const scores = shapes.map((shape) =>
    digitShapes().map((faces) => Math.max(...faces.map((face) => (shape ? likeness(shape, face) : 0)))),
  );
  const { columns, margin } = assign(scores);
  const weakest = Math.min(...columns.map((digit, place) => scores[place]?.[digit] ?? 0));
  if (weakest < LIKENESS_MIN) throw unsure('one of its keys looks like no digit that is left for it');
  if (margin < MARGIN_MIN) throw unsure('two readings of it are nearly as good as each other');
  return new Map(columns.map((digit, place) => [String(digit), places[place] ?? '']));
}

/** Never says where which digit seemed to stand. */
const unsure = (why: string): RigError =>
  new RigError('DISPLAY_UNSURE', 'bench', `the shuffled pad cannot be read for certain: ${why}`, {
    hint: 'Look at what the camera sees: focus, reflections, a finger in the way, the corners in the bench file.',
  });
