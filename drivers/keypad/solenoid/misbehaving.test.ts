import assert from 'node:assert/strict';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { makeContext, type TestContext } from '../../devices/testing/context.ts';
import { eventually, makePty, type TestPty } from '../../transport/testing/pty.ts';
import { hidBoard } from './hid-board.ts';
import { open, options } from './solenoid.ts';

const KEYS = { '1': 1, '5': 12 };
/** The output of key 5, as the boards name it: it must be in no message while a PIN is typed. */
const OUTPUT_OF_5 = /\b(12|B)\b/;

/** A board on a pseudo-terminal: what it hears, what it does, what it says. */
interface Board {
  readonly kind: 'posrig-solenoid' | 'numato';
  /** Ends a command. */
  readonly end: string;
  /** What an honest one says to a command, whole. */
  answer(command: string, on: Set<string>): string;
  /** The command that closes the key. */
  readonly pressing: RegExp;
}

const FIRMWARE: Board = {
  kind: 'posrig-solenoid',
  end: '\n',
  pressing: /^press /,
  answer(command) {
    if (command === 'id?') return 'id posrig-solenoid 1 outputs=32 max-on=500 heartbeat=1000\n';
    if (command === 'arm') return 'armed\n';
    if (command === 'off') return 'off\n';
    const [, output, ms] = /^press (\d+) (\d+)$/.exec(command) ?? [];
    return output ? `pressed ${output} ${ms}\n` : 'error unknown\n';
  },
};

const NUMATO: Board = {
  kind: 'numato',
  end: '\r',
  pressing: /^relay on /,
  answer(command, on) {
    const [, verb = '', name = ''] = command.split(' ');
    if (verb === 'on') on.add(name);
    if (verb === 'off') on.delete(name);
    const read = verb === 'read' ? `${on.has(name) ? 'on' : 'off'}\n\r` : '';
    return `${command}\n\r${command === 'ver' ? '00000008\n\r' : read}>`;
  },
};

/** What a board may do instead of answering; the result is what it says. */
type Vice = (honest: string, command: string) => string;
const VICES: Readonly<Record<string, Vice>> = {
  silence: () => '',
  'half an answer and no more': (honest) => honest.slice(0, Math.ceil(honest.length / 3)),
  'the echo alone': (_, command) => `${command}\n`,
  'another answer': () => 'relay read 7\n\ron\n\r>\npressed 31 80\n',
  'a restart in the middle': (honest) => `${honest.slice(0, 2)}\r\nrst:0x10 (RTCWDT_RTC_RESET),boot:0x13\r\n`,
  garbage: () => '\xff\x00\x81>\xfe\n',
  'an error': () => 'error output blocked\n',
  'no end': () => 'x'.repeat(10_000),
};

describe('solenoid boards that misbehave', () => {
  let pty: TestPty;
  let context: TestContext;
  let keypad: KeypadPlane | undefined;
  let vice: Vice | undefined;
  let struck: number;
  let heard: string[];
  /** Outputs that are on, and such as never go off again. */
  let on: Set<string>;

  // An honest board may be as slow as a busy machine makes it; one that will never answer is given up on soon.
  const fast = makeClock(100);
  const impatient: Clock = {
    ...fast,
    get rate() {
      return vice ? 1 : fast.rate;
    },
  };

  const serve = (board: Board, when = board.pressing) => {
    let rest = '';
    pty.onData((chunk) => {
      const commands = (rest + chunk.toString('latin1')).split(board.end);
      rest = commands.pop() ?? '';
      for (const command of commands) {
        heard.push(command);
        const honest = board.answer(command, on);
        const act = vice && when.test(command) ? vice : undefined;
        if (act) struck++;
        pty.send(Buffer.from(act ? act(honest, command) : honest, 'latin1'));
      }
    });
  };
  const openKeypad = async (board: Board, clock: Clock = impatient) => {
    context = makeContext(clock);
    keypad = await open(
      options.parse({ boards: [{ kind: board.kind, port: pty.path }], keys: KEYS }),
      context,
    );
    return keypad;
  };
  /** It ends, and the bench is to blame. */
  const refused = async (act: Promise<unknown>): Promise<string> => {
    const error = await act.then(
      () => assert.fail('it was believed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(isRigError(error) && error.blame === 'bench', String(error));
    return `${error.message} ${error.hint ?? ''}`.replaceAll(pty.path, 'its port');
  };

  beforeEach(async () => {
    pty = await makePty();
    vice = undefined;
    struck = 0;
    heard = [];
    on = new Set();
    keypad = undefined;
  });
  afterEach(async () => {
    await keypad?.close().catch(() => {});
    await pty.unplug();
  });

  for (const board of [FIRMWARE, NUMATO]) {
    for (const [name, act] of Object.entries(VICES)) {
      it(`${board.kind}: ${name}: the press is not believed, not repeated, its digit not told, and outputs are switched off`, async () => {
        serve(board);
        const hand = await openKeypad(board);
        vice = act;
        heard.length = 0;
        const said = await refused(hand.press('5', { secret: true }));
        assert.doesNotMatch(said, OUTPUT_OF_5);
        assert.equal(struck, 1, 'a press whose end is unknown must not be repeated');
        await hand.close().catch(() => {});
        const dead = context.losses.length > 0;
        assert.ok(dead || heard.some((command) => /off/.test(command)), heard.join());
        const recorded = JSON.stringify(context.events.map((event) => ('text' in event ? event.text : '')));
        assert.doesNotMatch(recorded, OUTPUT_OF_5);
      });
    }

    it(`${board.kind}: one that never answers cannot be opened, within its limits`, async () => {
      vice = () => '';
      serve(board, /./s);
      await refused(openKeypad(board));
    });

    it(`${board.kind}: after one bad answer it finds its place again`, async () => {
      serve(board);
      const hand = await openKeypad(board);
      vice = VICES['an error'];
      await refused(hand.press('1'));
      vice = undefined;
      if (context.losses.length === 0) assert.deepEqual(await hand.press('1'), { dwellMs: 80 });
    });
  }

  it('numato: a relay that is stuck is told, and the plane is lost: somebody must look', async () => {
    serve({
      ...NUMATO,
      answer(command, states) {
        const said = NUMATO.answer(command, states);
        if (command.startsWith('relay off') && heard.some((each) => each.startsWith('relay on')))
          states.add(command.split(' ')[2] ?? '');
        return said;
      },
    });
    const hand = await openKeypad(NUMATO);
    assert.match(await refused(hand.press('1')), /did not go off/);
    assert.equal(context.losses.length, 1);
    await refused(hand.press('5'));
    await assert.rejects(hand.close(), /may still be held/);
  });

  it('numato: what it says while a key is held and nobody asked is a restart: the key came up', async () => {
    serve({
      ...NUMATO,
      answer(command, states) {
        const said = NUMATO.answer(command, states);
        if (command.startsWith('relay read') && said.includes('on\n'))
          setTimeout(() => pty.send('\r\nNumato Lab 16 Channel USB Relay Module\r\n>'), 20);
        return said;
      },
    });
    const hand = await openKeypad(NUMATO, makeClock(0.5));
    assert.match(await refused(hand.press('1')), /nobody asked/);
  });

  it('lcus: a board that should be quiet and tells of a restart is lost', async () => {
    context = makeContext();
    keypad = await open(options.parse({ boards: [{ kind: 'lcus', port: pty.path }], keys: KEYS }), context);
    pty.send('ets Jan  8 2013,rst cause:4, boot mode:(3,6)\r\n');
    await eventually('the loss', () => context.losses.length > 0);
    await refused(keypad.press('1'));
    await assert.rejects(keypad.close(), /may still be held/);
  });

  for (const [name, report] of Object.entries({
    'a contact that is stuck': Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0xff),
    'a report that is too short': Uint8Array.of(1, 2),
  })) {
    it(`hid-16c0: ${name} is no press`, async () => {
      let honest = true;
      const states = new Set<number>();
      const losses: Error[] = [];
      const hid = {
        setReport: async (_: 'output' | 'feature', [act = 0, output = 0]: Uint8Array) => {
          if (act === 0xff) states.add(output);
          else if (act === 0xfd) states.delete(output);
          else states.clear();
        },
        getFeature: async () => {
          const bits = [...states].reduce((sum, output) => sum | (1 << (output - 1)), 0);
          return honest ? Uint8Array.of(0, 0, 0, 0, 0, 0, 0, bits) : report;
        },
        close: async () => {},
      };
      const setup = { what: 'board', used: [1, 3], lost: (error: Error) => void losses.push(error) };
      const board = await hidBoard('hid-16c0', hid, setup, makeClock(100));
      await board.pulse(1, 50);
      honest = false;
      await refused(board.pulse(3, 50));
      await refused(board.allOff());
      assert.deepEqual([...states], [], 'it was told to switch off whatever it reports');
    });
  }
});
