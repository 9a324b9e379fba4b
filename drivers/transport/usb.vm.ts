import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { isRigError } from '../../rig/model/errors.ts';
import { tryHotPlug } from '../devices/usb-devices.ts';
import { plugUsb, type TestUsb, until } from '../virtual/usb/testing/usb-devices.ts';
import { openPort } from './open-port.ts';
import type { ByteStream } from './stream.ts';
import { teeInto } from './tee.ts';
import { listRecorder } from './testing/pty.ts';
import { claimUsb, findUsb } from './usb-device.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const isLost = (error: unknown) => isRigError(error) && error.code === 'TRANSPORT_LOST';
const listed = (name: string) =>
  findUsb(name, 'test device').then(
    () => true,
    () => false,
  );
/** A device is there when it can be found by its name. */
const there = (name: string) => until(name, () => listed(name));

/** The raw node of the virtual keypad; the emulated PC has a keyboard of its own. */
const keypadNode = (): string | undefined =>
  readdirSync('/sys/class/hidraw').find(
    (name) =>
      readFileSync(`/sys/class/hidraw/${name}/device/uevent`, 'utf8').includes('1209:0000AC02') &&
      existsSync(`/dev/${name}`),
  );

describe('USB devices on a real USB stack', () => {
  let usb: TestUsb | undefined;
  let stream: ByteStream | undefined;
  const open = async (path: string) => {
    stream = await openPort(
      { path, baud: 115_200, what: 'test device' },
      teeInto(listRecorder(), 'card', 'x'),
    );
    return stream;
  };
  afterEach(async () => {
    await stream?.close();
    await usb?.end();
    stream = usb = undefined;
  });

  it('a vendor-specific pair of bulk endpoints is a port; an unplug with a read pending ends it', async () => {
    usb = await plugUsb('keypad');
    await there('usb:1209:ac02');
    const port = await open('bulk:1209:ac02');
    let heard = '';
    port.onData((chunk) => {
      heard += Buffer.from(chunk).toString('latin1');
    });
    const text = 'sale 128.50\n'.repeat(200);
    await port.write(bytes(text));
    await until('the echo', () => heard === text);
    await usb.tell(`unplug ${usb.ids[0]}`);
    assert.ok(isLost(await port.closed));
    await assert.rejects(port.write(bytes('late')), isLost);
  });

  it('an unplug in bulk traffic settles every writer', async () => {
    usb = await plugUsb('keypad');
    await there('usb:1209:ac02');
    const port = await open('bulk:1209:ac02');
    port.onData(() => {});
    await usb.tell(`deaf ${usb.ids[0]}`);
    const outcomes = Promise.allSettled([1, 2, 3].map(() => port.write(new Uint8Array(60_000))));
    await usb.tell(`unplug ${usb.ids[0]}`);
    for (const outcome of await outcomes)
      assert.ok(outcome.status === 'rejected' && isLost(outcome.reason), outcome.status);
  });

  it("the kernel's driver is detached from what is claimed, and has it back at the end", async () => {
    usb = await plugUsb('terminal');
    await until('the port', () => existsSync('/dev/ttyACM0'));
    const port = await open('bulk:1209:ac01');
    let heard = '';
    port.onData((chunk) => {
      heard += Buffer.from(chunk).toString('latin1');
    });
    await until('the driver to let go', () => !existsSync('/dev/ttyACM0'));
    await port.write(bytes('raw'));
    await until('the echo', () => heard === 'raw');
    await port.close();
  });

  it('a keypad types through the kernel', async () => {
    usb = await plugUsb('keypad');
    await until('the node', () => keypadNode() !== undefined);
    const file = await openFile(`/dev/${keypadNode()}`, 'r');
    await usb.tell(`type ${usb.ids[0]} 30 31 88`);
    const usages: number[] = [];
    while (usages.length < 3) {
      const { buffer } = await file.read(Buffer.alloc(8), 0, 8);
      if (buffer[2]) usages.push(buffer[2]);
    }
    await file.close();
    assert.deepEqual(usages, [30, 31, 88]);
  });

  it('what comes and goes is told where udev runs', async () => {
    const { works, found } = await tryHotPlug();
    assert.ok(works, found);
    const { WebUSB } = await import('usb');
    const watcher = new WebUSB({ allowAllDevices: true });
    const events: string[] = [];
    const note = (kind: string) => (event: unknown) => {
      const { device } = event as { readonly device: { readonly productId: number } };
      if (device.productId === 0xac02) events.push(kind);
    };
    const [came, went] = [note('connect'), note('disconnect')];
    watcher.addEventListener('connect', came);
    watcher.addEventListener('disconnect', went);
    usb = await plugUsb('keypad');
    await until('its coming', () => events.includes('connect'));
    await usb.tell(`unplug ${usb.ids[0]}`);
    await until('its going', () => events.includes('disconnect'));
    watcher.removeEventListener('connect', came);
    watcher.removeEventListener('disconnect', went);
    // A coming may be told more than once: udev says more than one thing about a device.
    assert.deepEqual(
      events.filter((kind, i) => kind !== events[i - 1]),
      ['connect', 'disconnect'],
    );
  });

  it('a device that is reset comes back', async () => {
    usb = await plugUsb('keypad');
    await there('usb:1209:ac02');
    const claimed = await claimUsb('usb:1209:ac02', 'test device');
    await claimed.device.reset();
    await claimed.release();
    await there('usb:1209:ac02');
    const port = await open('bulk:1209:ac02');
    let heard = 0;
    port.onData((chunk) => {
      heard += chunk.length;
    });
    await port.write(bytes('back'));
    await until('the echo', () => heard === 4);
  });
});
