import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { type AdbDevice, openAdb } from '../../transport/adb/adb.ts';
import type { Tee } from '../../transport/tee.ts';
import { type AndroidDevice, type RunningDaemon, serveAdb } from './daemon.ts';
import { encodePacket, makePacketReader } from './packet.ts';
import { androidShell } from './shell.ts';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(600_000, 0x5a)]);

describe('adb: our client and the daemon of a virtual device', () => {
  let taps: (readonly [number, number])[];
  let daemon: RunningDaemon | undefined;
  let adb: AdbDevice | undefined;
  let told: string[];
  const tee: Tee = {
    bytes: (dir, chunk) => void told.push(`${dir} ${Buffer.from(chunk).toString('latin1').trim()}`),
    unseen: () => {},
    withheld: (dir, count, reason) => void told.push(`${dir} ${count} withheld: ${reason}`),
    link: (state) => void told.push(state),
  };
  const start = async (more: Partial<AndroidDevice> = {}) => {
    const run = androidShell({
      width: 320,
      height: 480,
      properties: { 'ro.product.model': 'VT-A' },
      screencap: async () => PNG,
      tap: (x, y) => void taps.push([x, y]),
    });
    const device = { product: 'vta', model: 'VT-A', device: 'vta', allowsDebugging: true, run, ...more };
    daemon = await serveAdb(device, { host: '127.0.0.1', port: 0 });
    return daemon.address;
  };
  beforeEach(() => {
    taps = [];
    told = [];
  });
  afterEach(async () => {
    await adb?.close();
    await daemon?.close();
    adb = undefined;
  });

  it('runs commands, takes screenshots, touches', async () => {
    adb = await openAdb({ tcp: await start() }, 'terminal', tee);
    assert.equal(adb.facts['model'], 'VT-A');
    assert.equal((await adb.run(['getprop', 'ro.product.model'])).toString(), 'VT-A\n');
    assert.ok((await adb.screenshot()).equals(PNG), 'a picture longer than one packet, whole');
    await adb.tap(12.4, 34);
    await adb.tap(400, 34);
    assert.deepEqual(taps, [[12, 34]], 'a touch beside the screen touches nothing');
    assert.match((await adb.run(['rm', '-rf', '/'])).toString(), /rm: inaccessible or not found/);
  });

  it('writes down commands and their texts, of pictures the size, of secrets nothing', async () => {
    adb = await openAdb({ tcp: await start() }, 'terminal', tee);
    await adb.run(['echo', 'hello']);
    await adb.screenshot();
    await adb.tap(77, 88, { secret: 'it types a PIN' });
    await adb.close();
    assert.equal(await adb.closed, undefined);
    assert.deepEqual(told, [
      'open',
      'out exec:echo hello',
      'in hello',
      'out exec:screencap -p',
      `in ${PNG.length} withheld: a picture of the screen`,
      'out 0 withheld: it types a PIN',
      'in 0 withheld: it types a PIN',
      'closed',
    ]);
  });

  it('is known by the key of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adb-'));
    const key = join(folder, 'adbkey');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    try {
      const tcp = await start();
      adb = await openAdb({ tcp, key }, 'terminal', tee);
      assert.equal((await adb.run(['echo', 'in'])).toString(), 'in\n');
      writeFileSync(key, 'not a key');
      await assert.rejects(openAdb({ tcp, key }, 'terminal', tee), { code: 'FILE_INVALID' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tells a connection that ends in the middle of a command', async () => {
    const tcp = await start({ run: () => new Promise(() => {}) });
    adb = await openAdb({ tcp }, 'terminal', tee);
    const waiting = assert.rejects(adb.run(['screencap', '-p']), { code: 'TRANSPORT_LOST', blame: 'bench' });
    await daemon?.close();
    await waiting;
    assert.ok(isRigError(await adb.closed));
  });

  it('says that nobody is there', async () => {
    const tcp = await start();
    await daemon?.close();
    await assert.rejects(openAdb({ tcp }, 'terminal', tee), { code: 'TRANSPORT_OPEN', blame: 'bench' });
    await assert.rejects(openAdb({ server: tcp }, 'terminal', tee), {
      code: 'TRANSPORT_OPEN',
      blame: 'bench',
    });
  });

  it('lets in nobody who has not proved who they are, and throws out who sends other things', async () => {
    const [host = '', port] = (await start()).split(':');
    for (const bytes of [
      encodePacket('OPEN', 1, 0, Buffer.from('exec:id\0')),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    ]) {
      const socket = connect(Number(port), host);
      socket.resume();
      socket.write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
  });
});

describe('adb: packets', () => {
  it('come out of a stream however it is cut up', () => {
    const packets = [
      ['CNXN', 0x01000001, 4096, 'host::'],
      ['OPEN', 7, 0, 'exec:screencap -p\0'],
      ['OKAY', 1, 7, ''],
    ] as const;
    const stream = Buffer.concat(
      packets.map(([command, a, b, text]) => encodePacket(command, a, b, Buffer.from(text))),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...new Set(cuts.sort((a, b) => a - b)), stream.length];
        const read = makePacketReader();
        const seen = at.slice(1).flatMap((end, i) => read(stream.subarray(at[i], end)) ?? []);
        assert.deepEqual(
          seen.map(({ command, arg0, arg1, payload }) => [command, arg0, arg1, payload.toString()]),
          packets,
        );
      }),
    );
  });

  it('are never made of what is none, and nothing is kept of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 200 }), (noise) => {
        assert.equal(makePacketReader()(noise), undefined);
      }),
    );
  });
});
