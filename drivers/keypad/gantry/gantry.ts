import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { alarmMeaning } from '../../codec/grbl/meanings.ts';
import { openPort } from '../../transport/open-port.ts';
import type { ByteStream } from '../../transport/stream.ts';
import { teeInto } from '../../transport/tee.ts';
import { counted } from '../wear/counted.ts';
import { checkFits, readCalibration } from './calibration.ts';
import { type Finger, fingerOver } from './finger.ts';
import { type FingerPlacement, quietCorner, toMachine } from './geometry.ts';
import { greet } from './greet.ts';
import { type GrblLink, linkOver } from './link.ts';
import { calibrationTrouble, GantryOptions, placementOf } from './options.ts';

export { calibrationTrouble as files, GantryOptions as options };

/** All of `close()` together, wall ms: a bench gives each plane eight seconds. */
const CLOSE_WALL_MS = 6500;
/** How long a controller may take to restart when it is reset to raise the finger, nominal ms. */
const RESTART_MS = 3000;

/**
 * Opens a finger on a gantry with a Grbl-class controller: handshake, settings, homing. The finger has homed when this
 * resolves, on this very connection; whatever ends the connection ends the plane.
 */
export async function open(options: GantryOptions, context: DriverContext): Promise<KeypadPlane> {
  const { recorder, signal } = context;
  signal.throwIfAborted();
  const placed = placementFor(options, context);
  const connect = () =>
    openPort(
      { path: options.port, baud: options.baud, what: 'gantry' },
      teeInto(recorder, 'keypad', 'gantry'),
    );
  return gantryOn(connect, placed, options, context);
}

/** The same over any kind of connection. @param connect opens a new one */
export async function gantryOn(
  connect: () => Promise<ByteStream>,
  placed: Placed,
  options: GantryOptions,
  context: DriverContext,
): Promise<KeypadPlane> {
  const { clock, recorder, signal, profile } = context;
  const serial = await connect();
  let onDeath = (_error: RigError) => {};
  const link = linkOver(serial, clock, (error) => onDeath(error));
  // A cancelled run need not wait for homing: letting go of the port ends every wait.
  const abandon = () => void serial.close();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const homed = await greet(link, { ...options, settings: options.settings ?? placed.settings }, recorder);
    signal.throwIfAborted();
    const { placement } = placed;
    const keys = Object.values(profile.keypad.keys);
    const rest = options.park ?? quietCorner(options['keep-in'], placement, keys);
    const finger = fingerOver(link, { ...options, placement }, homed.home, clock);
    const { homingMs } = homed;
    const keypad = keypadOver({
      options,
      placement,
      context,
      connect,
      serial,
      link,
      finger,
      park: rest,
      homingMs,
    });
    onDeath = keypad.died;
    const { press, park, close } = keypad;
    const facts = { ...homed.facts, ...placed.facts };
    return counted({ facts, press, park, close }, options.wear, context);
  } catch (error) {
    await serial.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

export interface Placed {
  readonly placement: FingerPlacement;
  /** Fingerprint that the controller's settings had when the keys were taught. */
  readonly settings?: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** How the terminal lies: as taught, if the bench file names a calibration. Errors: FILE_…, KEYPAD_POSITION. */
function placementFor({ calibration, placement }: GantryOptions, context: DriverContext): Placed {
  if (calibration !== undefined) {
    const file = context.resolve(calibration);
    const taught = readCalibration(file);
    checkFits(taught, context.profile, file);
    const facts = {
      taught: taught.taught,
      'taught-by': taught.by,
      'fit-rms': `${taught.fit.rms.toFixed(3)} mm`,
    };
    return { placement: placementOf(taught), settings: taught.controller.settings, facts };
  }
  if (placement) return { placement, facts: { taught: 'never: placement from the bench file' } };
  throw new RigError('KEYPAD_POSITION', 'file', 'the bench file says neither calibration nor placement');
}

interface Parts {
  readonly options: GantryOptions;
  readonly placement: FingerPlacement;
  readonly context: DriverContext;
  readonly connect: () => Promise<ByteStream>;
  readonly serial: ByteStream;
  readonly link: GrblLink;
  readonly finger: Finger;
  readonly park: { readonly x: number; readonly y: number };
  readonly homingMs: number;
}

function keypadOver(parts: Parts) {
  const { options, context, serial, finger } = parts;
  let turn: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  let endSecret: (() => void) | undefined;

  /** One move at a time, in the order asked for. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    if (closing) return Promise.reject(new RigError('TRANSPORT_LOST', 'rig', 'the gantry is closed'));
    const mine = turn.then(act);
    turn = mine.catch(() => {});
    return mine;
  };

  /**
   * After a secret press everything stays withheld until the finger has arrived at a place that is no secret: the way
   * there begins on a digit, and a status report or a repeated line would tell which.
   */
  const openly = async <T>(act: () => Promise<T>): Promise<T> => {
    const result = await act();
    endSecret?.();
    endSecret = undefined;
    return result;
  };

  const pressKey = async (key: string, secret: boolean) => {
    const shape = Object.hasOwn(context.profile.keypad.keys, key)
      ? context.profile.keypad.keys[key]
      : undefined;
    if (!shape) {
      const named = secret ? 'no key for a digit of a PIN' : `no key "${key}"`;
      throw new RigError('KEYPAD_UNKNOWN_KEY', 'file', `the profile ${context.profile.id} has ${named}`, {
        hint: 'Keys and their places stand under keypad.keys in the profile.',
      });
    }
    const place = toMachine(parts.placement, shape);
    if (secret) {
      endSecret ??= serial.withhold('pin');
      await finger.press(place, { what: 'a secret press', secret: true });
      return { dwellMs: options.dwell };
    }
    return openly(async () => {
      const { x, y } = await finger.press(place, { what: `the press of key "${key}"`, secret: false });
      return { position: { x, y }, dwellMs: options.dwell };
    });
  };

  const close = async () => {
    const overdue = new AbortController();
    const atRest =
      (await bounded(
        turn.then(() => true),
        CLOSE_WALL_MS / 2,
      )) ?? false;
    try {
      const up = await bounded(leaveSafe(parts, atRest, overdue.signal), CLOSE_WALL_MS / 2);
      if (up !== true)
        throw up ?? new RigError('TRANSPORT_TIMEOUT', 'bench', 'the finger did not come up in time');
    } catch (cause) {
      throw new RigError(
        'KEYPAD_POSITION',
        'bench',
        'the finger may still be on a key: it could not be lifted',
        {
          hint: 'Look at the fixture before the next run.',
          cause,
        },
      );
    } finally {
      overdue.abort();
      endSecret?.();
      await serial.close();
    }
  };

  return {
    press: (key: string, press: { readonly secret?: boolean } = {}) =>
      inTurn(() => pressKey(key, press.secret ?? false)),
    park: () =>
      inTurn(() =>
        openly(async () => {
          await finger.move(parts.park, { what: 'parking the finger', secret: false });
        }),
      ),
    close: () => {
      closing ??= close();
      return closing;
    },
    died: (error: RigError) => {
      if (!closing) context.lost(error);
    },
  };
}

/**
 * Finger up. A controller that obeys lifts it. One that does not is stopped by a reset; homing then raises Z before all
 * else, unless homing itself was what failed. A port that was lost while the finger was up leaves nothing to do; while it
 * was on a key, a new connection homes it, if the port is there again in time.
 */
async function leaveSafe(parts: Parts, atRest: boolean, overdue: AbortSignal): Promise<true> {
  const { context, serial, link, finger, homingMs } = parts;
  const { dead, cause } = link;
  if (!serial.alive) {
    if (!finger.mayBeDown) return true;
    await raiseAnew(parts, overdue);
    return true;
  }
  if (!dead && atRest) {
    await finger.lift();
    return true;
  }
  await link.stop();
  await link.greeting(RESTART_MS);
  if (cause?.why === 'fault') throw dead;
  if (cause?.why === 'alarm' && alarmMeaning(cause.code, link.dialect.id)?.homing) throw dead;
  context.recorder.record({
    type: 'note',
    level: 'warning',
    text: 'gantry: homing again to raise the finger',
  });
  await link.run(link.dialect.home, 'homing', homingMs);
  return true;
}

const RECONNECT_EVERY_WALL_MS = 250;

/**
 * A key that is held for hours is worse than a finger that homes once more. @param overdue nobody waits for it any more:
 * whatever has the name of the port by then is left alone
 */
async function raiseAnew({ connect, context, options }: Parts, overdue: AbortSignal): Promise<void> {
  let serial: ByteStream | undefined;
  for (const until = Date.now() + options.reconnect; !serial; ) {
    serial = await connect().catch(() => undefined);
    if (!serial) await new Promise((resolve) => setTimeout(resolve, RECONNECT_EVERY_WALL_MS));
    if (overdue.aborted || (!serial && Date.now() > until)) {
      await serial?.close();
      throw new RigError('TRANSPORT_LOST', 'bench', 'the port did not come back in time');
    }
  }
  context.recorder.record({
    type: 'note',
    level: 'warning',
    text: 'gantry: the port was lost while the finger was on a key; homing on a new connection to raise it',
  });
  const letGo = () => void serial.close();
  overdue.addEventListener('abort', letGo, { once: true });
  try {
    await greet(
      linkOver(serial, context.clock, () => {}),
      options,
      context.recorder,
    );
  } finally {
    overdue.removeEventListener('abort', letGo);
    await serial.close();
  }
}

/** `promise`, or undefined once `wallMs` have passed. */
function bounded<T>(promise: Promise<T>, wallMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), wallMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
