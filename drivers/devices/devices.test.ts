import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from '../fixtures-manifest.ts';
import { entriesOf } from './list.ts';
import { portsInSys } from './serial-ports.ts';

describe('devices', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'posrig-sys-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Lays out folders as Linux does: a tty's device link leads into the USB device that carries it. */
  const layOut = async () => {
    const [sys, dev] = [join(root, 'sys'), join(root, 'dev')];
    const usb = join(sys, 'devices/pci0/usb1/1-2');
    await mkdir(join(usb, '1-2:1.0/ttyUSB0'), { recursive: true });
    for (const [file, content] of Object.entries({
      idVendor: '0403\n',
      idProduct: '6001\n',
      serial: 'A50285BI\n',
      manufacturer: 'FTDI\n',
      product: 'FT232R\n',
    })) {
      await writeFile(join(usb, file), content);
    }
    for (const [name, type] of [
      ['ttyUSB0', undefined],
      ['ttyS0', '4'],
      ['ttyS1', '0'],
      ['tty1', undefined],
    ] as const) {
      await mkdir(join(sys, 'class/tty', name), { recursive: true });
      if (type) {
        await writeFile(join(sys, 'class/tty', name, 'type'), `${type}\n`);
        await mkdir(join(sys, 'devices/platform/serial8250'), { recursive: true });
        await symlink(join(sys, 'devices/platform/serial8250'), join(sys, 'class/tty', name, 'device'));
      }
    }
    await symlink(join(usb, '1-2:1.0/ttyUSB0'), join(sys, 'class/tty/ttyUSB0/device'));
    await mkdir(join(dev, 'serial/by-id'), { recursive: true });
    await mkdir(join(dev, 'serial/by-path'), { recursive: true });
    await writeFile(join(dev, 'ttyUSB0'), '');
    await symlink('../../ttyUSB0', join(dev, 'serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0'));
    await symlink('../../ttyUSB0', join(dev, 'serial/by-path/pci-0:2:1.0-port0'));
    return { sys, dev };
  };

  it('finds ports in the kernel folders where udev is missing, and names them by id', async () => {
    const { sys, dev } = await layOut();
    assert.deepEqual(await portsInSys({ sys, dev }), [
      { path: join(dev, 'ttyS0'), stable: join(dev, 'ttyS0') },
      {
        path: join(dev, 'ttyUSB0'),
        stable: join(dev, 'serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0'),
        vid: '0403',
        pid: '6001',
        serial: 'A50285BI',
        maker: 'FTDI',
        product: 'FT232R',
        where: '1-2:1.0',
      },
    ]);
    assert.deepEqual(await portsInSys({ sys: join(root, 'none'), dev }), []);
  });

  it('names two adapters without serial numbers by their places, never by the name that both have', async () => {
    const { sys, dev } = await layOut();
    for (const [where, name] of [
      ['1-3', 'ttyUSB1'],
      ['1-4', 'ttyUSB2'],
    ] as const) {
      const usb = join(sys, 'devices/pci/usb1', where);
      await mkdir(join(usb, `${where}:1.0`, name), { recursive: true });
      await writeFile(join(usb, 'idVendor'), '1a86\n');
      await writeFile(join(usb, 'idProduct'), '7523\n');
      await mkdir(join(sys, 'class/tty', name), { recursive: true });
      await symlink(join(usb, `${where}:1.0`, name), join(sys, 'class/tty', name, 'device'));
      await writeFile(join(dev, name), '');
    }
    await symlink('../../ttyUSB2', join(dev, 'serial/by-id/usb-1a86_USB_Serial-if00-port0'));
    await symlink('../../ttyUSB1', join(dev, 'serial/by-path/pci-0:3:1.0-port0'));
    const twins = (await portsInSys({ sys, dev })).filter((port) => port.vid === '1a86');
    assert.deepEqual(
      twins.map((port) => port.stable),
      [join(dev, 'serial/by-path/pci-0:3:1.0-port0'), 'usb:1a86:7523@1-4:1.0'],
    );
  });

  it('says what a bench file should say, and what cannot be listed', () => {
    const stable = '/dev/serial/by-id/usb-X';
    const [port, usb] = entriesOf(
      [{ path: '/dev/ttyACM0', stable, vid: '1a86', pid: '55d3', product: 'Gantry' }],
      {
        unavailable: 'no such folder',
      },
    );
    assert.equal(port?.id, stable);
    assert.match(port?.title ?? '', /ttyACM0: Gantry/);
    assert.equal(port?.details?.['bench file'], `port: ${stable}`);
    assert.match(usb?.title ?? '', /cannot be listed on this machine: no such folder/);
    const listed = entriesOf([], { devices: [{ where: '1-2.4', vid: '0403', pid: '6001', serial: 'A5' }] });
    assert.deepEqual(
      listed.map((entry) => entry.id),
      ['serial:none', 'usb:1-2.4'],
    );
  });

  it('lists and examines this machine without falling over what it lacks', async () => {
    const entries = (await fixtures.lists?.['devices']?.()) ?? [];
    assert.ok(entries.length >= 2 && entries.every((entry) => entry.id && entry.title));
    const capabilities = (await Promise.all((fixtures.doctor ?? []).map((examine) => examine()))).flat();
    assert.deepEqual(
      capabilities.map((each) => each.id),
      [
        'serial-ports',
        'port-access',
        'usb',
        'usb-hot-plug',
        'modem-manager',
        'brltty',
        'usb-autosuspend',
        'ftdi-latency',
        'ffmpeg',
      ],
    );
    assert.ok(capabilities.every((each) => each.found && each.purpose));
  });

  it('offers drivers that load and refuse options they do not know', async () => {
    const planes = (fixtures.drivers ?? []).map((driver) => `${driver.plane}/${driver.name}`);
    assert.equal(new Set(planes).size, planes.length);
    for (const plane of ['keypad', 'operator', 'card', 'power', 'display'])
      assert.ok(
        planes.some((name) => name.startsWith(`${plane}/`)),
        plane,
      );
    for (const driver of fixtures.drivers ?? []) {
      const module = await driver.load();
      assert.equal(typeof module.open, 'function');
      assert.equal(module.options.safeParse({ port: '/dev/x', sped: 1 }).success, false);
    }
  });
});
