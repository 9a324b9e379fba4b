import type { DisplayPlane, DriverContext, Screen } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import { readCodeBy } from '../codes/code-eye.ts';
import { type Grey, type StraightPicture, whole } from './grey.ts';
import { readPadBy } from './pad-eye.ts';
import { linesIn, textReader, withoutKeys } from './text.ts';

/** Wall time between two looks; a screen that comes and goes faster is not seen. */
const LOOK_WALL_MS = 150;
/** A lit screen has pixels brighter than this; a dark or forbidden one has hardly any. */
const LIT = 90;
/** Grey values by which a spot of the screen must change, and how many spots of 16 × 16 must, for another screen. */
const CHANGE = 14;
const SPOT = 16;
/** Errors of looking in a row after which the eye is lost. */
const BLIND = 3;

/**
 * A display plane out of pictures: it looks again and again, and reads the text of what has changed. Reading takes about a
 * second of a processor; the nominal clock of such a bench must be near wall time.
 * Errors: OCR_FAILED without tesseract; those of `look`.
 */
export async function pictureScreen(
  look: () => Promise<StraightPicture>,
  context: DriverContext,
  facts: Readonly<Record<string, string>>,
  closeEye: () => Promise<void>,
): Promise<DisplayPlane> {
  const { clock, recorder, profile } = context;
  const tool = await textReader();
  const listeners = new Set<(screen: Screen) => void>();
  let seen: Grey | undefined;
  let screen: Screen = { seq: 0, lit: false, lines: [], at: clock.now() };
  let closed = false;
  let blind = 0;
  let looking: Promise<void> | undefined;

  const lookOnce = async () => {
    const picture = whole(await look());
    if (seen && !differs(seen, picture)) return;
    seen = picture;
    const lit = isLit(picture);
    const lines = lit ? await linesIn(withoutKeys(picture, profile), tool) : [];
    if (closed || (screen.seq > 0 && screen.lit === lit && same(screen.lines, lines))) return;
    screen = { seq: screen.seq + 1, lit, lines, at: clock.now() };
    recorder.record({ type: 'screen', seq: screen.seq, lit, lines });
    for (const listener of [...listeners]) listener(screen);
  };
  /** One look at a time; whoever asks while one is under way waits for the one after it. */
  const lookNow = async () => {
    await looking?.catch(() => {});
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    await looking;
  };
  const watch = async () => {
    while (!closed) {
      try {
        await lookNow();
        blind = 0;
      } catch (thrown) {
        if (!closed && ++blind >= BLIND) return context.lost(toRigError(thrown));
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_WALL_MS).unref());
    }
  };
  try {
    await lookNow();
  } catch (error) {
    await closeEye();
    throw error;
  }
  void watch();
  return {
    facts: { ...facts, ocr: tool.version },
    current: () => screen,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refresh: async () => {
      if (closed) throw new RigError('RIG_DEFECT', 'rig', 'the display is closed');
      await lookNow();
      return screen;
    },
    readPad: () => readPadBy(look, context),
    readCode: () => readCodeBy(look, context),
    close: async () => {
      closed = true;
      listeners.clear();
      await looking?.catch(() => {});
      await closeEye();
    },
  };
}

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((line, i) => line === b[i]);

export const isLit = ({ pixels }: Grey): boolean => {
  let bright = 0;
  for (const tone of pixels) if (tone > LIT) bright++;
  return bright > pixels.length / 500;
};

/** Whether something of the size of a letter has changed; the noise of a camera is less. */
export function differs(a: Grey, b: Grey): boolean {
  if (a.width !== b.width || a.height !== b.height) return true;
  const across = Math.ceil(a.width / SPOT);
  const change = new Float64Array(across * Math.ceil(a.height / SPOT));
  for (let y = 0; y < a.height; y++)
    for (let x = 0; x < a.width; x++) {
      const at = y * a.width + x;
      const spot = Math.floor(y / SPOT) * across + Math.floor(x / SPOT);
      change[spot] = (change[spot] ?? 0) + (a.pixels[at] ?? 0) - (b.pixels[at] ?? 0);
    }
  return change.some((sum) => Math.abs(sum) > CHANGE * SPOT * SPOT);
}
