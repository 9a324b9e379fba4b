import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { DriverContext } from '../../rig/bench/planes.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { makeClock } from '../../rig/model/time.ts';
import { network } from './manifest.ts';
import { TestRecorder } from './relay/testing/peers.ts';

describe('network manifest', () => {
  const entry = network.drivers?.find((driver) => driver.name === 'relay');
  // The relay reads only these; a bench gives it the rest as well.
  const context = {
    clock: makeClock(50),
    recorder: new TestRecorder(),
    seed: 1,
    resolve: (path: string) => path,
    signal: new AbortController().signal,
    lost: (error: Error) => assert.fail(error),
  } as unknown as DriverContext;

  it('lists every region and access network in both languages, with the source of its figures', async () => {
    for (const list of ['regions', 'access']) {
      const rows = (await network.lists?.[list]?.()) ?? [];
      assert.ok(rows.length >= 10, list);
      for (const row of rows) assert.ok(row.titles?.zh && row.details?.['source'], row.id);
    }
  });

  it('opens the relay from options of a bench file, and the relay carries', async () => {
    const relay = await entry?.load();
    assert.ok(relay);
    const host = createServer((socket) => socket.pipe(socket));
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    const address = host.address();
    assert.ok(address !== null && typeof address === 'object');
    const options = relay.options.parse({
      driver: 'relay',
      listen: '127.0.0.1:0',
      to: `127.0.0.1:${address.port}`,
      dialect: 'unionpay-pos',
    });
    const plane = await relay.open(options, context);
    const [host_, port] = String(plane.facts['address']).split(':');
    const socket = connect({ host: host_ ?? '', port: Number(port) });
    socket.write('x');
    assert.deepEqual(await once(socket, 'data'), [Buffer.from('x')]);
    await plane.close();
    socket.destroy();
    host.close();
  });

  it('refuses options that cannot work', async () => {
    const relay = await entry?.load();
    const right = { listen: '127.0.0.1:0', to: '127.0.0.1:1', dialect: 'unionpay-pos' };
    assert.ok(relay?.options.safeParse(right).success);
    assert.ok(relay?.options.safeParse({ ...right, listen: '[::1]:0' }).success);
    for (const wrong of [{ to: 'nowhere' }, { to: '127.0.0.1:70000' }, { lisen: 'x' }, { listen: '' }]) {
      assert.equal(relay?.options.safeParse({ ...right, ...wrong }).success, false, JSON.stringify(wrong));
    }
    await assert.rejects(
      async () => relay?.open({ ...right, to: '127.0.0.1:0' }, context),
      (error) => isRigError(error) && error.code === 'FILE_INVALID',
    );
  });
});
