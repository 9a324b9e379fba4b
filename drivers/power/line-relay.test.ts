import assert from 'node:assert/strict';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { makePty, serveLines, type TestPty } from '../transport/testing/pty.ts';
import { open, options, selfTest } from './line-relay.ts';

describe('power: line relay', () => {
  let pty: TestPty;
  let context: TestContext;
  let state: Record<string, 'on' | 'off'>;
  let stuck: boolean;
  let relay: Awaited<ReturnType<typeof open>> | undefined;

  beforeEach(async () => {
    pty = await makePty();
    context = makeContext();
    state = { 1: 'on', 2: 'off' };
    stuck = false;
    relay = undefined;
    serveLines(pty, (line) => {
      const [verb = '', channel = ''] = line.split(' ');
      if (verb === 'id?') return 'id posrig-relay 1 channels=4';
      if ((verb === 'on' || verb === 'off') && !stuck) state[channel] = verb;
      if (verb === 'state?') return `${state[channel]} ${channel}`;
      return verb ? line : 'error empty';
    });
  });
  afterEach(async () => {
    await relay?.close().catch(() => {});
    await pty.unplug();
  });

  it('switches its channel only, reads back, and leaves it as it was', async () => {
    relay = await open(options.parse({ port: pty.path, channel: 1 }), context);
    assert.equal(relay.facts['found'], 'on');
    await relay.set('off');
    assert.deepEqual(state, { 1: 'off', 2: 'off' });
    assert.equal(await relay.get(), 'off');
    await relay.close();
    assert.deepEqual(state, { 1: 'on', 2: 'off' });
    assert.deepEqual(
      context.events.flatMap((event) => (event.type === 'power' ? [event.state] : [])),
      ['off', 'on'],
    );
  });

  it('does not believe a relay that only says so', async () => {
    relay = await open(options.parse({ port: pty.path, channel: 1 }), context);
    stuck = true;
    await assert.rejects(
      relay.set('off'),
      (error: RigError) => error.code === 'POWER_RELAY' && error.blame === 'bench',
    );
    assert.ok(!context.events.some((event) => event.type === 'power'));
  });

  it('tries a spare channel, never the one that the terminal hangs on', async () => {
    state['3'] = 'off';
    const heard: string[] = [];
    pty.onData((chunk) => void heard.push(chunk.toString('latin1')));
    relay = await open(options.parse({ port: pty.path, channel: 1, spare: 3 }), context);
    assert.match(
      await selfTest(relay),
      /^reads on; channel 3 of the power relay switched on and back, read back$/,
    );
    assert.deepEqual([state[1], state[3]], ['on', 'off']);
    assert.ok(!/(on|off) 1\n/.test(heard.join('')), heard.join(''));
    stuck = true;
    await assert.rejects(selfTest(relay), { code: 'POWER_RELAY', blame: 'bench' });
    assert.ok(!options.safeParse({ port: pty.path, channel: 2, spare: 2 }).success);
  });

  it('is off for as long as capacitors need', async () => {
    relay = await open(options.parse({ port: pty.path, channel: 1, 'off-time': '10 s' }), context);
    await relay.set('off');
    const since = context.clock.now();
    await relay.set('on');
    assert.ok(context.clock.now() - since >= 10_000 - 1);
  });

  it('refuses a channel that the relay does not have', async () => {
    await assert.rejects(
      open(options.parse({ port: pty.path, channel: 5 }), context),
      (error: unknown) => isRigError(error) && error.code === 'FILE_INVALID' && error.blame === 'file',
    );
  });
});
