import assert from 'node:assert/strict';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { makeClock } from '../../rig/model/time.ts';
import { type LineDevice, openLineDevice } from './line-device.ts';
import { eventually, listRecorder, makePty, serveLines, type TestPty } from './testing/pty.ts';

const clock = makeClock(100);
/** Runs out of patience a hundred times sooner, for tests in which nothing is to come. */
const hasty = { ...clock, rate: 1 };
const isCode = (code: string) => (error: unknown) =>
  isRigError(error) && error.code === code && error.blame === 'bench';

describe('transport: line device', () => {
  let pty: TestPty;
  let device: LineDevice | undefined;
  let lost: RigError[];
  let pushed: string[];
  const open = async (patience = clock) => {
    lost = [];
    pushed = [];
    device = await openLineDevice(
      {
        port: pty.path,
        baud: 115200,
        what: 'card actuator',
        stream: 'card',
        plane: 'card',
        identity: 'posrig-card',
        code: 'CARD_ACTUATOR',
        onPush: (line) => pushed.push(line),
        onLost: (error) => lost.push(error),
      },
      patience,
      listRecorder(),
    );
    return device;
  };
  const identity = (line: string) =>
    line === 'id?' ? 'id posrig-card 1 slots=8' : line === '' ? 'error empty' : undefined;

  beforeEach(async () => {
    pty = await makePty();
  });
  afterEach(async () => {
    await device?.close();
    await pty.unplug();
  });

  it('finds out who is there, and asks in turn', async () => {
    serveLines(pty, (line) => identity(line) ?? `done ${line}`);
    const card = await open();
    assert.deepEqual(card.identity, { version: '1', facts: { slots: '8' } });
    const answers = await Promise.all(['a', 'b', 'c'].map((word) => card.ask(word, `done ${word}`, 1000)));
    assert.deepEqual(answers, ['done a', 'done b', 'done c']);
  });

  it('passes over what was on the line before it', async () => {
    pty.onData(() => {});
    let first = true;
    serveLines(pty, (line) => {
      const junk = first ? '\u0000\u00ffserted 2\ninserted 1\n' : '';
      first = false;
      const answer = identity(line);
      return answer && `${junk}${answer}`;
    });
    assert.equal((await open()).identity.version, '1');
  });

  it('refuses another device', async () => {
    serveLines(pty, (line) => (line === 'id?' ? 'id posrig-relay 1 channels=4' : undefined));
    await assert.rejects(open(), isCode('TRANSPORT_PROTOCOL'));
  });

  it('tells a device that says nothing from one that is gone', async () => {
    await assert.rejects(open(hasty), isCode('TRANSPORT_TIMEOUT'));
    serveLines(pty, (line) => identity(line));
    const card = await open();
    const asked = card.ask('insert 1', 'inserted 1', 600_000);
    await pty.unplug();
    await assert.rejects(asked, isCode('TRANSPORT_LOST'));
    await assert.rejects(card.ask('remove', 'removed', 1000), isCode('TRANSPORT_LOST'));
    await eventually('the loss to be told', () => lost.length > 0);
    assert.deepEqual(
      lost.map((error) => error.code),
      ['TRANSPORT_LOST'],
    );
  });

  it('takes a wrong or late answer for none, and finds its place again', async () => {
    let silent = true;
    const impatient = open(hasty);
    serveLines(pty, (line) => {
      if (line === 'insert 3') return 'inserted 2';
      if (line === 'slow' && silent) {
        silent = false;
        return undefined;
      }
      // The late answer arrives before the next one: it must not be taken for it.
      if (line === '') return 'done slow\nerror empty';
      return identity(line) ?? `done ${line}`;
    });
    const card = await impatient;
    await assert.rejects(card.ask('insert 3', 'inserted 3', 1000), isCode('CARD_ACTUATOR'));
    await assert.rejects(card.ask('slow', 'done slow', 10), isCode('TRANSPORT_TIMEOUT'));
    assert.equal(await card.ask('next', 'done next', 1000), 'done next');
  });

  it('keeps events apart from answers, and survives a line without end', async () => {
    serveLines(pty, (line) => {
      if (line === 'state?') return `event door open\n${'x'.repeat(20_000)}\nstate out`;
      return identity(line);
    });
    const card = await open();
    assert.equal(await card.ask('state?', /^state (in \d+|out)$/, 1000), 'state out');
    assert.deepEqual(pushed, ['event door open']);
  });

  it('reports what the device itself refuses, with hostile text made harmless', async () => {
    serveLines(pty, (line) => identity(line) ?? `error \u001b[31m${'jam '.repeat(100)}`);
    const card = await open();
    await assert.rejects(card.ask('insert 1', 'inserted 1', 1000), (error: RigError) => {
      assert.equal(error.code, 'CARD_ACTUATOR');
      assert.ok(!error.message.includes('\u001b') && error.message.length < 200);
      return true;
    });
  });

  it('is over when the device restarts by itself', async () => {
    serveLines(pty, (line) => (line === 'insert 1' ? 'rst:0x1 (POWERON_RESET)' : identity(line)));
    const card = await open();
    await assert.rejects(card.ask('insert 1', 'inserted 1', 1000), isCode('TRANSPORT_PROTOCOL'));
    await eventually('the loss to be told', () => lost.length === 1);
    await assert.rejects(card.ask('remove', 'removed', 1000), isCode('TRANSPORT_PROTOCOL'));
  });
});
