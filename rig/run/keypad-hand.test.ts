import assert from 'node:assert/strict';
import type { CardPlane, DisplayPlane, KeypadPlane, Screen, TillPlane } from '../bench/planes.ts';
import { Profile } from '../bench/profile.ts';
import { TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { EventBody } from '../model/event.ts';
import { makeClock } from '../model/time.ts';
import { KeypadHand } from './keypad-hand.ts';
import { ScreenWatch } from './screen-watch.ts';

const profile = Profile.parse({
  version: 1,
  id: 'tiny',
  title: { en: 't', zh: 't' },
  maker: 'm',
  model: 'm',
  capabilities: { entry: ['chip'], operations: ['sale', 'moto'] },
  dialect: 'd',
  display: { rows: 4, columns: 20 },
  keypad: {
    keys: Object.fromEntries(
      [...'0123456789', 'enter', 'cancel', 'func'].map((key, x) => [key, { x, y: 0, w: 1, h: 1 }]),
    ),
    'self-test': { from: 'idle', press: 'func', shows: 'info', back: 'cancel' },
    home: ['cancel'],
  },
  screens: {
    idle: { match: ['^READY'] },
    info: { match: ['^INFO'] },
    amount: { match: ['^AMOUNT'] },
    pin: { match: ['^PIN'] },
    card: { match: ['^CARD$'] },
    pan: { match: ['^NUMBER'] },
    waiting: { match: ['^WAITING'] },
    cancelled: { match: ['^CANCELLED'], outcome: 'cancelled' },
    approved: { match: ['^APPROVED'], outcome: 'approved', code: 'CODE (\\d\\d)' },
  },
  idle: ['idle'],
  operations: {
    moto: { start: ['7'], answers: { pan: ['pan', { press: 'enter' }] } },
    sale: {
      start: ['1'],
      answers: {
        amount: [{ type: 'amount' }, { press: 'enter' }],
        card: ['present-card'],
        pin: ['pin', { press: 'enter' }],
      },
    },
  },
  timers: {
    boot: '1 s',
    reaction: '200 ms',
    entry: '2 s',
    connect: '1 s',
    response: '1 s',
    result: '1 s',
    print: '1 s',
    operation: '5 s',
  },
  receipt: { copies: {}, duplicate: ['D'], fields: {} },
});
const card = TestCard.parse({
  id: 'c',
  title: { en: 'c', zh: 'c' },
  scheme: 'CUP',
  pan: '6299990000000000012',
  expiry: '3012',
  pin: '4711',
  entry: ['chip'],
});

/** A small terminal that takes keys through `hear`, which may mishear them, and shows the four screens of a sale. */
function rig(
  hear: (key: string, count: number) => string | undefined,
  till?: TillPlane,
  { slowAt, busy = false }: { readonly slowAt?: string; readonly busy?: boolean } = {},
) {
  const clock = makeClock(20);
  const events: EventBody[] = [];
  const pressed: string[] = [];
  const listeners = new Set<(screen: Screen) => void>();
  let screen: Screen = { seq: 1, lit: true, lines: ['READY'], at: 0 };
  let digits = '';
  const show = (...lines: string[]) => {
    screen = { seq: screen.seq + 1, lit: true, lines, at: clock.now() };
    for (const listener of listeners) listener(screen);
  };
  const amount = () => show('AMOUNT', (Number(digits || '0') / 100).toFixed(2));
  const take = (key: string) => {
    const title = screen.lines[0] ?? '';
    if (title === 'READY' && key === '1') amount();
    else if (title === 'READY' && key === 'func') show('INFO');
    else if (title === 'INFO' && key === 'cancel') show('READY');
    else if (title === 'AMOUNT' && key === 'enter') show('CARD');
    else if (title === 'AMOUNT' && key === 'cancel') show('CANCELLED');
    else if (title === 'AMOUNT' && /^\d$/.test(key)) {
      digits += key;
      amount();
    } else if (title === 'READY' && key === '7') show('NUMBER', '');
    else if (title === 'NUMBER' && key !== 'enter') show('NUMBER', `${screen.lines[1] ?? ''}*`);
    else if ((title === 'PIN' || title === 'NUMBER') && key === 'enter') {
      show(...(busy ? ['WAITING'] : ['APPROVED', 'CODE 00']));
    } else if (title === 'PIN') show('PIN', `${screen.lines[1] ?? ''}*`);
  };
  const keypad: KeypadPlane = {
    facts: {},
    close: async () => undefined,
    // Busy terminals approve when the finger has gone.
    park: async () => {
      if (screen.lines[0] === 'WAITING') show('APPROVED', 'CODE 00');
    },
    press: async (key, options) => {
      pressed.push(options?.secret ? '*' : key);
      // A person who has been away: the terminal gives up before anything is pressed.
      if (key === slowAt) {
        await clock.sleep(2100);
        show('CANCELLED', 'TIME IS UP');
        return { dwellMs: 0 };
      }
      const heard = hear(key, pressed.length);
      if (heard !== undefined) setImmediate(take, heard);
      return { position: { x: 1, y: 2 }, dwellMs: 80 };
    },
  };
  const display: DisplayPlane = {
    facts: {},
    close: async () => undefined,
    current: () => screen,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh: async () => screen,
  };
  const actuator: CardPlane = {
    facts: {},
    cards: new Map(),
    close: async () => undefined,
    insert: async () => show('PIN', ''),
    remove: async () => undefined,
    swipe: async () => undefined,
    tap: async () => undefined,
  };
  const recorder = {
    record: (event: EventBody) => {
      events.push(event);
    },
    attach: () => ({ id: '', path: '', mime: '', bytes: 0, sha256: '' }),
  };
  const watch = new ScreenWatch(display, profile, clock, new AbortController().signal);
  const hand = new KeypadHand({
    keypad,
    card: actuator,
    till,
    currency: 'CNY',
    watch,
    profile,
    clock,
    recorder,
  });
  return { hand, pressed, events };
}

const entry = { amountDigits: '12850', card, mode: 'chip' as const };

describe('keypad hand', () => {
  it('enters a sale, reads every digit back and follows it to the outcome', async () => {
    const { hand, pressed } = rig((key) => key);
    const result = await hand.perform('sale', entry);
    assert.equal(result.outcome, 'approved');
    assert.equal(result.code, '00');
    assert.deepEqual(pressed, ['1', '1', '2', '8', '5', '0', 'enter', '*', '*', '*', '*', 'enter']);
  });

  it('keeps PIN digits and their places out of the record', async () => {
    const { hand, events } = rig((key) => key);
    await hand.perform('sale', entry);
    const keys = events.flatMap((event) => (event.type === 'key' ? [event] : []));
    const secret = keys.filter((event) => event.key === '*');
    assert.equal(secret.length, 4);
    assert.ok(secret.every((event) => event.position === undefined && event.verified === 'screen'));
    assert.ok(keys.every((event) => event.verified === 'screen'));
  });

  it('types a card number as secretly as a PIN', async () => {
    const { hand, pressed, events } = rig((key) => key);
    assert.equal((await hand.perform('moto', { card })).outcome, 'approved');
    assert.deepEqual(pressed, ['7', ...Array<string>(card.pan.length).fill('*'), 'enter']);
    const secret = events.filter((event) => event.type === 'key' && event.key === '*');
    assert.equal(secret.length, card.pan.length);
    assert.ok(secret.every((event) => event.type === 'key' && event.position === undefined));
    assert.ok(!JSON.stringify(events).includes('629999'));
  });

  it('a till whose link cannot be had is the bench’s trouble, not a terminal that shows nothing', async () => {
    const till: TillPlane = {
      order: () => Promise.reject(new RigError('TRANSPORT_OPEN', 'bench', 'nobody listens there')),
      records: () => [],
      settled: async () => {},
      facts: {},
      close: async () => {},
    };
    const { hand, pressed } = rig((key) => key, till);
    await assert.rejects(hand.perform('sale', entry), { code: 'TRANSPORT_OPEN', blame: 'bench' });
    assert.deepEqual(pressed, []);
  });

  it('what a terminal refuses its till without showing anything is refused, not a terminal that shows no screen', async () => {
    const amount = { minor: 100, currency: 'CNY' };
    const till: TillPlane = {
      order: async () => ({ kind: 'sale', reference: '1', outcome: 'declined', amount, at: 0 }),
      records: () => [],
      settled: async () => {},
      facts: {},
      close: async () => {},
    };
    const { hand, pressed } = rig((key) => key, till);
    assert.equal((await hand.perform('sale', entry)).outcome, 'refused');
    assert.deepEqual(pressed, []);
  });

  it('types no PIN when the cardholder enters none', async () => {
    const { hand, pressed } = rig((key) => key);
    assert.equal((await hand.perform('sale', { ...entry, pin: 'none' })).outcome, 'approved');
    assert.ok(!pressed.includes('*'));
  });

  it('types another PIN of the same length, as secretly, for a cardholder who has it wrong', async () => {
    const { hand, pressed, events } = rig((key) => key);
    await hand.perform('sale', { ...entry, pin: 'wrong' });
    assert.equal(pressed.filter((key) => key === '*').length, entry.card?.pin.length);
    assert.ok(!JSON.stringify(events).includes('000000'));
  });

  it('presses a digit again when nothing at all happened, and says so', async () => {
    const { hand, pressed, events } = rig((key, count) => (count === 3 ? undefined : key));
    await hand.perform('sale', entry);
    assert.deepEqual(pressed.slice(0, 5), ['1', '1', '2', '2', '8']);
    assert.ok(
      events.some((event) => event.type === 'key' && event.verified === 'missed' && event.attempt === 1),
    );
  });

  it('never presses enter or a PIN digit twice: a miss is the bench’s', async () => {
    const deafEnter = rig((key) => (key === 'enter' ? undefined : key));
    await assert.rejects(deafEnter.hand.perform('sale', entry), { code: 'KEYPAD_MISSED', blame: 'bench' });
    assert.equal(deafEnter.pressed.filter((key) => key === 'enter').length, 1);
    const deafPin = rig((key, count) => (count === 8 ? undefined : key));
    await assert.rejects(deafPin.hand.perform('sale', entry), { code: 'KEYPAD_MISSED', blame: 'bench' });
    assert.equal(deafPin.pressed.filter((key) => key === '*').length, 1);
  });

  it('presses cancel at a screen, in place of what is done there, and tells what the terminal makes of it', async () => {
    const { hand, pressed } = rig((key) => key);
    const { outcome } = await hand.perform('sale', { ...entry, cancelAt: 'amount' });
    assert.equal(outcome, 'cancelled');
    assert.deepEqual(pressed, ['1', 'cancel']);
  });

  it('cancel that a terminal which asks for something does not take is a missed press, and never repeated', async () => {
    const { hand, pressed } = rig((key) => (key === 'cancel' ? undefined : key));
    const miss = hand.perform('sale', { ...entry, cancelAt: 'amount' });
    await assert.rejects(miss, { code: 'KEYPAD_MISSED', blame: 'bench' });
    assert.deepEqual(pressed, ['1', 'cancel']);
  });

  it('a terminal that is busy need not hear cancel; that nothing was seen of it is recorded', async () => {
    const { hand, pressed, events } = rig((key) => key, undefined, { busy: true });
    const { outcome } = await hand.perform('sale', { ...entry, cancelAt: 'waiting' });
    assert.equal(outcome, 'approved');
    assert.equal(pressed.filter((key) => key === 'cancel').length, 1);
    const cancel = events.find((event) => event.type === 'key' && event.key === 'cancel');
    assert.equal(cancel?.type === 'key' && cancel.verified, 'unverified');
  });

  it('a screen to cancel at that never shows is the terminal’s', async () => {
    const { hand } = rig((key) => key);
    await assert.rejects(hand.perform('sale', { ...entry, cancelAt: 'info' }), {
      code: 'TERMINAL_SCREEN',
      blame: 'terminal',
      message: /cancel was to be pressed at "info", .*; the operation ended with approved$/,
    });
  });

  it('a press that came after the terminal had given up waiting is the bench’s, whatever the screen shows', async () => {
    const late = rig((key) => key, undefined, { slowAt: 'enter' });
    await assert.rejects(late.hand.perform('sale', entry), {
      code: 'KEYPAD_MISSED',
      blame: 'bench',
      message: /came too late/,
    });
    const soon = rig((key) => (key === 'enter' ? 'cancel' : key));
    assert.equal(
      (await soon.hand.perform('sale', entry)).outcome,
      'cancelled',
      'not late: the terminal did that',
    );
  });

  it('notices another key than the intended one', async () => {
    const { hand } = rig((key) => (key === '8' ? '9' : key));
    await assert.rejects(
      hand.perform('sale', entry),
      (error: { code: string; blame: string; message: string }) => {
        assert.equal(error.code, 'KEYPAD_MISSED');
        assert.equal(error.blame, 'bench');
        assert.match(error.message, /another key/);
        return true;
      },
    );
  });

  it('self-test: shows the screen and comes back, or blames the bench', async () => {
    await rig((key) => key).hand.selfTest();
    await assert.rejects(rig(() => undefined).hand.selfTest(), {
      code: 'KEYPAD_MISSED',
      blame: 'bench',
      message: /^keypad self-test/,
    });
  });

  it('a terminal that never decides is the terminal’s', async () => {
    const { hand } = rig((key, count) => (count === 1 ? 'func' : key));
    await assert.rejects(hand.perform('sale', entry), { code: 'TERMINAL_SCREEN', blame: 'terminal' });
  });
});
