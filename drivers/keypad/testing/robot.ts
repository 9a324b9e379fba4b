import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { Profile } from '../../../rig/bench/profile.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { listRecorder } from '../../transport/testing/pty.ts';
import { attachGantry, type GantrySetup } from '../../virtual/devices/gantry/gantry.ts';
import type { Random } from '../../virtual/random.ts';
import { keypadInput } from '../../virtual/terminal/keypad-input.ts';
import { gantryOn, options } from '../gantry/gantry.ts';
import type { Box } from '../gantry/geometry.ts';
import { type EventClock, eventClock } from './event-clock.ts';
import { type Wire, type WireSetup, wire } from './wire.ts';

/** Where the bench file believes the keypad to lie. */
export const BELIEVED = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 };
export const KEEP_IN: Box = { x: [-170, -100], y: [-105, -50] };
/** A good belt gantry, mm/s and mm/s². */
export const MACHINE = {
  travel: { x: 200, y: 200, z: 40 },
  speed: { x: 500, y: 500, z: 200 },
  acceleration: { x: 2000, y: 2000, z: 1500 },
};

let shipped: Profile | undefined;
export const shippedProfile = (): Profile => {
  shipped ??= Profile.parse(parse(readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8')));
  return shipped;
};
export const KEYS = (): readonly string[] => Object.keys(shippedProfile().keypad.keys);
export const keyShapes = () => shippedProfile().keypad.keys;

/** Truth about the keys: contacts as they moved, and what a debouncing terminal took. */
export interface Truth {
  readonly registered: string[];
  /** A key is held down now. */
  down(): boolean;
  readonly contacts: number;
}

export interface Robot {
  readonly clock: EventClock;
  /** Connections so far, the newest last. */
  readonly wires: readonly Wire[];
  /** Whether the port is there to be opened. */
  plugged: boolean;
  /** Presses the reset button of the controller. */
  reboot(): void;
  readonly truth: Truth;
  readonly losses: readonly Error[];
  /** Opens the driver on the wire: it greets and homes. */
  open(more?: object): Promise<KeypadPlane>;
  switchOff(): void;
}

export interface RobotSetup extends Partial<GantrySetup>, WireSetup {}

/** A gantry with the driver on one end and the virtual controller, finger and keys on the other, in event time. */
export function robot(random: Random, setup: RobotSetup = {}): Robot {
  const clock = eventClock();
  const wires: Wire[] = [];
  let toController = (_bytes: Uint8Array) => {};
  const registered: string[] = [];
  let [contacts, held] = [0, 0];
  const input = keypadInput(clock.now, (key) => void registered.push(key));
  const touched = {
    keyDown: (key: string) => {
      contacts++;
      held++;
      input.down(key);
    },
    keyUp: (key: string) => {
      held--;
      input.up(key);
    },
  };
  const off = attachGantry(
    {
      write: (bytes) => wires.at(-1)?.fromDevice(bytes),
      onData: (listener) => {
        toController = listener;
      },
    },
    {
      machine: setup.machine ?? MACHINE,
      start: setup.start ?? { x: -50, y: -50, z: -10 },
      keypad: setup.keypad ?? { ...BELIEVED, noise: 0.1 },
      keys: setup.keys ?? shippedProfile().keypad.keys,
      ...(setup.controller === undefined ? {} : { controller: setup.controller }),
      lostSteps: setup.lostSteps,
    },
    touched,
    clock,
    random,
  );
  const losses: Error[] = [];
  const context: DriverContext = {
    clock,
    recorder: listRecorder(),
    profile: shippedProfile(),
    cards: [],
    seed: 1,
    resolve: packaged,
    signal: new AbortController().signal,
    lost: (error) => void losses.push(error),
  };
  const itself: Robot = {
    clock,
    wires,
    plugged: true,
    reboot: () => {
      clock.busy();
      toController(Uint8Array.of(0x18));
    },
    losses,
    truth: {
      registered,
      down: () => held > 0,
      get contacts() {
        return contacts;
      },
    },
    open: (more = {}) => {
      const given = options.parse({
        port: 'memory',
        placement: BELIEVED,
        'keep-in': KEEP_IN,
        boot: 0,
        ...more,
      });
      const connect = async () => {
        if (!itself.plugged) throw new RigError('TRANSPORT_OPEN', 'bench', 'there is no such port');
        const fresh = wire(clock, setup, (bytes) => toController(bytes));
        wires.push(fresh);
        return fresh.serial;
      };
      return gantryOn(connect, { placement: given.placement ?? BELIEVED, facts: {} }, given, context);
    },
    switchOff: () => {
      off();
      clock.stop();
    },
  };
  return itself;
}
