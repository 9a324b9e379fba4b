import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { watchNode } from './node-watch.ts';
import { openSerial, type SerialStream } from './serial.ts';
import { teeInto } from './tee.ts';
import { makeEchoPty } from './testing/echo-pty.ts';
import { eventually, listRecorder, makePty, type TestPty } from './testing/pty.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const isLost = (error: unknown) =>
  isRigError(error) && error.code === 'TRANSPORT_LOST' && error.blame === 'bench';

describe('transport: serial', () => {
  let pty: TestPty;
  let stream: SerialStream | undefined;
  let recorder: ReturnType<typeof listRecorder>;
  const open = async () => {
    recorder = listRecorder();
    stream = await openSerial(
      { path: pty.path, baud: 115200, what: 'test device' },
      teeInto(recorder, 'card', 'test'),
    );
    return stream;
  };

  beforeEach(async () => {
    pty = await makePty();
  });
  afterEach(async () => {
    await stream?.close();
    await pty.unplug();
  });

  it('carries bytes both ways and records them as they crossed', async () => {
    let heard = '';
    pty.onData((chunk) => {
      heard += chunk.toString('latin1');
      if (heard === 'ping\x85') pty.send(Uint8Array.from([0x00, 0xff, 0x0a]));
    });
    const port = await open();
    let seen = '';
    port.onData((chunk) => {
      seen += Buffer.from(chunk).toString('hex');
    });
    await port.write(Uint8Array.from([...bytes('ping'), 0x85]));
    await eventually('the echo', () => seen === '00ff0a');
    await port.close();
    assert.equal(await port.closed, undefined);
    const wire = recorder.events.flatMap((event) =>
      event.type === 'bytes' ? [`${event.dir} ${event.hex}`] : [],
    );
    assert.equal(wire[0], 'out 70696e6785');
    assert.equal(wire.slice(1).join('').replaceAll('in ', ''), '00ff0a');
    const links = recorder.events.flatMap((event) => (event.type === 'link' ? [event.state] : []));
    assert.deepEqual(links, ['open', 'closed']);
  });

  it('goes on at once with what waited for bytes, though nothing else happens in this process', async () => {
    const echo = await makeEchoPty();
    const port = await openSerial(
      { path: echo.path, baud: 115200, what: 'echo' },
      teeInto(listRecorder(), 'card', 'test'),
    );
    try {
      const wentOn = new Promise<boolean>((resolve) => {
        port.onData(() => {
          let done = false;
          void Promise.resolve().then(() => {
            done = true;
          });
          // The next timer is something else that happens: what was awaited must not have had to wait for it.
          setTimeout(() => resolve(done), 0);
        });
      });
      await port.write(bytes('a'));
      assert.ok(await wentOn);
    } finally {
      await port.close();
      await echo.end();
    }
  });

  it('reports an unplug while idle once, and refuses everything afterwards', async () => {
    const port = await open();
    port.onData(() => {});
    await pty.unplug();
    const error = await port.closed;
    assert.ok(isLost(error), String(error));
    assert.equal(port.alive, false);
    await assert.rejects(port.write(bytes('G0X2\n')), isLost);
    await port.close();
    assert.equal(await port.closed, error);
  });

  it('notices an unplug while bytes pour in both ways, every time', async () => {
    for (let round = 0; round < 5; round++) {
      if (round > 0) pty = await makePty();
      pty.onData((chunk) => pty.send(chunk));
      const port = await open();
      let heard = 0;
      port.onData((chunk) => {
        heard += chunk.length;
      });
      const pour = (async () => {
        while (port.alive) await port.write(new Uint8Array(4096).fill(0x55)).catch(() => {});
      })();
      await eventually('traffic', () => heard > 50_000);
      await pty.unplug();
      assert.ok(isLost(await port.closed));
      await pour;
    }
  });

  it('settles every writer when the port is lost in the middle of a write, and sends nothing later', async () => {
    const port = await open();
    port.onData(() => {});
    pty.deafen();
    // Far more than a pty holds: the first write hangs in the kernel, the others wait behind it.
    const writes = [1, 2, 3].map(() => port.write(new Uint8Array(300_000).fill(0x41)));
    const outcomes = Promise.allSettled(writes);
    await pty.unplug();
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.ok(outcome.status === 'rejected' && isLost(outcome.reason));
    }
    assert.ok(isLost(await port.closed));
    const before = recorder.events.length;
    await assert.rejects(port.write(bytes('late')), isLost);
    assert.equal(recorder.events.length, before, 'a refused write is not recorded as sent');
  });

  it('a new connection on the same port hears nothing of the old one', async () => {
    const first = await open();
    first.onData(() => {});
    pty.deafen();
    const stuck = first.write(new Uint8Array(200_000).fill(0x53)).catch((error: RigError) => error);
    await first.close();
    assert.ok(isRigError(await stuck));
    let heard = '';
    pty.onData((chunk) => {
      heard += chunk.toString('latin1');
    });
    const second = await open();
    await second.write(bytes('\nfresh\n'));
    await eventually('the new line', () => heard.endsWith('fresh\n'));
    // What the kernel already had may still come out; nothing of the 200 kB behind it.
    assert.ok(heard.length < 100_000, `${heard.length} bytes`);
  });

  it('records only how many bytes crossed while they are withheld', async () => {
    const port = await open();
    let answered = 0;
    port.onData((chunk) => {
      answered += chunk.length;
    });
    pty.onData((chunk) => pty.send(chunk));
    const outer = port.withhold('pin');
    const inner = port.withhold('pin');
    await port.write(bytes('G53G0X-012.000'));
    await port.write(bytes('Y-034.000'));
    await eventually('the echo', () => answered === 23);
    inner();
    inner();
    await port.write(bytes('Z'));
    await eventually('the last echo', () => answered === 24);
    outer();
    await port.write(bytes('open'));
    const events = recorder.events.filter((event) => event.type === 'bytes');
    assert.deepEqual(events, [
      { type: 'bytes', plane: 'card', stream: 'test', dir: 'out', hex: '', count: 24, withheld: 'pin' },
      { type: 'bytes', plane: 'card', stream: 'test', dir: 'in', hex: '', count: 24, withheld: 'pin' },
      { type: 'bytes', plane: 'card', stream: 'test', dir: 'out', hex: '6f70656e', count: 4 },
      ...events.slice(3),
    ]);
    assert.ok(!JSON.stringify(events).includes(Buffer.from('012').toString('hex')));
  });

  it('says what to do when a port cannot be opened', async () => {
    const missing = openSerial(
      { path: '/dev/ttyNONE9', baud: 9600, what: 'test device' },
      teeInto(listRecorder(), 'card', 'x'),
    );
    await assert.rejects(
      missing,
      (error: RigError) =>
        error.code === 'TRANSPORT_OPEN' && error.blame === 'bench' && /list devices/.test(error.hint ?? ''),
    );
    const folder = await mkdtemp(join(tmpdir(), 'posrig-serial-'));
    const file = join(folder, 'plain');
    await writeFile(file, '');
    await assert.rejects(
      openSerial({ path: file, baud: 9600, what: 'test device' }, teeInto(listRecorder(), 'card', 'x')),
      (error: RigError) => error.code === 'TRANSPORT_OPEN' && /not a serial port/.test(error.hint ?? ''),
    );
    await rm(folder, { recursive: true });
  });

  it('refuses a port that another program of ours holds', async () => {
    await open();
    await assert.rejects(
      openSerial({ path: pty.path, baud: 9600, what: 'test device' }, teeInto(listRecorder(), 'card', 'x')),
      (error: RigError) => error.code === 'TRANSPORT_OPEN' && /Another program/.test(error.hint ?? ''),
    );
  });
});

describe('transport: watching a device node', () => {
  it('tells once when the node behind a stable name goes or is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posrig-node-'));
    const node = join(folder, 'ttyUSB0');
    const name = join(folder, 'by-id');
    await writeFile(node, '');
    await symlink(node, name);
    const told: string[] = [];
    await watchNode(name, (why) => told.push(why));
    await rm(node);
    await eventually('the removal', () => told.length > 0);
    assert.match(told.join('|'), /^the device .*ttyUSB0 is gone$/);

    await writeFile(node, '');
    const replaced: string[] = [];
    await watchNode(name, (why) => replaced.push(why));
    await writeFile(join(folder, 'other'), '');
    await rename(join(folder, 'other'), node);
    await eventually('the replacement', () => replaced.length > 0);
    assert.match(replaced.join('|'), /another device took the name/);
    await rm(folder, { recursive: true });
  });
});
