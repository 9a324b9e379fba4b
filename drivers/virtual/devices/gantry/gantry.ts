import type { Clock } from '../../../../rig/model/time.ts';
import type { Random } from '../../random.ts';
import type { Port } from '../line-device.ts';
import { makeGrblController } from './controller.ts';
import { type KeyArea, type KeypadPlace, makeFinger, type Touched } from './finger.ts';
import { makeMarlinController } from './marlin.ts';
import type { LostSteps, Play } from './motion.ts';
import { type ControllerName, PERSONALITIES } from './personality.ts';
import type { MachineData } from './settings.ts';
import type { Point } from './trapezoid.ts';

export interface GantrySetup {
  readonly machine: MachineData;
  /** Which controller it has; Grbl 1.1h unless given. */
  readonly controller?: ControllerName;
  readonly lostSteps?: LostSteps | undefined;
  readonly play?: Play | undefined;
  /** Where the finger stands at power-up, machine mm. */
  readonly start: Point;
  readonly keypad: KeypadPlace;
  readonly keys: Readonly<Record<string, KeyArea>>;
}

/**
 * Puts a gantry on a port: bytes and time go into the controller, its motion into the finger, and what the finger
 * really touches into the terminal. Returns how to switch it off.
 */
export function attachGantry(
  port: Port,
  setup: GantrySetup,
  touched: Touched,
  clock: Clock,
  random: Random,
): () => void {
  const finger = makeFinger(setup.start, setup.keypad, setup.keys, touched, random.fork('finger'));
  const name = setup.controller ?? 'grbl';
  const around = {
    machine: setup.machine,
    start: setup.start,
    carriage: finger,
    lostSteps: setup.lostSteps,
    play: setup.play,
    random: random.fork('controller'),
    send: (text: string) => port.write(Buffer.from(text, 'latin1')),
  };
  const controller =
    name === 'marlin'
      ? makeMarlinController(around)
      : makeGrblController({ ...around, personality: PERSONALITIES[name] });
  let cancel = () => {};
  let on = true;
  const arm = () => {
    cancel();
    const due = on ? controller.nextDue() : undefined;
    cancel = due === undefined ? () => {} : clock.after(Math.max(0, due - clock.now()), tick);
  };
  const tick = () => {
    controller.advance(clock.now());
    arm();
  };
  port.onData((bytes) => {
    if (!on) return;
    controller.receive(bytes, clock.now());
    arm();
  });
  controller.boot();
  return () => {
    on = false;
    cancel();
  };
}
