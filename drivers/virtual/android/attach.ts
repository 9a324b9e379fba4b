import type { Clock } from '../../../rig/model/time.ts';
import { fonts } from '../../codec/escpos/fonts/fonts.ts';
import { serveAdb } from '../adb/daemon.ts';
import { androidShell } from '../adb/shell.ts';
import type { KeyArea } from '../devices/gantry/finger.ts';
import type { Random } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { type CameraView, frameOf, pngOf, serveCamera } from './camera.ts';
import { blackScreen, paint, paintDisplay, type ScreenGeometry } from './paint.ts';
import type { TouchTerminal } from './touch-screen.ts';

/** What there is of an Android terminal beside its keys: eyes over it, a debug bridge into it. */
export interface AndroidSetup {
  readonly model: string;
  readonly keys: Readonly<Record<string, KeyArea>>;
  readonly geometry: ScreenGeometry;
  readonly camera: CameraView | undefined;
  /** Engineering units have one. */
  readonly adb: { readonly trusts: boolean } | undefined;
}

export interface AndroidPorts {
  readonly ports: { readonly camera?: string; readonly adb?: string };
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** How long a touch by `input tap` lasts, nominal ms. */
const TOUCH = 60;

/** Opens camera and debug bridge of a terminal. */
export async function attachAndroid(
  terminal: TouchTerminal,
  { model, keys, geometry, camera, adb }: AndroidSetup,
  clock: Clock,
  random: Random,
): Promise<AndroidPorts> {
  // The fonts are read now, not while somebody looks and the clock runs.
  fonts();
  const shows = () => paint(terminal.touch(), keys, geometry);
  const eye = camera && (await serveCamera(() => frameOf(shows(), camera, random), LOOPBACK));
  const run = androidShell({
    width: geometry.width,
    height: geometry.height,
    properties: { 'ro.product.model': model, 'ro.build.type': 'userdebug' },
    screencap: async () => pngOf(terminal.touch().secure ? blackScreen(geometry) : shows()),
    tap: (x, y) => {
      const key = keyAt(keys, (x - geometry.x) / geometry.scale, (y - geometry.y) / geometry.scale);
      if (key === undefined) return;
      terminal.keyDown(key);
      clock.after(TOUCH, () => terminal.keyUp(key));
    },
  });
  const product = model.toLowerCase().replace(/[^a-z0-9]/gu, '');
  const daemon =
    adb &&
    (await serveAdb(
      { product, model, device: product, allowsDebugging: adb.trusts, run },
      { host: LOOPBACK, port: 0 },
    ));
  return {
    ports: { ...(eye && { camera: eye.url }), ...(daemon && { adb: daemon.address }) },
    close: async () => {
      await eye?.close();
      await daemon?.close();
    },
  };
}

/** A camera over the graphic display of a terminal with keys of its own. */
export async function watchDisplay(
  terminal: Pick<TerminalBody, 'screen'>,
  view: CameraView,
  random: Random,
): Promise<AndroidPorts> {
  fonts();
  const eye = await serveCamera(() => frameOf(paintDisplay(terminal.screen), view, random), LOOPBACK);
  return { ports: { camera: eye.url }, close: () => eye.close() };
}

/** The key at a place in mm. */
const keyAt = (keys: AndroidSetup['keys'], x: number, y: number): string | undefined =>
  Object.entries(keys).find(
    ([, key]) => Math.abs(x - key.x) <= key.w / 2 && Math.abs(y - key.y) <= key.h / 2,
  )?.[0];
