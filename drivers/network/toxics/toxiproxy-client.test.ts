import assert from 'node:assert/strict';
import { type Proxy as ClientProxy, type ICreateProxyBody, Toxiproxy } from 'toxiproxy-node-client';
import { makeClock } from '../../../rig/model/time.ts';
import { splitHostPort } from '../endpoint.ts';
import { dial, hangUp, type Peer, TestHost } from '../relay/testing/peers.ts';
import { Proxies } from './proxies.ts';
import { type ApiServer, serveApi } from './server.ts';

/** What `settle` sends. */
const NOT_ANSWERED = 0x78;

describe('the toxiproxy client from npm, against posrig', function () {
  this.timeout(20_000);
  let host: TestHost;
  let proxies: Proxies;
  let api: ApiServer;
  let client: Toxiproxy;
  let proxy: ClientProxy;

  beforeEach(async () => {
    host = await TestHost.start();
    host.answer = (peer, chunk) => chunk[0] !== NOT_ANSWERED && peer.socket.write(chunk);
    proxies = new Proxies({ clock: makeClock(1), random: Math.random });
    api = await serveApi(proxies, { host: '127.0.0.1', port: 0 });
    client = new Toxiproxy(`http://127.0.0.1:${api.address.port}`);
    proxy = await client.createProxy(described('acquirer'));
  });

  afterEach(async () => {
    hangUp();
    await api.close();
    await proxies.close();
    await host.stop();
  });

  const described = (name: string): ICreateProxyBody => ({
    name,
    listen: '127.0.0.1:0',
    upstream: `127.0.0.1:${host.address.port}`,
  });
  const terminal = (): Promise<Peer> => {
    const at = splitHostPort(proxy.listen);
    assert.ok(at);
    return dial(at);
  };
  const refused = (promise: Promise<unknown>) => assert.rejects(promise, /ECONNREFUSED/);

  it('creates, shows, populates, resets and removes proxies', async () => {
    assert.deepEqual(Object.keys(await client.getAll()), ['acquirer']);
    assert.equal((await client.get('acquirer')).listen, proxy.listen);
    assert.match(await client.getVersion(), /"version"/);
    const populated = await client.populate([described('other'), { ...proxy.toJson(), name: 'acquirer' }]);
    assert.deepEqual(Object.keys(populated), ['other', 'acquirer']);
    assert.equal(populated['acquirer']?.listen, proxy.listen, 'one that is the same is left alone');
    await proxy.addToxic({
      name: '',
      type: 'timeout',
      stream: 'downstream',
      toxicity: 1,
      attributes: { timeout: 0 },
    });
    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.toJson().upstream });
    await refused(terminal());
    await client.reset();
    const peer = await terminal();
    peer.socket.write('hello');
    await peer.bytes(5);
    await proxy.remove();
    await peer.gone();
    await refused(terminal());
    assert.deepEqual(Object.keys(await client.getAll()), ['other']);
  });

  it('keeps the port of a proxy that is down and up again, and cuts its connections', async () => {
    const peer = await terminal();
    const { listen, upstream } = proxy.toJson();
    const down = await proxy.update({ enabled: false, listen, upstream });
    assert.equal(down.enabled, false);
    await peer.gone();
    const up = await proxy.update({ enabled: true, listen, upstream });
    assert.equal(up.listen, listen);
    await terminal();
  });

  it('latency is never shorter than asked for, and what is updated or removed goes on at once', async () => {
    const toxic = await proxy.addToxic({
      name: 'slow',
      type: 'latency',
      stream: 'upstream',
      toxicity: 1,
      attributes: { latency: 60, jitter: 0 },
    });
    const peer = await terminal();
    const since = performance.now();
    peer.socket.write('ping');
    await peer.bytes(4);
    assert.ok(performance.now() - since >= 60);
    const changed = await toxic.update({ ...toxic.toJson(), attributes: { latency: 600_000, jitter: 5 } });
    assert.deepEqual(changed.attributes, { latency: 600_000, jitter: 5 });
    peer.socket.write('pong');
    await host.settle();
    assert.equal(peer.count, 4);
    await changed.remove();
    await peer.bytes(8);
  });

  it('bandwidth, slicer: everything arrives, no faster than asked for', async () => {
    await proxy.addToxic({
      name: 'b',
      type: 'bandwidth',
      stream: 'downstream',
      toxicity: 1,
      attributes: { rate: 100 },
    });
    await proxy.addToxic({
      name: 's',
      type: 'slicer',
      stream: 'upstream',
      toxicity: 1,
      attributes: { average_size: 700, size_variation: 300, delay: 10 },
    });
    const peer = await terminal();
    const since = performance.now();
    const sent = Buffer.alloc(10_000, 'posrig');
    peer.socket.write(sent);
    await peer.bytes(10_000);
    assert.ok(performance.now() - since >= 100);
    assert.deepEqual(peer.received, sent);
  });

  it('limit_data delivers exactly so many bytes, then closes', async () => {
    await proxy.addToxic({
      name: 'l',
      type: 'limit_data',
      stream: 'downstream',
      toxicity: 1,
      attributes: { bytes: 37 },
    });
    const peer = await terminal();
    peer.socket.write(Buffer.alloc(200));
    await peer.saw('end');
    assert.equal(peer.count, 37);
  });

  it('timeout swallows and closes, also a connection that is live and talks', async () => {
    const peer = await terminal();
    peer.socket.write('a');
    await peer.bytes(1);
    await proxy.addToxic({
      name: 't',
      type: 'timeout',
      stream: 'downstream',
      toxicity: 1,
      attributes: { timeout: 30 },
    });
    const talking = setInterval(() => peer.socket.writable && peer.socket.write('y'), 5);
    await peer.gone();
    clearInterval(talking);
    assert.equal(peer.count, 1);
  });

  it('reset_peer resets, also a connection that was there before', async () => {
    const peer = await terminal();
    await proxy.addToxic({
      name: 'r',
      type: 'reset_peer',
      stream: 'upstream',
      toxicity: 1,
      attributes: { timeout: 0 },
    });
    peer.socket.write('y');
    await peer.saw('ECONNRESET');
  });

  it('slow_close holds the close back until the toxic is removed', async () => {
    const toxic = await proxy.addToxic({
      name: 'c',
      type: 'slow_close',
      stream: 'downstream',
      toxicity: 1,
      attributes: { delay: 600_000 },
    });
    const peer = await terminal();
    (await host.peer(0)).socket.end('bye');
    await peer.bytes(3);
    assert.deepEqual(peer.log, []);
    await toxic.remove();
    await peer.saw('end');
  });

  it('toxicity 0 leaves every connection alone', async () => {
    await proxy.addToxic({
      name: 'r',
      type: 'reset_peer',
      stream: 'upstream',
      toxicity: 0,
      attributes: { timeout: 0 },
    });
    const peer = await terminal();
    peer.socket.write('y');
    await peer.bytes(1);
  });
});
