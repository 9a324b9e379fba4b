import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import type { Tee } from '../tee.ts';
import { type AdbDevice, openAdb } from './adb.ts';
import { type ServedDevice, serveAdbServer } from './testing/adb-server.ts';

const SILENT: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100_000, 0x5a)]);
const device = (serial: string, more: Partial<ServedDevice> = {}): ServedDevice => ({
  serial,
  state: 'device',
  run: (command, socket) => {
    if (command.startsWith('screencap')) socket.end(PNG);
    else if (command.startsWith('sleep')) socket.write('zzz');
    else socket.end(`${serial}: ${command}\n`);
  },
  ...more,
});

describe('adb: our client and an adb server', () => {
  let server: Awaited<ReturnType<typeof serveAdbServer>> | undefined;
  let adb: AdbDevice | undefined;
  const open = async (devices: readonly ServedDevice[], serial?: string) => {
    server = await serveAdbServer(devices);
    adb = await openAdb({ server: server.address, serial }, 'terminal', SILENT);
    return adb;
  };
  afterEach(async () => {
    await adb?.close();
    await server?.close();
    [adb, server] = [undefined, undefined];
  });

  it('takes a picture and runs a command, of the device that was named among two', async () => {
    const shown = await open([device('S1'), device('S2')], 'S2');
    assert.ok((await shown.screenshot()).equals(PNG));
    assert.equal((await shown.run(['echo', 'here'])).toString(), 'S2: echo here\n');
  });

  const refused = async (devices: readonly ServedDevice[], says: RegExp, hint: RegExp, serial?: string) =>
    assert.rejects(open(devices, serial), (error: unknown) => {
      assert.ok(isRigError(error) && error.code === 'TRANSPORT_OPEN' && error.blame === 'bench');
      assert.match(error.message, says);
      assert.match(error.hint ?? '', hint);
      return true;
    });

  it('says which device is missing, not allowed or not the only one, and what to do', async () => {
    await refused([device('S1'), device('S2')], /more than one device/, /`serial`/);
    await refused([], /no devices/, /adb devices/);
    await refused([device('S1')], /'S9' not found/, /adb devices/, 'S9');
    const shut = [device('S1', { state: 'unauthorized' })];
    await refused(shut, /unauthorized/, /at the device's screen/);
  });

  it('gives up a command that does not end, and goes on with the next one', async () => {
    const shown = await open([device('S1')]);
    await assert.rejects(shown.run(['sleep', '60'], { limitMs: 200 }), { code: 'TRANSPORT_TIMEOUT' });
    assert.equal((await shown.run(['echo', 'on'])).toString(), 'S1: echo on\n');
  });

  it('tells a server that goes away in the middle of a command', async () => {
    const shown = await open([device('S1')]);
    const waiting = assert.rejects(shown.run(['sleep', '60']), { blame: 'bench' });
    await new Promise((resolve) => setImmediate(resolve));
    await server?.close();
    await waiting;
    assert.ok(isRigError(await shown.closed));
  });
});
