import assert from 'node:assert/strict';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { makeContext, type TestContext } from '../../devices/testing/context.ts';
import { eventually } from '../../transport/testing/pty.ts';
import { attachGantry } from '../../virtual/devices/gantry/gantry.ts';
import { CONTROLLERS, type ControllerName } from '../../virtual/devices/gantry/personality.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../virtual/pty.ts';
import { makeRandom } from '../../virtual/random.ts';
import { open, options } from './gantry.ts';

/** The driver against the virtual bench's gantry: a thorough model of the controller, and a finger that really moves. */
describe('gantry: on the virtual gantry', () => {
  const BELIEVED = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 };
  let pty: PseudoTerminal;
  let context: TestContext;
  let keypad: KeypadPlane | undefined;
  let switchOff: () => void;
  let touched: string[];

  /** @param off how far the keypad really lies from where the bench file believes it, mm */
  const setUp = async (off = 0, controller: ControllerName = 'grbl', more: object = {}) => {
    const clock = makeClock(30);
    context = makeContext(clock);
    touched = [];
    switchOff = attachGantry(
      pty,
      {
        machine: {
          travel: { x: 200, y: 200, z: 40 },
          speed: { x: 500, y: 500, z: 200 },
          acceleration: { x: 2000, y: 2000, z: 1500 },
        },
        controller,
        start: { x: -50, y: -50, z: -10 },
        keypad: { ...BELIEVED, x: BELIEVED.x + off, noise: 0.1 },
        keys: context.profile.keypad.keys,
      },
      { keyDown: (key) => touched.push(`+${key}`), keyUp: (key) => touched.push(`-${key}`) },
      clock,
      makeRandom(7),
    );
    keypad = await open(
      options.parse({
        port: pty.path,
        placement: BELIEVED,
        'keep-in': { x: [-170, -100], y: [-105, -50] },
        ...more,
      }),
      context,
    );
    return keypad;
  };
  beforeEach(async () => {
    pty = await openPseudoTerminal();
  });
  afterEach(async () => {
    await keypad?.close().catch(() => {});
    switchOff();
    await pty.close();
  });

  it('closes every key of the profile, once, and no other', async () => {
    const hand = await setUp();
    const keys = Object.keys(context.profile.keypad.keys);
    for (const key of keys) await hand.press(key);
    await hand.park();
    assert.deepEqual(
      touched,
      keys.flatMap((key) => [`+${key}`, `-${key}`]),
    );
    assert.deepEqual(context.losses, []);
  });

  for (const controller of CONTROLLERS) {
    it(`tells a ${controller} by its answers and presses with it`, async () => {
      // A Marlin that is not expected is found, too, but only after the way in which all others greet was tried.
      const hand = await setUp(0, controller, controller === 'marlin' ? { dialect: 'marlin' } : {});
      assert.equal(hand.facts['dialect'], controller);
      assert.match(hand.facts['settings'] ?? '', /^[0-9a-f]{16}$/);
      for (const key of ['5', '5', 'enter']) await hand.press(key);
      await hand.park();
      assert.deepEqual(touched, ['+5', '-5', '+5', '-5', '+enter', '-enter']);
      assert.deepEqual(context.losses, []);
    });
  }

  it('refuses another controller, or other settings, than the bench file says', async () => {
    await assert.rejects(setUp(0, 'grblhal', { dialect: 'fluidnc' }), /speaks grblHAL.*fluidnc/);
    switchOff();
    await assert.rejects(setUp(0, 'grblhal', { settings: '0123456789abcdef' }), /fingerprint/);
    assert.deepEqual(touched, []);
  });

  it('types a PIN without a word about it', async () => {
    const hand = await setUp();
    const before = context.events.length;
    for (const digit of ['1', '9', '0', '4']) await hand.press(digit, { secret: true });
    assert.equal(context.events.length, before);
    await hand.press('enter');
    assert.deepEqual(
      touched.filter((each) => each.startsWith('+')),
      ['+1', '+9', '+0', '+4', '+enter'],
    );
  });

  it('goes where it believes the keys to be, however the keypad lies', async () => {
    const hand = await setUp(15);
    await hand.press('2');
    assert.deepEqual(touched, ['+1', '-1'], 'what was really under the finger');
  });

  it('can be opened again on the same port, and homes again', async () => {
    const first = await setUp();
    await first.press('1');
    await first.close();
    keypad = await open(
      options.parse({ port: pty.path, placement: BELIEVED, 'keep-in': { x: [-170, -100], y: [-105, -50] } }),
      context,
    );
    await keypad.press('3');
    assert.deepEqual(touched, ['+1', '-1', '+3', '-3']);
  });

  it('is lost with its port', async () => {
    const hand = await setUp();
    await pty.close();
    await eventually('the loss', () => context.losses.length > 0);
    await assert.rejects(hand.press('1'), (error) => isRigError(error) && error.code === 'TRANSPORT_LOST');
  });
});
