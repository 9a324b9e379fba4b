import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { makeRandom } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { loadWorld } from '../world.ts';
import { CABLE_FAULTS } from './cable-faults.ts';
import { BENCH_FAULTS, faultsOf } from './faults.ts';

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

/** A device that answers every line, behind a cable with a fault. */
function cableOf(id: keyof typeof CABLE_FAULTS, seed: number) {
  const said: string[] = [];
  const heard: string[] = [];
  let unplugged = 0;
  let toDevice: (bytes: Uint8Array) => void = () => {};
  const port = faultsOf([id], makeRandom(seed)).cable(
    CABLE_FAULTS[id].port,
    {
      write: (bytes) => void said.push(Buffer.from(bytes).toString('latin1')),
      onData: (listener) => {
        toDevice = listener;
      },
    },
    clock,
    () => unplugged++,
  );
  port.onData((bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    heard.push(text);
    if (text.includes('?')) port.write(Buffer.from('<Idle|MPos:-1.000,-1.000,-1.000|FS:0,0>\r\n'));
    else port.write(Buffer.from('ok\r\n'));
  });
  return {
    send: (text: string) => toDevice(Buffer.from(text, 'latin1')),
    said: () => said.join(''),
    heard: () => heard.join(''),
    unplugged: () => unplugged,
  };
}

describe('faults of the virtual bench', () => {
  it('have names of their own, and titles in both languages', () => {
    assert.ok(BENCH_FAULTS.length >= 35);
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
    assert.equal(
      none.cable('gantry', port, clock, () => {}),
      port,
    );
  });

  for (const id of Object.keys(CABLE_FAULTS) as (keyof typeof CABLE_FAULTS)[]) {
    it(`${id}: changes what crosses its line, the same way for the same seed`, async () => {
      const life = async (fault: keyof typeof CABLE_FAULTS | undefined) => {
        const cable = cableOf(fault ?? 'feed-hold', 7);
        for (let i = 0; i < 120; i++)
          cable.send(i % 3 === 2 ? '?' : 'insert 1\n$H off 1 G0X1\n'.repeat(fault ? 1 : 0));
        await clock.sleep(50);
        await new Promise((resolve) => setImmediate(resolve));
        return { said: cable.said(), heard: cable.heard(), unplugged: cable.unplugged() > 0 };
      };
      const first = await life(id);
      const again = await life(id);
      assert.deepEqual(first, again);
      const plain = { heard: '', said: '' };
      for (let i = 0; i < 120; i++) {
        plain.heard += i % 3 === 2 ? '?' : 'insert 1\n$H off 1 G0X1\n';
        plain.said += i % 3 === 2 ? '<Idle|MPos:-1.000,-1.000,-1.000|FS:0,0>\r\n' : 'ok\r\n';
      }
      const late = id === 'late-packets';
      assert.ok(
        first.unplugged || late || first.heard !== plain.heard || first.said !== plain.said,
        'nothing has changed',
      );
      if (late) assert.equal(first.said, plain.said, 'late, and whole');
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
    await clock.sleep(1500);
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
