import assert from 'node:assert/strict';
import { hastyClock, makeContext, type TestContext } from '../devices/testing/context.ts';
import * as power from '../power/by-operator.ts';
import { makePty, serveLines, type TestPty } from '../transport/testing/pty.ts';
import { open, options } from './by-operator.ts';

describe('cards and power by a person', () => {
  let pty: TestPty;
  let context: TestContext;
  let asked: string[];
  let refuses: RegExp | undefined;
  beforeEach(async () => {
    pty = await makePty();
    context = makeContext(hastyClock());
    asked = [];
    refuses = undefined;
    serveLines(pty, (line) => {
      if (line === 'id?') return 'id posrig-desk 1';
      if (!line.startsWith('ask ')) return 'error';
      const { text } = JSON.parse(line.slice(4)) as { text: string };
      asked.push(text);
      const refused = refuses?.test(text) ?? false;
      return `said ${JSON.stringify({ by: 'ines', text: refused ? 'the slot is jammed' : '', refused })}`;
    });
  });
  afterEach(() => pty.unplug());

  it('asks for cards of the card file alone, shows no more than four digits, and has them taken out again', async () => {
    const card = await open(options.parse({ port: pty.path, cards: ['debit-1', 'tap-1'] }), context);
    await card.insert('debit-1');
    await card.remove();
    await card.tap('tap-1');
    await assert.rejects(card.insert('credit-1'), { code: 'CARD_UNKNOWN' });
    await assert.rejects(card.insert('tap-2'), { code: 'CARD_UNKNOWN' });
    await card.insert('debit-1');
    await card.close();
    assert.equal(asked.length, 5);
    assert.match(asked[0] ?? '', /chip slot.*\(debit-1\), ending in \d{4}$/);
    for (const { pan } of context.cards)
      assert.ok(!asked.join('\n').includes(pan.slice(0, 12)), 'no more than the last four digits');
    assert.deepEqual(
      context.events.flatMap((event) => (event.type === 'card' ? [`${event.action} ${event.card}`] : [])),
      ['insert debit-1', 'remove debit-1', 'tap tap-1', 'insert debit-1', 'remove debit-1'],
    );
    await assert.rejects(open(options.parse({ port: pty.path, cards: ['my-own'] }), context), {
      code: 'CARD_UNKNOWN',
    });
  });

  it('a person who cannot is the bench, with their words; nothing is recorded as done', async () => {
    const card = await open(options.parse({ port: pty.path }), context);
    refuses = /chip slot/;
    await assert.rejects(card.insert('debit-1'), {
      code: 'OPERATOR_REFUSED',
      blame: 'bench',
      hint: /the slot is jammed/,
    });
    assert.ok(!context.events.some((event) => event.type === 'card'));
    await card.close();
  });

  it('a person switches the power, and puts back what was found', async () => {
    const mains = await power.open(power.options.parse({ port: pty.path, 'off-time': '0 s' }), context);
    await mains.set('off');
    assert.equal(await mains.get(), 'off');
    await mains.close();
    assert.deepEqual(asked, ["take the terminal's power away", 'give the terminal its power']);
    assert.ok(
      context.events.some((event) => event.type === 'note' && /power: ines switched it off/.test(event.text)),
    );
  });
});
