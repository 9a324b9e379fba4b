import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { makeRandom } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { loadWorld } from '../world.ts';
import { CABLE_FAULTS } from './cable-faults.ts';
import { BENCH_FAULTS, faultsOf } from './faults.ts';
import type { CablePort } from './line.ts';

const clock = makeClock(1000);
const world = loadWorld(packaged('drivers/virtual/world.yaml'));
const someBody = (log: string[]): TerminalBody => {
  const note = (what: string) => (value?: unknown) =>
    void log.push(value === undefined ? what : `${what} ${String(value)}`);
  return {
    power: note('power'),
    powered: true,
    keyDown: note('down'),
    keyUp: note('up'),
    cardInserted: () => void log.push('in'),
    cardRemoved: () => void log.push('out'),
    cardSwiped: () => void log.push('swiped'),
    cardTapped: () => void log.push('tapped'),
    scannerSees: note('sees'),
    screen: { lit: true, lines: ['AMOUNT 108.10'] },
    onScreen: () => {},
    onPrinterBytes: () => {},
    printerReceives: () => {},
    till: {} as TerminalBody['till'],
    destroy: async () => {},
  };
};
const card = { id: 'debit-1' } as Parameters<TerminalBody['cardInserted']>[0];

/** What crosses each line in the life of its device: what the rig says, and what the device answers. */
const TALK: Readonly<Record<CablePort, readonly (readonly [heard: string, said: string])[]>> = {
  gantry: [
    ['\x18', "Grbl 1.1h ['$' for help]\r\n"],
    ['$$\n', '$22=1\r\nok\r\n'],
    ['$H\n', 'ok\r\n'],
    ['?', '<Idle|MPos:-1.000,-1.000,-1.000|FS:0,0>\r\n'],
    ['?', '<Idle|MPos:-1.000,-1.000,-1.000|FS:0,0|WCO:0,0,0>\r\n'],
    ['G53G0X-100.000Y-100.000F1000\n', 'ok\r\n'],
    ['G53G0Z-4.000\n', 'ok\r\n'],
  ],
  card: [
    ['insert 1\n', 'inserted 1\n'],
    ['remove\n', 'removed\n'],
    ['tap 4\n', 'tapped 4\n'],
  ],
  power: [
    ['off 1\n', 'off 1\n'],
    ['state? 1\n', 'off 1\n'],
    ['on 1\n', 'on 1\n'],
  ],
  screen: [['read\n', `screen 7 lit ["${'x'.repeat(60)}"]\n`]],
  // Its device is the terminal, which prints and asks; the rig answers.
  printer: [
    ['', '\x10\x04\x04'],
    ['\x12', ''],
    ['', 'x'.repeat(80)],
  ],
};

/** The life of a device behind a cable with a fault: what it heard of the rig, and the rig of it. */
async function lifeBehind(id: keyof typeof CABLE_FAULTS, faulty: boolean, seed = 7) {
  let said = '';
  let heard = '';
  let pulled = 0;
  let toDevice: (bytes: Uint8Array) => void = () => {};
  const pull = () => void pulled++;
  const { port: name } = CABLE_FAULTS[id];
  const port = faultsOf(faulty ? [id] : [], makeRandom(seed)).cable(
    name,
    {
      write: (bytes) => {
        said += Buffer.from(bytes).toString('latin1');
      },
      onData: (listener) => {
        toDevice = listener;
      },
    },
    { clock, unplug: pull, replug: pull, unplugOther: pull },
  );
  port.onData((bytes) => {
    heard += Buffer.from(bytes).toString('latin1');
    const now = Buffer.from(bytes).toString('latin1');
    const answer =
      TALK[name].find(([question]) => question === now)?.[1] ?? (name === 'printer' ? '' : 'ok\r\n');
    if (answer !== '') port.write(Buffer.from(answer, 'latin1'));
  });
  for (let turn = 0; turn < 120; turn++)
    for (const [question, answer] of TALK[name]) {
      if (question === '') port.write(Buffer.from(answer, 'latin1'));
      else toDevice(Buffer.from(question, 'latin1'));
    }
  // More wall time than any of them delays what it delays.
  await clock.sleep(20_000);
  await new Promise((resolve) => setImmediate(resolve));
  return { said, heard, pulled: pulled > 0 };
}

/** They change when something is said, not what. */
const LATE: readonly string[] = ['late-packets', 'latency-jitter', 'controller-slow'];

describe('faults of the virtual bench', () => {
  it('have names of their own, and titles in both languages', () => {
    assert.ok(BENCH_FAULTS.length >= 85);
    assert.equal(new Set(BENCH_FAULTS.map(({ id }) => id)).size, BENCH_FAULTS.length);
    for (const { title } of BENCH_FAULTS) assert.ok(title.en.length > 8 && /\p{Script=Han}/u.test(title.zh));
    assert.throws(
      () => faultsOf(['card-not-seeted'], makeRandom(1)),
      (error) =>
        isRigError(error) &&
        error.code === 'BENCH_OPTION' &&
        /did you mean card-not-seated/.test(error.message),
    );
  });

  it('none of them: everything is as it is', () => {
    const none = faultsOf([], makeRandom(1));
    const body = someBody([]);
    const port = { write: () => {}, onData: () => {} };
    assert.equal(none.world(world), world);
    assert.equal(none.body(body, clock), body);
    const site = { clock, unplug: () => {}, replug: () => {}, unplugOther: () => {} };
    assert.equal(none.cable('gantry', port, site), port);
  });

  for (const id of Object.keys(CABLE_FAULTS) as (keyof typeof CABLE_FAULTS)[]) {
    it(`${id}: changes what crosses its line, the same way for the same seed`, async () => {
      const [first, again, plain] = await Promise.all([
        lifeBehind(id, true),
        lifeBehind(id, true),
        lifeBehind(id, false),
      ]);
      assert.deepEqual(again, first);
      if (LATE.includes(id)) assert.equal(first.said, plain.said, 'late, and whole');
      else
        assert.ok(
          first.pulled || first.heard !== plain.heard || first.said !== plain.said,
          'nothing has changed',
        );
    });
  }

  it('mechanics are another world; a dead key is chosen by the seed', () => {
    const dead = (seed: number) => {
      const keys = Object.keys(faultsOf(['key-dead'], makeRandom(seed)).world(world).keys);
      return Object.keys(world.keys).find((key) => !keys.includes(key));
    };
    assert.equal(dead(1), dead(1));
    assert.ok(new Set([1, 2, 3, 4, 5, 6].map(dead)).size > 1);
    const moved = faultsOf(['keypad-beside', 'keypad-turned', 'lost-steps'], makeRandom(1)).world(world);
    assert.equal(moved.keypad.x, world.keypad.x + 0.4);
    assert.equal(moved.keypad.rotation, world.keypad.rotation + 2);
    assert.ok(moved.gantry['lost-steps']);
  });

  it('surroundings: a card that is not seated, slips out, a tap that misses, a battery, a key that sticks', async () => {
    const log: string[] = [];
    const with_ = (...ids: string[]) => faultsOf(ids, makeRandom(3)).body(someBody(log), clock);
    const seated = with_('card-not-seated');
    seated.cardInserted(card);
    seated.cardRemoved();
    seated.cardInserted(card);
    assert.deepEqual(log.splice(0), ['out', 'in']);
    with_('card-slips-out').cardInserted(card);
    await clock.sleep(5000);
    assert.deepEqual(log.splice(0), ['in', 'out']);
    const tapped = with_('tap-missed');
    tapped.cardTapped(card);
    tapped.cardTapped(card);
    const battery = with_('battery');
    battery.power(false);
    battery.power(true);
    assert.deepEqual(log.splice(0), ['tapped', 'power true']);
    const sticky = with_('key-sticks');
    for (let i = 0; i < 10; i++) sticky.keyUp(String(i));
    assert.equal(log.length, 9);
    await clock.sleep(3000);
    assert.equal(log.splice(0).length, 10);
    const doubling = with_('key-doubles');
    for (let i = 0; i < 60; i++) doubling.keyUp('5');
    // More than a wall millisecond: what is due in less is due in one on this clock.
    await clock.sleep(5000);
    assert.ok(log.filter((each) => each === 'down 5').length > 0);
    const screens = (id: string) => {
      const body = with_(id);
      return new Set(Array.from({ length: 60 }, () => `${body.screen.lit} ${body.screen.lines.join()}`));
    };
    assert.ok(screens('screen-flickers').has('false '));
    assert.ok(
      [...screens('screen-misread')].some((seen) => /AM[O0]UNT/.test(seen) && seen !== 'true AMOUNT 108.10'),
    );
  });
});
