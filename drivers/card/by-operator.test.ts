import assert from 'node:assert/strict';
import { merchantCode } from '../codec/qr/merchant-code.ts';
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

  it('a person pays the code on the screen with a phone, told whose and how much, or says that it was refused', async () => {
    const card = await open(options.parse({ port: pty.path }), context);
    const code = merchantCode({
      acquirer: '48020000',
      forwarder: '48020000',
      merchant: '898320400000001',
      category: '5999',
      currency: '156',
      amount: '36.80',
      country: 'CN',
      name: 'SAMPLE SHOP',
      city: 'WUXI',
      bill: '000001000001',
      terminal: '30001001',
    });
    assert.equal(card.wallet?.readsItself, true, 'whatever the code in the picture was');
    assert.deepEqual(await card.wallet?.pay('wallet-1', code), {
      accepted: true,
      text: 'ines says that it is paid',
    });
    refuses = /phone/;
    assert.deepEqual(await card.wallet?.pay('wallet-1', 'https://example.com/menu'), {
      accepted: false,
      text: 'ines says that the phone refused: the slot is jammed',
    });
    assert.match(asked[0] ?? '', /phone of wallet-1 and pay it \(it says 36\.80\)/);
    assert.match(asked[1] ?? '', /phone of wallet-1 and pay it;/);
    for (const { pan } of context.cards) assert.ok(!asked.join('\n').includes(pan));
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
