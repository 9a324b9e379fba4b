import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import type { Receipt } from '../../../rig/model/receipt.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { textLines } from '../../codec/escpos/text-lines.ts';
import { parseFault } from './fault-option.ts';
import { AnsweringPrinter, BUFFER } from './printer.ts';

/** A clock whose timers are fired by hand. */
function handClock(): Clock & { fire(): void } {
  const timers: (() => void)[] = [];
  return {
    ...makeClock(1),
    after(_, fire) {
      timers.push(fire);
      return () => {
        const at = timers.indexOf(fire);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    fire() {
      for (const timer of timers.splice(0)) timer();
    },
  };
}

const ESC = 0x1b;
const CUT = Uint8Array.of(0x1d, 0x56, 0);
const text = (line: string) => iconv.encode(line, 'gb18030');
const EOT = (n: number) => Uint8Array.of(0x10, 4, n);

describe('printer: one that answers', () => {
  let said: string[];
  let receipts: Receipt[];
  let clock: ReturnType<typeof handClock>;
  const lines = () => receipts.map((receipt) => textLines(receipt));
  const make = (...faults: string[]) => {
    said = [];
    receipts = [];
    clock = handClock();
    return new AnsweringPrinter({
      printer: { charset: 'gb18030', width: 384 },
      identity: { maker: 'EPSON', model: 'TM', firmware: '1', charset: 'gb18030' },
      clock,
      idle: 1000,
      faults: faults.map(parseFault),
      slowRate: 50,
      send: (bytes) => said.push(Buffer.from(bytes).toString('hex')),
      onReceipt: (receipt) => receipts.push(receipt),
    });
  };

  it('prints at cuts, and what no cut ends when nothing more comes', () => {
    const printer = make();
    printer.write(text('商户存根\n'));
    printer.write(CUT);
    printer.write(text('second\n'));
    assert.deepEqual(lines(), [['商户存根']]);
    clock.fire();
    assert.deepEqual(lines(), [['商户存根'], ['second']]);
    assert.deepEqual(
      receipts.map(({ end }) => end),
      ['cut', 'idle'],
    );
  });

  it('answers at once what is asked in real time, and in its turn what is not', () => {
    const printer = make('cover-open');
    printer.write(Buffer.concat([text('A\n'), Uint8Array.of(0x1d, 0x72, 1), EOT(1), EOT(2)]));
    assert.deepEqual(said, ['1a', '16']);
    printer.set('cover-open', false);
    assert.deepEqual(said, ['1a', '16', '00']);
  });

  it('answers questions in split bytes, and none that stands in the data of a picture', () => {
    const printer = make();
    for (const byte of [0x10, 4, 1, 0x1d, 0x49, 66]) printer.write(Uint8Array.of(byte));
    assert.deepEqual(said, ['12', '5f4550534f4e00']);
    printer.write(Uint8Array.of(0x1d, 0x76, 0x30, 0, 3, 0, 1, 0, 0x10, 4, 1));
    assert.equal(said.length, 2);
  });

  it('runs out of paper in mid-receipt: stops there, says so, and goes on where it stopped', () => {
    const printer = make('paper-out@2');
    printer.write(Buffer.concat([text('one\ntwo\nthree\n'), CUT, EOT(1), EOT(4)]));
    assert.deepEqual(receipts, []);
    assert.deepEqual(said, ['1a', '7e']);
    clock.fire(); // what is idle is the printer, not the sender
    assert.deepEqual(receipts, []);
    printer.set('paper-out', false);
    assert.deepEqual(lines(), [['one', 'two', 'three']]);
  });

  it('is out of paper before the first line', () => {
    const printer = make('paper-out');
    printer.write(Buffer.concat([text('one\n'), CUT]));
    printer.end();
    assert.deepEqual(receipts, []);
  });

  it('heals by itself where it was told to', () => {
    const printer = make('overheated@1/5s');
    printer.write(Buffer.concat([text('one\ntwo\n'), CUT, EOT(3)]));
    assert.deepEqual([said, receipts.length], [['52'], 0]);
    clock.fire();
    assert.deepEqual(lines(), [['one', 'two']]);
  });

  it('tells of changes when it was asked to, and of nothing else', () => {
    const printer = make();
    printer.set('cover-open', true);
    printer.set('cover-open', false);
    assert.deepEqual(said, []);
    printer.write(Uint8Array.of(0x1d, 0x61, 0x08));
    said = [];
    printer.set('cover-open', true);
    assert.deepEqual(said, []);
    printer.set('near-end', true);
    assert.deepEqual(said, ['3800030f']);
    printer.write(Uint8Array.of(0x10, 0x14, 7, 1));
    assert.equal(said[1], '3800030f');
  });

  it('recovers from a jammed cutter when the sender asks', () => {
    const printer = make('cutter');
    printer.write(Buffer.concat([text('one\n'), CUT]));
    assert.equal(receipts.length, 0);
    printer.write(Uint8Array.of(0x10, 5, 1));
    assert.deepEqual(lines(), [['one']]);
  });

  it('takes no more than a receive buffer while it cannot print, and then wants more again', async () => {
    const printer = make('busy');
    let written = 0;
    while (printer.wantsMore && written < 10 * BUFFER) {
      printer.write(text(`${'x'.repeat(31)}\n`));
      written += 32;
    }
    assert.ok(written >= BUFFER && written <= BUFFER + 64);
    const room = printer.room();
    printer.write(EOT(1));
    assert.deepEqual(said, ['12']);
    printer.set('busy', false);
    await room;
    assert.ok(printer.wantsMore);
  });

  it('is slow: prints a little at a time', () => {
    const printer = make('slow');
    printer.write(Buffer.concat([text('0123456789\n'), CUT]));
    let steps = 0;
    while (receipts.length === 0 && steps++ < 50) clock.fire();
    assert.deepEqual(lines(), [['0123456789']]);
    assert.ok(steps >= 2, `${steps} steps of 5 bytes`);
  });

  it('clears what waits when it is told to', () => {
    const printer = make('offline');
    printer.write(text('never\n'));
    printer.write(Uint8Array.of(0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8));
    printer.set('offline', false);
    printer.write(Buffer.concat([text('printed\n'), CUT]));
    assert.deepEqual(said, ['372500']);
    assert.deepEqual(lines(), [['printed']]);
  });

  it('gives the same receipts however the bytes are split', () => {
    const job = Buffer.concat([
      Uint8Array.of(ESC, 0x40),
      text('金额 RMB 1.00\n'),
      Uint8Array.of(0x1d, 0x28, 0x6b, 5, 0, 49, 80, 48, 0x41, 0x42, 0x1d, 0x28, 0x6b, 3, 0, 49, 81, 48),
      CUT,
    ]);
    const whole = make();
    whole.write(job);
    const expected = receipts;
    const split = make();
    for (const byte of job) split.write(Uint8Array.of(byte));
    assert.deepEqual(receipts, expected);
    assert.equal(expected.length, 1);
  });

  it('reads faults as they are written', () => {
    assert.deepEqual(parseFault('paper-out@12/1.5 s'), { fault: 'paper-out', atLine: 12, for: 1500 });
    for (const wrong of ['fire', 'paper-out@', 'paper-out/soon', ''])
      assert.throws(() => parseFault(wrong), { code: 'USAGE' });
  });
});
