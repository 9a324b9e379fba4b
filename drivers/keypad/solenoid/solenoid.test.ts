import assert from 'node:assert/strict';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { makeContext, type TestContext } from '../../devices/testing/context.ts';
import { eventually } from '../../transport/testing/pty.ts';
import { attachSolenoids, SOLENOID_BOARDS, type SolenoidBoard } from '../../virtual/devices/solenoids.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../virtual/pty.ts';
import { makeRandom } from '../../virtual/random.ts';
import { keypadInput } from '../../virtual/terminal/keypad-input.ts';
import { hidRelay } from '../../virtual/usb/models/hid-relay.ts';
import { hidBoard } from './hid-board.ts';
import { open, options } from './solenoid.ts';

const KEYS = { '1': 1, '2': 2, '3': 3, '5': 12, enter: 16 };

describe('solenoid', () => {
  let pty: PseudoTerminal;
  let context: TestContext;
  let keypad: KeypadPlane | undefined;
  /** What a debouncing keypad makes of the contacts. */
  let pressed: string[];
  let held: Set<string>;
  const shared = makeContext();

  const setUp = async (board: SolenoidBoard, more: object = {}) => {
    // A board that answers nothing is paced by time alone, which must be long for the pseudo-terminal between.
    const clock = makeClock(board === 'lcus' ? 2 : 20);
    context = { ...makeContext(clock), profile: shared.profile };
    pressed = [];
    held = new Set();
    const input = keypadInput(clock.now, (key) => void pressed.push(key));
    const terminal = {
      keyDown: (key: string) => {
        held.add(key);
        input.down(key);
      },
      keyUp: (key: string) => {
        held.delete(key);
        input.up(key);
      },
    };
    attachSolenoids(pty, { board, keys: KEYS }, terminal, clock, makeRandom(3));
    keypad = await open(
      options.parse({ boards: [{ kind: board, port: pty.path }], keys: KEYS, ...more }),
      context,
    );
    return keypad;
  };
  beforeEach(async () => {
    pty = await openPseudoTerminal();
  });
  afterEach(async () => {
    await keypad?.close().catch(() => {});
    await pty.close();
  });

  for (const board of SOLENOID_BOARDS) {
    it(`${board}: every press arrives once though contacts bounce, and all outputs are off at the end`, async () => {
      const hand = await setUp(board);
      const keys = ['1', '1', '5', 'enter', '2'];
      for (const key of keys) await hand.press(key);
      await hand.close();
      await eventually('the last key to come up', () => held.size === 0 && pressed.length >= keys.length);
      assert.deepEqual(pressed, keys);
      assert.deepEqual(context.losses, []);
    });

    it(`${board}: which digit of a PIN was pressed is nowhere`, async () => {
      const hand = await setUp(board);
      const before = context.events.length;
      for (const digit of ['3', '1', '5']) await hand.press(digit, { secret: true });
      const during = context.events.slice(before);
      assert.ok(
        during.every((event) => event.type === 'bytes' && event.hex === '' && event.withheld === 'pin'),
      );
      await hand.press('enter');
      await eventually('the last press', () => pressed.length === 4);
      assert.deepEqual(pressed, ['3', '1', '5', 'enter']);
    });

    it(`${board}: a lost port ends the press and the plane, and blames the bench`, async () => {
      const hand = await setUp(board);
      await pty.close();
      await eventually('the loss', () => context.losses.length > 0);
      await assert.rejects(
        hand.press('1'),
        (error) => isRigError(error) && error.blame === 'bench' && error.code === 'TRANSPORT_LOST',
      );
      await assert.rejects(hand.close(), /may still be held/);
    });
  }

  it('the firmware lets go when it hears nothing for its heartbeat, and nothing is doubled', async () => {
    const clock = makeClock(100);
    const events: string[] = [];
    const port = await openPseudoTerminal();
    attachSolenoids(
      port,
      { board: 'posrig-solenoid', keys: KEYS },
      { keyDown: (key) => void events.push(`+${key}`), keyUp: (key) => void events.push(`-${key}`) },
      clock,
      { ...makeRandom(1), next: () => 0 },
    );
    const context = { ...makeContext(clock), profile: shared.profile };
    const hand = await open(
      options.parse({ boards: [{ kind: 'posrig-solenoid', port: port.path }], keys: KEYS, gap: 2000 }),
      context,
    );
    // Two seconds between the presses are twice its heartbeat: it must be armed again, and is.
    for (const key of ['1', '2', '1']) await hand.press(key);
    await hand.close();
    await port.close();
    assert.deepEqual(events, ['+1', '-1', '+2', '-2', '+1', '-1']);
  });

  it('refuses a press longer than the firmware allows before anything moves', async () => {
    const hand = await setUp('posrig-solenoid', { dwell: 800 });
    await assert.rejects(hand.press('1'), /500 ms at most/);
    assert.deepEqual(pressed, []);
  });

  it('knows which keys it has, and says so in the bench file', async () => {
    const hand = await setUp('numato');
    await assert.rejects(
      hand.press('7'),
      (error) => isRigError(error) && error.code === 'KEYPAD_UNKNOWN_KEY',
    );
    const wrong = (keys: object) =>
      options.safeParse({ boards: [{ kind: 'numato', port: 'x' }], keys }).error?.issues[0]?.message;
    assert.match(wrong({ '1': [2, 1] }) ?? '', /there is no board 2/);
    assert.match(wrong({ '1': 4, '2': [1, 4] }) ?? '', /same output/);
  });

  it('notices an output that does not switch', async () => {
    const clock = makeClock(100);
    const port = await openPseudoTerminal();
    // It echoes, prompts, and every output stays off.
    let line = '';
    port.onData((bytes) => {
      for (const char of Buffer.from(bytes).toString('latin1')) {
        if (char !== '\r') line += char;
        else {
          port.write(Buffer.from(`${line}\n\r${line.startsWith('relay read') ? 'off\n\r' : ''}>`));
          line = '';
        }
      }
    });
    const context = { ...makeContext(clock), profile: shared.profile };
    const hand = await open(
      options.parse({ boards: [{ kind: 'numato', port: port.path }], keys: KEYS }),
      context,
    );
    await assert.rejects(hand.press('1'), (error) => isRigError(error) && error.code === 'KEYPAD_ALARM');
    await hand.close();
    await port.close();
  });

  it('HID board 16C0: reports as the device understands them, read back', async () => {
    const model = hidRelay({ channels: 8 });
    const states: number[] = [];
    const setup = { request: 0, value: 0x0300, index: 0, length: 8 };
    let gone = false;
    const hid = {
      setReport: async (_type: 'output' | 'feature', bytes: Uint8Array) => {
        if (gone) throw new Error('no device');
        model.control({ ...setup, type: 0x21, request: 9 }, bytes);
        states.push(model.state());
      },
      getFeature: async () =>
        model.control({ ...setup, type: 0xa1, request: 1 }, new Uint8Array(0)) ?? new Uint8Array(0),
      close: async () => {},
    };
    const losses: Error[] = [];
    const board = await hidBoard(
      'hid-16c0',
      hid,
      { what: 'board', used: [1, 3], lost: (error) => void losses.push(error) },
      makeClock(100),
    );
    await board.pulse(3, 50);
    assert.deepEqual(states.slice(-2), [0b100, 0]);
    await assert.rejects(board.pulse(9, 50), /did not go on/, 'an output that the board does not have');
    gone = true;
    await assert.rejects(board.pulse(1, 50), (error) => isRigError(error) && error.code === 'TRANSPORT_LOST');
    assert.equal(losses.length, 1);
  });
});
