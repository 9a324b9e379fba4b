import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { frameOf, requests } from '../testing/terminal.ts';
import { drained, Stand, until } from './testing/stand.ts';

/** Writes pieces one after the other, each as a segment of its own. */
async function writePieces(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise<void>((turn) => setImmediate(turn));
  }
  socket.end();
}

describe('observer: the path', () => {
  let stand: Stand;
  beforeEach(() => {
    stand = new Stand();
  });
  afterEach(() => stand.close());

  it('passes every byte in both directions, whatever they are and however they are cut (property)', async () => {
    const accepted: Socket[] = [];
    let arrived: () => void = () => undefined;
    const to = await stand.acquirer((socket) => {
      accepted.push(socket);
      arrived();
    });
    const plane = await stand.observe(to, { probe: false });
    const genuine = fc.constantFrom(frameOf(...requests.echo()), frameOf(...requests.sale('000001', 100)));
    const pieces = fc.array(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3000 }), genuine), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(pieces, pieces, async (there, back) => {
        const came = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const terminal = await stand.dial(plane);
        await came;
        const host = accepted.at(-1);
        assert.ok(host);
        const both = Promise.all([drained(host), drained(terminal)]);
        await Promise.all([writePieces(terminal, there), writePieces(host, back)]);
        const [atHost, atTerminal] = await both;
        assert.deepEqual(atHost, Buffer.concat(there));
        assert.deepEqual(atTerminal, Buffer.concat(back));
      }),
      { numRuns: 40 },
    );
    assert.deepEqual(stand.lost, []);
    // The journal has every byte as well.
    const count = (dir: string) =>
      stand.of('bytes').reduce((sum, event) => sum + (event.dir === dir ? event.hex.length / 2 : 0), 0);
    assert.ok(count('in') > 0 && count('out') > 0);
  });

  it('does not hold up what it cannot read: a byte of garbage is through before the next is sent', async () => {
    let host: Socket | undefined;
    const to = await stand.acquirer((socket) => {
      host = socket;
      socket.on('data', (chunk) => socket.write(chunk));
    });
    const plane = await stand.observe(to, { probe: false });
    const terminal = await stand.dial(plane);
    // A TLS ClientHello, then frames that do not decode; each byte is sent only when the one before has come back.
    const garbage = Buffer.from('160301020001fcfffe0002ffff0003010203', 'hex');
    for (const byte of garbage) {
      const echoed = once(terminal, 'data');
      terminal.write(Uint8Array.of(byte));
      assert.deepEqual((await echoed)[0], Buffer.of(byte));
    }
    assert.ok(host);
    const undecodable = stand.of('link').filter(({ state }) => state === 'undecodable');
    assert.deepEqual(
      undecodable.map(({ detail }) => detail?.split(':')[0]),
      ['terminal → host', 'host → terminal'],
    );
    assert.match(undecodable[0]?.detail ?? '', /it passes unread from here$/);
    assert.match(plane.unread?.(0) ?? '', /^bytes passed on c1 that could not be read: /);
    assert.equal(plane.unread?.(Number.MAX_SAFE_INTEGER), undefined);
  });

  it('slows a sender down to its receiver, and holds no more than a little', async () => {
    let host: Socket | undefined;
    const to = await stand.acquirer((socket) => {
      host = socket.pause();
    });
    const plane = await stand.observe(to, { probe: false });
    const terminal = await stand.dial(plane);
    const total = 64 * 1024 * 1024;
    let passed = 0;
    stand.onEvent = (event) => {
      if (event.type === 'bytes') passed += event.count;
    };
    const piece = Buffer.alloc(1024 * 1024, 0xff);
    for (let sent = 0; sent < total; sent += piece.length) terminal.write(piece);
    terminal.end();
    // Nobody reads at the far end: the bytes come to rest, most of them still with their sender.
    for (let before = -1; before !== passed || passed === 0; ) {
      before = passed;
      for (let turn = 0; turn < 200; turn++) await new Promise<void>((next) => setImmediate(next));
    }
    assert.ok(passed < total / 2, `${passed} of ${total} bytes were taken from the sender`);
    assert.ok(host);
    let received = 0;
    host.on('data', (chunk) => {
      received += chunk.length;
    });
    await once(host.resume(), 'end');
    assert.equal(received, total);
  });

  it('hands on a close of one direction; the other stays open', async () => {
    const to = await stand.acquirer((socket) => {
      void drained(socket).then((question) => socket.end(Buffer.concat([Buffer.from('re: '), question])));
    });
    const plane = await stand.observe(to, { probe: false });
    const terminal = await stand.dial(plane);
    const answer = drained(terminal);
    terminal.end('question');
    assert.equal(String(await answer), 're: question');
    await until(() => stand.of('link').some(({ state }) => state === 'closed'));
    const states = stand.of('link').map(({ state }) => state);
    assert.deepEqual(
      states.filter((state) => state !== 'undecodable'),
      ['open', 'connected', 'terminal closed', 'host closed', 'closed'],
    );
  });

  for (const [who, resets] of [
    ['terminal', (terminal: Socket, _: Socket) => terminal],
    ['host', (_: Socket, host: Socket) => host],
  ] as const) {
    it(`hands a reset of the ${who} on, behind the bytes that came before it`, async () => {
      let host: Socket | undefined;
      const to = await stand.acquirer((socket) => {
        host = socket;
      });
      const plane = await stand.observe(to, { probe: false });
      const terminal = await stand.dial(plane);
      await until(() => host !== undefined);
      assert.ok(host);
      const one = resets(terminal, host);
      const other = one === terminal ? host : terminal;
      const came = once(other, 'data');
      one.write('last words');
      assert.equal(String((await came)[0]), 'last words');
      const failed = new Promise<NodeJS.ErrnoException>((resolve) => other.once('error', resolve));
      one.resetAndDestroy();
      assert.equal((await failed).code, 'ECONNRESET');
    });
  }

  it('says that the acquirer cannot be reached: when it is opened, and later to the bench and by a reset', async () => {
    await assert.rejects(
      stand.observe('127.0.0.1:1'),
      (error: { code: string; blame: string; message: string }) => {
        assert.deepEqual([error.code, error.blame], ['HOST_FAILED', 'acquirer']);
        assert.match(error.message, /the acquirer at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
        return true;
      },
    );
    const plane = await stand.observe('127.0.0.1:1', { probe: false });
    const terminal = await stand.dial(plane);
    await new Promise<void>((resolve) => terminal.once('close', () => resolve()));
    assert.match(String(stand.lost[0]), /cannot be reached/);
    assert.deepEqual(plane.exchanges(), []);
  });

  it('keeps passing bytes when its own journal fails, and says so', async () => {
    const to = await stand.acquirer((socket) => socket.pipe(socket));
    const plane = await stand.observe(to, { probe: false });
    const terminal = await stand.dial(plane);
    stand.onEvent = (event) => {
      if (event.type !== 'link') throw new Error('the disk is full');
    };
    const echoed = once(terminal, 'data');
    terminal.write(frameOf(...requests.echo()));
    assert.deepEqual((await echoed)[0], Buffer.from(frameOf(...requests.echo())));
    assert.match(String(stand.lost[0]), /the disk is full/);
  });

  it('ends its connections and frees its port when it is closed', async () => {
    const to = await stand.acquirer(() => undefined);
    const plane = await stand.observe(to);
    const terminal = await stand.dial(plane);
    await until(() => stand.of('link').some(({ state }) => state === 'connected'));
    const closed = once(terminal, 'end');
    terminal.resume();
    await plane.close();
    await closed;
    await plane.close();
    await assert.rejects(stand.dial(plane), /ECONNREFUSED/);
  });
});
