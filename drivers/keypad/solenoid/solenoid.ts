import { z } from 'zod';
import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { counted, WearOption } from '../wear/counted.ts';
import type { BoardOptions, OutputBoard } from './board.ts';
import { openFirmwareBoard } from './firmware-board.ts';
import { hidBoard, openHidReports } from './hid-board.ts';
import { openNumatoBoard } from './numato-board.ts';
import { openSummedBoard } from './summed-board.ts';

const Port = z.string().min(1).describe('serial port of the board, best as /dev/serial/by-id/…');
const Baud = z.int().min(1200).max(4_000_000);

const Board = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('posrig-solenoid'), port: Port, baud: Baud.default(115_200) })
    .describe('a microcontroller that limits the on-time and goes off without a heartbeat by itself'),
  z
    .strictObject({ kind: z.literal('numato'), port: Port, baud: Baud.default(115_200) })
    .describe('ASCII commands over CDC, read back'),
  z
    .strictObject({ kind: z.literal('lcus'), port: Port, baud: Baud.default(9600) })
    .describe('A0 n s sum over a serial adapter; tells nothing back'),
  z
    .strictObject({ kind: z.literal('hid-16c0'), serial: z.string().optional() })
    .describe('USB HID board 16C0:05DF, read back'),
  z
    .strictObject({ kind: z.literal('hid-5131'), serial: z.string().optional() })
    .describe('USB HID board 5131:2007; tells nothing back'),
]);
type Board = z.infer<typeof Board>;

const Output = z.union([z.int().min(1).max(64), z.tuple([z.int().min(1).max(8), z.int().min(1).max(64)])]);

/** Options of the driver `solenoid` in a bench file. */
export const options = z
  .strictObject({
    boards: z.array(Board).min(1).max(8),
    keys: z
      .record(z.string(), Output)
      .describe('output of every key, counted from 1; of another board than the first as [board, output]'),
    dwell: z.number().min(20).max(2000).default(80).describe('ms that a key is held down'),
    gap: z.number().min(20).max(2000).default(90).describe('ms between two presses: keys must come up'),
    wear: WearOption,
  })
  .superRefine(({ boards, keys }, context) => {
    const seen = new Map<string, string>();
    for (const [key, where] of Object.entries(keys)) {
      const [board, output] = placeOf(where);
      const same = seen.get(`${board}.${output}`);
      const wrong =
        board > boards.length
          ? `key ${key}: there is no board ${board}`
          : same && `keys ${same} and ${key} hang on the same output`;
      if (wrong) context.addIssue({ code: 'custom', path: ['keys', key], message: wrong });
      seen.set(`${board}.${output}`, key);
    }
  });
export type SolenoidOptions = z.infer<typeof options>;

const placeOf = (where: z.infer<typeof Output>): readonly [board: number, output: number] =>
  typeof where === 'number' ? [1, where] : where;

/** Together, wall ms: a bench gives each plane eight seconds. */
const CLOSE_WALL_MS = 6000;

/**
 * A solenoid, or a relay in place of the key's contact, for every key. Errors: KEYPAD_UNKNOWN_KEY, KEYPAD_ALARM (an output
 * did not switch), and those of the line. After a board was lost, or an output could not be switched off, the plane is
 * lost: nobody knows whether a key is still held.
 */
export async function open(options: SolenoidOptions, context: DriverContext): Promise<KeypadPlane> {
  const { clock, profile, signal } = context;
  signal.throwIfAborted();
  const boards: OutputBoard[] = [];
  let closing: Promise<void> | undefined;
  let dead: RigError | undefined;
  const lost = (error: Error) => {
    dead ??= isRigError(error)
      ? error
      : new RigError('TRANSPORT_LOST', 'bench', error.message, { cause: error });
    if (!closing) context.lost(dead);
  };
  try {
    for (const [i, board] of options.boards.entries()) {
      const used = Object.values(options.keys).flatMap((where) =>
        placeOf(where)[0] === i + 1 ? [placeOf(where)[1]] : [],
      );
      const opened = await openBoard(board, { what: `solenoid board ${i + 1}`, used, lost }, context);
      boards.push(opened);
    }
  } catch (error) {
    await Promise.allSettled(boards.map((board) => board.close()));
    throw error;
  }
  const unwired = Object.keys(profile.keypad.keys).filter((key) => !Object.hasOwn(options.keys, key));
  if (unwired.length > 0) {
    context.recorder.record({
      type: 'note',
      level: 'info',
      text: `keypad: nothing presses ${unwired.join(', ')}`,
    });
  }

  let turn: Promise<unknown> = Promise.resolve();
  let freeAt = 0;
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    if (closing) return Promise.reject(new RigError('TRANSPORT_LOST', 'rig', 'the keypad is closed'));
    const mine = turn.then(act);
    turn = mine.catch(() => {});
    return mine;
  };
  const press = async (key: string, secret: boolean) => {
    if (dead) throw dead;
    const where = Object.hasOwn(options.keys, key) ? options.keys[key] : undefined;
    const board = where === undefined ? undefined : boards[placeOf(where)[0] - 1];
    if (where === undefined || !board) {
      const named = secret ? 'a digit of a PIN' : `key "${key}"`;
      throw new RigError('KEYPAD_UNKNOWN_KEY', 'file', `no output of the bench presses ${named}`, {
        hint: 'Outputs by key stand under `keys` of the keypad in the bench file.',
      });
    }
    const wait = freeAt - clock.now();
    if (wait > 0) await clock.sleep(wait);
    const shown = secret ? board.withhold('pin') : undefined;
    try {
      await board.pulse(placeOf(where)[1], options.dwell);
      return { dwellMs: options.dwell };
    } catch (error) {
      // Its message may name the output, and with it the digit.
      const told = secret ? hushed(error) : error;
      const off = await board.allOff().then(
        () => true,
        () => false,
      );
      if (!off) lost(told instanceof Error ? told : new Error(String(told)));
      throw told;
    } finally {
      shown?.();
      freeAt = clock.now() + options.gap;
    }
  };

  const close = async () => {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WALL_MS / 2);
    });
    await Promise.race([turn, overdue]);
    clearTimeout(timer);
    try {
      if (dead) throw dead;
      await Promise.all(boards.map((board) => board.allOff()));
    } catch (cause) {
      throw new RigError(
        'KEYPAD_ALARM',
        'bench',
        'a key may still be held: the outputs could not be switched off',
        {
          hint: 'Look at the fixture, and switch its supply off and on before the next run.',
          cause,
        },
      );
    } finally {
      await Promise.allSettled(boards.map((board) => board.close()));
    }
  };
  const facts = Object.fromEntries(
    boards.flatMap(({ facts: found }, i) =>
      Object.entries(found).map(([name, value]) => [boards.length > 1 ? `${i + 1}-${name}` : name, value]),
    ),
  );
  const keypad: KeypadPlane = {
    facts: { boards: options.boards.map(({ kind }) => kind).join(', '), ...facts },
    press: (key, { secret = false } = {}) => inTurn(() => press(key, secret)),
    park: () => inTurn(async () => {}),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
  return counted(keypad, options.wear, context);
}

async function openBoard(board: Board, shared: BoardOptions, context: DriverContext): Promise<OutputBoard> {
  switch (board.kind) {
    case 'posrig-solenoid':
      return openFirmwareBoard(board.port, board.baud, shared, context);
    case 'numato':
      return openNumatoBoard(board.port, board.baud, shared, context);
    case 'lcus':
      return openSummedBoard(board.port, board.baud, shared, context);
    case 'hid-16c0':
    case 'hid-5131': {
      const hid = await openHidReports(board.kind, board.serial, shared.what);
      try {
        return await hidBoard(board.kind, hid, shared, context.clock);
      } catch (error) {
        await hid.close();
        throw error;
      }
    }
  }
}

const hushed = (error: unknown): RigError =>
  isRigError(error)
    ? new RigError(
        error.code,
        error.blame,
        'a secret press was not possible',
        error.hint === undefined ? {} : { hint: error.hint },
      )
    : new RigError('RIG_DEFECT', 'rig', 'a secret press failed');
