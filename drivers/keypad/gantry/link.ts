import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { splitLines } from '../../codec/framing/lines.ts';
import { encodeLine, REALTIME } from '../../codec/grbl/commands.ts';
import { DIALECT, type Dialect, type DialectId } from '../../codec/grbl/dialects.ts';
import { MARLIN_IDENTITY } from '../../codec/grbl/marlin.ts';
import { describeError } from '../../codec/grbl/meanings.ts';
import { isWhole, type Point, type Response } from '../../codec/grbl/responses.ts';
import { understand } from '../../codec/grbl/understand.ts';
import { expire } from '../../transport/deadline.ts';
import type { SerialStream } from '../../transport/serial.ts';
import { deathOf } from './death.ts';
import { lookOver } from './look.ts';
import { type Cause, fresh, type StreamEffect, type StreamEvent, step } from './stream.ts';

/** Longest line that a controller may send, bytes; FluidNC's boot log is the longest known. */
const LINE_LIMIT = 1024;
/** How long a controller that is asked by a line may take to tell where it stands, nominal ms. */
const STATUS_MS = 3000;
/** How long braking after a feed hold may take, nominal ms. */
const BRAKE_MS = 1000;
const BRAKE_LOOK_MS = 50;

/** What the machine says about itself after `?`, with the machine position worked out. */
export interface Whereabouts {
  readonly state: string;
  readonly position?: Point;
  /** Letters of the inputs that are active: `E` emergency stop, `D` door, `X` a limit switch … */
  readonly inputs: string;
}

/**
 * A Grbl-class controller on a serial stream. No error text ever holds a line that was sent or a position that was
 * reported: they may spell a PIN.
 */
export interface GrblLink {
  /** What it speaks; Grbl until `speak` has been told better, or Marlin if it greeted as such. */
  readonly dialect: Dialect;
  /** Its answers have told which family it is, and how many bytes it can receive. Only while nothing is in flight. */
  speak(dialect: DialectId, receiveBuffer?: number): void;
  /** Why nothing can be asked of the controller any more, until `reset`. */
  readonly dead: RigError | undefined;
  /** What the death was, if the controller itself is the reason. */
  readonly cause: Cause | undefined;
  /**
   * Sends lines as fast as the window allows; resolves with what else the controller said when the last one was
   * acknowledged. If any was refused it rejects then with KEYPAD_ALARM; all others have been executed nevertheless.
   * @param doing what the lines do, for messages @param ms nominal limit for all of them
   */
  run(lines: readonly string[], doing: string, ms: number): Promise<readonly Response[]>;
  /** Asks for state and position. */
  whereabouts(): Promise<Whereabouts>;
  /** Resolves with the firmware when the controller greets within `ms`; `graceless` waits not a moment longer. */
  greeting(ms: number, graceless?: boolean): Promise<string | undefined>;
  /** Stops everything at once: planner, buffers, motion; outputs go off. A `greeting` follows. */
  reset(): Promise<void>;
  /** Brakes without losing steps, where the dialect can; then as `reset`. */
  stop(): Promise<void>;
  /** Asks in Marlin's way who is there; a `greeting` follows if it is one. */
  probeMarlin(): Promise<void>;
}

/** @param onDeath called once per death, in whatever phase */
export function linkOver(serial: SerialStream, clock: Clock, onDeath: (error: RigError) => void): GrblLink {
  const splitter = splitLines(LINE_LIMIT);
  const acknowledgements = new Map<number, (answer: number | 'ok' | 'void') => void>();
  const reports = new Set<(response: Response) => void>();
  const greetings = new Set<(firmware: string) => void>();
  let dialect: Dialect | undefined;
  let state = fresh(DIALECT.grbl.flow);
  /** An error that the controller repeats until it gets an empty line. */
  let stuck = false;
  const look = lookOver(serial, clock, reports);
  let greeted: string | undefined;
  let lastId = 0;
  let dead: RigError | undefined;
  let cause: Cause | undefined;
  let offset: Point | undefined;

  /** Lines of the same moment leave in one write: fewer packets on USB, fewer entries in the journal. */
  let outbox: Uint8Array[] = [];
  const flush = () => {
    const bytes = Buffer.concat(outbox);
    outbox = [];
    if (bytes.length > 0) serial.write(bytes).catch(() => {}); // the loss is told by `closed`
  };

  const perform = (effect: StreamEffect) => {
    switch (effect.do) {
      case 'send':
        if (outbox.length === 0) queueMicrotask(flush);
        outbox.push(encodeLine(effect.line));
        break;
      case 'settle':
        acknowledgements.get(effect.id)?.(effect.error ?? 'ok');
        break;
      case 'void':
        outbox = [];
        for (const id of effect.ids) acknowledgements.get(id)?.('void');
        break;
      case 'ready':
        greeted = `${effect.firmware} ${effect.version}`.trim();
        if (!dialect) speak(effect.firmware === 'Marlin' ? 'marlin' : 'grbl');
        // Numbers count from here.
        if (spoken().flow.numbered) void acknowledged('M110 N0');
        for (const resolve of [...greetings]) resolve(greeted);
        break;
      case 'report':
        for (const listener of [...reports]) listener(effect.response);
        break;
      case 'die':
        cause = effect.cause;
        if (effect.cause.why !== 'late' || !dead) dead = deathOf(effect.cause, spoken().id);
        onDeath(dead);
        break;
    }
  };
  const happen = (event: StreamEvent) => {
    const [next, effects] = step(state, event);
    state = next;
    for (const effect of effects) perform(effect);
  };

  serial.onData((chunk) => {
    for (const item of splitter.push(chunk)) {
      if ('line' in item) happen({ type: 'response', response: understand(item.line, dialect?.id) });
    }
  });
  void serial.closed.then((error) => {
    dead = error ?? new RigError('TRANSPORT_LOST', 'rig', 'the motion controller is closed');
    cause = undefined;
    happen({ type: 'reset' }); // voids what waits; `dead` says why
    if (error) onDeath(error);
  });

  const spoken = () => dialect ?? DIALECT.grbl;
  const speak = (id: DialectId, receiveBuffer?: number) => {
    dialect = DIALECT[id];
    const { flow } = dialect;
    // One byte stays free: a full ring is how Grbl knows an empty one.
    const window = Math.min(flow.window, (receiveBuffer ?? Number.POSITIVE_INFINITY) - 1);
    happen({ type: 'flow', flow: { ...flow, window } });
  };

  /** @param state what it reported last, if it did */
  const late = (doing: string, state?: string) => {
    const rests = state === 'Idle';
    const error = new RigError(
      'TRANSPORT_TIMEOUT',
      'bench',
      rests
        ? `a line to the motion controller, or its answer, was lost on the way during ${doing}: it rests (Idle) and owes an answer`
        : `the motion controller did not finish ${doing} in time${state === undefined ? '' : `: its state is ${state}`}`,
      {
        hint: `${rests ? 'Check cable, adapter and baud; a controller whose receive buffer is smaller than it says loses what comes in one go.' : 'Is it held (door, feed hold) or stuck?'} The position of the finger is unknown until it has homed again.`,
      },
    );
    dead ??= error;
    happen({ type: 'give-up' });
    return error;
  };

  const acknowledged = (line: string) =>
    new Promise<number | 'ok' | 'void'>((resolve) => {
      const id = ++lastId;
      acknowledgements.set(id, (answer) => {
        acknowledgements.delete(id);
        resolve(answer);
      });
      happen({ type: 'submit', id, line });
    });

  const statusBy = async (lines: readonly string[]) =>
    (await link.run(lines, 'a status report', STATUS_MS)).findLast((each) => each.kind === 'status');

  const restart = async (bytes: Uint8Array) => {
    if (!serial.alive) throw dead ?? new RigError('TRANSPORT_LOST', 'bench', 'the motion controller is gone');
    greeted = undefined;
    dead = undefined;
    cause = undefined;
    offset = undefined;
    stuck = false;
    happen({ type: 'reset' });
    await serial.write(bytes);
  };
  const text = (lines: readonly string[]) => Buffer.from(lines.map((line) => `\n${line}\n`).join(''));
  const reset = () => {
    const how = spoken().reset;
    return restart(how === 'realtime' ? Uint8Array.of(REALTIME.reset) : text(how));
  };

  const link: GrblLink = {
    get dialect() {
      return spoken();
    },
    speak,
    reset,
    probeMarlin: () => restart(text([MARLIN_IDENTITY])),
    async stop() {
      if (!dead && serial.alive && spoken().reset === 'realtime') {
        await serial.write(Uint8Array.of(REALTIME.hold));
        for (let waited = 0; waited < BRAKE_MS; waited += BRAKE_LOOK_MS) {
          const report = await look.once();
          if (report === undefined || report.sub === 0 || !/^(Hold|Run|Jog)$/.test(report.state)) break;
          await clock.sleep(BRAKE_LOOK_MS);
        }
      }
      await reset();
    },
    get dead() {
      return dead;
    },
    get cause() {
      return cause;
    },
    async run(lines, doing, ms) {
      if (dead) throw dead;
      const said: Response[] = [];
      let overdue: RigError | undefined;
      let seen: string | undefined;
      const arm = () =>
        expire(clock, ms, () => {
          overdue = late(doing, seen);
        });
      let cancel = arm();
      const hear = (response: Response) => {
        if (response.kind === 'busy') {
          cancel(); // it lives and works: the limit counts from here
          cancel = arm();
        } else said.push(response);
        if (response.kind === 'status' && isWhole(response)) seen = response.state;
      };
      reports.add(hear);
      const blind = spoken().whereabouts === 'realtime' ? look.inSilence() : () => {};
      const sent = stuck ? ['', ...lines] : lines;
      stuck = false;
      const answers = await Promise.all(sent.map(acknowledged));
      cancel();
      blind();
      reports.delete(hear);
      if (overdue) throw overdue;
      if (answers.includes('void')) {
        throw dead ?? new RigError('CANCELLED', 'rig', `the motion controller was reset during ${doing}`);
      }
      const refused = answers.find((answer) => typeof answer === 'number');
      if (typeof refused === 'number') {
        stuck = spoken().stickyErrors;
        throw new RigError(
          'KEYPAD_ALARM',
          'bench',
          `the motion controller refused ${doing}: ${describeError(refused, spoken().id)}`,
          {
            hint: 'Compare its settings ($$) with the placement and the keep-in box in the bench file.',
          },
        );
      }
      return said;
    },
    async whereabouts() {
      if (dead) throw dead;
      const asked = spoken().whereabouts;
      const report =
        asked === 'realtime' ? await look.twice(() => dead !== undefined) : await statusBy(asked);
      if (dead) throw dead;
      if (!report) throw late('a status report');
      offset = report.wco ?? offset;
      const position = report.mpos ?? sum(report.wpos, offset);
      const inputs = report.fields.get('Pn') ?? '';
      return { state: report.state, inputs, ...(position ? { position } : {}) };
    },
    greeting: (ms, graceless = false) =>
      new Promise((resolve) => {
        if (greeted !== undefined) return resolve(greeted);
        const settle = (firmware?: string) => {
          greetings.delete(settle);
          cancel();
          resolve(firmware);
        };
        const cancel = graceless ? clock.after(ms, () => settle()) : expire(clock, ms, () => settle());
        greetings.add(settle);
        void serial.closed.then(() => settle());
      }),
  };
  return link;
}

const sum = (a: Point | undefined, b: Point | undefined): Point | undefined =>
  a && b ? { x: a.x + b.x, y: a.y + b.y, z: a.z + b.z } : undefined;
