import assert from 'node:assert/strict';
import { isRigError, toRigError } from '../../../rig/model/errors.ts';
import { type Verdict, verdictOn } from '../../../rig/model/verdict.ts';
import { CONTROLLERS } from '../../virtual/devices/gantry/personality.ts';
import { makeRandom, type Random } from '../../virtual/random.ts';
import { KEYS, type Robot, robot } from './robot.ts';
import type { Direction } from './wire.ts';

/** What goes wrong, once, at a byte of the conversation. */
export const CHAOS = [
  'port closed',
  'unplugged',
  'unplugged and plugged in again',
  'garbage to the rig',
  'garbage to the controller',
  'bytes lost',
  'reboot',
  'reboot in silence',
  'alarm',
  'homing lost',
] as const;
export type Chaos = (typeof CHAOS)[number];

export interface ChaosRun {
  readonly chaos: Chaos;
  readonly verdict: Verdict;
  /** The fault struck before the run was over. */
  readonly struck: boolean;
  /** A key was still held at the end, and closing said so. */
  readonly heldAndTold: boolean;
}

const PRESSES = 6;
/** Bytes of a run in both directions, about: where a fault may strike. */
const BYTES = 2600;
/** Wall time: in event time all waiting is over at once, but for a port that is waited for (six seconds at most). */
const DEADLINE_WALL_MS = 60_000;
const GARBAGE = 40;

/**
 * A run of a few presses on the virtual gantry with one seeded fault. Throws AssertionError when it does not end within its
 * deadline, would be blamed on the terminal, believes a press that was taken twice, writes after its connection is over, or
 * leaves a key held without saying so.
 */
export async function chaosRun(seed: number): Promise<ChaosRun> {
  const random = makeRandom(seed);
  const chaos = CHAOS[seed % CHAOS.length] ?? 'reboot';
  const controller = CONTROLLERS[Math.floor(random.next() * CONTROLLERS.length)] ?? 'grbl';
  const strikeAt = Math.floor(random.next() * BYTES);
  let count = 0;
  let struck = false;
  const arm: Robot = robot(random.fork('robot'), {
    controller,
    meddle: (direction, bytes) => {
      const from = count;
      count += bytes.length;
      if (struck || count <= strikeAt) return muffled(direction, bytes);
      struck = true;
      return strike(chaos, arm, direction, bytes, strikeAt - from, random);
    },
  });
  /** After a silent reboot the greeting never arrives. */
  let deaf = false;
  const muffled = (direction: Direction, bytes: Uint8Array): Uint8Array => {
    if (chaos !== 'reboot in silence' || !struck || direction === 'to-device' || deaf) return bytes;
    const text = Buffer.from(bytes).toString('latin1');
    deaf = /Grbl|GrblHAL|start/.test(text);
    return deaf ? new Uint8Array(0) : bytes;
  };

  let verdict: Verdict = 'passed';
  const worse = (thrown: unknown) => {
    const error = toRigError(thrown);
    const found = verdictOn(error.blame, ['terminal']);
    assert.ok(
      found === 'broken' || found === 'inconclusive',
      `seed ${seed}, ${chaos}: ${found}, blame ${error.blame}: ${error.message}`,
    );
    verdict = found;
  };
  let closingError: unknown;
  const work = async () => {
    let keypad: Awaited<ReturnType<Robot['open']>>;
    try {
      keypad = await arm.open({
        ...(controller === 'marlin' ? { dialect: 'marlin' } : {}),
        // Nobody waits for a port that will not come back; one that will is there again in event time.
        reconnect: chaos === 'unplugged' ? 0 : 3000,
      });
    } catch (error) {
      return worse(error);
    }
    try {
      for (let i = 0; i < PRESSES; i++) {
        const key = KEYS()[Math.floor(random.next() * KEYS().length)] ?? '1';
        const before = arm.truth.registered.length;
        await keypad.press(key, { secret: i === 3 });
        await arm.clock.sleep(100);
        const taken = arm.truth.registered.slice(before);
        assert.ok(
          taken.length <= 1,
          `seed ${seed}, ${chaos}: a believed press was taken as ${taken.join(', ')}`,
        );
        // The screen tells that it was not this key: the rig could not enter what it wanted.
        if (taken[0] !== key) verdict = 'inconclusive';
      }
      await keypad.park();
    } catch (error) {
      if (!isRigError(error)) throw error;
      worse(error);
    } finally {
      await keypad.close().catch((error: unknown) => {
        closingError = error;
        worse(error);
      });
    }
  };

  try {
    await inTime(work(), `seed ${seed}, ${chaos}: no end within ${DEADLINE_WALL_MS} ms`);
    await arm.clock.sleep(30_000); // what the controller still had in its planner
    const held = arm.truth.down();
    assert.ok(
      !held || closingError !== undefined,
      `seed ${seed}, ${chaos}: a key is held and nobody said so`,
    );
    if (chaos !== 'unplugged') assert.ok(!held, `seed ${seed}, ${chaos}: a key is held at the end`);
    const late = arm.wires.reduce((sum, { lateWrites }) => sum + lateWrites, 0);
    assert.equal(late, 0, `seed ${seed}, ${chaos}: wrote ${late} times on a connection that was over`);
    return { chaos, verdict, struck, heldAndTold: held };
  } finally {
    arm.switchOff();
  }
}

async function inTime(work: Promise<void>, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message })), DEADLINE_WALL_MS);
  });
  await Promise.race([work, overdue]).finally(() => clearTimeout(timer));
}

/** What the fault makes of the bytes in which it strikes; `at` is the byte in them. */
function strike(
  chaos: Chaos,
  arm: Robot,
  direction: Direction,
  bytes: Uint8Array,
  at: number,
  random: Random,
): Uint8Array {
  const cut = () => setImmediate(() => arm.wires.at(-1)?.cut(chaos));
  const head = bytes.subarray(0, at);
  switch (chaos) {
    case 'port closed':
      cut();
      return head;
    case 'unplugged':
      arm.plugged = false;
      cut();
      return head;
    case 'unplugged and plugged in again':
      arm.plugged = false;
      arm.clock.after(200 + random.next() * 1000, () => {
        arm.plugged = true;
      });
      cut();
      return head;
    case 'garbage to the rig':
    case 'garbage to the controller': {
      const wanted = chaos === 'garbage to the rig' ? 'to-rig' : 'to-device';
      if (direction !== wanted) return bytes;
      const noise = Uint8Array.from(
        { length: 1 + Math.floor(random.next() * GARBAGE) },
        () => random.next() * 256,
      );
      return Buffer.concat([head, noise, bytes.subarray(at)]);
    }
    case 'bytes lost':
      return Buffer.concat([head, bytes.subarray(at + 1 + Math.floor(random.next() * 20))]);
    case 'reboot':
    case 'reboot in silence':
      setImmediate(() => arm.reboot());
      return bytes;
    case 'alarm':
      return direction === 'to-rig' ? Buffer.concat([bytes, Buffer.from('ALARM:1\r\n')]) : bytes;
    case 'homing lost':
      setImmediate(() => arm.reboot());
      return direction === 'to-rig' ? bytes : head;
  }
}
