import assert from 'node:assert/strict';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { makePty, serveLines, type TestPty } from '../transport/testing/pty.ts';
import { open, options } from './line-actuator.ts';

const SLOTS = { 'debit-1': 1, 'debit-2': 2, 'tap-1': 4 };

describe('card: line actuator', () => {
  let pty: TestPty;
  let context: TestContext;
  let heard: string[];
  let card: Awaited<ReturnType<typeof open>> | undefined;
  let override: (line: string) => string | undefined;

  const openCard = async (slots: Record<string, number> = SLOTS) => {
    card = await open(options.parse({ port: pty.path, slots }), context);
    heard.length = 0;
    return card;
  };
  beforeEach(async () => {
    pty = await makePty();
    context = makeContext();
    heard = [];
    card = undefined;
    override = () => undefined;
    let inside = '';
    serveLines(pty, (line) => {
      heard.push(line);
      const [verb, slot = ''] = line.split(' ');
      const special = override(line);
      if (special !== undefined) return special;
      if (verb === 'id?') return 'id posrig-card 1 slots=8';
      if (verb === 'state?') return inside ? `state in ${inside}` : 'state out';
      if (verb === 'insert') inside = slot;
      if (verb === 'remove') inside = '';
      const words: Record<string, string> = {
        insert: `inserted ${slot}`,
        swipe: `swiped ${slot}`,
        tap: `tapped ${slot}`,
        remove: 'removed',
      };
      return words[verb ?? ''] ?? 'error unknown command';
    });
  });
  afterEach(async () => {
    await card?.close().catch(() => {});
    await pty.unplug();
  });

  it('presents cards by their slots, and says what happened', async () => {
    const actuator = await openCard();
    assert.deepEqual(
      [...actuator.cards],
      [
        ['debit-1', ['chip', 'swipe']],
        ['debit-2', ['chip', 'swipe']],
        ['tap-1', ['tap']],
      ],
    );
    await actuator.insert('debit-2');
    await actuator.remove();
    await actuator.swipe('debit-1');
    await actuator.tap('tap-1');
    await actuator.remove();
    assert.deepEqual(heard, ['insert 2', 'remove', 'swipe 1', 'tap 4', 'remove']);
    const told = context.events.flatMap((event) =>
      event.type === 'card' ? [`${event.action} ${event.card}`] : [],
    );
    assert.deepEqual(told, ['insert debit-2', 'remove debit-2', 'swipe debit-1', 'tap tap-1']);
  });

  it('takes the card out when it is closed, and one that was left behind when it is opened', async () => {
    const first = await openCard();
    await first.insert('debit-1');
    await first.close();
    await first.close();
    assert.deepEqual(heard, ['insert 1', 'remove']);
    override = (line) => (line === 'state?' ? 'state in 5' : undefined);
    card = await open(options.parse({ port: pty.path, slots: SLOTS }), context);
    assert.ok(heard.slice(2).includes('remove'));
  });

  it('does not take another slot for the right one', async () => {
    const actuator = await openCard();
    override = (line) => (line === 'insert 2' ? 'inserted 1' : undefined);
    await assert.rejects(
      actuator.insert('debit-2'),
      (error: RigError) => error.code === 'CARD_ACTUATOR' && error.blame === 'bench',
    );
    override = (line) => (line === 'insert 2' ? 'error not seated' : undefined);
    await assert.rejects(
      actuator.insert('debit-2'),
      (error: RigError) => error.code === 'CARD_ACTUATOR' && /not seated/.test(error.message),
    );
    assert.ok(!context.events.some((event) => event.type === 'card'), 'no card is said to be in');
  });

  it('says how a card is held or moved, where the bench file does', async () => {
    card = await open(
      options.parse({
        port: pty.path,
        slots: SLOTS,
        tap: { dwell: '800 ms', distance: 12 },
        swipe: { speed: 300 },
      }),
      context,
    );
    heard.length = 0;
    await card.tap('tap-1');
    await card.swipe('debit-1');
    await card.insert('debit-1');
    assert.deepEqual(heard, ['tap 4 dwell=800 distance=12', 'swipe 1 speed=300', 'insert 1']);
    const strange = options.safeParse({ port: pty.path, slots: SLOTS, tap: { dwell: '3 min' } });
    assert.ok(!strange.success);
  });

  it('compares the cards that it can read with the card file before it moves one', async () => {
    const pans = new Map(
      Object.entries(SLOTS).map(([id, slot]) => [slot, context.cards.find((c) => c.id === id)?.pan]),
    );
    override = (line) => {
      if (line === 'id?') return 'id posrig-card 1 slots=8 reads=pan';
      const [verb, slot] = line.split(' ');
      return verb === 'card?' ? `card ${slot} ${pans.get(Number(slot)) ?? 'none'}` : undefined;
    };
    await (await openCard()).close();
    pans.set(4, '4999999999999996');
    heard.length = 0;
    await assert.rejects(openCard(), { code: 'CARD_UNKNOWN', blame: 'bench', message: /ending in 9996/ });
    assert.ok(!heard.some((line) => line.startsWith('insert')));
  });

  it('knows its cards, and how each can be presented', async () => {
    const actuator = await openCard();
    const unknown = (error: unknown) =>
      isRigError(error) && error.code === 'CARD_UNKNOWN' && error.blame === 'file';
    await assert.rejects(async () => actuator.insert('credit-1'), unknown);
    await assert.rejects(async () => actuator.insert('constructor'), unknown);
    await assert.rejects(async () => actuator.insert('tap-1'), unknown);
    assert.deepEqual(heard, []);
    await actuator.close();
    await assert.rejects(openCard({ 'debit-1': 9 }), unknown);
    await assert.rejects(openCard({ mystery: 1 }), unknown);
  });
});
