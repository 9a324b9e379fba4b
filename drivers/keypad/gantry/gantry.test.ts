import assert from 'node:assert/strict';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError, type RigError } from '../../../rig/model/errors.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { hastyClock, makeContext, type TestContext } from '../../devices/testing/context.ts';
import { eventually, makePty, type TestPty } from '../../transport/testing/pty.ts';
import { open, options } from './gantry.ts';
import { type ScriptedController, scriptController } from './testing/scripted-controller.ts';

const PLACEMENT = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 };
const KEEP_IN = { x: [-170, -100], y: [-105, -50] };
const isCode = (code: string) => (error: unknown) =>
  isRigError(error) && error.code === code && error.blame === 'bench';

describe('gantry', () => {
  let pty: TestPty;
  let controller: ScriptedController;
  let context: TestContext;
  let keypad: KeypadPlane | undefined;

  const openKeypad = async (more: object = {}) => {
    keypad = await open(
      options.parse({ port: pty.path, placement: PLACEMENT, 'keep-in': KEEP_IN, ...more }),
      context,
    );
    controller.heard.length = 0;
    return keypad;
  };
  beforeEach(async () => {
    pty = await makePty();
    controller = scriptController(pty);
    context = makeContext();
    keypad = undefined;
  });
  afterEach(async () => {
    await keypad?.close().catch(() => {});
    await pty.unplug();
  });

  describe('opening', () => {
    it('resets a controller that does not greet, looks at it and homes it', async () => {
      keypad = await open(
        options.parse({ port: pty.path, placement: PLACEMENT, 'keep-in': KEEP_IN }),
        context,
      );
      assert.deepEqual(controller.heard, ['^X', '$I', '$$', '$H', 'G21G90G94']);
      assert.equal(keypad.facts['firmware'], 'Grbl 1.1h');
      assert.equal(keypad.facts['build'], '1.1h.20190830:');
      assert.match(keypad.facts['settings'] ?? '', /^[0-9a-f]{16}$/);
    });

    it('does not reset a controller that has just greeted', async () => {
      const opening = open(
        options.parse({ port: pty.path, placement: PLACEMENT, 'keep-in': KEEP_IN, boot: 30_000 }),
        { ...context, clock: hastyClock() },
      );
      await eventually('the port to be open', () => context.events.some((event) => event.type === 'link'));
      pty.send("\r\nGrbl 1.1h ['$' for help]\r\n");
      keypad = await opening;
      assert.equal(controller.heard[0], '$I');
    });

    it('starts over when the greeting of the start and that of the reset cross', async () => {
      let first = true;
      controller.override = (line) => {
        if (line !== '$I' || !first) return undefined;
        first = false;
        return "Grbl 1.1h ['$' for help]";
      };
      keypad = await open(
        options.parse({ port: pty.path, placement: PLACEMENT, 'keep-in': KEEP_IN }),
        context,
      );
      assert.deepEqual(controller.heard.slice(0, 5), ['^X', '$I', '^X', '$I', '$$']);
    });

    for (const [number, value, why] of [
      [13, '1', /inches/],
      [22, '0', /homing is disabled/],
    ] as const) {
      it(`refuses $${number}=${value}`, async () => {
        controller.settings.set(number, value);
        await assert.rejects(
          openKeypad(),
          (error: RigError) => isCode('KEYPAD_POSITION')(error) && why.test(error.message),
        );
        assert.ok(!controller.heard.includes('$H'), 'nothing moved');
      });
    }

    for (const [what, list] of [
      ['lost a byte', '$1=255\r\n$13=0\r\n$20=1\r\n$2=1\r\n$132=40.000\r\nok'],
      ['says another value', '$1=255\r\n$13=0\r\n$20=1\r\n$22=0\r\n$132=40.000\r\nok'],
      ['holds a line that is none', '$1=255\r\n$13=0\r\n$20=1\r\n$22~1\r\n$132=40.000\r\nok'],
    ] as const) {
      it(`asks again for a list of settings that ${what}`, async () => {
        let asked = 0;
        controller.override = (line) => (line === '$$' && ++asked === 1 ? list : undefined);
        keypad = await openKeypad();
        assert.equal(asked, 2);
      });
    }

    it('a list of settings that never comes whole is the line, not a controller without homing', async () => {
      controller.override = (line) => (line === '$$' ? '$1=255\r\n$13=0\r\n$2=1\r\nok' : undefined);
      await assert.rejects(
        openKeypad(),
        (error: RigError) => isCode('TRANSPORT_PROTOCOL')(error) && /\$22 is not in it/.test(error.message),
      );
      assert.ok(!controller.heard.includes('$H'), 'nothing moved');
    });

    it('tells a silent port from a failing homing', async () => {
      controller.override = (line) => (line === '$H' ? 'ALARM:9\r\nerror:9' : undefined);
      await assert.rejects(
        openKeypad(),
        (error: RigError) => isCode('KEYPAD_ALARM')(error) && /no limit switch/.test(error.message),
      );
      controller.override = () => '';
      context = makeContext(hastyClock());
      await assert.rejects(openKeypad(), isCode('TRANSPORT_TIMEOUT'));
      assert.deepEqual(context.losses, [], 'what fails while opening is thrown, not reported as a loss');
    });

    it('gives up on one that boots locked and never answers $H: the bench, its state, and nothing moved', async () => {
      // Patient until homing begins, on a busy machine too; it never ends.
      const fast = makeClock(100);
      const clock: Clock = {
        ...fast,
        get rate() {
          return controller.heard.includes('$H') ? 1 : fast.rate;
        },
      };
      context = makeContext(clock);
      controller.override = (line) => (line === '$H' ? '' : undefined);
      const error = await openKeypad().then(
        () => assert.fail('it was believed'),
        (thrown: unknown) => thrown,
      );
      assert.ok(isCode('TRANSPORT_TIMEOUT')(error) && isRigError(error));
      assert.match(error.message, /did not finish homing in time: its state is Alarm/);
      assert.deepEqual(
        controller.heard.filter((line) => /G.*[XYZ]/.test(line)),
        [],
      );
      assert.deepEqual(context.losses, []);
    });

    it('lets go at once when the run is cancelled', async () => {
      controller.override = (line) => (line === '$H' ? '' : undefined);
      const opening = openKeypad();
      await eventually('homing', () => controller.heard.includes('$H'));
      context.abort.abort();
      await assert.rejects(opening);
    });
  });

  it('presses the key where the placement says it lies, and reads the place back', async () => {
    const hand = await openKeypad();
    const press = await hand.press('6'); // two columns right, one row down
    assert.deepEqual(controller.heard, [
      'G53G0X-130.000Y-070.000',
      'G53G0Z-016.000',
      'G53G1Z-021.500F3000',
      'G4P0.080',
      'G53G0Z-016.000',
      'G4P0.01',
    ]);
    assert.deepEqual(press, { position: { x: -130, y: -70 }, dwellMs: 80 });
    controller.heard.length = 0;
    await hand.press('1');
    assert.deepEqual(controller.heard.slice(0, 2), ['G53G0X-160.000Y-060.000', 'G53G1Z-021.500F3000']);
  });

  it('turns with the terminal', async () => {
    const hand = await openKeypad({ placement: { ...PLACEMENT, x: -130, rotation: 90 } });
    const press = await hand.press('4'); // 10 mm towards the person is 10 mm to the right now
    assert.deepEqual(press.position, { x: -120, y: -60 });
  });

  it('presses in the order asked for, one at a time', async () => {
    const hand = await openKeypad();
    await Promise.all(['1', '2', '3'].map((key) => hand.press(key)));
    const places = controller.heard.filter((line) => line.includes('X'));
    assert.deepEqual(places, [
      'G53G0X-160.000Y-060.000',
      'G53G0X-145.000Y-060.000',
      'G53G0X-130.000Y-060.000',
    ]);
  });

  it('parks in the quiet corner, up', async () => {
    const hand = await openKeypad();
    await hand.press('5');
    await hand.park();
    assert.deepEqual(controller.position, [-100, -105, -16]);
  });

  describe('interlocks', () => {
    it('does not leave the keep-in box', async () => {
      const hand = await openKeypad({ 'keep-in': { x: [-170, -120], y: [-105, -50] } });
      await assert.rejects(hand.press('enter'), isCode('KEYPAD_POSITION'));
      assert.deepEqual(
        controller.heard.filter((line) => /X|F/.test(line)),
        [],
      );
      await hand.press('5');
    });

    it('knows no key that the profile does not have', async () => {
      const hand = await openKeypad();
      for (const key of ['help', 'constructor', '__proto__']) {
        await assert.rejects(hand.press(key), (error: RigError) => error.code === 'KEYPAD_UNKNOWN_KEY');
      }
      assert.deepEqual(controller.heard, []);
    });

    it('does not go down when the way there was refused', async () => {
      const hand = await openKeypad();
      controller.override = (line) => (line.includes('X') ? 'error:2' : undefined);
      await assert.rejects(
        hand.press('5'),
        (error: RigError) => isCode('KEYPAD_ALARM')(error) && /error:2 /.test(error.message),
      );
      assert.ok(!controller.heard.some((line) => line.startsWith('G53G1')), 'the finger stayed up');
    });

    it('notices that the finger is not where it was sent, lifts it, and can go on', async () => {
      const hand = await openKeypad();
      controller.override = (line) => (line.startsWith('G53G0X') ? 'ok' : undefined); // swallowed
      await assert.rejects(
        hand.press('5'),
        (error: RigError) => isCode('KEYPAD_POSITION')(error) && /not where it was sent/.test(error.message),
      );
      controller.override = () => undefined;
      assert.deepEqual((await hand.press('5')).position, { x: -145, y: -70 });
      assert.deepEqual(context.losses, []);
    });

    it('raises the finger before it moves sideways', async () => {
      const hand = await openKeypad();
      let refused = false;
      controller.override = (line) => {
        if (line !== 'G53G0Z-016.000' || refused || controller.position[2] > -20) return undefined;
        refused = true;
        return 'error:1'; // the way up after the stroke
      };
      await assert.rejects(hand.press('5'), isCode('KEYPAD_ALARM'));
      assert.equal(controller.position[2], -16, 'lifted after the failure');
    });
  });

  describe('when the controller fails', () => {
    it('takes an alarm in the middle of a press for an unknown position, and brings the finger up at the end', async () => {
      const hand = await openKeypad();
      controller.override = (line) => (line.startsWith('G53G1') ? 'ALARM:1' : undefined);
      await assert.rejects(
        hand.press('5'),
        (error: RigError) => isCode('KEYPAD_ALARM')(error) && /limit switch/.test(error.message),
      );
      await assert.rejects(hand.press('5'), isCode('KEYPAD_POSITION'));
      assert.deepEqual(
        context.losses.map((error) => isRigError(error) && error.code),
        ['KEYPAD_ALARM'],
      );
      controller.override = () => undefined;
      controller.heard.length = 0;
      await hand.close();
      assert.deepEqual(controller.heard.slice(controller.heard.indexOf('^X')), ['^X', '$H']);
    });

    it('reports a restart that nobody asked for, also between presses', async () => {
      const hand = await openKeypad();
      pty.send("\r\nGrbl 1.1h ['$' for help]\r\n");
      await eventually('the loss', () => context.losses.length === 1);
      assert.ok(isCode('KEYPAD_POSITION')(context.losses[0]));
      await assert.rejects(hand.press('5'), isCode('KEYPAD_POSITION'));
      assert.deepEqual(controller.heard, [], 'nothing was sent into the unknown');
    });

    it('reports a controller that stops answering', async () => {
      context = makeContext(hastyClock());
      const hand = await openKeypad();
      controller.override = (line) => (line === 'G4P0.01' ? '' : undefined);
      await assert.rejects(hand.press('5'), isCode('TRANSPORT_TIMEOUT'));
      assert.equal(context.losses.length, 1);
    });

    it('reports a lost port in the middle of a press, and sends nothing more', async () => {
      const hand = await openKeypad({ reconnect: 100 });
      controller.override = (line) => (line.startsWith('G4P0.080') ? '' : undefined);
      const press = hand.press('5');
      await eventually('the finger to go down', () => controller.heard.includes('G4P0.080'));
      await pty.unplug();
      await assert.rejects(press, isCode('TRANSPORT_LOST'));
      assert.deepEqual(
        context.losses.map((error) => isRigError(error) && error.code),
        ['TRANSPORT_LOST'],
      );
      await assert.rejects(hand.press('5'), isCode('TRANSPORT_LOST'));
      await assert.rejects(hand.close(), isCode('KEYPAD_POSITION'));
      assert.equal(context.events.filter((event) => event.type === 'link').at(-1)?.type, 'link');
    });
  });

  describe('secret presses', () => {
    const record = () =>
      context.events
        .map((event) =>
          event.type === 'bytes'
            ? `${event.dir} ${Buffer.from(event.hex, 'hex').toString('latin1')}`
            : JSON.stringify(event),
        )
        .join('\n');

    it('leave neither key nor place anywhere, until the finger has gone elsewhere', async () => {
      const hand = await openKeypad();
      const before = context.events.length;
      for (const digit of ['2', '5', '8', '0']) {
        assert.deepEqual(await hand.press(digit, { secret: true }), { dwellMs: 80 });
      }
      assert.equal(context.events.length, before, 'nothing at all while the PIN is typed');
      const enter = await hand.press('enter');
      assert.deepEqual(enter.position, { x: -115, y: -90 });
      await hand.press('cancel');
      const seen = record();
      assert.ok(!seen.includes('145.000'), 'the column of 2, 5, 8 and 0');
      assert.ok(seen.includes('X-115.000Y-060.000'), 'the first open press after it is shown');
      const withheld = context.events.filter((event) => event.type === 'bytes' && event.withheld === 'pin');
      assert.equal(withheld.length, 2, 'one count a direction for the whole PIN');
    });

    it('stay secret when they fail', async () => {
      const hand = await openKeypad();
      controller.override = (line) => (line.startsWith('G53G1') ? 'error:22' : undefined);
      const failed = await hand.press('5', { secret: true }).catch((error: RigError) => error);
      assert.ok(isRigError(failed));
      controller.override = (line) => (line.startsWith('G53G0X') ? 'ok' : undefined);
      const strayed = await hand.press('8', { secret: true }).catch((error: RigError) => error);
      assert.ok(isRigError(strayed) && strayed.code === 'KEYPAD_POSITION');
      const unknown = await hand.press('digit-9', { secret: true }).catch((error: RigError) => error);
      assert.ok(isRigError(unknown));
      controller.override = () => undefined;
      await hand.close();
      const said = [failed, strayed, unknown]
        .map((error) => `${error.message} ${error.hint} ${error.cause}`)
        .join('\n');
      for (const secret of ['145', '70.0', '080', '"5"', '"8"', 'digit-9']) {
        assert.ok(!`${said}\n${record().split('G21G90G94')[1]}`.includes(secret), secret);
      }
    });
  });
});
