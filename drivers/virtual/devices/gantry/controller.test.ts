import assert from 'node:assert/strict';
import { makeRandom } from '../../random.ts';
import { type GrblController, makeGrblController } from './controller.ts';
import type { MachineData } from './settings.ts';
import { distance, type Point, trapezoid } from './trapezoid.ts';

const MACHINE: MachineData = {
  travel: { x: 200, y: 200, z: 40 },
  speed: { x: 500, y: 500, z: 200 },
  acceleration: { x: 2000, y: 2000, z: 1500 },
};
const START: Point = { x: -100, y: -80, z: -5 };

/** A controller under simulated time: time passes only when the test lets it. */
class Workbench {
  now = 0;
  place = START;
  #heard = '';
  readonly controller: GrblController;

  constructor() {
    this.controller = makeGrblController({
      machine: MACHINE,
      start: START,
      random: makeRandom(1),
      carriage: {
        moveTo: (place) => {
          this.place = place;
        },
        marks: () => [],
      },
      send: (text) => {
        this.#heard += text;
      },
    });
    this.controller.boot();
  }

  /** What was said since the last call. */
  heard(): string[] {
    const lines = this.#heard.split('\r\n').filter((line) => line !== '');
    this.#heard = '';
    return lines;
  }

  send(text: string | Uint8Array): this {
    this.controller.receive(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, this.now);
    return this;
  }

  /** Lets time pass, looking whenever the controller wants to be looked at. */
  pass(ms: number): this {
    const end = this.now + ms;
    for (let due = this.controller.nextDue(); due !== undefined && due <= end; ) {
      this.now = Math.max(this.now, due);
      this.controller.advance(this.now);
      due = this.controller.nextDue();
    }
    this.now = end;
    this.controller.advance(end);
    return this;
  }

  ask(text: string, ms = 0): string[] {
    this.heard();
    return this.send(text).pass(ms).heard();
  }

  homed(): this {
    assert.deepEqual(this.ask('$H\n', 60_000), ['ok']);
    return this;
  }
}

const status = (lines: readonly string[]) => /^<([^|>]+)\|MPos:([^|]+)/.exec(lines.at(-1) ?? '')?.slice(1);
const LOCKED = "[MSG:'$H'|'$X' to unlock]";
const BANNER = "Grbl 1.1h ['$' for help]";
const JOG_CANCEL = Uint8Array.of(0x85);

describe('gantry controller: start and lock', () => {
  it('boots locked, believes to be at the origin, and refuses g-code', () => {
    const bench = new Workbench();
    assert.deepEqual(bench.heard(), [BANNER, LOCKED]);
    assert.deepEqual(status(bench.ask('?')), ['Alarm', '0.000,0.000,0.000']);
    assert.deepEqual(bench.ask('G0 X-10\n'), ['error:9']);
    assert.deepEqual(bench.ask('$J=G91 X1 F100\n'), ['error:8']);
    assert.deepEqual(bench.place, START);
  });

  it('$X unlocks and does not restore the position', () => {
    const bench = new Workbench();
    assert.deepEqual(bench.ask('$X\n'), ['[MSG:Caution: Unlocked]', 'ok']);
    assert.deepEqual(bench.ask('G53 G0 X-10\n', 5000), ['ok']);
    assert.ok(Math.abs(bench.place.x - (START.x - 10)) < 1e-9, 'ten millimetres from where it really was');
  });

  it('$H answers only at the end, with no status meanwhile, and makes coordinates true', () => {
    const bench = new Workbench();
    assert.deepEqual(bench.ask('$H\n', 100), []);
    assert.deepEqual(bench.ask('?', 100), []);
    assert.deepEqual(bench.pass(60_000).heard(), ['ok']);
    assert.deepEqual(status(bench.ask('?')), ['Idle', '-1.000,-1.000,-1.000']);
    assert.deepEqual(bench.place, { x: -1, y: -1, z: -1 });
  });

  it('tells its version and settings as Grbl does', () => {
    const bench = new Workbench();
    assert.deepEqual(bench.ask('$I\n'), ['[VER:1.1h.20190830:]', '[OPT:V,15,128]', 'ok']);
    const settings = bench.ask('$$\n');
    assert.equal(settings.at(-1), 'ok');
    for (const line of [
      '$22=1',
      '$20=1',
      '$110=30000.000',
      '$112=12000.000',
      '$120=2000.000',
      '$132=40.000',
    ]) {
      assert.ok(settings.includes(line), line);
    }
    assert.deepEqual(bench.ask('$G\n'), ['[GC:G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S0]', 'ok']);
    assert.equal(bench.ask('$#\n').at(-1), 'ok');
  });

  it('answers error numbers of Grbl', () => {
    const bench = new Workbench().homed();
    const cases: Readonly<Record<string, string>> = {
      '$nonsense\n': 'error:3',
      'G0 X\n': 'error:2',
      '5\n': 'error:1',
      'G2 X1 Y1 I1\n': 'error:20',
      'G0 G1 X-1 F1\n': 'error:21',
      'G1 X-5\n': 'error:22',
      'G0 X-1 X-2\n': 'error:25',
      'G4\n': 'error:28',
      'G80 X-1\n': 'error:31',
      'G0 P3\n': 'error:36',
      'F-1\n': 'error:4',
      '$J=X-5\n': 'error:22',
      '$J=M3 X-5 F100\n': 'error:16',
      '$J=X5 F100\n': 'error:15',
      '$9=1\n': 'error:3',
      '$27=x\n': 'error:2',
      [`${'G0'.repeat(40)}\n`]: 'error:11',
    };
    for (const [line, answer] of Object.entries(cases)) assert.deepEqual(bench.ask(line), [answer], line);
    assert.deepEqual(bench.ask('\n'), ['ok']);
    assert.deepEqual(bench.ask('(a comment) ; more\n'), ['ok']);
    assert.deepEqual(bench.ask('G90\r\n'), ['ok', 'ok'], 'CR and LF each end a line');
  });
});

describe('gantry controller: motion', () => {
  it('ok means queued; a G4 barrier answers at standstill, after the time of the trapezoid', () => {
    const bench = new Workbench().homed();
    const target = { x: -101, y: -1, z: -1 };
    const duration = trapezoid(distance(bench.place, target), 500, 2000).durationMs;
    assert.deepEqual(bench.ask('G53 G0 X-101\n'), ['ok']);
    assert.deepEqual(bench.ask('G4 P0.01\n', duration + 5), []);
    assert.deepEqual(bench.pass(10).heard(), ['ok']);
    assert.deepEqual(bench.place, target);
  });

  it('moves at the feed asked for, never faster than an axis can', () => {
    const slow = new Workbench().homed();
    slow.ask('G53 G1 X-11 F600\n', 900);
    assert.equal(status(slow.ask('?'))?.[0], 'Run');
    assert.equal(status(slow.ask('?', 0))?.[0], 'Run');
    assert.equal(status(slow.pass(110).ask('?'))?.[0], 'Idle');
    const deep = new Workbench().homed();
    deep.ask('G53 G1 Z-31 F600000\n', trapezoid(30, 200, 1500).durationMs - 1);
    assert.equal(status(deep.ask('?'))?.[0], 'Run');
    assert.equal(status(deep.pass(2).ask('?'))?.[0], 'Idle');
  });

  it('queues 15 blocks; the line after them waits for room, the next ones in the receive ring', () => {
    const bench = new Workbench().homed();
    for (let i = 1; i <= 15; i++) assert.deepEqual(bench.ask(`G53 G0 X-${i + 1}\n`), ['ok'], `block ${i}`);
    assert.deepEqual(bench.ask('G53 G0 X-17\n'), []);
    assert.deepEqual(bench.ask('G53 G0 X-18\n'), []);
    assert.deepEqual(bench.pass(60_000).heard(), ['ok', 'ok']);
    assert.equal(bench.place.x, -18);
  });

  it('loses bytes silently when the receive ring overflows', () => {
    const bench = new Workbench().homed();
    bench.ask('G4 P1\n');
    const lines = Array.from({ length: 40 }, () => 'G91\n').join(''); // 160 bytes
    const answers = bench.ask(lines, 5000);
    assert.equal(answers.filter((line) => line === 'ok').length, 1 + 128 / 4);
  });

  it('relative and absolute moves, inches, and G53 in relative mode', () => {
    const bench = new Workbench().homed();
    bench.ask('G91 G0 X-10\nG0 X-10\nG90 G0 Y-20\nG20 G91 G0 X-1\nG21\nG53 G0 Z-3\n', 60_000);
    assert.ok(distance(bench.place, { x: -46.4, y: -20, z: -3 }) < 1e-9, JSON.stringify(bench.place));
  });

  it('jogs without touching the modal state, and stops a jog at 0x85', () => {
    const bench = new Workbench().homed();
    assert.deepEqual(bench.ask('$J=G91 X-100 F3000\n', 500), ['ok']);
    assert.equal(status(bench.ask('?'))?.[0], 'Jog');
    assert.deepEqual(bench.ask('G0 X-5\n'), ['error:9']);
    bench.send(JOG_CANCEL).pass(1000);
    assert.equal(status(bench.ask('?'))?.[0], 'Idle');
    assert.ok(bench.place.x < -20 && bench.place.x > -40, `stopped on the way: ${bench.place.x}`);
    assert.match(bench.ask('$G\n')[0] ?? '', /G90/);
    bench.ask('G53 G0 X-50\n', 5000);
    assert.equal(bench.place.x, -50, 'a cancelled jog keeps the position');
  });

  it('a hold brakes, defers the barrier, and goes on where it stood', () => {
    const bench = new Workbench().homed();
    bench.ask('G53 G0 X-151\nG4 P0.01\n', 150);
    bench.send('!');
    assert.equal(status(bench.ask('?'))?.[0], 'Hold:1');
    bench.heard();
    assert.equal(status(bench.pass(1000).ask('?'))?.[0], 'Hold:0');
    const held = bench.place.x;
    assert.ok(held < -1 && held > -151);
    assert.deepEqual(bench.ask('?~', 0).length, 1);
    assert.deepEqual(bench.pass(5000).heard(), ['ok']);
    assert.equal(bench.place.x, -151);
  });

  it('picks real-time bytes out of the middle of a line, and answers many ? once', () => {
    const bench = new Workbench().homed();
    const lines = bench.ask('G53 G0 X?-2??0\n', 5000);
    assert.equal(lines.filter((line) => line.startsWith('<')).length, 1);
    assert.ok(lines.includes('ok'));
    assert.equal(bench.place.x, -20);
    assert.deepEqual(
      bench.send(Uint8Array.of(0xa5, 0xff, 0x0a)).heard(),
      ['ok'],
      'unknown high bytes vanish',
    );
  });
});

describe('gantry controller: alarms', () => {
  it('a soft limit is silent until the reset, which first says a late ok', () => {
    const bench = new Workbench().homed();
    assert.deepEqual(bench.ask('G53 G0 X-201\n', 100), ['ALARM:2', '[MSG:Reset to continue]']);
    assert.deepEqual(bench.ask('?$X\n?', 1000), []);
    assert.deepEqual(bench.ask('\x18'), ['ok', BANNER, LOCKED]);
    assert.deepEqual(bench.ask('$X\n'), ['[MSG:Caution: Unlocked]', 'ok']);
  });

  it('a soft limit in motion brakes first', () => {
    const bench = new Workbench().homed();
    assert.deepEqual(bench.ask('G53 G0 X-150\n', 150), ['ok']);
    const seen = bench.place.x;
    assert.deepEqual(bench.ask('G53 G0 X5\n', 100), [], 'still braking');
    assert.deepEqual(bench.pass(2000).heard(), ['ALARM:2', '[MSG:Reset to continue]']);
    assert.ok(bench.place.x < seen - 10, 'it came to rest, not to a dead stop');
    assert.ok(bench.place.x > -150);
  });

  it('a reset in motion is ALARM:3 and loses the position', () => {
    const bench = new Workbench().homed();
    bench.ask('G53 G0 X-150\n', 100);
    assert.deepEqual(bench.ask('\x18'), ['ALARM:3', BANNER, LOCKED]);
    const believed = Number(status(bench.ask('?'))?.[1]?.split(',')[0]);
    assert.ok(Math.abs(bench.place.x - believed) > 0.001, 'steps were lost');
    bench.homed();
    bench.ask('G53 G0 X-150\n', 5000);
    assert.equal(bench.place.x, -150, 'homing makes it true again');
  });

  it('a reset at rest keeps the position and stays unlocked', () => {
    const bench = new Workbench().homed();
    assert.deepEqual(bench.ask('\x18'), [BANNER]);
    assert.equal(status(bench.ask('?'))?.[0], 'Idle');
  });

  it('a reset while homing is ALARM:6', () => {
    const bench = new Workbench();
    bench.ask('$H\n', 300);
    assert.deepEqual(bench.ask('\x18'), ['ALARM:6', BANNER, LOCKED]);
  });

  it('a reset drops everything queued', () => {
    const bench = new Workbench().homed();
    bench.ask('G4 P1\nG53 G0 X-50\n', 10);
    assert.deepEqual(bench.ask('\x18', 10_000), [BANNER]);
    assert.equal(bench.place.x, -1);
  });

  it('a hard limit, where switches are wired, is ALARM:1; without them the axis stalls and loses steps', () => {
    const wired = new Workbench();
    wired.ask('$X\n$20=0\n$21=1\n');
    assert.deepEqual(wired.ask('G0 X150\n', 5000), ['ok', 'ALARM:1', '[MSG:Reset to continue]']);
    assert.ok(Math.abs(wired.place.x) < 0.5, `stopped at the switch: ${wired.place.x}`);
    const bare = new Workbench();
    bare.ask('$X\n$20=0\n');
    bare.ask('G0 X150\n', 5000);
    assert.equal(bare.place.x, 0);
    bare.ask('G0 X100\n', 5000);
    assert.equal(bare.place.x, -50);
  });

  it('soft limits need homing', () => {
    const bench = new Workbench();
    assert.deepEqual(bench.ask('$22=0\n'), ['ok']);
    assert.deepEqual(bench.ask('$20=1\n'), ['error:10']);
    assert.deepEqual(bench.ask('$H\n'), ['error:5']);
  });
});
