import assert from 'node:assert/strict';
import { makeRandom } from '../../virtual/random.ts';
import { CHAOS, type ChaosRun, chaosRun } from '../testing/chaos.ts';
import { MACHINES, paceOf } from '../testing/pace.ts';
import { BELIEVED, robot } from '../testing/robot.ts';
import { soak } from '../testing/soak.ts';

/** Slices of what `npm run fuzz -- gantry` and `npm run perf` do at length, in event time. */
describe('gantry: endurance', function () {
  this.timeout(120_000);

  it('300 presses with lost steps, bounce and a keypad 0.4 mm beside: each taken once, or told', async () => {
    const { presses, registered, missed, wrong, failed } = await soak(300, 11);
    assert.equal(presses, 300);
    assert.equal(registered + missed + wrong + failed, presses);
    assert.ok(registered > 280, `only ${registered} were taken`);
  });

  it('100 runs with a fault each: every one ends, none blames the terminal, no key stays held', async () => {
    const runs: ChaosRun[] = [];
    for (let batch = 0; batch < 5; batch++) {
      runs.push(...(await Promise.all(Array.from({ length: 20 }, (_, i) => chaosRun(batch * 20 + i)))));
    }
    const verdicts = new Set(runs.map(({ verdict }) => verdict));
    assert.deepEqual(
      [...verdicts]
        .filter((verdict) => verdict !== 'passed')
        .filter((v) => v !== 'broken' && v !== 'inconclusive'),
      [],
    );
    assert.ok(runs.filter(({ struck }) => struck).length > 40, 'too few faults struck');
    assert.ok(verdicts.has('broken'));
    assert.deepEqual(new Set(runs.map(({ chaos }) => chaos)), new Set(CHAOS));
  });

  for (const machine of MACHINES) {
    it(`${machine.name}: presses a minute within 5 % of the closed form`, async () => {
      const { measured, closedForm } = await paceOf(machine, 20, makeRandom(2));
      assert.ok(Math.abs(measured / closedForm - 1) < 0.05, `${measured} beside ${closedForm}`);
    });
  }

  describe('a port that is lost while the finger is on a key', () => {
    /** The connection ends behind the way down: dwell and way up never arrive. */
    const lostOnKey = (comesBack: boolean) => {
      const arm = robot(makeRandom(4), {
        meddle: (direction, bytes) => {
          const text = Buffer.from(bytes).toString('latin1');
          const down = /G53G1Z[^\n]*\n/.exec(text);
          if (direction === 'to-rig' || !down || arm.wires.length > 1) return bytes;
          arm.plugged = comesBack;
          setImmediate(() => arm.wires.at(-1)?.cut());
          return bytes.subarray(0, down.index + down[0].length);
        },
      });
      return arm;
    };

    it('is opened again to raise the finger, and for nothing else', async () => {
      const arm = lostOnKey(true);
      const keypad = await arm.open();
      await assert.rejects(keypad.press('5'), /lost/);
      await arm.clock.sleep(5000);
      assert.ok(arm.truth.down(), 'the controller had only heard of the way down');
      await keypad.close();
      assert.ok(!arm.truth.down());
      assert.deepEqual(arm.truth.registered, ['5']);
      arm.switchOff();
    });

    it('that does not come back: closing says that a key may be held', async () => {
      const arm = lostOnKey(false);
      const keypad = await arm.open({ reconnect: 100 });
      await assert.rejects(keypad.press('5'), /lost/);
      await assert.rejects(keypad.close(), /may still be on a key/);
      arm.switchOff();
    });
  });

  it('lost steps are nobody’s knowledge but the keys’; homing makes good for them', async () => {
    const arm = robot(makeRandom(9), { lostSteps: { chance: 1, mm: 2 }, keypad: { ...BELIEVED, noise: 0 } });
    for (const take of ['first', 'second'] as const) {
      const keypad = await arm.open();
      const before = arm.truth.registered.length;
      const keys = ['1', '9', '3', '7', '5', '1', '9', '3'];
      for (const key of keys) await keypad.press(key);
      const taken = arm.truth.registered.slice(before);
      assert.equal(taken[0], '1', `${take}: right after homing it is where it believes to be`);
      assert.notDeepEqual(taken, keys, take);
      await keypad.close();
    }
    arm.switchOff();
  });
});
