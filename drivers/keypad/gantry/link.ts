import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { splitLines } from '../../codec/framing/lines.ts';
import { encodeLine, REALTIME } from '../../codec/grbl/commands.ts';
import { describeAlarm, describeError } from '../../codec/grbl/meanings.ts';
import { type Point, parseResponse, type Response, type StatusReport } from '../../codec/grbl/responses.ts';
import { expire } from '../../transport/deadline.ts';
import type { SerialStream } from '../../transport/serial.ts';
import { type Cause, FRESH, type StreamEffect, type StreamEvent, step } from './stream.ts';

/** Longest line that a controller may send, bytes; FluidNC's boot log is the longest known. */
const LINE_LIMIT = 1024;
/** How long a controller may take to answer `?`, nominal ms; asked twice. Grbl answers in 5 to 20 ms. */
const STATUS_MS = 3000;

/** What the machine says about itself after `?`, with the machine position worked out. */
export interface Whereabouts {
  readonly state: string;
  readonly position?: Point;
}

/**
 * A Grbl-class controller on a serial stream. No error text ever holds a line that was sent or a position that was
 * reported: they may spell a PIN.
 */
export interface GrblLink {
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
  /** Stops everything at once: planner, buffers, motion. A `greeting` follows. */
  reset(): Promise<void>;
}

/** @param onDeath called once per death, in whatever phase */
export function linkOver(serial: SerialStream, clock: Clock, onDeath: (error: RigError) => void): GrblLink {
  const splitter = splitLines(LINE_LIMIT);
  const acknowledgements = new Map<number, (answer: number | 'ok' | 'void') => void>();
  const reports = new Set<(response: Response) => void>();
  const greetings = new Set<(firmware: string) => void>();
  let state = FRESH;
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
        greeted = `${effect.firmware} ${effect.version}`;
        for (const resolve of [...greetings]) resolve(greeted);
        break;
      case 'report':
        for (const listener of [...reports]) listener(effect.response);
        break;
      case 'die':
        cause = effect.cause;
        if (effect.cause.why !== 'late' || !dead) dead = deathOf(effect.cause);
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
      if ('line' in item) happen({ type: 'response', response: parseResponse(item.line) });
    }
  });
  void serial.closed.then((error) => {
    dead = error ?? new RigError('TRANSPORT_LOST', 'rig', 'the motion controller is closed');
    cause = undefined;
    happen({ type: 'reset' }); // voids what waits; `dead` says why
    if (error) onDeath(error);
  });

  const late = (doing: string) => {
    const error = new RigError(
      'TRANSPORT_TIMEOUT',
      'bench',
      `the motion controller did not finish ${doing} in time`,
      {
        hint: 'Is it held (door, feed hold) or stuck? The position of the finger is unknown until it has homed again.',
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

  const statusOnce = () =>
    new Promise<StatusReport | undefined>((resolve) => {
      const settle = (report?: StatusReport) => {
        reports.delete(hear);
        cancel();
        resolve(report);
      };
      const hear = (response: Response) => {
        if (response.kind === 'status') settle(response);
      };
      const cancel = expire(clock, STATUS_MS, () => settle());
      reports.add(hear);
      serial.write(Uint8Array.of(REALTIME.status)).catch(() => settle());
    });

  return {
    get dead() {
      return dead;
    },
    get cause() {
      return cause;
    },
    async run(lines, doing, ms) {
      if (dead) throw dead;
      const said: Response[] = [];
      const hear = (response: Response) => said.push(response);
      reports.add(hear);
      let overdue: RigError | undefined;
      const cancel = expire(clock, ms, () => {
        overdue = late(doing);
      });
      const answers = await Promise.all(lines.map(acknowledged));
      cancel();
      reports.delete(hear);
      if (overdue) throw overdue;
      if (answers.includes('void')) {
        throw dead ?? new RigError('CANCELLED', 'rig', `the motion controller was reset during ${doing}`);
      }
      const refused = answers.find((answer) => typeof answer === 'number');
      if (typeof refused === 'number') {
        throw new RigError(
          'KEYPAD_ALARM',
          'bench',
          `the motion controller refused ${doing}: ${describeError(refused)}`,
          {
            hint: 'Compare its settings ($$) with the placement and the keep-in box in the bench file.',
          },
        );
      }
      return said;
    },
    async whereabouts() {
      if (dead) throw dead;
      const report = (await statusOnce()) ?? (dead ? undefined : await statusOnce());
      if (dead) throw dead;
      if (!report) throw late('a status report');
      offset = report.wco ?? offset;
      const position = report.mpos ?? sum(report.wpos, offset);
      return { state: report.state, ...(position ? { position } : {}) };
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
    async reset() {
      if (!serial.alive)
        throw dead ?? new RigError('TRANSPORT_LOST', 'bench', 'the motion controller is gone');
      greeted = undefined;
      dead = undefined;
      cause = undefined;
      offset = undefined;
      happen({ type: 'reset' });
      await serial.write(Uint8Array.of(REALTIME.reset));
    },
  };
}

const sum = (a: Point | undefined, b: Point | undefined): Point | undefined =>
  a && b ? { x: a.x + b.x, y: a.y + b.y, z: a.z + b.z } : undefined;

function deathOf(cause: Cause): RigError {
  const again = 'The position of the finger is unknown until it has homed again.';
  switch (cause.why) {
    case 'alarm':
      return new RigError(
        'KEYPAD_ALARM',
        'bench',
        `the motion controller raised ${describeAlarm(cause.code)}`,
        {
          hint: `Look at the fixture before the next run. ${again}`,
        },
      );
    case 'restart':
      return new RigError('KEYPAD_POSITION', 'bench', 'the motion controller restarted by itself', {
        hint: `Check its power supply and the emergency stop. ${again}`,
      });
    case 'out-of-step':
      return new RigError(
        'TRANSPORT_PROTOCOL',
        'bench',
        'the motion controller acknowledged more than it was sent',
        {
          hint: 'Another program may be using the same port, or the line is disturbed.',
        },
      );
    case 'late':
      return new RigError('TRANSPORT_TIMEOUT', 'bench', 'the motion controller did not answer in time', {
        hint: again,
      });
  }
}
