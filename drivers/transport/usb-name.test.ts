import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesName, parseUsbName, portNamed, usbNameOf } from './usb-name.ts';

const twin = (where: string, path: string) => ({
  path,
  stable: path,
  vid: '1a86',
  pid: '7523',
  where: `${where}:1.0`,
});

describe('transport: USB names', () => {
  it('a device is found by the name that is made for it, whatever its serial number', () => {
    const hex = fc.stringMatching(/^[0-9a-f]{4}$/);
    fc.assert(
      fc.property(hex, hex, fc.option(fc.string({ minLength: 1 })), (vid, pid, serial) => {
        const facts = { vid, pid, where: '3-1.4', ...(serial === null ? {} : { serial }) };
        assert.ok(matchesName(parseUsbName(usbNameOf(facts)), facts));
      }),
    );
  });

  it('says what a name means', () => {
    assert.deepEqual(parseUsbName('usb:0403:6001'), { vid: '0403', pid: '6001' });
    assert.deepEqual(parseUsbName('usb:1A86:7523@1-2.4'), { vid: '1a86', pid: '7523', where: '1-2.4' });
    assert.deepEqual(parseUsbName('usb:@2-1:1.2'), { where: '2-1:1.2' });
    assert.deepEqual(parseUsbName('usb:0403:6001:A:B%40C'), { vid: '0403', pid: '6001', serial: 'A:B@C' });
    for (const wrong of ['usb:', 'usb:12:34', 'usb:@', 'usb:0403:6001@x', 'usb:ttyUSB0'])
      assert.throws(() => parseUsbName(wrong), { code: 'FILE_INVALID' }, wrong);
  });

  it('keeps 1-2 and 1-2.1 apart, and interfaces of one device', () => {
    const name = parseUsbName('usb:@1-2');
    assert.ok(matchesName(name, { where: '1-2:1.0' }));
    assert.ok(!matchesName(name, { where: '1-2.1:1.0' }));
    assert.ok(matchesName(parseUsbName('usb:@1-2:1.2'), { where: '1-2:1.2' }));
    assert.ok(!matchesName(parseUsbName('usb:@1-2:1.2'), { where: '1-2:1.0' }));
  });

  it('two of a kind are told apart by place alone; a name that both bear is refused with their places', async () => {
    const both = async () => [twin('1-1', '/dev/ttyUSB1'), twin('1-2', '/dev/ttyUSB0')];
    assert.equal(await portNamed('usb:1a86:7523@1-2', 'gantry', both), '/dev/ttyUSB0');
    await assert.rejects(portNamed('usb:1a86:7523', 'gantry', both), {
      code: 'TRANSPORT_OPEN',
      hint: 'Name its place, too: @1-1:1.0 or @1-2:1.0.',
    });
  });

  it('waits for a device that is away and says what there is when it does not come', async () => {
    let looks = 0;
    const late = async () => (++looks < 3 ? [] : [twin('1-1', '/dev/ttyUSB3')]);
    assert.equal(await portNamed('usb:1a86:7523', 'gantry', late), '/dev/ttyUSB3');
    await assert.rejects(
      portNamed('usb:ffff:ffff', 'gantry', async () => [twin('1-1', '/dev/ttyUSB3')], 0),
      { code: 'TRANSPORT_OPEN', hint: 'There is: usb:1a86:7523@1-1.' },
    );
  });
});
