import assert from 'node:assert/strict';
import type { DisplayPlane, DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { listRecorder } from '../../transport/testing/pty.ts';
import { makeRandom } from '../../virtual/random.ts';
import { pressAndSee } from '../self-test/verb.ts';
import { witnessOf } from '../teach/witness.ts';
import { eventClock } from '../testing/event-clock.ts';
import { type Lies, liar } from '../testing/liar.ts';
import { BELIEVED, KEEP_IN, robot, shippedProfile } from '../testing/robot.ts';
import { type Wire, wire } from '../testing/wire.ts';
import { gantryOn, options, type Placed } from './gantry.ts';

/** What a press costs when somebody forges its acknowledgements: the clock, the position and the screen must find out. */
describe('gantry: controllers that lie', () => {
  const PLACED: Placed = { placement: BELIEVED, facts: {} };
  const rightTime = (line: string) => (line.startsWith('G4') ? Number(line.slice(3)) * 1000 : 0);

  const deceived = async <T>(
    lies: Lies,
    use: (keypad: KeypadPlane, context: DriverContext) => Promise<T>,
    placed: Placed = PLACED,
  ): Promise<{ readonly result: T; readonly sent: string }> => {
    const clock = eventClock();
    let sent = '';
    let line: Wire | undefined;
    const device = liar(clock, lies, (text) => line?.fromDevice(Buffer.from(text, 'latin1')));
    const context: DriverContext = {
      clock,
      recorder: listRecorder(),
      profile: shippedProfile(),
      cards: [],
      seed: 1,
      resolve: (path) => path,
      signal: new AbortController().signal,
      lost: () => {},
    };
    const connect = async () => {
      line = wire(clock, {}, (bytes) => {
        sent += Buffer.from(bytes).toString('latin1');
        device(bytes);
      });
      return line.serial;
    };
    try {
      const given = options.parse({ port: 'memory', placement: BELIEVED, 'keep-in': KEEP_IN, boot: 0 });
      const keypad = await gantryOn(connect, placed, given, context);
      try {
        return { result: await use(keypad, context), sent };
      } finally {
        await keypad.close().catch(() => {});
      }
    } catch (error) {
      Object.assign(error as object, { sent });
      throw error;
    } finally {
      clock.stop();
    }
  };
  const bench = (code: string, why: RegExp) => (error: unknown) =>
    isRigError(error) && error.code === code && error.blame === 'bench' && why.test(error.message);

  it('one that acknowledges a press before its dwell can be over is not believed', async () => {
    await assert.rejects(
      deceived({ takes: () => 0 }, (keypad) => keypad.press('5')),
      bench('KEYPAD_POSITION', /before the 80 ms of the press can be over/),
    );
  });

  it('one that forges the right time, too, is found out by the screen', async () => {
    const screen = { seq: 1, lit: true, lines: ['READY'], at: 0 };
    const display: DisplayPlane = {
      facts: {},
      current: () => screen,
      onChange: () => () => {},
      refresh: async () => screen,
      close: async () => {},
    };
    await assert.rejects(
      deceived({ takes: rightTime }, (keypad, { clock, profile }) =>
        pressAndSee(keypad, witnessOf(display, profile, clock), profile),
      ),
      bench('KEYPAD_MISSED', /did not take it/),
    );
  });

  it('a port that echoes what it is sent is no controller, whether somebody is behind it or not', async () => {
    for (const mute of [true, false]) {
      await assert.rejects(
        deceived({ takes: rightTime, echo: true, mute }, (keypad) => keypad.press('5')),
        bench('TRANSPORT_TIMEOUT', mute ? /nobody greets/ : /status report/),
      );
    }
  });

  it('one with other settings than when the keypad was taught moves nothing, not even home', async () => {
    const taught: Placed = { ...PLACED, settings: '0123456789abcdef' };
    let sent = '';
    await assert.rejects(
      deceived({ takes: rightTime }, (keypad) => keypad.press('5'), taught),
      (error) => {
        sent = (error as { readonly sent: string }).sent;
        return bench('KEYPAD_POSITION', /fingerprint/)(error);
      },
    );
    assert.doesNotMatch(sent, /\$H|G0|G1/);
  });

  it('forged acknowledgements in mid-stroke: no press is believed that did not close its key once', async () => {
    let believed = 0;
    let refused = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = makeRandom(seed);
      // From some byte of the strokes on, the wire adds an ok, or a report of being there, that nobody sent.
      const after = 700 + Math.floor(random.next() * 500);
      const forged = [
        'ok\r\n',
        'ok\r\nok\r\nok\r\nok\r\n',
        '<Idle|MPos:-145.000,-70.000,-16.000|FS:0,0>\r\n',
      ];
      let count = 0;
      let done = false;
      const arm = robot(random, {
        meddle: (direction, bytes) => {
          count += bytes.length;
          if (done || direction === 'to-rig' || count < after) return bytes;
          done = true;
          const text = forged[seed % forged.length] ?? '';
          setImmediate(() => arm.wires.at(-1)?.fromDevice(Buffer.from(text)));
          return bytes;
        },
      });
      const keypad = await arm.open();
      for (let press = 0; press < 4; press++) {
        const before = arm.truth.registered.length;
        const taken = await keypad.press('5').then(
          () => true,
          (error: unknown) => {
            assert.ok(isRigError(error) && error.blame === 'bench', String(error));
            return false;
          },
        );
        if (taken) {
          believed++;
          assert.deepEqual(arm.truth.registered.slice(before), ['5'], `seed ${seed}, press ${press}`);
        } else refused++;
      }
      await keypad.close().catch(() => {});
      await arm.clock.sleep(10_000);
      assert.ok(!arm.truth.down(), `seed ${seed}: a key is held`);
      arm.switchOff();
    }
    assert.ok(believed > 40 && refused > 20, `${believed} believed, ${refused} refused`);
  });
});
