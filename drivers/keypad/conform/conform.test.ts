import assert from 'node:assert/strict';
import { makeClock } from '../../../rig/model/time.ts';
import { openSerial, type SerialStream } from '../../transport/serial.ts';
import { teeInto } from '../../transport/tee.ts';
import { listRecorder, makePty, type TestPty } from '../../transport/testing/pty.ts';
import { attachGantry } from '../../virtual/devices/gantry/gantry.ts';
import { CONTROLLERS, type ControllerName } from '../../virtual/devices/gantry/personality.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../virtual/pty.ts';
import { makeRandom } from '../../virtual/random.ts';
import { scriptController } from '../gantry/testing/scripted-controller.ts';
import { type Conformance, conform } from './conform.ts';

const OPTIONS = { dialect: 'auto', allowMotion: false, box: 2, bootMs: 1, patienceMs: 10_000 } as const;
const resultOf = (result: Conformance, id: string) => result.cases.find((each) => each.id === id);
const failures = (result: Conformance) =>
  result.cases.filter((each) => each.result === 'failed' || each.result === 'differs');

describe('keypad conform', () => {
  let serial: SerialStream | undefined;
  const openAt = async (path: string) => {
    serial = await openSerial(
      { path, baud: 115_200, what: 'controller' },
      teeInto(listRecorder(), 'keypad', 'conform'),
    );
    return serial;
  };
  afterEach(async () => {
    await serial?.close();
  });

  describe('against the virtual gantry', () => {
    let pty: PseudoTerminal;
    let switchOff: () => void;
    const attach = (controller: ControllerName) => {
      switchOff = attachGantry(
        pty,
        {
          controller,
          machine: {
            travel: { x: 200, y: 200, z: 40 },
            speed: { x: 500, y: 500, z: 200 },
            acceleration: { x: 2000, y: 2000, z: 1500 },
          },
          start: { x: -50, y: -50, z: -10 },
          keypad: { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, noise: 0 },
          keys: {},
        },
        { keyDown: () => {}, keyUp: () => {} },
        makeClock(60),
        makeRandom(7),
      );
    };
    beforeEach(async () => {
      pty = await openPseudoTerminal();
    });
    afterEach(async () => {
      switchOff();
      await pty.close();
    });

    for (const controller of CONTROLLERS) {
      it(`${controller} conforms in every transcript, moving and not`, async () => {
        attach(controller);
        const dialect = controller === 'marlin' ? 'marlin' : 'auto';
        const result = await conform(await openAt(pty.path), { ...OPTIONS, dialect, allowMotion: true });
        assert.equal(result.dialect, controller);
        assert.deepEqual(
          failures(result).filter((each) => !EARLY.has(each.id)),
          [],
        );
        assert.ok(result.cases.length >= 10);
      });
    }
    /** On a fast clock a short move may have ended before anybody looks. */
    const EARLY: ReadonlySet<string> = new Set(['jog-cancel', 'ok-is-not-there', 'hold']);

    it('moves nothing without leave, and says what it left out', async () => {
      attach('grbl');
      const result = await conform(await openAt(pty.path), OPTIONS);
      assert.deepEqual(failures(result), []);
      assert.equal(resultOf(result, 'jog')?.result, 'skipped');
      assert.equal(resultOf(result, 'nothing-moved')?.result, 'ok');
      const sent = result.cases.flatMap((each) => each.transcript).filter((line) => line.startsWith('>'));
      assert.ok(!sent.some((line) => /\$H|\$\d+=|\$RST|\$SLP/.test(line)), 'no setting, no homing');
    });

    it('takes reports in inches for what they are', async () => {
      attach('grbl');
      const port = await openAt(pty.path);
      await new Promise<void>((resolve) => {
        // It may still boot, and is deaf meanwhile.
        const ask = setInterval(() => void port.write(Buffer.from('$13=1\n')), 50);
        let heard = '';
        const unsubscribe = port.onData((chunk) => {
          heard += Buffer.from(chunk).toString('latin1');
          if (!/^ok\r$/m.test(heard)) return;
          clearInterval(ask);
          unsubscribe();
          resolve();
        });
      });
      const result = await conform(port, { ...OPTIONS, allowMotion: true });
      assert.match(resultOf(result, 'settings')?.note ?? '', /inches/);
      assert.equal(resultOf(result, 'homing')?.note, '-1.001, -1.001, -1.001');
      assert.equal(resultOf(result, 'jog')?.result, 'ok');
    });

    it('refuses another dialect than was asked for', async () => {
      attach('fluidnc');
      await assert.rejects(
        conform(await openAt(pty.path), { ...OPTIONS, dialect: 'grbl' }),
        /speaks FluidNC/,
      );
    });
  });

  describe('against a controller that is wrong', () => {
    let pty: TestPty;
    beforeEach(async () => {
      pty = await makePty();
    });
    afterEach(() => pty.unplug());

    /** A controller that answers lines by a function; a reset greets. */
    const serve = (answer: (line: string) => string) => {
      const controller = scriptController(pty);
      controller.override = (line) => {
        if (line === '?') return '<Idle|MPos:0.000,0.000,0.000|FS:0,0>';
        if (line === '^X') return "Grbl 1.1h ['$' for help]";
        if (line === '$G') return '[GC:G0 G54]\r\nok';
        if (line === '$I') return '[VER:1.1h.20190830:]\r\nok';
        if (line === '$$') return undefined;
        return answer(line);
      };
    };

    it('tells one ok too many from an honest one', async () => {
      serve((line) => (line === '' ? 'ok\r\nok' : 'ok'));
      const result = await conform(await openAt(pty.path), OPTIONS);
      assert.equal(resultOf(result, 'empty-line')?.result, 'failed');
      assert.match(resultOf(result, 'empty-line')?.note ?? '', /expected ok; heard ok, ok/);
    });

    it('finds a controller that takes everything', async () => {
      serve(() => 'ok');
      const result = await conform(await openAt(pty.path), OPTIONS);
      for (const id of ['errors', 'sticky-error', 'order', 'jog-refused']) {
        assert.equal(resultOf(result, id)?.result, 'failed', id);
      }
    });

    it('goes on after a line that is never answered', async () => {
      serve((line) => (line === '' ? '' : 'ok'));
      const result = await conform(await openAt(pty.path), { ...OPTIONS, patienceMs: 300 });
      assert.match(resultOf(result, 'empty-line')?.note ?? '', /expected ok; heard none/);
      assert.equal(resultOf(result, 'identity')?.result, 'ok');
    });

    it('moves nothing on one that ought to home and does not: one failure, not six', async () => {
      serve((line) => (line === '$H' ? 'error:9' : 'ok'));
      const result = await conform(await openAt(pty.path), { ...OPTIONS, allowMotion: true });
      assert.equal(resultOf(result, 'homing')?.result, 'failed');
      for (const id of ['jog', 'jog-cancel', 'ok-is-not-there', 'hold', 'beyond'])
        assert.equal(resultOf(result, id)?.result, 'skipped', id);
      assert.ok(
        !result.cases.some(({ transcript }) => transcript.some((line) => /G1X2|\$J=G91G21X/.test(line))),
      );
    });

    it('says when nobody is there', async () => {
      await assert.rejects(
        conform(await openAt(pty.path), { ...OPTIONS, patienceMs: 100 }),
        /nobody answers on this port/,
      );
    });
  });
});
