import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { type EventClock, eventClock } from '../testing/event-clock.ts';
import { BELIEVED, KEEP_IN } from '../testing/robot.ts';
import { wire } from '../testing/wire.ts';
import { type Finger, type FingerSetup, fingerOver } from './finger.ts';
import { linkOver } from './link.ts';

const SETUP: FingerSetup = {
  placement: BELIEVED,
  'keep-in': KEEP_IN,
  overtravel: 0.3,
  dwell: 80,
  feed: 3000,
  'travel-feed': 6000,
};
const FIVE = { x: -145, y: -70 };

/** What a status report is worth when the line damages it, and what it tells when nothing else is said. */
describe('gantry: looking at the controller', () => {
  let clock: EventClock;
  beforeEach(() => {
    clock = eventClock();
  });
  afterEach(() => clock.stop());

  /** A finger over a controller that obeys at once, but for what `answer` says instead; asked `n` times so far. */
  const finger = async (answer: (line: string, n: number, honest: string) => string | undefined) => {
    const at = { X: -1, Y: -1, Z: -1 };
    const counts = new Map<string, number>();
    let rest = '';
    const hear = (line: string) => {
      for (const [, axis, mm] of line.matchAll(/([XYZ])([+-]?[\d.]+)/g)) {
        if (axis === 'X' || axis === 'Y' || axis === 'Z') at[axis] = Number(mm);
      }
      const n = (counts.get(line) ?? 0) + 1;
      counts.set(line, n);
      const place = [at.X, at.Y, at.Z].map((mm) => mm.toFixed(3)).join(',');
      const honest = line === '?' ? `<Idle|MPos:${place}|FS:0,0>` : 'ok';
      const ms = line.startsWith('G4') ? Number(line.slice(3)) * 1000 : 0;
      const said = answer(line, n, honest) ?? honest;
      if (said !== '') clock.after(ms, () => cable.fromDevice(Buffer.from(`${said}\r\n`)));
    };
    const cable = wire(clock, {}, (bytes) => {
      for (const char of Buffer.from(bytes).toString('latin1')) {
        if (char === '\n' || char === '?') {
          const line = char === '?' ? '?' : rest;
          if (char === '\n') rest = '';
          hear(line);
        } else rest += char;
      }
    });
    const link = linkOver(cable.serial, clock, () => {});
    const greeted = link.greeting(5000);
    cable.fromDevice(Buffer.from("\r\nGrbl 1.1h ['$' for help]\r\n"));
    await greeted;
    const hand: Finger = fingerOver(link, SETUP, { x: -1, y: -1, z: -1 }, clock);
    return { hand, asked: () => counts.get('?') ?? 0 };
  };
  const press = (hand: Finger) => hand.press(FIVE, { what: 'the press of key "5"', secret: false });

  for (const [what, damaged] of [
    ['in its state', (honest: string) => honest.replace('Idle', 'I6le')],
    ['in its place', (honest: string) => honest.replace('145', '1~5')],
    ['in a digit of its place', (honest: string) => honest.replace('145', '165')],
    ['at its end', (honest: string) => honest.slice(0, -1)],
    ['altogether', () => ''],
  ] as const) {
    it(`asks again for a report that was damaged ${what}`, async () => {
      const { hand, asked } = await finger((line, n, honest) =>
        line === '?' && n === 1 ? damaged(honest) : undefined,
      );
      assert.deepEqual(await press(hand), { ...FIVE, z: -16 });
      assert.equal(asked(), 2);
    });
  }

  it('believes a place that two reports tell, and lifts the finger', async () => {
    const { hand } = await finger((line, _, honest) =>
      line === '?' ? honest.replace('-145', '-141') : undefined,
    );
    await assert.rejects(press(hand), /not where it was sent: told -145.00, .* reports -141.00/);
    assert.equal(hand.mayBeDown, false);
  });

  it('tells in which state a controller is that does not finish', async () => {
    const { hand } = await finger((line) => {
      if (line === 'G4P0.01') return '';
      return line === '?' ? '<Door:1|MPos:-145.000,-70.000,-16.000|FS:0,0|Pn:D>' : undefined;
    });
    await assert.rejects(press(hand), (error) => {
      assert.ok(isRigError(error) && error.blame === 'bench');
      assert.match(error.message, /did not finish the press of key "5" in time: its state is Door$/);
      return true;
    });
  });

  it('says that bytes were lost when a controller rests and owes an answer', async () => {
    const { hand } = await finger((line) => (line === 'G4P0.01' ? '' : undefined));
    await assert.rejects(press(hand), (error) => {
      assert.ok(isRigError(error) && error.blame === 'bench' && error.code === 'TRANSPORT_TIMEOUT');
      assert.match(error.message, /was lost on the way during the press of key "5": it rests \(Idle\)/);
      return true;
    });
  });

  it('moves on a controller that looks at a line only when something comes behind it', async () => {
    let held = false;
    const { hand } = await finger((line, n, honest) => {
      if (line === 'G4P0.01' && n === 1) {
        held = true;
        return '';
      }
      if (line !== '?' || !held) return undefined;
      held = false;
      return `ok\r\n${honest}`;
    });
    assert.deepEqual(await press(hand), { ...FIVE, z: -16 });
  });
});
