import assert from 'node:assert/strict';
import fc from 'fast-check';
import { numbered, parseMarlin } from '../../../codec/grbl/marlin.ts';
import { makeRandom } from '../../random.ts';
import { makeMarlinController } from './marlin.ts';
import { readMarlinLine } from './marlin-lines.ts';

const MACHINE = {
  travel: { x: 200, y: 200, z: 40 },
  speed: { x: 500, y: 500, z: 200 },
  acceleration: { x: 2000, y: 2000, z: 1500 },
};

/** A Marlin under simulated time. */
function workbench() {
  let now = 0;
  let heard = '';
  let place = { x: -100, y: -80, z: -5 };
  const controller = makeMarlinController({
    machine: MACHINE,
    start: place,
    random: makeRandom(1),
    carriage: {
      moveTo: (to) => {
        place = to;
      },
      marks: () => [],
    },
    send: (text) => {
      heard += text;
    },
  });
  const pass = (ms: number) => {
    const end = now + ms;
    for (let due = controller.nextDue(); due !== undefined && due <= end; due = controller.nextDue()) {
      now = Math.max(now, due);
      controller.advance(now);
    }
    now = end;
    controller.advance(end);
  };
  return {
    at: () => place,
    ask(text: string, ms = 0): string[] {
      heard = '';
      controller.receive(Buffer.from(text, 'latin1'), now);
      pass(ms);
      return heard.split('\n').filter((line) => line !== '');
    },
    boot(): string[] {
      heard = '';
      controller.boot();
      return heard.split('\n');
    },
  };
}

describe('marlin controller', () => {
  it('greets, says who it is, and admits what it does not know', () => {
    const bench = workbench();
    assert.equal(bench.boot()[0], 'start');
    assert.match(bench.ask('M115\n')[0] ?? '', /^FIRMWARE_NAME:Marlin /);
    assert.deepEqual(bench.ask('G53 G0 X1\n'), ['echo:Unknown command: "G53 G0 X1"', 'ok']);
    assert.deepEqual(bench.ask('\n;comment\n'), [], 'nothing is not answered');
  });

  it('asks again for a line that is damaged or out of turn, and takes it once', () => {
    const bench = workbench();
    assert.deepEqual(bench.ask(`${numbered(0, 'M110 N0')}\n`), ['ok']);
    assert.deepEqual(bench.ask('N1 G90*1\n'), ['Error:checksum mismatch, Last Line: 0', 'Resend: 1', 'ok']);
    assert.deepEqual(bench.ask(`${numbered(1, 'G90')}\n`), ['ok']);
    assert.equal(bench.ask(`${numbered(1, 'G90')}\n`)[1], 'Resend: 2');
  });

  it('queues moves, ends them at M400, lives meanwhile, and cuts them short at its soft ends', () => {
    const bench = workbench();
    assert.ok(bench.ask('G28 Z\nG28 X Y\n', 120_000).filter((line) => line === 'ok').length === 2);
    assert.deepEqual(bench.ask('G0 X-100 Y0 F1000\n'), ['ok']);
    const said = bench.ask('M400\n', 10_000);
    assert.equal(said.at(-1), 'ok');
    assert.ok(said.includes('echo:busy: processing'));
    assert.equal(bench.at().x, -100);
    bench.ask('G0 X50 F60000\nM400\n', 10_000);
    assert.equal(bench.at().x, 0);
    assert.match(bench.ask('M114\n')[0] ?? '', /^X:0\.00 Y:/);
  });

  it('stops at M410 while it waits, and for good at M112', () => {
    const bench = workbench();
    bench.ask('G28\n', 120_000);
    bench.ask('G0 X-150 F600\nM400\n', 1000);
    assert.deepEqual(bench.ask('M410\n'), ['ok', 'ok']);
    assert.ok(bench.at().x > -100);
    assert.match(bench.ask('M112\n')[0] ?? '', /^Error:Printer halted/);
    assert.deepEqual(bench.ask('M115\n'), []);
  });

  it('never throws, whatever comes, and what it says is understood', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }), (lines) => {
        const bench = workbench();
        for (const line of bench.ask(`${lines.join('\n')}\n`, 10_000)) parseMarlin(line);
        for (const line of lines) readMarlinLine(line, 3);
      }),
      { numRuns: 200 },
    );
  });
});
