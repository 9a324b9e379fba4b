import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TestCard } from '../../../rig/model/card.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { makeMemoryPort } from '../testing/memory-port.ts';
import { makeRecordingBody } from '../testing/recording-body.ts';
import { attachCardActuator, MOVE_MS } from './card-actuator.ts';
import { MAX_LINE, MAX_WAITING, makeLineSplitter, serveLines } from './line-device.ts';
import { attachPowerRelay } from './power-relay.ts';
import { attachPrinterLine } from './printer-line.ts';
import { attachScreenReader } from './screen-reader.ts';

const CARD = TestCard.parse({
  id: 'debit-1',
  title: { en: 'Debit', zh: '借记卡' },
  scheme: 'CUP',
  pan: '6299990000000000012',
  expiry: '3012',
  pin: '123456',
  entry: ['chip'],
});

const clock = makeClock(200);

/** Sends lines and waits for as many answers. */
async function talk(port: ReturnType<typeof makeMemoryPort>, ...lines: string[]): Promise<string[]> {
  const before = port.heard.split('\n').length;
  port.say(lines.map((line) => `${line}\n`).join(''));
  const heard = await port.until((text) => text.split('\n').length >= before + lines.length);
  return heard.split('\n').slice(before - 1, -1);
}

describe('card actuator', () => {
  const make = () => {
    const port = makeMemoryPort();
    const body = makeRecordingBody();
    attachCardActuator(port, new Map([[1, CARD]]), body, clock);
    return { port, body };
  };

  it('answers when the sensor has spoken, after the time of the movement', async () => {
    const { port, body } = make();
    const started = clock.now();
    assert.deepEqual(await talk(port, 'insert 1'), ['inserted 1']);
    assert.ok(clock.now() - started >= MOVE_MS);
    assert.deepEqual(body.touches, ['card in debit-1']);
    assert.deepEqual(await talk(port, 'state?'), ['state in 1']);
    assert.deepEqual(await talk(port, 'remove', 'state?'), ['removed', 'state out']);
    assert.deepEqual(body.touches, ['card in debit-1', 'card out']);
  });

  it('swipes and taps; answers stay in order; removing nothing is no error', async () => {
    const { port, body } = make();
    assert.deepEqual(await talk(port, 'swipe 1', 'tap 1', 'remove', 'id?'), [
      'swiped 1',
      'tapped 1',
      'removed',
      'id posrig-card 1 slots=8',
    ]);
    assert.deepEqual(body.touches, ['swipe debit-1', 'tap debit-1']);
  });

  it('a tap too short or too far away, and a swipe too fast, reach no reader', async () => {
    const { port, body } = make();
    const told = [
      'tap 1 dwell=100',
      'tap 1 dwell=500 distance=60',
      'swipe 1 speed=2000',
      'tap 1 dwell=500 distance=40',
    ];
    assert.deepEqual(await talk(port, ...told), ['tapped 1', 'tapped 1', 'swiped 1', 'tapped 1']);
    assert.deepEqual(body.touches, ['tap debit-1']);
    assert.deepEqual(
      await talk(port, 'tap 1 speed=3', 'swipe 1 dwell=3', 'tap 1 dwell=99999', 'insert 1 speed=9'),
      [
        'error cannot do speed=3',
        'error cannot do dwell=3',
        'error cannot do dwell=99999',
        'error too many words',
      ],
    );
  });

  it('refuses what cannot be done, and says why', async () => {
    const { port, body } = make();
    assert.deepEqual(await talk(port, 'insert 9', 'insert 2', 'insert', 'eject', 'insert 1 2', 'INSERT 1'), [
      'error no slot 9',
      'error slot 2 is empty',
      'error no slot named',
      'error unknown command eject',
      'error too many words',
      'error unknown command INSERT',
    ]);
    assert.deepEqual(await talk(port, 'insert 1', 'insert 1', 'tap 1'), [
      'inserted 1',
      'error card of slot 1 is inserted',
      'error card of slot 1 is inserted',
    ]);
    assert.deepEqual(body.touches, ['card in debit-1']);
  });
});

describe('power relay', () => {
  it('starts on, switches the terminal with channel 1 only, and reads back', async () => {
    const port = makeMemoryPort();
    const body = makeRecordingBody();
    attachPowerRelay(port, body, clock);
    assert.equal(body.powered, true);
    assert.deepEqual(await talk(port, 'id?', 'state? 1', 'off 2', 'state? 2'), [
      'id posrig-relay 1 channels=4',
      'on 1',
      'off 2',
      'off 2',
    ]);
    assert.equal(body.powered, true);
    assert.deepEqual(await talk(port, 'off 1', 'off 1', 'state? 1'), ['off 1', 'off 1', 'off 1']);
    assert.equal(body.powered, false);
    assert.deepEqual(await talk(port, 'on 1', 'on 5', 'toggle 1'), [
      'on 1',
      'error no channel 5',
      'error unknown command toggle',
    ]);
    assert.deepEqual(body.touches, ['power on', 'power off', 'power on']);
  });
});

describe('screen reader', () => {
  const make = () => {
    const port = makeMemoryPort();
    const body = makeRecordingBody();
    attachScreenReader(port, { rows: 4, columns: 20 }, body);
    return { port, body };
  };

  it('reports only what is visible, numbers changes, and stays ASCII', async () => {
    const { port, body } = make();
    assert.deepEqual(await talk(port, 'read'), ['screen 1 dark ["","","",""]']);
    body.show({ lit: true, lines: ['READY', '消费', '', ''] });
    assert.deepEqual(await talk(port, 'read', 'read'), [
      'screen 2 lit ["READY","\\u6d88\\u8d39","",""]',
      'screen 2 lit ["READY","\\u6d88\\u8d39","",""]',
    ]);
    body.show({ lit: false, lines: ['SECRET', '', '', ''] });
    assert.deepEqual(await talk(port, 'read'), ['screen 3 dark ["","","",""]']);
  });

  it('says nothing unasked before watch, then the state at once and every change once', async () => {
    const { port, body } = make();
    body.show({ lit: true, lines: ['A'] });
    assert.equal(port.heard, '');
    port.say('watch\n');
    await port.until((heard) => heard.endsWith('"]\n'));
    body.show({ lit: true, lines: ['B'] });
    body.show({ lit: true, lines: ['B'] });
    assert.deepEqual(port.heard.split('\n').slice(0, -1), [
      'ok',
      'screen 1 lit ["A","","",""]',
      'screen 2 lit ["B","","",""]',
    ]);
    assert.deepEqual(await talk(port, 'id?'), ['id posrig-screen 1 rows=4 columns=20']);
    assert.deepEqual(await talk(port, 'look'), ['error unknown command look']);
  });
});

describe('printer line', () => {
  it('passes bytes as they are, both ways', () => {
    const port = makeMemoryPort();
    const body = makeRecordingBody();
    attachPrinterLine(port, body);
    body.print(Buffer.from([0x1b, 0x40, 0x00, 0xff]));
    assert.equal(port.heard, '\x1b@\x00\xff');
    port.say('\x10\x04\x01');
    assert.deepEqual(Buffer.concat(body.printerInput), Buffer.from([0x10, 0x04, 0x01]));
  });
});

describe('line devices under hostile input', () => {
  it('split lines alike however bytes are cut, and never remember more than one line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        const whole = makeLineSplitter()(bytes);
        const split = makeLineSplitter();
        assert.deepEqual([...split(bytes.subarray(0, cut)), ...split(bytes.subarray(cut))], whole);
        for (const line of whole) assert.ok(line === undefined || /^[ -~]{0,80}$/.test(line));
      }),
    );
  });

  it('a line too long or with strange bytes costs one error, and the next command works', async () => {
    const port = makeMemoryPort();
    serveLines(port, ([word]) => `heard ${word}`);
    assert.deepEqual(await talk(port, 'x'.repeat(MAX_LINE * 1000), 'a\x07b', 'hello'), [
      'error line not understood',
      'error line not understood',
      'heard hello',
    ]);
  });

  it('a flood of commands is refused beyond what may wait', async () => {
    const port = makeMemoryPort();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    serveLines(port, async () => {
      await gate;
      return 'done';
    });
    port.say('go\n'.repeat(1000));
    release();
    const heard = await port.until((text) => text.split('done').length - 1 === MAX_WAITING);
    assert.equal(heard.split('error too many commands').length - 1, 1000 - MAX_WAITING);
  });
});
