import type { GrblController, GrblSurroundings } from './controller.ts';
import { readMarlinLine } from './marlin-lines.ts';
import { type Block, makeBlock, makeMotion, PLANNER_BLOCKS } from './motion.ts';
import { makeSettings } from './settings.ts';
import { AXES, type Axis, mapAxes, type Point } from './trapezoid.ts';

/** Bytes that wait for the main loop; more vanish. */
const RING = 128;
const KEEP_ALIVE_MS = 2000;

type Words = ReadonlyMap<string, number | undefined>;

type Waiting =
  | { readonly for: 'room'; readonly block: Block }
  | { readonly for: 'standstill'; readonly dwellMs: number }
  | { readonly for: 'time'; readonly until: number };

/**
 * A motion controller that speaks Marlin 2's line protocol, on the same planner and axes as the Grbl one: no real-time
 * bytes, line numbers with checksums, `ok` at queue time, `M400` at standstill, positions projected rather than reached,
 * soft ends that cut a move short instead of refusing it, a sign of life while it works. Coordinates become true with the
 * first axis that is homed: the model does not keep them apart. Facts: Marlin's G-code reference.
 */
export function makeMarlinController(around: GrblSurroundings): GrblController {
  const settings = makeSettings(around.machine);
  const motion = makeMotion(
    around.machine.travel,
    around.start,
    around.carriage,
    around.random,
    () => false,
    PLANNER_BLOCKS,
    around.lostSteps,
    around.play,
  );
  let ring = '';
  let last = 0;
  let waiting: Waiting | undefined;
  let relative = false;
  let feed = 1500; // mm/min
  let homed = false;
  let halted = false;
  let busySince = 0;
  let time = 0;

  const say = (line: string) => around.send(`${line}\n`);
  const ok = () => say('ok');
  const wait = (next: Waiting) => {
    waiting = next;
    busySince = time;
  };

  const again = (why: string) => {
    say(`Error:${why}, Last Line: ${last}`);
    say(`Resend: ${last + 1}`);
    ok();
  };

  const move = (words: Words) => {
    feed = words.get('F') ?? feed;
    const target = mapAxes((axis: Axis) => {
      const value = words.get(axis.toUpperCase());
      const asked =
        value === undefined ? motion.planned[axis] : value + (relative ? motion.planned[axis] : 0);
      // Soft ends cut the move short and say nothing.
      return homed ? Math.min(0, Math.max(-settings.travel[axis], asked)) : asked;
    });
    const block = makeBlock('Run', motion.planned, target, settings, Math.max(1, feed) / 60);
    if (motion.free === 0) return wait({ for: 'room', block });
    motion.add(block);
    ok();
  };

  const home = (words: Words) => {
    motion.trustSwitches();
    const named = AXES.filter((axis) => words.has(axis.toUpperCase()));
    for (const axis of named.length > 0 ? named : AXES) {
      const go = (to: number, speed: number) => {
        const target: Point = { ...motion.planned, [axis]: to };
        motion.add(makeBlock('Home', motion.planned, target, settings, speed));
      };
      go(0, settings.homingSeek);
      go(-settings.pullOff, settings.homingSeek);
      go(0, settings.homingFeed);
    }
    homed = true;
    wait({ for: 'standstill', dwellMs: 0 });
  };

  const tell = (lines: readonly string[]) => {
    for (const line of lines) say(line);
    ok();
  };
  const place = () => {
    const at = (point: Point, digits: number) =>
      AXES.map((axis) => `${axis.toUpperCase()}:${(point[axis] + 0).toFixed(digits)}`).join(' ');
    return `${at(motion.planned, 2)} E:0.00 Count ${at(
      mapAxes((axis) => motion.position[axis] * 80),
      0,
    )}`;
  };
  const triple = (letter: string, values: Point, digits = 2) =>
    `echo:  ${letter} ${AXES.map((axis) => `${axis.toUpperCase()}${values[axis].toFixed(digits)}`).join(' ')}`;

  const COMMANDS: Readonly<Record<string, (words: Words) => void>> = {
    G0: move,
    G1: move,
    G4: (words) => wait({ for: 'standstill', dwellMs: words.get('P') ?? (words.get('S') ?? 0) * 1000 }),
    G28: home,
    G90: () => {
      relative = false;
      ok();
    },
    G91: () => {
      relative = true;
      ok();
    },
    M400: () => wait({ for: 'standstill', dwellMs: 0 }),
    M110: ok,
    M114: () => tell([place()]),
    M115: () =>
      tell([
        'FIRMWARE_NAME:Marlin 2.1.2 (posrig) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin PROTOCOL_VERSION:1.0 MACHINE_TYPE:Gantry EXTRUDER_COUNT:0',
        'Cap:EEPROM:0',
        'Cap:EMERGENCY_PARSER:1',
      ]),
    M119: () => tell(['Reporting endstop status', 'x_max: open', 'y_max: open', 'z_max: open']),
    M410: () => {
      motion.abort(time);
      ok();
    },
    M503: () =>
      tell([
        'echo:; Linear Units:',
        'echo:  G21 ; (mm)',
        'echo:; Maximum feedrates (units/s):',
        triple('M203', settings.speed),
        'echo:; Max Acceleration (units/s2):',
        triple('M201', settings.acceleration),
        'echo:; Soft endstops:',
        'echo:  M211 S1',
      ]),
  };
  for (const quiet of ['G21', 'M17', 'M18', 'M84', 'M113', 'M211']) Object.assign(COMMANDS, { [quiet]: ok });

  const take = (line: string) => {
    const read = readMarlinLine(line, last);
    if (read.kind === 'nothing') return;
    if (read.kind === 'again') return again(read.why);
    if (read.number !== undefined) last = read.number;
    if (read.code === 'M112') {
      motion.abort(time);
      halted = true;
      return say('Error:Printer halted. kill() called!');
    }
    const command = Object.hasOwn(COMMANDS, read.code) ? COMMANDS[read.code] : undefined;
    if (command) return command(read.words);
    say(`echo:Unknown command: "${read.text.slice(0, 60)}"`);
    ok();
  };

  const readLines = () => {
    while (!waiting && !halted) {
      const end = ring.search(/[\r\n]/);
      if (end < 0) return;
      const line = ring.slice(0, end);
      ring = ring.slice(end + 1);
      take(line);
    }
  };

  const endWait = (): boolean => {
    const at = waiting;
    if (!at) return false;
    if (at.for === 'room') {
      if (motion.free === 0) return false;
      motion.add(at.block);
    } else if (at.for === 'standstill') {
      if (motion.busy) return false;
      if (at.dwellMs > 0) {
        waiting = { for: 'time', until: time + at.dwellMs };
        return true;
      }
    } else if (time < at.until) return false;
    waiting = undefined;
    ok();
    return true;
  };

  const advance = (now: number) => {
    time = now;
    for (let changed = true; changed; ) {
      const followed = motion.advance(time);
      const ended = endWait();
      const before = waiting;
      if (!waiting) readLines();
      changed = followed !== 'nothing' || ended || motion.ready || waiting !== before;
    }
    if (waiting && time - busySince >= KEEP_ALIVE_MS) {
      busySince = time;
      say('echo:busy: processing');
    }
  };

  return {
    boot: () => {
      for (const line of ['start', 'Marlin 2.1.2', 'echo: Free Memory: 5000  PlannerBufferBytes: 1200'])
        say(line);
    },
    receive: (bytes, now) => {
      advance(now);
      for (const byte of bytes) if (ring.length < RING) ring += String.fromCharCode(byte);
      // With an emergency parser these two do not wait for their turn.
      if (waiting && /(^|\n)(M410|M112)\r?\n/.test(ring)) {
        motion.abort(time);
        waiting = undefined;
        ok();
      }
      advance(now);
    },
    advance,
    nextDue: () => {
      const due = [
        motion.nextDue(time),
        waiting?.for === 'time' ? waiting.until : undefined,
        waiting ? busySince + KEEP_ALIVE_MS : undefined,
      ].filter((at) => at !== undefined);
      return due.length === 0 ? undefined : Math.min(...due);
    },
  };
}
