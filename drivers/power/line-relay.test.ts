import assert from 'node:assert/strict';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { makePty, serveLines, type TestPty } from '../transport/testing/pty.ts';
import { open, options } from './line-relay.ts';

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

  it('refuses a channel that the relay does not have', async () => {
    await assert.rejects(
      open(options.parse({ port: pty.path, channel: 5 }), context),
      (error: unknown) => isRigError(error) && error.code === 'FILE_INVALID' && error.blame === 'file',
    );
  });
});
