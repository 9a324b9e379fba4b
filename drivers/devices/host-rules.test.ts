import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { examineHost, type HostRoots } from './host-rules.ts';

describe('devices: what of the machine gets in the way', () => {
  let root: string;
  let roots: HostRoots;
  const put = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const states = async (ports: Parameters<typeof examineHost>[0] = []) =>
    Object.fromEntries((await examineHost(ports, roots)).map(({ id, state }) => [id, state]));
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'posrig-host-'));
    roots = { sys: join(root, 'sys'), proc: join(root, 'proc'), rules: [join(root, 'rules')] };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('nothing does on a machine that has nothing', async () => {
    assert.deepEqual(await states(), {
      'modem-manager': 'ok',
      brltty: 'ok',
      'usb-autosuspend': 'ok',
      'ftdi-latency': 'ok',
    });
  });

  it('names what does, and the command that mends it', async () => {
    await put('proc/71/comm', 'ModemManager\n');
    await put('rules/85-brltty.rules', '');
    await put('sys/bus/usb/devices/1-2/power/control', 'auto\n');
    await put('sys/bus/usb-serial/devices/ttyUSB0/latency_timer', '16\n');
    const port = { path: '/dev/ttyUSB0', stable: 'x', vid: '1a86', pid: '7523', where: '1-2:1.0' };
    assert.deepEqual(await states([port]), {
      'modem-manager': 'limited',
      brltty: 'missing',
      'usb-autosuspend': 'limited',
      'ftdi-latency': 'limited',
    });
    const found = await examineHost([port], roots);
    assert.ok(found.every(({ remedy, purpose }) => remedy && purpose));
    await put('rules/70-posrig.rules', '');
    assert.equal((await states())['modem-manager'], 'ok');
  });
});
