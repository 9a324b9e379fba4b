import assert from 'node:assert/strict';
import { makeRandom } from '../../random.ts';
import { makeGrblController } from './controller.ts';
import { PERSONALITIES } from './personality.ts';

/** A controller at rest that has been unlocked; answers at once. */
function unlocked(name: keyof typeof PERSONALITIES) {
  let heard = '';
  const at = { x: -50, y: -50, z: -10 };
  const controller = makeGrblController({
    machine: {
      travel: { x: 200, y: 200, z: 40 },
      speed: { x: 500, y: 500, z: 200 },
      acceleration: { x: 2000, y: 2000, z: 1500 },
    },
    start: at,
    random: makeRandom(1),
    personality: PERSONALITIES[name],
    carriage: { moveTo: () => {}, marks: () => [] },
    send: (text) => {
      heard += text;
    },
  });
  controller.boot();
  const ask = (text: string): string[] => {
    heard = '';
    controller.receive(Buffer.from(text, 'latin1'), 0);
    return heard.split('\r\n').filter((line) => line !== '');
  };
  const greeting = heard.split('\r\n').filter((line) => line !== '');
  ask('$X\n');
  return { ask, greeting };
}

describe('gantry personalities', () => {
  it('differ in greeting, line ends, line length and what an error leaves behind', () => {
    const [grbl, hal, fluid] = [unlocked('grbl'), unlocked('grblhal'), unlocked('fluidnc')];
    assert.match(hal.greeting[0] ?? '', /^GrblHAL/);
    assert.match(fluid.greeting[0] ?? '', /FluidNC/);
    assert.deepEqual(grbl.ask('G21\r\n'), ['ok', 'ok']);
    assert.deepEqual(hal.ask('G21\r\n'), ['ok']);
    const long = `${'G0'.repeat(50)}\n`;
    assert.deepEqual(grbl.ask(long), ['error:11']);
    assert.deepEqual(hal.ask(long), ['error:21']);
    assert.deepEqual(grbl.ask('\nG999\nG21\n'), ['ok', 'error:20', 'ok']);
    assert.deepEqual(hal.ask('\nG999\nG21\n\nG21\n'), ['ok', 'error:20', 'error:20', 'ok', 'ok']);
    assert.ok(fluid.ask('$$\n').includes('$22=1 (homing cycle, bool)'));
    assert.match(hal.ask('?')[0] ?? '', /\|Bf:100,1024/);
  });

  it('judge lines in check mode and move nothing; its end is a reset', () => {
    const { ask } = unlocked('grbl');
    assert.deepEqual(ask('$C\n'), ['[MSG:Enabled]', 'ok']);
    assert.match(ask('?')[0] ?? '', /^<Check\|/);
    assert.deepEqual(ask('G1X-10F100\nG999\n'), ['ok', 'error:20']);
    assert.match(ask('?')[0] ?? '', /^<Check\|MPos:0.000,0.000,0.000/);
    assert.deepEqual(ask('$C\n').slice(0, 3), ['[MSG:Disabled]', 'ok', PERSONALITIES.grbl.greeting]);
  });

  it('raise the alarm for a line beyond the soft limits in check mode, too, as Grbl 1.1h does', () => {
    const { ask } = unlocked('grbl');
    ask('$C\n');
    assert.deepEqual(ask('G1X5F100\n'), ['ALARM:2', '[MSG:Reset to continue]']);
    assert.deepEqual(ask('?'), []);
    assert.deepEqual(ask('\x18').slice(0, 2), ['ok', PERSONALITIES.grbl.greeting]);
  });

  it('sleep until a reset, which leaves them locked', () => {
    const { ask } = unlocked('grbl');
    assert.deepEqual(ask('$SLP\n'), ['ok', '[MSG:Sleeping]']);
    assert.deepEqual(ask('G21\n'), []);
    assert.match(ask('?')[0] ?? '', /^<Sleep\|/);
    assert.deepEqual(ask('\x18'), [PERSONALITIES.grbl.greeting, PERSONALITIES.grbl.lockedHint]);
    assert.deepEqual(ask('G21\n'), ['error:9']);
  });
});
