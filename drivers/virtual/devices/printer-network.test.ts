import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { makeClock } from '../../../rig/model/time.ts';
import { makeRecordingBody } from '../testing/recording-body.ts';
import { attachNetworkPrinter } from './printer-network.ts';

const ASK = Buffer.from([0x10, 0x04, 0x04]);

describe('a printer in the network', () => {
  let server: Server;
  const sockets: Socket[] = [];
  const heard: Buffer[] = [];
  let news: () => void = () => {};
  const until = async (test: () => boolean) => {
    while (!test())
      await new Promise<void>((resolve) => {
        news = resolve;
      });
  };
  const address = () => {
    const at = server.address();
    assert.ok(at && typeof at === 'object');
    return { host: '127.0.0.1', port: at.port };
  };
  beforeEach(async () => {
    sockets.length = 0;
    heard.length = 0;
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        heard.push(bytes);
        news();
      });
      socket.on('close', () => news());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const attach = (speed: number, to = address()) => {
    const body = makeRecordingBody();
    const clock = makeClock(speed);
    const end = attachNetworkPrinter(to, body, clock);
    return { body, end };
  };
  const text = () => Buffer.concat(heard).toString('latin1');

  it('is dialled when something is printed; bytes pass as they are, both ways, in one connection', async () => {
    const { body, end } = attach(1);
    body.print(Buffer.from([0x1b, 0x40, 0x00, 0xff]));
    body.print(Buffer.from('next'));
    await until(() => text() === '\x1b@\x00\xffnext');
    sockets[0]?.write(Buffer.from([0x12]));
    while (body.printerInput.length === 0) await new Promise(setImmediate);
    assert.deepEqual(Buffer.concat(body.printerInput), Buffer.from([0x12]));
    body.print(Buffer.from('!'));
    await until(() => text().endsWith('!'));
    assert.equal(sockets.length, 1);
    end();
    await until(() => sockets[0]?.destroyed === true);
  });

  it('holds the terminal back while it does not answer, and lets it go on when it does', async () => {
    // Slow enough that a busy machine connects in the time that the terminal gives it.
    const { body, end } = attach(50);
    body.print(ASK);
    while (body.printerInput.length === 0) await new Promise(setImmediate);
    assert.deepEqual(Buffer.concat(body.printerInput), Buffer.from([0x13]), 'told to wait');
    await until(() => heard.length > 0);
    sockets[0]?.write(Buffer.from([0x12]));
    while (Buffer.concat(body.printerInput).length < 3) await new Promise(setImmediate);
    assert.deepEqual(Buffer.concat(body.printerInput), Buffer.from([0x13, 0x11, 0x12]));
    end();
  });

  it('a terminal that loses power hangs up, and dials anew', async () => {
    const { body, end } = attach(1);
    body.print(Buffer.from('half a sl'));
    await until(() => text() === 'half a sl');
    body.show({ lit: false, lines: [] });
    await until(() => sockets[0]?.destroyed === true);
    body.print(Buffer.from('whole'));
    await until(() => text().endsWith('whole'));
    assert.equal(sockets.length, 2);
    end();
  });

  it('one that is not there costs the slip; the next one finds the printer that is back', async () => {
    const gone = address();
    await new Promise((resolve) => server.close(resolve));
    const { body, end } = attach(1, gone);
    body.print(Buffer.from('nobody listens'));
    await new Promise<void>((resolve) => server.listen(gone.port, gone.host, resolve));
    while (heard.length === 0) {
      body.print(Buffer.from('x'));
      await new Promise(setImmediate);
    }
    assert.match(text(), /x$/);
    end();
  });
});
