import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { CONTROLLERS } from '../../virtual/devices/gantry/personality.ts';
import { makeRandom } from '../../virtual/random.ts';
import { type Referee, refereeOf } from '../testing/referee.ts';
import { BELIEVED, KEEP_IN, KEYS, type Robot, robot } from '../testing/robot.ts';
import type { Direction } from '../testing/wire.ts';

const HOVER = BELIEVED.contact + BELIEVED.hover;

/** What somebody may ask of a gantry. */
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('press' as const), key: fc.nat(), secret: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'park' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'unknown' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'both' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

const text = (line: string) => Buffer.from(`\r\n${line}\r\n`);
/** What may happen at a byte of the conversation. */
const FAULTS = {
  cut: (arm, _, bytes) => {
    setImmediate(() => arm.wires.at(-1)?.cut());
    return bytes;
  },
  reboot: (arm, _, bytes) => {
    setImmediate(() => arm.reboot());
    return bytes;
  },
  lost: (_arm, _direction, bytes) => bytes.subarray(Math.ceil(bytes.length / 2)),
  gone: () => new Uint8Array(0),
  damaged: (_arm, _direction, bytes) => bytes.map((byte, i) => (i % 5 === 2 ? byte ^ 0x15 : byte)),
  'an ok too many': (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([text('ok'), bytes]) : bytes,
  'an alarm': (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([bytes, text('ALARM:1')]) : bytes,
  'a greeting': (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([bytes, text("Grbl 1.1h ['$' for help]")]) : bytes,
  "a Marlin's greeting": (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([bytes, text('start')]) : bytes,
  "a Marlin's halt": (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([bytes, text('Error:Printer halted. kill() called!')]) : bytes,
  'a false report': (_arm, direction, bytes) =>
    direction === 'to-rig' ? Buffer.concat([text('<Idle|MPos:-1.000,-1.000,-1.000|FS:0,0>'), bytes]) : bytes,
} satisfies Record<string, (arm: Robot, direction: Direction, bytes: Uint8Array) => Uint8Array>;

const fault = fc.record({
  after: fc.integer({ min: 0, max: 3000 }),
  kind: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
});

interface Life {
  readonly controller: (typeof CONTROLLERS)[number];
  readonly seed: number;
  /** mm by which the placement lies elsewhere: some of its keys are outside the box then. */
  readonly beside: number;
  readonly commands: readonly (typeof command extends fc.Arbitrary<infer T> ? T : never)[];
  readonly faults: readonly { readonly after: number; readonly kind: keyof typeof FAULTS }[];
}

/** Lives it, and returns what the referee saw. */
async function live({
  controller,
  seed,
  beside,
  commands,
  faults,
}: Life): Promise<Referee & { readonly late: number }> {
  const referee = refereeOf(KEEP_IN, HOVER);
  const waiting = [...faults].sort((a, b) => a.after - b.after);
  let crossed = 0;
  let wires = 0;
  const arm: Robot = robot(makeRandom(seed), {
    controller,
    meddle: (direction, bytes) => {
      crossed += bytes.length;
      // The driver has a new connection before anything crosses it.
      if (arm.wires.length !== wires) {
        wires = arm.wires.length;
        referee.connected();
      }
      let carried = bytes;
      for (let next = waiting[0]; next && next.after < crossed; next = waiting[0]) {
        waiting.shift();
        carried = FAULTS[next.kind](arm, direction, carried);
      }
      // What the rig sends is judged as it leaves; what it hears, just before it hears it.
      if (direction === 'to-device') referee.crossed(direction, bytes);
      else setImmediate(() => referee.crossed(direction, carried));
      return carried;
    },
  });
  const open = () =>
    arm.open({
      ...(controller === 'marlin' ? { dialect: 'marlin' } : {}),
      placement: { ...BELIEVED, x: BELIEVED.x + beside },
      reconnect: 0,
    });
  const forgiven = (thrown: unknown) => {
    if (
      !isRigError(thrown) ||
      (thrown.blame !== 'bench' && thrown.blame !== 'file' && thrown.blame !== 'rig')
    )
      throw thrown;
  };
  let keypad: KeypadPlane | undefined = await open().catch((error: unknown) => void forgiven(error));
  try {
    for (const each of commands) {
      const key = 'key' in each ? (KEYS()[each.key % KEYS().length] ?? '1') : '5';
      const acts = {
        press: () => keypad?.press(key, { secret: 'secret' in each && each.secret }),
        park: () => keypad?.park(),
        unknown: () => keypad?.press('no such key'),
        both: () => Promise.all([keypad?.press('1'), keypad?.park(), keypad?.press('enter')]),
        reopen: async () => {
          await keypad?.close().catch(forgiven);
          keypad = await open();
        },
      };
      await acts[each.do]()?.then(() => {}, forgiven);
    }
  } finally {
    await keypad?.close().catch(forgiven);
    await arm.clock.sleep(30_000);
    arm.switchOff();
  }
  return {
    ...referee,
    moves: referee.moves,
    late: arm.wires.reduce((sum, { lateWrites }) => sum + lateWrites, 0),
  };
}

describe('gantry: interlocks', function () {
  this.timeout(120_000);

  it('hold whatever is asked and whatever happens: homed here, inside the box, up before sideways, nothing after a loss', async () => {
    let moves = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          controller: fc.constantFrom(...CONTROLLERS),
          seed: fc.nat(),
          beside: fc.constantFrom(0, 0, 0, 25, -25),
          commands: fc.array(command, { minLength: 1, maxLength: 7 }),
          faults: fc.array(fault, { maxLength: 4 }),
        }),
        async (life) => {
          const seen = await live(life);
          moves += seen.moves;
          assert.deepEqual(seen.fouls, []);
          assert.equal(seen.late, 0, 'wrote on a connection that was over');
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(moves > 200, `only ${moves} moves were judged`);
  });

  it('an alarm in the words of Grbl stops a Marlin between two moves', async () => {
    const seen = await live({
      controller: 'marlin',
      seed: 0,
      beside: 0,
      commands: [{ do: 'both' }, { do: 'both' }],
      faults: [{ after: 1585, kind: 'an alarm' }],
    });
    assert.deepEqual(seen.fouls, []);
    assert.ok(seen.moves > 0, 'it had moved before');
  });

  for (const controller of CONTROLLERS) {
    it(`${controller}: nothing moves any more after a loss that is told in another controller's words`, async () => {
      const kinds = ['an alarm', 'a greeting', "a Marlin's greeting", "a Marlin's halt"] as const;
      for (const kind of kinds) {
        // Every controller homes and moves at bytes of its own in here.
        for (let after = 500; after < 1900; after += 150) {
          const two = [{ do: 'both' }, { do: 'both' }] as const;
          const seen = await live({
            controller,
            seed: 0,
            beside: 0,
            commands: two,
            faults: [{ after, kind }],
          });
          assert.deepEqual(seen.fouls, [], `${kind} after ${after} bytes`);
        }
      }
    });
  }

  it('the referee sees a foul', () => {
    const lines = (...sent: string[]) => {
      const referee = refereeOf(KEEP_IN, HOVER);
      referee.connected();
      for (const line of sent) {
        const [direction, bytes] = line.startsWith('<')
          ? (['to-rig', line.slice(1)] as const)
          : (['to-device', line] as const);
        referee.crossed(direction, Buffer.from(`${bytes}\n`));
      }
      return referee.fouls.map((foul) => foul.split(': ')[1]);
    };
    const good = [
      '$H',
      '<ok',
      'G53G0X-130.000Y-070.000',
      'G53G0Z-016.000',
      'G53G1Z-021.500F3000',
      'G53G0Z-016.000',
    ];
    assert.deepEqual(lines(...good, 'G53G0X-140.000Y-070.000'), []);
    assert.match(lines(...good.slice(2, 3)).join(), /not homed/);
    assert.match(lines('$H', 'G53G0X-130.000Y-070.000').join(), /not homed/);
    assert.match(lines(...good, "<Grbl 1.1h ['$' for help]", 'G53G0Z-010.000').join(), /not homed/);
    assert.match(lines(...good, '<ALARM:1', 'N5 G0 Z-010.000*33').join(), /not homed/);
    assert.match(lines(...good, '<Error:Printer halted.', 'G53G0Z-010.000').join(), /not homed/);
    assert.match(lines(...good, 'G53G0X-130.000Y-010.000').join(), /outside/);
    assert.match(lines(...good.slice(0, 5), 'G53G0X-140.000Y-070.000').join(), /sideways at Z -21.5/);
  });
});
