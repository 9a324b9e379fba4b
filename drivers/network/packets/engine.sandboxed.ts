import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { command } from '../kernel/command.ts';
import { Creation, inside } from '../kernel/creation.ts';
import { takeInventory } from '../kernel/inventory.ts';
import { PacketEngine } from './engine.ts';

const HOST = '10.8.0.2';
const PORT = 8583;
/** A host as a program of its own: sends back what it gets; ends with its input. */
const ECHO = `
require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket))
  .listen(${PORT}, '${HOST}', () => process.stdout.write('ready'));
process.stdin.resume().once('end', () => process.exit(0));`;

/** Terminal here, the path in one namespace, the host in another: nothing between them but routed packets. */
describe('packet engine across namespaces', () => {
  const creation = new Creation();
  let engine: PacketEngine;
  let host: ChildProcess;
  before(async () => {
    const [path, away] = [await creation.router('path'), await creation.namespace('host')];
    const [, terminalSide] = await creation.veth(
      { address: '10.7.0.1/30' },
      { namespace: path, address: '10.7.0.2/30' },
    );
    const [hostSide] = await creation.veth(
      { namespace: path, address: '10.8.0.1/30' },
      { namespace: away, address: `${HOST}/30` },
    );
    await creation.route(['10.8.0.0/30', 'via', '10.7.0.2']);
    await creation.route(['default', 'via', '10.8.0.1'], away);
    engine = await PacketEngine.open(
      creation,
      { namespace: path, terminal: terminalSide, host: hostSide },
      {},
    );
    const [program = 'ip', ...words] = [...inside(away), process.execPath, '-e', ECHO];
    host = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(host.stdout);
    await once(host.stdout, 'data');
  });
  after(async () => {
    host?.stdin?.end();
    await engine?.close();
    assert.deepEqual(await creation.remove(), []);
    assert.deepEqual(await takeInventory(), []);
  });

  const dial = async (): Promise<Socket> => {
    const socket = connect({ host: HOST, port: PORT, noDelay: true });
    await once(socket, 'connect');
    return socket;
  };
  const echo = async (socket: Socket, bytes: Buffer): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let count = 0;
    socket.write(bytes);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      count += (chunk as Buffer).length;
      if (count >= bytes.length) break;
    }
    return Buffer.concat(chunks);
  };
  const noise = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff));

  it('passes packets untouched, and counts them', async () => {
    const socket = await dial();
    assert.deepEqual(await echo(socket, noise(20_000)), noise(20_000));
    socket.destroy();
    const { request, response } = await engine.counts();
    assert.ok(request.packets > 10 && response.packets > 10);
  });

  it('delays the handshake too, and is never early', async () => {
    await engine.set({ request: { delay: '60 ms' }, response: { delay: '40 ms' } });
    const start = performance.now();
    const socket = await dial();
    const connected = performance.now() - start;
    assert.deepEqual(await echo(socket, noise(200)), noise(200));
    const answered = performance.now() - start;
    socket.destroy();
    assert.ok(connected >= 100, `connected after ${connected} ms`);
    assert.ok(answered >= 200, `answered after ${answered} ms`);
  });

  it('loses, doubles, damages and reorders segments, and TCP still delivers every byte in order', async () => {
    await engine.set({
      request: { loss: 4, burst: 2, duplicate: 5, corrupt: 3, reorder: 10, delay: '2 ms' },
      response: { loss: 4, duplicate: 5, corrupt: 3, reorder: 10, delay: '2 ms' },
      seed: 4,
    });
    const socket = await dial();
    assert.deepEqual(await echo(socket, noise(150_000)), noise(150_000));
    socket.destroy();
    const { request, response } = await engine.counts();
    for (const what of ['lost', 'duplicated', 'corrupted', 'reordered'] as const)
      assert.ok(request[what] + response[what] > 0, what);
  });

  it('lets an answer arrive and withholds its acknowledgement, set off by the packet itself', async () => {
    await engine.set({
      events: [{ when: { direction: 'response', payload: '0210', offset: 2 }, do: 'cut-back' }],
    });
    const struck = new Promise<number>((resolve) => engine.onStruck(resolve));
    const socket = await dial();
    assert.deepEqual(await echo(socket, Buffer.from('00020210', 'hex')), Buffer.from('00020210', 'hex'));
    assert.equal(await struck, 0);
    const away = `${creation.tag}-host`;
    const states = await command('nsenter', [
      ...[`--net=/run/netns/${away}`, 'ss', '-Htin', 'sport', '=', `:${PORT}`],
    ]);
    assert.match(states, /ESTAB\s+0\s+4\s/);
    socket.destroy();
  });

  it('resets a connection at its second segment', async () => {
    await engine.set({ events: [{ when: { direction: 'request', nth: 2 }, do: 'reset' }] });
    const socket = await dial();
    assert.deepEqual(await echo(socket, Buffer.from('one')), Buffer.from('one'));
    socket.write('two');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });

  it('does what it is ordered until that is taken back, and tells what came of it', async () => {
    await engine.set({});
    const [standing] = await engine.add({
      ...{ id: 'f1', what: 'link', direction: 'request', which: 'handshake', link: { delay: 300 } },
    });
    assert.deepEqual([standing?.comment, standing?.packets], ['f1', 0]);
    const start = performance.now();
    (await dial()).destroy();
    assert.ok(performance.now() - start >= 300);
    const after = (await engine.standing()) ?? [];
    assert.deepEqual(
      after.map(({ handle, packets }) => [handle, packets]),
      [[standing?.handle, 1]],
    );
    assert.deepEqual(await engine.remove('f1'), []);
  });

  it('says that it is gone when somebody ends it; packets then take the direct way', async () => {
    const told = new Promise<Error>((resolve) => engine.onLost(resolve));
    const entry = (await takeInventory()).find(({ kind }) => kind === 'process');
    assert.ok(entry?.thing.kind === 'process');
    process.kill(entry.thing.pid, 'SIGKILL');
    assert.match((await told).message, /packet engine: it ended \(SIGKILL\)/);
    assert.equal(await engine.standing(), undefined);
    await assert.rejects(engine.add({ id: 'f2', what: 'drop' }), /it has ended/);
    const socket = await dial();
    assert.deepEqual(await echo(socket, Buffer.from('direct')), Buffer.from('direct'));
    socket.destroy();
  });
});
