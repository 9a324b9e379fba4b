import assert from 'node:assert/strict';
import { isRigError, RigError } from '../../../../rig/model/errors.ts';
import { type Clock, makeClock } from '../../../../rig/model/time.ts';
import type { SerialStream } from '../../../transport/serial.ts';
import { listRecorder } from '../../../transport/testing/pty.ts';
import { attachGantry } from '../../../virtual/devices/gantry/gantry.ts';
import { makeRandom, type Random } from '../../../virtual/random.ts';
import { fingerOver } from '../finger.ts';
import { options } from '../gantry.ts';
import { greet } from '../greet.ts';
import { linkOver } from '../link.ts';

const PLACEMENT = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 };
const KEY = { x: 0, y: 0, w: 12, h: 7 };
const PRESSES = 6;

/** What a hostile wire does to one line of the controller; the result is what arrives. */
const MISCHIEF: readonly ((line: string, random: Random) => string)[] = [
  () => '', // lost
  (line) => line + line, // twice
  (line) => `ok\r\n${line}`, // an ok too many
  (line, random) => {
    const at = Math.floor(random.next() * line.length);
    return (
      line.slice(0, at) + String.fromCharCode(0x20 + Math.floor(random.next() * 95)) + line.slice(at + 1)
    );
  },
  (line) => line.slice(0, Math.ceil(line.length / 2)), // the rest is lost, also its end
  (line) => `${line.slice(0, 3)}\r\nGrbl 1.1h ['$' for help]\r\n`, // it restarted in mid-line
  () => 'ALARM:1\r\n',
  (line, random) => `${String.fromCharCode(...Array.from({ length: 30 }, () => random.next() * 255))}${line}`,
];

/** The finger's life behind a hostile wire: how many presses were believed, and how many were reported as failed. */
export interface HostileRun {
  readonly believed: number;
  readonly reported: number;
}

/**
 * Presses a key a few times on the virtual gantry while its wire lies, seeded. Whatever it does: a press that is believed
 * closed its key exactly once, a press that is not believed ends with an error that blames the bench, and nothing hangs.
 * Throws AssertionError otherwise. @param chance of mischief per line of the controller
 */
export async function pressBehindHostileWire(seed: number, chance = 0.04): Promise<HostileRun> {
  const random = makeRandom(seed);
  // Fast, and as soon out of patience once the wire lies.
  const fast = makeClock(500);
  const clock: Clock = {
    ...fast,
    get rate() {
      return honest ? fast.rate : 1;
    },
  };
  const listeners = new Set<(chunk: Uint8Array) => void>();
  let toController = (_bytes: Uint8Array) => {};
  let honest = true;
  let rest = '';
  let down = 0;
  let over: RigError | undefined;
  let resolveClosed: (error: RigError | undefined) => void = () => {};
  const closed = new Promise<RigError | undefined>((resolve) => {
    resolveClosed = resolve;
  });

  const arrive = (text: string) => {
    if (text === '' || over) return;
    const bytes = Buffer.from(text, 'latin1');
    setImmediate(() => {
      for (const listener of listeners) listener(bytes);
    });
  };
  const switchOff = attachGantry(
    {
      write: (bytes) => {
        const lines = (rest + Buffer.from(bytes).toString('latin1')).split(/(?<=\n)/);
        rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
        for (const line of lines) {
          const act = MISCHIEF[Math.floor(random.next() * MISCHIEF.length)];
          arrive(!honest && act && random.next() < chance ? act(line, random) : line);
        }
      },
      onData: (listener) => {
        toController = listener;
      },
    },
    {
      machine: {
        travel: { x: 200, y: 200, z: 40 },
        speed: { x: 500, y: 500, z: 200 },
        acceleration: { x: 2000, y: 2000, z: 1500 },
      },
      start: { x: -50, y: -50, z: -10 },
      keypad: { ...PLACEMENT, noise: 0.1 },
      keys: { '1': KEY },
    },
    { keyDown: () => down++, keyUp: () => {} },
    clock,
    random.fork('gantry'),
  );
  const serial: SerialStream = {
    path: 'memory',
    get alive() {
      return over === undefined;
    },
    closed,
    write: (bytes) => {
      if (over) return Promise.reject(over);
      const copy = Uint8Array.from(bytes);
      setImmediate(() => toController(copy));
      return Promise.resolve();
    },
    onData: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    withhold: () => () => {},
    close: async () => {
      over ??= new RigError('TRANSPORT_LOST', 'rig', 'closed');
      resolveClosed(undefined);
    },
  };
  const settings = options.parse({
    port: 'memory',
    placement: PLACEMENT,
    'keep-in': { x: [-170, -100], y: [-105, -50] },
    boot: 0,
  });
  let believed = 0;
  let reported = 0;
  try {
    const link = linkOver(serial, clock, () => {});
    const { home } = await greet(link, settings, listRecorder());
    const finger = fingerOver(link, { ...settings, placement: PLACEMENT }, home, clock);
    honest = false;
    for (let i = 0; i < PRESSES; i++) {
      const before = down;
      const pressed = await finger.press({ x: -160, y: -60 }, { what: 'a press', secret: false }).then(
        () => true,
        (error: unknown) => {
          assert.ok(isRigError(error) && (error.blame === 'bench' || error.blame === 'rig'), String(error));
          return false;
        },
      );
      if (pressed) {
        believed++;
        assert.equal(
          down - before,
          1,
          `seed ${seed}: press ${i + 1} was believed and closed its key ${down - before} times`,
        );
      } else reported++;
    }
  } finally {
    switchOff();
    await serial.close();
  }
  return { believed, reported };
}
