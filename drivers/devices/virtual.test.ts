import assert from 'node:assert/strict';
import type { TestCard } from '../../rig/model/card.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { makeClock } from '../../rig/model/time.ts';
import * as actuator from '../card/line-actuator.ts';
import * as screen from '../display/line-screen.ts';
import * as relay from '../power/line-relay.ts';
import { eventually } from '../transport/testing/pty.ts';
import { attachCardActuator } from '../virtual/devices/card-actuator.ts';
import { attachPowerRelay } from '../virtual/devices/power-relay.ts';
import { attachScreenReader } from '../virtual/devices/screen-reader.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../virtual/pty.ts';
import type { VisibleScreen } from '../virtual/terminal/body.ts';
import { makeContext, type TestContext } from './testing/context.ts';

/** The drivers of the small fixtures against those of the virtual bench: both ends of each line protocol. */
describe('devices: on the virtual fixtures', () => {
  const clock = makeClock(30);
  let pty: PseudoTerminal;
  let context: TestContext;
  beforeEach(async () => {
    pty = await openPseudoTerminal();
    context = makeContext(clock);
  });
  afterEach(() => pty.close());

  it('card actuator', async () => {
    const done: string[] = [];
    const say = (what: string) => (card: TestCard) => void done.push(`${what} ${card.id}`);
    const magazine = new Map(context.cards.map((card, i) => [i + 1, card] as const));
    const side = {
      cardInserted: say('in'),
      cardRemoved: () => void done.push('out'),
      cardSwiped: say('swipe'),
      cardTapped: say('tap'),
    };
    attachCardActuator(pty, magazine, side, clock);
    const slots = { 'debit-1': 1, 'debit-2': 2, 'credit-1': 3, 'tap-1': 4 };
    const card = await actuator.open(actuator.options.parse({ port: pty.path, slots }), context);
    await card.insert('debit-2');
    await assert.rejects(
      card.swipe('debit-1'),
      (error) => isRigError(error) && error.code === 'CARD_ACTUATOR',
    );
    await card.remove();
    await card.tap('tap-1');
    await card.insert('debit-1');
    await card.close();
    assert.deepEqual(done, ['in debit-2', 'out', 'tap tap-1', 'in debit-1', 'out']);
  });

  it('power relay', async () => {
    const done: boolean[] = [];
    attachPowerRelay(pty, { power: (on) => void done.push(on) }, clock);
    const power = await relay.open(relay.options.parse({ port: pty.path, channel: 1 }), context);
    await power.set('off');
    assert.equal(await power.get(), 'off');
    await power.close();
    assert.deepEqual(done, [true, false, true]);
  });

  it('screen reader', async () => {
    let visible: VisibleScreen = { lit: true, lines: ['READY', '商户', '', ''] };
    let changed = (_screen: VisibleScreen) => {};
    const body = {
      get screen() {
        return visible;
      },
      onScreen: (listener: (screen: VisibleScreen) => void) => {
        changed = listener;
      },
    };
    attachScreenReader(pty, { rows: 4, columns: 20 }, body);
    const display = await screen.open(screen.options.parse({ port: pty.path }), context);
    assert.deepEqual(display.current().lines, ['READY', '商户', '', '']);
    const seen: string[] = [];
    display.onChange((next) => seen.push(next.lit ? (next.lines[0] ?? '') : 'dark'));
    for (const line of ['ENTER AMOUNT', 'ENTER PIN']) {
      visible = { lit: true, lines: [line, '', '', ''] };
      changed(visible);
    }
    visible = { lit: false, lines: [] };
    changed(visible);
    await eventually('the dark screen', () => seen.includes('dark'));
    assert.deepEqual(seen, ['ENTER AMOUNT', 'ENTER PIN', 'dark']);
    assert.equal((await display.refresh()).lit, false);
    await display.close();
    assert.deepEqual(context.losses, []);
  });
});
