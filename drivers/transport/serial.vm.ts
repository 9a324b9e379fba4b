import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { isRigError } from '../../rig/model/errors.ts';
import { plugUsb, type TestUsb } from '../virtual/usb/testing/usb-devices.ts';
import { openSerial, type SerialStream } from './serial.ts';
import { teeInto } from './tee.ts';
import { eventually, listRecorder } from './testing/pty.ts';

const open = (path: string): Promise<SerialStream> =>
  openSerial({ path, baud: 115_200, what: 'test device' }, teeInto(listRecorder(), 'card', 'test'));

describe('transport on a real USB stack', () => {
  let usb: TestUsb | undefined;
  const streams: SerialStream[] = [];
  afterEach(async () => {
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    await usb?.end();
    usb = undefined;
  });

  it('opens a CDC-ACM terminal, hears its echo, and notices the unplug', async () => {
    usb = await plugUsb('terminal');
    await eventually('the port', () => existsSync('/dev/ttyACM0'));
    const port = await open('/dev/ttyACM0');
    streams.push(port);
    let heard = '';
    port.onData((chunk) => {
      heard += Buffer.from(chunk).toString('latin1');
    });
    await port.write(new TextEncoder().encode('hello'));
    await eventually('the echo', () => heard === 'hello');
    await usb.tell('unplug 1-1');
    const error = await port.closed;
    assert.ok(isRigError(error) && error.code === 'TRANSPORT_LOST' && error.blame === 'bench', String(error));
    await assert.rejects(port.write(Uint8Array.of(1)), { code: 'TRANSPORT_LOST' });
  });
});
