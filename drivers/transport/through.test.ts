import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { throughAndBack } from './through.ts';

describe('a way by TCP is tried', () => {
  let server: Server | undefined;
  const listen = async (allowHalfOpen: boolean, act: (socket: import('node:net').Socket) => void) => {
    server = createServer({ allowHalfOpen }, (socket) => {
      socket.on('error', () => {});
      act(socket.resume());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    return { host: '127.0.0.1', port: address.port };
  };
  afterEach(() => server?.close());

  it('there and back', async () => {
    assert.equal(await throughAndBack(await listen(false, () => {}), 'the relay'), 'closed');
  });

  it('an end that keeps its side open is no failure, one that resets or is not there is', async () => {
    const kept = await listen(true, (socket) => void setTimeout(() => socket.destroy(), 3000).unref());
    assert.equal(await throughAndBack(kept, 'the relay'), 'kept');
    server?.close();
    const reset = await listen(false, (socket) => void socket.resetAndDestroy());
    await assert.rejects(throughAndBack(reset, 'the relay'), { code: 'TRANSPORT_OPEN', blame: 'bench' });
    server?.close();
    await assert.rejects(throughAndBack(reset, 'the relay'), {
      code: 'TRANSPORT_OPEN',
      message: /the relay \(127/,
    });
  });
});
