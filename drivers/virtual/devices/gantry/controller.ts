import type { Random } from '../../random.ts';
import { type Action, FRESH_MODAL, interpret, interpretJog, type Modal } from './gcode.ts';
import { type Block, type Carriage, type LostSteps, makeBlock, makeMotion, type Play } from './motion.ts';
import { PERSONALITIES, type Personality } from './personality.ts';
import { makeReceiver, type Realtime } from './receiver.ts';
import { type GrblState, makeStatusReporter, modalReport, offsetsReport } from './reports.ts';
import { type MachineData, makeSettings } from './settings.ts';
import { AXES, mapAxes, type Point } from './trapezoid.ts';

/**
 * A motion controller that speaks the line protocol of Grbl 1.1h or of its relatives, as a state machine over bytes and time: it does no I/O
 * and has no clock; whoever owns it says what time it is (nominal ms) and carries bytes and motion on.
 *
 * What it keeps of the real one: `ok` means queued, not moved; a planner of 15 blocks; a receive ring of 128 bytes;
 * `G4` answers at standstill; it boots locked, and its idea of the position is worth nothing before homing; a reset
 * while moving loses the position. Facts: Grbl 1.1 interface notes, and transcripts taken from real firmware.
 */
export interface GrblController {
  /** Prints the banner, as after power-up. */
  boot(): void;
  receive(bytes: Uint8Array, now: number): void;
  /** Brings motion and waiting commands up to `now`. */
  advance(now: number): void;
  /** When it wants to be advanced next; undefined: only when bytes come. */
  nextDue(): number | undefined;
}

export interface GrblSurroundings {
  readonly machine: MachineData;
  /** Where the carriage really stands at power-up, machine mm. The controller does not know. */
  readonly start: Point;
  readonly carriage: Carriage;
  readonly random: Random;
  /** In what it differs from Grbl 1.1h; that one unless given. */
  readonly personality?: Personality;
  /** Motors that lose steps. */
  readonly lostSteps?: LostSteps | undefined;
  readonly play?: Play | undefined;
  send(text: string): void;
}

/** Why the main loop does not take the next line. */
type Waiting =
  | { readonly for: 'room'; readonly block: Block }
  | { readonly for: 'standstill'; readonly dwellMs: number }
  | { readonly for: 'soft-limit' }
  | { readonly for: 'time'; readonly until: number }
  | { readonly for: 'homing' }
  | { readonly for: 'reset'; readonly lateOk: boolean };

/** Half a micrometre: what a position in text can be off by. */
const ROUNDING = 0.0005;

export function makeGrblController(around: GrblSurroundings): GrblController {
  const personality = around.personality ?? PERSONALITIES.grbl;
  const settings = makeSettings(around.machine, personality.settingNotes, personality.reportMask);
  const receiver = makeReceiver(personality);
  const reporter = makeStatusReporter();
  const motion = makeMotion(
    around.machine.travel,
    around.start,
    around.carriage,
    around.random,
    () => settings.hardLimits,
    personality.blocks,
    around.lostSteps,
    around.play,
  );

  let locked = true;
  /** Lines are judged and nothing moves. */
  let checking = false;
  let asleep = false;
  /** The error that every further line of g-code gets, where the personality has that. */
  let sticky: number | undefined;
  let modal: Modal = FRESH_MODAL;
  let waiting: Waiting | undefined;
  /** Actions of the current line that still have to be done before its `ok`. */
  let actions: Action[] = [];
  let holding: 'Hold' | 'Door' | 'Jog' = 'Hold';
  let time = 0;

  const say = (line: string) => around.send(`${line}\r\n`);
  const answer = (error?: number) => say(error === undefined ? 'ok' : `error:${error}`);
  const reachable = (target: Point) =>
    AXES.every((axis) => target[axis] <= ROUNDING && target[axis] >= -settings.travel[axis] - ROUNDING);

  const state = (): GrblState => {
    if (waiting?.for === 'homing') return 'Home';
    if (asleep) return 'Sleep';
    if (locked) return 'Alarm';
    if (checking) return 'Check';
    if (motion.held !== 'no' && holding !== 'Jog') return `${holding}:${motion.held === 'still' ? 0 : 1}`;
    return motion.running ?? 'Idle';
  };

  /** Alarms 1 and 2 silence the controller until a reset. */
  const alarm = (number: number) => {
    locked = true;
    actions = [];
    say(`ALARM:${number}`);
    if (number > 2) return;
    say('[MSG:Reset to continue]');
    waiting = { for: 'reset', lateOk: number === 2 };
  };

  const greet = () => {
    around.send(`\r\n${personality.greeting}\r\n`);
    if (locked) say(personality.lockedHint);
  };

  const reset = () => {
    // The line that a soft limit refused still gets its `ok`, now, before the banner.
    if (waiting?.for === 'reset' && waiting.lateOk) answer();
    const homing = waiting?.for === 'homing';
    if (motion.abort(time)) alarm(homing ? 6 : 3);
    waiting = undefined;
    actions = [];
    locked ||= asleep; // the motors were off: nobody knows where it is
    checking = false;
    asleep = false;
    sticky = undefined;
    modal = FRESH_MODAL;
    receiver.clear();
    reporter.restart();
    greet();
  };

  // --- lines ---

  /** Queues a block, or waits for room; true when it was queued. */
  const queue = (block: Block): boolean => {
    if (motion.free > 0) {
      motion.add(block);
      return true;
    }
    waiting = { for: 'room', block };
    return false;
  };

  /** Works through the actions of the current line, up to its `ok` or to the first that has to wait. */
  const work = () => {
    while (!waiting) {
      const action = actions.shift();
      if (!action) return answer();
      if (action.do === 'drain') waiting = { for: 'standstill', dwellMs: 0 };
      else if (action.do === 'dwell') waiting = { for: 'standstill', dwellMs: action.ms };
      else if (settings.softLimits && !reachable(action.to)) {
        if (motion.busy) motion.hold(time);
        waiting = { for: 'soft-limit' };
      } else {
        const feed = action.feed === undefined ? undefined : action.feed / 60;
        queue(makeBlock('Run', motion.planned, action.to, settings, feed));
      }
    }
  };

  const gcode = (line: string) => {
    if (sticky !== undefined) return answer(sticky);
    const meaning =
      locked || motion.running === 'Jog' ? { error: 9 } : interpret(line, modal, motion.planned);
    if ('error' in meaning) {
      if (personality.stickyErrors) sticky = meaning.error;
      return answer(meaning.error);
    }
    modal = meaning.modal;
    if (checking) {
      const beyond = meaning.actions.some((action) => action.do === 'move' && !reachable(action.to));
      if (!(settings.softLimits && beyond)) return answer();
      waiting = { for: 'soft-limit' };
      return;
    }
    actions = [...meaning.actions];
    work();
  };

  const jog = (line: string) => {
    if (locked || motion.running === 'Run' || motion.held !== 'no') return answer(8);
    const meaning = interpretJog(line, modal, motion.planned);
    if ('error' in meaning) return answer(meaning.error);
    if (settings.softLimits && !reachable(meaning.to)) return answer(15);
    if (queue(makeBlock('Jog', motion.planned, meaning.to, settings, meaning.feed / 60))) answer();
  };

  /** Search the switches, back off, find them again slowly, back off: Z first, then X and Y together. */
  const home = () => {
    motion.trustSwitches();
    const { homingSeek, homingFeed, pullOff } = settings;
    const go = (axes: string, to: number, speed: number) => {
      const target = mapAxes((axis) => (axes.includes(axis) ? to : motion.planned[axis]));
      motion.add(makeBlock('Home', motion.planned, target, settings, speed));
    };
    for (const axes of ['z', 'xy']) {
      go(axes, 0, homingSeek);
      go(axes, -pullOff, homingSeek);
      go(axes, 0, homingFeed);
      go(axes, -pullOff, homingFeed);
    }
    locked = true;
    waiting = { for: 'homing' };
  };

  const REPORTS: Readonly<Record<string, () => readonly string[]>> = {
    $: () => ['[HLP:$$ $# $G $I $N $x=val $J=line $X $H ~ ! ? ctrl-x]'],
    $$: () => settings.lines(),
    '$#': offsetsReport,
    $I: () => personality.identity,
    $N: () => ['$N0=', '$N1='],
  };

  const unlock = () => {
    if (locked) say('[MSG:Caution: Unlocked]');
    locked = false;
    answer();
  };

  const check = () => {
    if (locked) return answer(8);
    say(checking ? '[MSG:Disabled]' : '[MSG:Enabled]');
    answer();
    checking = !checking;
    if (!checking) reset();
  };

  const sleep = () => {
    answer();
    say('[MSG:Sleeping]');
    asleep = true;
    waiting = { for: 'reset', lateOk: false };
  };

  const system = (line: string) => {
    if (line.startsWith('$J=')) return jog(line.slice(3));
    if (line === '$X') return unlock();
    sticky = undefined;
    if (line === '$G') {
      say(modalReport(modal));
      return answer();
    }
    const setting = /^\$(\d{1,3})=(.*)$/.exec(line);
    const report = Object.hasOwn(REPORTS, line) ? REPORTS[line] : undefined;
    const command = { $H: true, $C: true, $SLP: true }[line];
    if (!report && !setting && !command) return answer(3);
    if (motion.busy || motion.held !== 'no') return answer(8);
    if (line === '$C') return check();
    if (line === '$SLP') return sleep();
    if (checking && (setting || command)) return answer(8);
    if (line === '$H') return settings.homing ? home() : answer(5);
    if (setting) {
      const value = setting[2] ?? '';
      const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : undefined;
      return answer(number === undefined ? 2 : settings.set(Number(setting[1]), number));
    }
    report?.().forEach(say);
    answer();
  };

  const readLines = () => {
    while (!waiting) {
      const line = receiver.nextLine();
      if (!line) return;
      if ('overflow' in line) answer(11);
      else if (line.text === '') {
        sticky = undefined;
        answer();
      } else if (line.text.startsWith('$')) system(line.text);
      else gcode(line.text);
    }
  };

  // --- time ---

  /** Ends the current wait if what it waits for has come; true when it did. */
  const endWait = (): boolean => {
    const at = waiting;
    if (!at || at.for === 'reset') return false;
    const over = {
      room: () => motion.free > 0,
      standstill: () => !motion.busy && motion.held === 'no',
      'soft-limit': () => !motion.busy || motion.held === 'still',
      time: () => at.for === 'time' && time >= at.until,
      homing: () => !motion.busy,
    }[at.for]();
    if (!over) return false;
    waiting = undefined;
    if (at.for === 'soft-limit') {
      motion.drop();
      alarm(2);
    } else if (at.for === 'homing') {
      locked = false;
      answer();
    } else if (at.for === 'standstill' && at.dwellMs > 0) {
      waiting = { for: 'time', until: time + at.dwellMs };
    } else if (at.for === 'room') {
      motion.add(at.block);
      if (at.block.kind === 'Jog') answer();
      else work();
    } else work();
    return true;
  };

  const advance = (now: number) => {
    time = now;
    for (let changed = true; changed; ) {
      const followed = motion.advance(time);
      if (followed === 'limit') alarm(1);
      if (motion.held === 'still' && holding === 'Jog') endJog();
      const ended = endWait();
      const before = waiting;
      if (!waiting) readLines();
      // A wait that has just begun may be over at once: a dwell while nothing moves.
      changed = followed !== 'nothing' || ended || motion.ready || waiting !== before;
    }
  };

  /** A cancelled jog forgets what was queued; a line that waited for room is answered all the same. */
  const endJog = () => {
    motion.drop();
    if (waiting?.for !== 'room') return;
    waiting = undefined;
    answer();
  };

  const hold = (name: typeof holding) => {
    holding = name;
    motion.hold(time);
  };

  const realtime = (command: Realtime) => {
    if (command === 'reset') return reset();
    if (locked || waiting?.for === 'reset') return;
    if (command === 'resume') {
      if (motion.held === 'still') motion.release();
    } else if (command === 'jog-cancel') {
      if (motion.running === 'Jog' && motion.held === 'no') hold('Jog');
    } else if (motion.held === 'no' && (command === 'door' || motion.busy)) {
      hold(command === 'door' ? 'Door' : 'Hold');
    }
  };

  const report = () => {
    // The main loop does not come round while homing and after alarms 1 and 2.
    if ((waiting?.for === 'reset' && !asleep) || waiting?.for === 'homing') return;
    const speed = motion.speedAt(time) * 60;
    const line = reporter.line(state(), motion.position, speed, modal, settings, motion.free, receiver.free);
    say(line);
  };

  return {
    boot: () => {
      locked = settings.homing;
      greet();
    },
    receive: (bytes, now) => {
      advance(now);
      const commands = receiver.receive(bytes);
      for (const command of commands) if (command !== 'status') realtime(command);
      advance(now);
      // Many `?` in one look are one question.
      if (commands.includes('status')) report();
    },
    advance,
    nextDue: () => {
      const due = [motion.nextDue(time), waiting?.for === 'time' ? waiting.until : undefined];
      const times = due.filter((t) => t !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
