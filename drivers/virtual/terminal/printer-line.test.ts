import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PowerLost, startPowerCycle } from './power-cycle.ts';
import { openPrinterLine } from './printer-line.ts';
import { manualClock } from './testing/manual-clock.ts';

const XON = Uint8Array.of(0x11);
const XOFF = Uint8Array.of(0x13);

describe('printer line', () => {
  const open = () => {
    const clock = manualClock();
    const cycle = startPowerCycle(clock);
    const out: Uint8Array[] = [];
    const line = openPrinterLine(cycle, (bytes) => out.push(bytes));
    return { clock, cycle, line, sent: () => Buffer.concat(out) };
  };
  const slip = Buffer.alloc(480, 'x'); // half a second at 9600 baud

  it('sends at line speed, in pieces', async () => {
    const { clock, line, sent } = open();
    const done = line.send(slip);
    await clock.advance(200);
    assert.ok(sent().length > 150 && sent().length < 260, `${sent().length} bytes in 200 ms`);
    await clock.advance(400);
    assert.equal(await done, true);
    assert.deepEqual(sent(), slip);
  });

  it('stops at XOFF at once and goes on at XON where it stopped', async () => {
    const { clock, line, sent } = open();
    const done = line.send(slip);
    await clock.advance(120);
    line.receives(XOFF);
    const before = sent().length;
    await clock.advance(30_000);
    assert.equal(sent().length, before);
    line.receives(XON);
    await clock.advance(1000);
    assert.equal(await done, true);
    assert.deepEqual(sent(), slip);
  });

  for (const [name, answer, expected] of [
    ['its cover is open', 0x16, 'cover'],
    ['it has no paper', 0x32, 'paper'],
    ['its mechanism is in trouble', 0x52, 'trouble'],
  ] as const) {
    it(`asks a printer that holds the line why: ${name}; and tells when it goes on`, async () => {
      const { clock, line, sent } = open();
      const held: unknown[] = [];
      const done = line.send(slip, (cause) => held.push(cause));
      await clock.advance(120);
      line.receives(XOFF);
      const before = sent().length;
      await clock.advance(900);
      assert.equal(sent().length, before, 'a short stop is no reason to ask');
      await clock.advance(200);
      assert.deepEqual([...sent().subarray(before)], [0x10, 0x04, 0x02]);
      line.receives(Uint8Array.of(answer));
      await clock.advance(10);
      assert.deepEqual(held, [expected]);
      line.receives(XON);
      await clock.advance(1000);
      assert.equal(await done, true);
      assert.deepEqual(held, [expected, undefined]);
      assert.equal(sent().length, slip.length + 3);
    });
  }

  it('a printer that holds the line without a cause, or says nothing, is waited for', async () => {
    for (const answer of [0x12, undefined]) {
      const { clock, line } = open();
      const held: unknown[] = [];
      line.receives(XOFF);
      const done = line.send(slip, (cause) => held.push(cause));
      await clock.advance(1100);
      if (answer !== undefined) line.receives(Uint8Array.of(answer));
      await clock.advance(5000);
      line.receives(XON);
      await clock.advance(1000);
      assert.equal(await done, true);
      assert.deepEqual(held, []);
    }
  });

  it('gives up a printer that holds the line for a minute', async () => {
    const { clock, line, sent } = open();
    line.receives(XOFF);
    const done = line.send(slip);
    await clock.advance(60_001);
    assert.equal(await done, false);
    assert.equal(sent().length, 0);
  });

  for (const [name, answer, expected] of [
    ['paper', 0x12, 'present'],
    ['paper near its end', 0x1e, 'present'],
    ['no paper', 0x72, 'out'],
  ] as const) {
    it(`asks for paper: ${name}`, async () => {
      const { clock, line, sent } = open();
      const paper = line.paper();
      await clock.advance(0);
      assert.equal(sent().toString('hex'), '100404');
      line.receives(Uint8Array.of(0x00, 0x41, 0xff, answer)); // line noise is no status
      assert.equal(await paper, expected);
    });
  }

  it('does not know about paper when nothing answers for two seconds', async () => {
    const { clock, line } = open();
    const paper = line.paper();
    await clock.advance(1999);
    assert.equal(await Promise.race([paper, Promise.resolve('waiting')]), 'waiting');
    await clock.advance(2);
    assert.equal(await paper, 'unknown');
  });

  it('sends nothing after a power cut and rejects what was waiting', async () => {
    const { clock, cycle, line, sent } = open();
    const done = assert.rejects(line.send(slip), PowerLost);
    await clock.advance(100);
    const before = sent().length;
    cycle.end();
    await done;
    await clock.advance(10_000);
    assert.equal(sent().length, before);
    await assert.rejects(line.paper(), PowerLost);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        open().line.receives(bytes);
      }),
    );
  });
});
