import assert from 'node:assert/strict';
import type { PowerPlane } from '../../rig/bench/planes.ts';
import { onlyOn } from '../../rig/house/vm/testing/only-on.ts';
import { makeClock } from '../../rig/model/time.ts';
import { makeContext } from '../devices/testing/context.ts';
import { usbInSys } from '../transport/usb-sys.ts';
import { plugUsb, type TestUsb, until } from '../virtual/usb/testing/usb-devices.ts';
import * as hidRelay from './hid-relay.ts';
import * as usbHub from './usb-hub.ts';

describe('power switches on a real USB stack', () => {
  let usb: TestUsb | undefined;
  let power: PowerPlane | undefined;
  const context = makeContext(makeClock(1));
  const listed = async (product: string) => (await usbInSys()).some((device) => device.product === product);
  afterEach(async () => {
    await power?.close();
    await usb?.end();
    usb = power = undefined;
  });

  it('a HID relay board is switched away from the kernel driver, and read back', async () => {
    usb = await plugUsb('relay');
    await until('the board', () => listed('USBRelay2'));
    power = await hidRelay.open(hidRelay.options.parse({ channel: 2, 'off-time': '0 s' }), context);
    assert.equal(power.facts['found'], 'off');
    await power.set('on');
    assert.equal(await power.get(), 'on');
    assert.equal(await usb.tell(`state ${usb.ids[0]}`), '2');
    await power.close();
    assert.equal(await usb.tell(`state ${usb.ids[0]}`), '0', 'as it was found');
  });

  // The emulated PC has a hub of QEMU's own, with port power and a keyboard on its second port.
  const HUB = "the hub with switched ports is QEMU's own";
  const KEYBOARD = 'QEMU USB Keyboard';
  const keyboard = () => listed(KEYBOARD);
  const hub = async () => {
    await until('the keyboard on the hub', keyboard);
    const found = (await usbInSys()).find((device) => device.product === 'QEMU USB Hub');
    assert.ok(found, JSON.stringify(await usbInSys()));
    return `usb:${found.vid}:${found.pid}@${found.where}`;
  };

  it('a hub port is switched when the right device hangs on it: it goes, and comes back', async function () {
    onlyOn(this, 'qemu', HUB);
    const options = { hub: await hub(), port: 2, device: 'usb:0627:0001', 'off-time': '1 s' };
    power = await usbHub.open(usbHub.options.parse(options), context);
    assert.equal(power.facts['found'], 'on');
    await power.set('off');
    assert.equal(await power.get(), 'off');
    await until('it to go', async () => !(await keyboard()));
    await power.set('on');
    await until('it to come back', keyboard);
  });

  it('nothing is switched when something else hangs there, or nothing does', async function () {
    onlyOn(this, 'qemu', HUB);
    const name = await hub();
    const wrong = (port: number, device: string) =>
      usbHub.open(usbHub.options.parse({ hub: name, port, device }), context);
    await assert.rejects(wrong(2, 'usb:1209:ac01'), {
      code: 'POWER_RELAY',
      message: /but usb:0627:0001.* hangs there/,
    });
    await assert.rejects(wrong(3, 'usb:0627:0001'), {
      code: 'POWER_RELAY',
      message: /but nothing hangs there/,
    });
    await assert.rejects(wrong(31, 'usb:0627:0001'), {
      code: 'POWER_RELAY',
      message: /has \d ports, not 31/,
    });
    assert.ok(await keyboard());
  });

  it('a hub that switches all its ports together is refused unless the bench file says that this is meant', async () => {
    usb = await plugUsb('ganged-hub');
    await until('the hub', () => listed('Virtual hub'));
    const options = { hub: 'usb:1209:ac09', port: 1, device: 'usb:0627:0001' };
    await assert.rejects(usbHub.open(usbHub.options.parse(options), context), {
      code: 'POWER_RELAY',
      message: /switches all its ports together/,
    });
  });
});
