import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { enlarged, type Picture, readQr } from '../../codec/qr/picture.ts';
import { pictureIn, pngOf } from '../../codec/qr/png.ts';
import { openAdb } from '../../transport/adb/adb.ts';
import { teeInto } from '../../transport/tee.ts';
import type { CodesOn } from './options.ts';
import type { Shower, ShownCode } from './shower.ts';

/** Where the picture lies on the phone while it is shown. */
const FILE = '/sdcard/Download/posrig-code.png';
/** A command line of a phone may be short: longest piece of a file, base64 characters, a multiple of four. */
const PIECE = 3000;
/** Modules are drawn so large, pixels, that a screenshot keeps them apart. */
const MODULE = 8;
/** How long the phone may take until its screen shows what it was told to, wall ms. */
const APPEAR_WALL_MS = 10_000;
const LOOK_EVERY_WALL_MS = 100;
const SECRET = { secret: 'the picture of a payment code' } as const;

/**
 * An Android phone before the terminal's scanner, driven over ADB: the picture is put there as a file and opened with
 * whatever views pictures on it. What its screen shows is read back from a screenshot. Errors: CARD_ACTUATOR, and those of ADB.
 */
export async function openPhone(options: CodesOn<'phone'>, context: DriverContext): Promise<Shower> {
  const adb = await openAdb(options, 'phone', teeInto(context.recorder, 'card', 'phone'));
  let closed = false;
  void adb.closed.then((error) => {
    if (error && !closed) context.lost(error);
  });
  /** What the code on its screen says now. */
  const seen = async () => {
    const picture = pictureIn(await adb.screenshot());
    return picture && readQr(picture);
  };
  const until = async (what: string, holds: (text: string | undefined) => boolean) => {
    const end = performance.now() + APPEAR_WALL_MS;
    while (!holds(await seen())) {
      context.signal.throwIfAborted();
      if (performance.now() >= end) {
        throw new RigError('CARD_ACTUATOR', 'bench', `the screen of the phone ${what}`, {
          hint: 'Is it unlocked, with nothing over its screen, and does it open pictures?',
        });
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_WALL_MS));
    }
  };
  const put = async (picture: Picture) => {
    const text = pngOf(picture).toString('base64');
    for (let at = 0; at < text.length; at += PIECE) {
      const into = at === 0 ? '>' : '>>';
      await adb.run([`echo ${text.slice(at, at + PIECE)} | base64 -d ${into} ${FILE}`], SECRET);
    }
  };
  const clear = async () => {
    await adb.run(['input', 'keyevent', 'KEYCODE_HOME']);
    await adb.run(['rm', '-f', FILE]);
    await until('still shows the code', (text) => text === undefined);
  };
  const show = async ({ card, picture, text }: ShownCode) => {
    await put(enlarged(picture, Math.max(1, Math.floor((MODULE * 57) / picture.width))));
    await adb.run(['input', 'keyevent', 'KEYCODE_WAKEUP']);
    await adb.run([
      'am',
      'start',
      '-W',
      '-a',
      'android.intent.action.VIEW',
      '-d',
      `file://${FILE}`,
      '-t',
      'image/png',
    ]);
    // What cannot be read by a scanner cannot be read back either.
    if (text !== undefined) await until(`does not show the code of ${card}`, (found) => found === text);
  };
  try {
    await clear();
  } catch (error) {
    closed = true;
    await adb.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    facts: { ...adb.facts, codes: 'phone' },
    show,
    clear,
    test: async () => {
      await clear();
      return `phone ${adb.facts['model'] ?? ''} answers, no code on its screen`;
    },
    close: () => {
      closing ??= clear().finally(() => {
        closed = true;
        return adb.close();
      });
      return closing;
    },
  };
}
