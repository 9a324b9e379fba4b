import assert from 'node:assert/strict';
import type { TestCard } from '../../rig/model/card.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { makePty, type TestPty } from '../transport/testing/pty.ts';
import { attachCardMultiplexer, type Multiplexer } from '../virtual/devices/card-multiplexer.ts';
import { open, options, selfTest } from './line-multiplexer.ts';

const SLOTS = { 'debit-1': 1, 'debit-2': 2, 'tap-1': 12 };

describe('card: line multiplexer', () => {
  let pty: TestPty;
  let context: TestContext;
  let card: Awaited<ReturnType<typeof open>> | undefined;
  /** What the terminal's reader head has seen. */
  let seen: string[];

  const cardOf = (id: string): TestCard => {
    const found = context.cards.find((each) => each.id === id);
    assert.ok(found);
    return found;
  };
  const serve = (more: Partial<Multiplexer> = {}) => {
    const cards = new Map([
      [1, cardOf('debit-1')],
      [2, cardOf('debit-2')],
      [12, cardOf('tap-1')],
    ]);
    const head = {
      cardInserted: (each: TestCard) => void seen.push(`in ${each.id}`),
      cardRemoved: () => void seen.push('out'),
      cardTapped: (each: TestCard) => void seen.push(`tap ${each.id}`),
    };
    const port = { write: pty.send, onData: (listener: (bytes: Uint8Array) => void) => pty.onData(listener) };
    attachCardMultiplexer(port, { cards, stuck: new Set(), reads: true, ...more }, head, context.clock);
  };
  const openCard = async (slots: Record<string, number> = SLOTS) => {
    card = await open(options.parse({ port: pty.path, slots, tap: { dwell: '20 ms' } }), context);
    return card;
  };

  beforeEach(async () => {
    pty = await makePty();
    context = makeContext();
    seen = [];
    card = undefined;
  });
  afterEach(async () => {
    await card?.close().catch(() => {});
    await pty.unplug();
  });

  it('connects one card after the other to the one head, and leaves none behind', async () => {
    serve();
    const mux = await openCard();
    assert.deepEqual(
      [...mux.cards],
      [
        ['debit-1', ['chip']],
        ['debit-2', ['chip']],
        ['tap-1', ['tap']],
      ],
    );
    await mux.insert('debit-2');
    await mux.remove();
    await mux.remove();
    await mux.tap('tap-1');
    await assert.rejects(mux.swipe('debit-1'), { code: 'CARD_UNKNOWN' });
    await mux.insert('debit-1');
    await mux.close();
    assert.deepEqual(seen, ['in debit-2', 'out', 'tap tap-1', 'in debit-1', 'out']);
    assert.deepEqual(
      context.events.flatMap((event) => (event.type === 'card' ? [`${event.action} ${event.card}`] : [])),
      ['insert debit-2', 'remove debit-2', 'tap tap-1', 'insert debit-1', 'remove debit-1'],
    );
  });

  it('believes what the switch reads back, never the answer to the command', async () => {
    serve({ stuck: new Set([2]) });
    const mux = await openCard();
    await assert.rejects(mux.insert('debit-2'), {
      code: 'CARD_ACTUATOR',
      blame: 'bench',
      message: /reads "state open" after "connect 2 chip"/,
    });
    assert.ok(!context.events.some((event) => event.type === 'card'), 'no card is said to be in');
    await mux.insert('debit-1');
    await assert.rejects(selfTest(mux), { code: 'CARD_ACTUATOR', message: /open 2/ });
    assert.deepEqual(seen, ['in debit-1', 'out'], 'the terminal sees nothing of a self-test');
  });

  it('tests the switch of every slot that is in use', async () => {
    serve();
    assert.equal(await selfTest(await openCard()), 'the switch of 3 slots closes and opens; 3 cards read');
    assert.deepEqual(seen, []);
  });

  it('refuses a card that is not in the card file, and tells no one its number', async () => {
    const stranger = { ...cardOf('debit-2'), id: 'mine', pan: '4999999999999996' };
    serve({ cards: new Map([[1, stranger]]) });
    await assert.rejects(openCard({ 'debit-1': 1 }), {
      code: 'CARD_UNKNOWN',
      blame: 'bench',
      message: /slot 1, ending in 9996, is not in the card file: it is refused/,
    });
    const told = JSON.stringify(context.events);
    const wire = context.events.map((event) => ('hex' in event ? Buffer.from(String(event.hex), 'hex') : ''));
    for (const text of [told, wire.join('')]) assert.ok(!text.includes('499999999999'), text);
  });

  it('tells cards that were changed over, and slots that are empty', async () => {
    serve();
    await assert.rejects(openCard({ 'debit-1': 2 }), {
      message: 'slot 2 holds "debit-2"; it is to hold "debit-1"',
    });
    await assert.rejects(openCard({ 'debit-1': 3 }), { message: /slot 3 is empty/ });
    await assert.rejects(openCard({ 'debit-1': 17 }), {
      code: 'CARD_UNKNOWN',
      message: /the fixture has 16/,
    });
    await assert.rejects(openCard({ '4111111111111111': 1 }), {
      message: 'slot 1 is to hold a card number, which is not in the card file',
    });
  });

  it('does not need to read cards; then the card file alone says what lies there', async () => {
    serve({ reads: false });
    const mux = await openCard();
    assert.equal(mux.facts['read'], '0');
    await mux.insert('debit-1');
  });
});
