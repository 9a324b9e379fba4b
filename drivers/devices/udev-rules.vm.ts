import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { plugUsb, type TestUsb, until } from '../virtual/usb/testing/usb-devices.ts';
import { UDEV_RULES } from './host-rules.ts';
import { findSerialPorts } from './serial-ports.ts';

const HERE = '/run/udev/rules.d/70-posrig.rules';
const udevadm = (...args: string[]) => execFileSync('udevadm', args, { encoding: 'utf8' });

describe('the udev rules, on a real udev', () => {
  let usb: TestUsb | undefined;
  before(() => {
    mkdirSync('/run/udev/rules.d', { recursive: true });
    copyFileSync(UDEV_RULES, HERE);
    udevadm('control', '--reload');
  });
  after(async () => {
    await usb?.end();
    rmSync(HERE);
    udevadm('control', '--reload');
  });

  it('leave an FTDI cable awake, quick, in its group, and alone', async () => {
    usb = await plugUsb('ftdi,serial=RULED');
    const found = async () => (await findSerialPorts()).find((port) => port.serial === 'RULED');
    await until('the cable', async () => (await found()) !== undefined);
    udevadm('settle', '-t', '60');
    const port = await found();
    assert.ok(port?.where);
    const name = port.path.slice('/dev/'.length);
    const sys = (path: string) => readFileSync(`/sys/bus/${path}`, 'utf8').trim();
    assert.equal(sys(`usb-serial/devices/${name}/latency_timer`), '1');
    assert.equal(sys(`usb/devices/${port.where.split(':')[0]}/power/control`), 'on');
    const properties = udevadm('info', '--query=property', port.path);
    assert.match(properties, /^ID_MM_DEVICE_IGNORE=1$/m);
    const { mode, gid } = statSync(port.path);
    assert.equal(mode & 0o777, 0o660);
    const dialout = /^dialout:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
    assert.equal(String(gid), dialout);
    // by-id and by-path names are udev's; what we say of the port must be one of them.
    assert.match(port.stable, /^\/dev\/serial\/by-id\/usb-.*RULED/);
  });
});
