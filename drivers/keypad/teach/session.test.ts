import assert from 'node:assert/strict';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { makeContext } from '../../devices/testing/context.ts';
import { toMachine } from '../gantry/geometry.ts';
import type { Jogger } from './jog.ts';
import { calibrationFrom, describe as inWords } from './result.ts';
import { type Lesson, type Taken, teachByHand } from './session.ts';
import type { Witness } from './witness.ts';

const { profile, clock } = makeContext();
const TRUTH = { x: -154, y: -62, rotation: 2 };
const GUESS = { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 };
const BOX = { x: [-175, -90], y: [-115, -40] } as const;
const CLOSES = -21.5;

/** A finger that only remembers where it is, and refuses to leave its box. */
function pretendJogger(): Jogger & { readonly path: string[] } {
  let at = { x: -100, y: -50, z: -1 };
  let clearance = -1;
  const path: string[] = [];
  const jogger = {
    path,
    get at() {
      return at;
    },
    get clearance() {
      return clearance;
    },
    clear: (z: number) => {
      clearance = Math.min(-1, z);
    },
    to: async (target: { x?: number; y?: number; z?: number }) => {
      const want = { ...at, ...target };
      if (want.x < BOX.x[0] || want.x > BOX.x[1])
        throw new RigError('KEYPAD_POSITION', 'bench', 'outside the keep-in box');
      at = want;
      path.push(`${at.x.toFixed(1)},${at.y.toFixed(1)},${at.z.toFixed(1)}`);
      return at;
    },
    up: () => jogger.to({ z: clearance }),
    dab: async () => at,
  };
  return jogger;
}

/** A screen that changes when the finger is deep enough. */
const watching = (jogger: Jogger): Witness => {
  const screen = {
    seq: 1,
    lit: true,
    lines: ['READY'],
    at: 0,
    id: 'idle',
    outcome: undefined,
    code: undefined,
  };
  return {
    look: async () => screen,
    await: async () => screen,
    change: async (act) => {
      const before = jogger.at.z;
      await act();
      return jogger.at.z <= CLOSES && before > CLOSES ? { ...screen, seq: 2, id: 'info' } : undefined;
    },
  };
};

async function lesson(
  lines: readonly string[],
  more: Partial<Lesson> = {},
): Promise<{ taken: readonly Taken[] | undefined; said: string; jogger: ReturnType<typeof pretendJogger> }> {
  const jogger = pretendJogger();
  const script = [...lines];
  const said: string[] = [];
  const taken = await teachByHand({
    jogger,
    witness: undefined,
    profile,
    clock,
    box: BOX,
    guess: GUESS,
    travel: 1.2,
    hover: 4,
    overtravel: 0.3,
    radius: 15,
    keys: ['1', 'cancel', 'enter'],
    say: (text) => void said.push(text),
    ask: async () => script.shift(),
    ...more,
  });
  return { taken, said: said.join('\n'), jogger };
}

/** What a person types to bring the finger from its guessed place over a key, and down. */
const lead = (key: string, from = GUESS, z = -4): string => {
  const shape = profile.keypad.keys[key] ?? { x: 0, y: 0 };
  const [truth, guess] = [toMachine(TRUTH, shape), toMachine(from, shape)];
  return `x${(truth.x - guess.x).toFixed(3)} y${(truth.y - guess.y).toFixed(3)} z${z}`;
};

describe('teach: a lesson by hand', () => {
  const FACTS = {
    bench: 'b',
    profile,
    by: 'wang',
    at: '2026-11-22T10:00:00.000Z',
    controller: { firmware: 'Grbl 1.1h', settings: '0123456789abcdef' },
    travel: 1.2,
    hover: 4,
    box: BOX,
  };

  it('a person leads the finger to three keys and says when it touches; the truth comes out', async () => {
    const moved = { ...GUESS, x: TRUTH.x, y: TRUTH.y };
    const { taken } = await lesson([lead('1'), 'ok', lead('cancel', moved), 'ok', 'where', 'ok'].slice(0, 4));
    assert.deepEqual(
      taken?.map(({ key, contact, by }) => [key, contact, by]),
      [
        ['1', -20, 'person'],
        ['cancel', -20, 'person'],
      ],
    );
    const calibration = calibrationFrom(taken ?? [], FACTS);
    const { x, y, rotation, contact } = calibration.placement;
    assert.ok(Math.abs(x - TRUTH.x) < 0.01 && Math.abs(y - TRUTH.y) < 0.01 && Math.abs(rotation - 2) < 0.02);
    assert.equal(contact, -20);
    assert.match(inWords(calibration).join('\n'), /RMS of at most 0.5/);
  });

  it('a slip of the hand does not drive the finger into the terminal, and does not end the lesson', async () => {
    const { taken, said, jogger } = await lesson(['z-30', 'z-6', lead('1'), 'z-1', 'z-1.5', 'ok', 'done']);
    assert.match(said, /goes down 10 mm at a time/);
    assert.match(said, /below Z -20.00, where keys are believed to be touched, the finger goes down 1 mm/);
    assert.deepEqual(
      jogger.path.map((place) => Number(place.split(',')[2])).filter((z) => z < -21),
      [],
    );
    assert.equal(taken?.[0]?.contact, -21);
  });

  it('a key that was taken beside itself is asked for again, before anything is fitted', async () => {
    const wide = lead('enter').replace(/^x(\S+)/, (_, x: string) => `x${(Number(x) + 3).toFixed(3)}`);
    const { said, taken } = await lesson([
      ...['go 1', lead('1'), 'ok'],
      ...['go cancel', 'ok', 'go enter', wide, 'ok'],
    ]);
    assert.ok(taken);
    assert.match(said, /lies \d\.\d\d mm from where the layout has it: take it again/);
  });

  it('once two keys are taken it knows where the third one lies', async () => {
    const moved = { ...GUESS, x: TRUTH.x, y: TRUTH.y };
    const { jogger } = await lesson([lead('1'), 'ok', lead('cancel', moved), 'ok']);
    const enter = toMachine(TRUTH, profile.keypad.keys['enter'] ?? { x: 0, y: 0 });
    assert.equal(jogger.path.at(-1), `${enter.x.toFixed(1)},${enter.y.toFixed(1)},-16.0`);
  });

  it('the screen is the witness of a touch: it closes a travel below the top of the key', async () => {
    const script = ['touch', 'ok'];
    const jogger = pretendJogger();
    const said: string[] = [];
    const taken = await teachByHand({
      jogger,
      witness: watching(jogger),
      profile,
      clock,
      box: BOX,
      guess: GUESS,
      travel: 1.2,
      hover: 4,
      overtravel: 0.3,
      radius: 15,
      keys: ['func'],
      say: (text) => void said.push(text),
      ask: async () => script.shift(),
    });
    assert.equal(taken?.[0]?.by, 'screen');
    assert.ok(Math.abs((taken?.[0]?.contact ?? 0) - (CLOSES + 1.2)) <= 0.1 + 1e-9, said.join('\n'));
  });

  it('a refusal of the fixture is told and forgiven; what is no command changes nothing', async () => {
    const { taken, said } = await lesson(['x-40', 'dance', 'x-40', 'touch', 'quit']);
    assert.equal(taken, undefined);
    assert.match(said, /outside the keep-in box/);
    assert.match(said, /"dance" is no command/);
    assert.match(said, /no screen is there to see it/);
  });

  it('a lesson goes on where it was interrupted: keys taken are not asked for, and a bad one is asked for again', async () => {
    const kept: string[] = [];
    const keep = (taken: readonly Taken[]) => void kept.push(taken.map(({ key }) => key).join(' '));
    const moved = { ...GUESS, x: TRUTH.x, y: TRUTH.y };
    const first = await lesson([lead('1'), 'ok', lead('cancel', moved), 'ok', 'undo'], { keep });
    assert.deepEqual(kept, ['1', '1 cancel', '1']);
    const before = first.taken ?? [];
    const { taken, said, jogger } = await lesson([lead('cancel', moved), 'ok', 'ok', 'done'], { before });
    assert.deepEqual(taken?.map(({ key }) => key).slice(0, 2), ['1', 'cancel']);
    assert.doesNotMatch(said, /^key 1 /m);
    // The finger came from all the way up: who knows what lies there by now.
    assert.match(jogger.path[0] ?? '', /,-1\.0$/);

    const beside = (taken ?? []).map((point) =>
      point.key === 'cancel' ? { ...point, machine: { x: point.machine.x + 4, y: point.machine.y } } : point,
    );
    const again = await lesson(['done'], { before: beside, keys: ['1', 'cancel'] });
    assert.match(again.said, /lies \d\.\d\d mm from where the layout has it: take it again/);
  });

  it('undo, key, skip and done do what they say', async () => {
    const { taken } = await lesson(['ok', 'undo', 'key 5', 'ok', 'skip', 'done']);
    assert.deepEqual(
      taken?.map(({ key }) => key),
      ['5'],
    );
  });

  it('a fit above 0.5 mm RMS is refused, and says which key to teach again', async () => {
    const point = (key: string, off: number): Taken => {
      const device = profile.keypad.keys[key] ?? { x: 0, y: 0 };
      const machine = toMachine(TRUTH, device);
      return { key, device, machine: { x: machine.x + off, y: machine.y }, contact: -20, by: 'person' };
    };
    const refused = (taken: Taken[], why: RegExp) =>
      assert.throws(
        () => calibrationFrom(taken, FACTS),
        (error) =>
          isRigError(error) && error.code === 'KEYPAD_POSITION' && why.test(`${error.message} ${error.hint}`),
      );
    refused(
      [point('1', 0), point('cancel', 0), point('enter', 0), point('feed', 2)],
      /0\.\d\d mm RMS.*Teach feed again/,
    );
    calibrationFrom([point('1', 0), point('cancel', 0), point('enter', 0), point('feed', 0.6)], FACTS);
    refused([point('1', 0)], /1 of at least two/);
    refused([point('1', 0), { ...point('4', 0), device: { x: 0, y: 5 } }], /no rotation/);
    const tight = { ...FACTS, box: { x: [-150, -90], y: [-115, -40] } as const };
    assert.throws(
      () => calibrationFrom([point('1', 0), point('enter', 0)], tight),
      /outside the keep-in box/,
    );
  });
});
