import { type ErrorCode, RigError } from '../../rig/model/errors.ts';
import type { PlaneName, Recorder } from '../../rig/model/event.ts';
import type { Clock } from '../../rig/model/time.ts';
import { splitLines } from '../codec/framing/lines.ts';
import { expire } from './deadline.ts';
import { tellsOfDeath } from './death.ts';
import { openPort } from './open-port.ts';
import type { ByteStream } from './stream.ts';
import { teeInto } from './tee.ts';

/** Longest line that a line device may send, bytes. A screen of 8 × 40 characters as JSON fits many times. */
const LINE_LIMIT = 8192;
/** How long an identity answer may take, nominal ms. */
const IDENTITY_MS = 5000;

export interface LineDeviceOptions {
  readonly port: string;
  readonly baud: number;
  /** For messages: `card actuator`. */
  readonly what: string;
  /** The stream's name within its plane, for the journal. */
  readonly stream: string;
  readonly plane: PlaneName;
  /** The word that follows `id ` in the identity answer: `posrig-card`. */
  readonly identity: string;
  /** Code of errors that the device itself reports or causes by a wrong answer. */
  readonly code: ErrorCode;
  /** Lines that the device sends unasked and that are no answer; `event …` always is one. */
  readonly pushes?: (line: string) => boolean;
  readonly onPush?: (line: string) => void;
  /** Called once when the connection has died by itself. */
  readonly onLost: (error: RigError) => void;
}

/** What `id?` was answered: `id posrig-card 1 slots=8`. */
export interface Identity {
  readonly version: string;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * A device that speaks lines ended by LF: one command, one answer, in order. Errors: TRANSPORT_LOST, TRANSPORT_TIMEOUT,
 * and the device's own `code` for `error …` and for answers that do not belong to the command.
 */
export interface LineDevice {
  readonly identity: Identity;
  /** Sends a command and returns its answer, which must be `expected` or match it. `ms` is nominal. */
  ask(command: string, expected: string | RegExp, ms: number): Promise<string>;
  /** Sends a command that is answered by pushes only. */
  tell(command: string): Promise<void>;
  /** From now until the returned function is called, only counts of bytes are recorded, with this reason. Nests. */
  withhold(reason: string): () => void;
  close(): Promise<void>;
}

interface Pending {
  take(line: string): void;
  fail(error: RigError): void;
}

/**
 * Opens the port and makes sure that the right device is there. Before the first command, and again whenever question
 * and answer may be out of step (late, wrong or surplus answers), `id?` finds the place: everything before its answer
 * belongs to the past.
 */
export async function openLineDevice(
  options: LineDeviceOptions,
  clock: Clock,
  recorder: Recorder,
): Promise<LineDevice> {
  const { what, code } = options;
  const serial = await openPort(
    { path: options.port, baud: options.baud, what },
    teeInto(recorder, options.plane, options.stream),
  );
  const lines = splitLines(LINE_LIMIT);
  let pending: Pending | undefined;
  let inStep = false;
  let dead: RigError | undefined;

  const die = (error: RigError) => {
    if (dead) return;
    dead = error;
    pending?.fail(error);
    options.onLost(error);
    void serial.close();
  };

  const take = (line: string) => {
    if (tellsOfDeath(line)) {
      return die(
        new RigError('TRANSPORT_PROTOCOL', 'bench', `the ${what} restarted by itself: "${shorten(line)}"`, {
          hint: 'Check its power supply; a motor on the same supply can pull it down.',
        }),
      );
    }
    if (line.startsWith('event ') || options.pushes?.(line)) return options.onPush?.(line);
    if (pending) pending.take(line);
    else inStep = false; // an answer nobody asked for: find the place again before the next command
  };

  serial.onData((chunk) => {
    for (const item of lines.push(chunk)) {
      if ('line' in item) take(item.line);
      else inStep = false;
    }
  });
  void serial.closed.then((error) => {
    if (error) die(error);
  });

  /** One exchange; `accepts` says whether a line is the answer or is to be passed over. */
  const exchange = (command: string, accepts: (line: string) => boolean, ms: number): Promise<string> =>
    new Promise((resolve, reject) => {
      if (dead) return reject(dead);
      const settle = (act: () => void) => {
        if (pending !== mine) return;
        pending = undefined;
        cancel();
        act();
      };
      const mine: Pending = {
        take: (line) => {
          if (accepts(line)) settle(() => resolve(line));
        },
        fail: (error) => settle(() => reject(error)),
      };
      const cancel = expire(clock, ms, () => {
        inStep = false;
        mine.fail(
          new RigError(
            'TRANSPORT_TIMEOUT',
            'bench',
            `the ${what} did not answer "${command.trim()}" in time`,
            {
              hint: `Is it powered, and is it really the ${what} that hangs on ${serial.path}?`,
            },
          ),
        );
      });
      pending = mine;
      send(serial, command).catch((error: RigError) => mine.fail(error));
    });

  const findPlace = async (): Promise<Identity> => {
    // The empty line ends half a command that somebody may have left in the device; its answer is passed over.
    const answer = await exchange('\nid?', (line) => line.startsWith('id '), IDENTITY_MS);
    inStep = true;
    return identityOf(answer, options);
  };

  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = turn.then(act, act);
    turn = mine.catch(() => {});
    return mine;
  };

  const ask = async (command: string, expected: string | RegExp, ms: number) => {
    if (!inStep) await findPlace();
    const answer = await exchange(command, () => true, ms);
    if (answer.startsWith('error')) {
      throw new RigError(code, 'bench', `the ${what} answered "${shorten(answer)}" to "${command}"`, {
        hint: 'Look at the fixture: something blocks it or is not where it should be.',
      });
    }
    if (typeof expected === 'string' ? answer !== expected : !expected.test(answer)) {
      inStep = false;
      throw new RigError(
        code,
        'bench',
        `the ${what} answered "${shorten(answer)}" to "${command}"; expected ${typeof expected === 'string' ? `"${expected}"` : expected}`,
        { hint: 'Its firmware speaks another protocol, or another program uses the same port.' },
      );
    }
    return answer;
  };

  let identity: Identity;
  try {
    identity = await findPlace();
  } catch (error) {
    await serial.close();
    throw error;
  }
  return {
    identity,
    ask: (command, expected, ms) => inTurn(() => ask(command, expected, ms)),
    tell: (command) => inTurn(() => (dead ? Promise.reject(dead) : send(serial, command))),
    withhold: (reason) => serial.withhold(reason),
    async close() {
      const error = new RigError('TRANSPORT_LOST', 'rig', `the ${what} is closed`);
      dead ??= error;
      pending?.fail(error);
      await serial.close();
    },
  };
}

const send = (serial: ByteStream, command: string) => serial.write(new TextEncoder().encode(`${command}\n`));

const IDENTITY = /^id ([\w.-]+) (\S+)((?: [\w.-]+=\S*)*)$/;

function identityOf(answer: string, options: LineDeviceOptions): Identity {
  const match = IDENTITY.exec(answer);
  if (match?.[1] !== options.identity || match[2] === undefined) {
    throw new RigError(
      'TRANSPORT_PROTOCOL',
      'bench',
      `the device on ${options.port} says "${shorten(answer)}"; expected a ${options.what} ("id ${options.identity} …")`,
      { hint: 'The ports in the bench file may be mixed up; `posrig list devices` shows them.' },
    );
  }
  const pairs = (match[3] ?? '').trim().split(' ').filter(Boolean);
  return {
    version: match[2],
    facts: Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}

/** What a device says is hostile text: short, printable, and without card numbers in messages. */
function shorten(text: string): string {
  const printable = text
    .replace(/[^\x20-\x7e]/g, '.')
    .replace(/\d{12,}/g, (digits) => `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}`);
  return printable.length > 80 ? `${printable.slice(0, 77)}...` : printable;
}
