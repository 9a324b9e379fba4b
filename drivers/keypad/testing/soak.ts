import assert from 'node:assert/strict';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { makeRandom } from '../../virtual/random.ts';
import { BELIEVED, KEYS, type Robot, robot } from './robot.ts';

/** How far the keypad really lies beside where it is believed, mm. */
const OFF = 0.4;
const LOST_STEPS = { chance: 0.02, mm: 0.7 };
const BOUNCE = 0.5;
/** How long after a press the screen is looked at, nominal ms. */
const REACTION_MS = 150;
/** Presses after which the finger homes though nothing happened, as between runs. */
const UNTIL_HOMED = 2000;

export interface Soaked {
  readonly presses: number;
  /** The screen showed exactly the key that was pressed, once. */
  readonly registered: number;
  /** The screen showed nothing, another key, or the fixture said that it failed; told each time. */
  readonly missed: number;
  readonly wrong: number;
  readonly failed: number;
  readonly homings: number;
}

/**
 * Presses keys at random on a machine that loses steps, on a keypad that lies 0.4 mm beside and whose contacts bounce, and
 * looks at a screen after every press, as the rig does: the screen must show exactly this key more. A press that is
 * not seen, or seen as another, is told and the finger homes again. Throws AssertionError when the terminal took a press
 * twice, or took something that nobody was told of.
 */
export async function soak(
  presses: number,
  seed: number,
  progress: (done: number) => void = () => {},
): Promise<Soaked> {
  const random = makeRandom(seed);
  const keys = KEYS();
  const found = { presses: 0, registered: 0, missed: 0, wrong: 0, failed: 0, homings: 0 };
  let arm: Robot | undefined;
  let keypad: KeypadPlane | undefined;
  /** What the terminal took since the finger homed, as far as somebody was told. */
  let told: string[] = [];

  const settle = async () => {
    if (!arm) return;
    await keypad?.close().catch(() => {});
    assert.equal(arm.truth.down(), false, `seed ${seed}: a key is still held after closing`);
    assert.deepEqual(arm.truth.registered, told, `seed ${seed}: the terminal took what nobody was told of`);
    arm.switchOff();
    arm = undefined;
  };
  const home = async (): Promise<readonly [Robot, KeypadPlane]> => {
    await settle();
    const direction = random.next() * 2 * Math.PI;
    const [x, y] = [BELIEVED.x + OFF * Math.cos(direction), BELIEVED.y + OFF * Math.sin(direction)];
    const fresh = robot(random.fork(`robot ${found.homings}`), {
      keypad: { ...BELIEVED, x, y, noise: 0.1, bounce: BOUNCE },
      lostSteps: LOST_STEPS,
    });
    arm = fresh;
    told = [];
    found.homings++;
    keypad = await fresh.open();
    return [fresh, keypad];
  };

  let [machine, hand] = await home();
  for (let since = 0; found.presses < presses; since++) {
    if (since >= UNTIL_HOMED) {
      [machine, hand] = await home();
      since = 0;
    }
    const key = keys[Math.floor(random.next() * keys.length)] ?? '1';
    const { registered } = machine.truth;
    const before = registered.length;
    found.presses++;
    const believed = await hand.press(key).then(
      () => true,
      (error: unknown) => {
        assert.ok(isRigError(error) && error.blame === 'bench', String(error));
        return false;
      },
    );
    await machine.clock.sleep(REACTION_MS);
    const screen = registered.slice(before);
    told.push(...screen);
    assert.ok(screen.length <= 1, `seed ${seed}: one press was taken as ${screen.join(', ')}`);
    if (believed && screen[0] === key) found.registered++;
    else {
      if (!believed) found.failed++;
      else if (screen.length === 0) found.missed++;
      else found.wrong++;
      [machine, hand] = await home();
      since = 0;
    }
    if (found.presses % 100 === 0) progress(found.presses);
  }
  await settle();
  return found;
}
