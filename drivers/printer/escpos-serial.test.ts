import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import type { CapturedSlip } from '../../rig/bench/planes.ts';
import { type Clock, makeClock } from '../../rig/model/time.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { eventually, makePty, type TestPty } from '../transport/testing/pty.ts';
import { open, options } from './escpos-serial.ts';
import { forbiddenContent } from './forbidden.ts';
import { readPhoto } from './ocr/photo.ts';
import { findTesseract } from './ocr/tesseract.ts';
import { asPicture, receiptOf } from './testing/raster.ts';

const SLIP = iconv.encode('商户存根 MERCHANT COPY\n金额 AMOUNT:\nRMB 128.50\n', 'gb18030');
const CUT = Uint8Array.of(0x1d, 0x56, 0x42, 0x00);
const PAN = '6299990000000000012';

/** A clock that is turned by hand, and whose timers are fired by hand. */
function handClock() {
  const timers = new Set<() => void>();
  let now = 0;
  const clock: Clock = {
    ...makeClock(1),
    now: () => now,
    after(_, fire) {
      const own = () => {
        timers.delete(own);
        fire();
      };
      timers.add(own);
      return () => void timers.delete(own);
    },
  };
  return {
    clock,
    timers,
    turn(to: number) {
      now = to;
    },
  };
}

describe('printer: escpos-serial over a pseudo-terminal', function () {
  this.timeout(60_000);
  let pty: TestPty;
  let context: TestContext;
  let attached: Map<string, string>;
  let contents: Map<string, string | Uint8Array>;
  let printer: Awaited<ReturnType<typeof open>>;
  let heard: Buffer;
  let slips: CapturedSlip[];

  const start = async (clock: Clock = makeClock(100), more: object = {}) => {
    context = makeContext(clock);
    const recorder = {
      record: context.recorder.record,
      attach(name: string, mime: string, content: string | Uint8Array) {
        attached.set(name, content.toString());
        contents.set(name, content);
        return { id: name, path: name, mime, bytes: content.length, sha256: '' };
      },
    };
    printer = await open(options.parse({ port: pty.path, ...more }), { ...context, recorder });
    printer.onSlip((slip) => slips.push(slip));
  };
  const heardHex = () => heard.toString('hex');

  beforeEach(async () => {
    pty = await makePty();
    attached = new Map();
    contents = new Map();
    heard = Buffer.alloc(0);
    slips = [];
    pty.onData((chunk) => {
      heard = Buffer.concat([heard, chunk]);
    });
  });
  afterEach(async () => {
    await printer.close();
    await pty.unplug();
  });

  it('delivers a receipt at its cut, read by the profile', async () => {
    await start();
    pty.send(SLIP.subarray(0, 11));
    await eventually('the beginning', () => printer.printing());
    pty.send(Buffer.concat([SLIP.subarray(11), CUT]));
    await eventually('the slip', () => slips.length === 1);
    assert.equal(printer.printing(), false);
    const [slip] = slips;
    assert.deepEqual(
      [slip?.copy, slip?.fields['amount'], slip?.receipt.end],
      ['merchant', 'RMB 128.50', 'cut'],
    );
    assert.deepEqual(slip?.forbidden, []);
    assert.deepEqual(printer.slips(), slips);
    assert.deepEqual(slip?.artefacts, ['receipt-1', 'receipt-1-text', 'receipt-1-dots']);
    assert.match(attached.get('receipt-1') ?? '', /^<svg /);
    assert.match(attached.get('receipt-1-text') ?? '', /RMB 128\.50/);
    assert.equal(context.events.filter(({ type }) => type === 'receipt').length, 1);
  });

  it('keeps no dots of pictures in the raw capture, and a card number in no picture', async function () {
    this.timeout(120_000);
    const tool = await findTesseract();
    await start();
    const drawn = asPicture(receiptOf(`银联POS签购单\n卡号 CARD NO:\n${PAN}\n金额 AMOUNT: RMB 128.50\n`));
    const { width = 0, height = 0, bits = new Uint8Array() } = drawn.images[0] ?? {};
    const header = [0x1d, 0x76, 0x30, 0, width / 8, 0, height & 0xff, height >> 8];
    pty.send(Buffer.concat([Buffer.from('\x1b@'), Buffer.from(header), bits, CUT]));
    await eventually('the slip', () => slips.length === 1);

    const raw = context.events.flatMap((event) =>
      event.type === 'bytes' && event.dir === 'in' ? [event] : [],
    );
    assert.equal(raw.map(({ hex }) => hex).join(''), `1b40${Buffer.from(header).toString('hex')}1d564200`);
    const withheld = raw.filter((event) => event.withheld !== undefined);
    assert.equal(
      withheld.reduce((sum, { count }) => sum + count, 0),
      bits.length,
    );
    // Without a reader nobody knows what the picture says: then its place is shown, and nothing decides.
    const [slip] = slips;
    if (!tool) {
      assert.deepEqual([slip?.receipt.unread, slip?.reading?.legible], [true, 0]);
      return this.skip();
    }
    assert.deepEqual(slip?.forbidden, ['pan-in-picture']);
    const kept = contents.get('receipt-1-dots');
    assert.ok(kept instanceof Uint8Array);
    const again = await readPhoto(kept, tool);
    assert.deepEqual(forbiddenContent(again, context.cards), []);
    assert.ok(
      again.runs.some(({ text }) => text.includes('128.50')),
      'the rest is still there',
    );
  });

  it('delivers several receipts of one burst, each once, in order', async () => {
    await start();
    const customer = iconv.encode('持卡人存根 CARDHOLDER COPY\n', 'gb18030');
    pty.send(Buffer.concat([SLIP, CUT, customer, CUT]));
    await eventually('both slips', () => slips.length === 2);
    assert.deepEqual(
      slips.map(({ copy }) => copy),
      ['merchant', 'customer'],
    );
  });

  it('delivers an unfinished receipt when nothing more comes', async () => {
    await start();
    pty.send(SLIP.subarray(0, -6));
    await eventually('the slip', () => slips.length === 1);
    assert.equal(slips[0]?.receipt.end, 'idle');
    assert.equal(printer.printing(), false);
  });

  it('does not let status traffic keep a receipt open', async () => {
    const hand = handClock();
    await start(hand.clock);
    pty.send(SLIP.subarray(0, -6));
    await eventually('the idle timer', () => hand.timers.size === 1);
    const [timer] = hand.timers;
    pty.send(Uint8Array.of(0x10, 4, 1, 0x1d, 0x72, 1));
    await eventually('the answers', () => heardHex() === '1200');
    assert.deepEqual([...hand.timers], [timer]);
    // The silence is watched piece by piece.
    for (const fire of hand.timers) fire();
    assert.deepEqual(
      slips.map(({ receipt }) => receipt.end),
      ['idle'],
    );
  });

  it('does not end a receipt that is still coming, however slowly', async () => {
    const hand = handClock();
    await start(hand.clock);
    // A picture of which only the beginning has come.
    pty.send(Buffer.concat([SLIP, Uint8Array.of(0x1d, 0x76, 0x30, 0, 48, 0, 200, 0)]));
    await eventually('the idle timer', () => hand.timers.size === 1);
    const [timer] = hand.timers;
    pty.send(new Uint8Array(48));
    await eventually(
      'a new idle timer',
      () => hand.timers.size === 1 && !hand.timers.has(timer ?? (() => {})),
    );
  });

  it('takes a terminal that starts anew for the end of the receipt before', async () => {
    // Its timers never fire: only what is on the line can tell.
    const hand = handClock();
    await start(hand.clock);
    pty.send(SLIP.subarray(0, -6));
    await eventually('the beginning', () => printer.printing());
    pty.send(Uint8Array.of(0x10, 4, 4));
    await eventually('the answer, so all before it was taken', () => heardHex() === '12');
    hand.turn(8000);
    pty.send(Buffer.concat([Uint8Array.of(0x1b, 0x40), SLIP, CUT]));
    await eventually('both slips', () => slips.length === 2);
    assert.deepEqual(
      slips.map(({ receipt, at }) => [receipt.end, at]),
      [
        ['idle', 0],
        ['cut', 8000],
      ],
    );
  });

  it('answers what a printer is asked, also within a receipt', async () => {
    await start();
    pty.send(Uint8Array.of(0x1b, 0x40, 0x1b, 0x3d, 0x01, 0x10, 0x04, 0x01));
    await eventually('the answer', () => heardHex() === '12');
    pty.send(
      Buffer.concat([SLIP.subarray(0, 9), Uint8Array.of(0x10, 4, 4, 0x1d, 0x72, 1), SLIP.subarray(9), CUT]),
    );
    await eventually('both answers', () => heardHex() === '121200');
    await eventually('the slip', () => slips.length === 1);
    assert.equal(slips[0]?.lines[0], '     商户存根 MERCHANT COPY'.trim());
  });

  it('holds the terminal back and lets it go, once, however many hold', async () => {
    await start();
    pty.send(Uint8Array.of(0x1d, 0x61, 0xff));
    await eventually('automatic status', () => heardHex() === '1000000f');
    const release = await printer.hold();
    const second = await printer.hold();
    await eventually('XOFF', () => heardHex() === '1000000f131800000f');
    pty.send(Uint8Array.of(0x10, 4, 1));
    await eventually('off line', () => heardHex().endsWith('1a'));
    await release();
    await release();
    pty.send(Uint8Array.of(0x10, 4, 1));
    await eventually('still off line', () => heardHex().endsWith('1a1a'));
    await second();
    await eventually('XON', () => heardHex().endsWith('1a1a1000000f11'));
    pty.send(Uint8Array.of(0x10, 4, 1));
    await eventually('on line', () => heardHex().endsWith('1112'));
  });

  it('does not end a receipt that it holds back itself', async () => {
    const hand = handClock();
    await start(hand.clock);
    const release = await printer.hold();
    pty.send(Buffer.concat([SLIP, Uint8Array.of(0x10, 4, 4)]));
    await eventually('the answer, so all before it was taken', () => heardHex() === '1312');
    assert.deepEqual([printer.printing(), hand.timers.size], [true, 0]);
    await release();
    assert.equal(hand.timers.size, 1);
    for (const timer of hand.timers) timer();
    assert.deepEqual(
      slips.map(({ receipt }) => receipt.end),
      ['idle'],
    );
  });

  it('lets a terminal go on that is held when the bench is closed', async () => {
    await start();
    await printer.hold();
    pty.send(SLIP);
    await eventually('the beginning', () => printer.printing());
    await printer.close();
    await eventually('XON', () => heardHex() === '1311');
    assert.deepEqual(
      slips.map(({ receipt }) => receipt.end),
      ['idle'],
    );
  });

  it('tells of a full card number, and shows it nowhere', async () => {
    await start();
    pty.send(
      Buffer.concat([
        iconv.encode(`商户存根\n卡号 CARD NO: ${PAN.slice(0, 10)}\n${PAN.slice(10)}\n`, 'gb18030'),
        CUT,
      ]),
    );
    await eventually('the slip', () => slips.length === 1);
    assert.deepEqual(slips[0]?.forbidden, ['pan']);
    const [event] = context.events.filter((candidate) => candidate.type === 'receipt');
    assert.deepEqual(event?.type === 'receipt' && event.forbidden, ['pan']);
    const shown = [JSON.stringify(event), ...attached.values()].join('\n');
    // Also not in pieces: the digits that masking takes away stand nowhere in a row.
    assert.doesNotMatch(shown, /0000000000?0/);
    assert.match(attached.get('receipt-1-text') ?? '', /629999\*{4}\n\*{5}0012/);
  });

  it('notes bytes that nothing explains', async () => {
    await start();
    pty.send(Buffer.concat([Uint8Array.of(1, 2), SLIP, CUT]));
    await eventually('the slip', () => slips.length === 1);
    assert.ok(
      context.events.some(
        (event) => event.type === 'note' && /2 bytes are no printer command/.test(event.text),
      ),
    );
  });

  it('reports a lost port', async () => {
    await start();
    await pty.unplug();
    await eventually('the loss', () => context.losses.length === 1);
    assert.match(String(context.losses[0]), /receipt printer/);
  });
});
