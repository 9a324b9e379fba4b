import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { modelFrom } from './catalogue.ts';
import { exportUsb, type UsbExporter } from './exporter.ts';
import { hub } from './models/hub.ts';
import { importUsb, type UsbIpClient } from './testing/usbip-client.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => Buffer.from(data).toString('latin1');
const descriptor = (kind: number, index = 0) => ({
  type: 0x80,
  request: 6,
  value: (kind << 8) | index,
  index: 0,
  length: 255,
});

describe('virtual USB devices over USB/IP', () => {
  let exporter: UsbExporter;
  const clients: UsbIpClient[] = [];
  const importing = async (busId: string) => {
    const client = await importUsb(exporter.where, busId);
    clients.push(client);
    return client;
  };
  beforeEach(async () => {
    exporter = await exportUsb({ port: 0, host: '127.0.0.1' });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await exporter.close();
  });

  it('a terminal says who it is and echoes', async () => {
    exporter.add('1-1', modelFrom('terminal,serial=T-9,vid=1234,pid=00ab'));
    const client = await importing('1-1');
    const device = await client.control(descriptor(1));
    assert.equal(
      Buffer.from(device.data).toString('hex'),
      '1201000202000040' + '3412ab00' + '0001' + '01020301',
    );
    const configuration = await client.control(descriptor(2));
    assert.equal(configuration.data.length, Buffer.from(configuration.data).readUInt16LE(2));
    const serial = await client.control(descriptor(3, 3));
    assert.equal(Buffer.from(serial.data.subarray(2)).toString('utf16le'), 'T-9');
    const { reply } = client.take(3, 512);
    assert.deepEqual(await client.give(2, bytes('hello')), { status: 0, length: 5, data: new Uint8Array(0) });
    assert.equal(text((await reply).data), 'hello');
  });

  it('a device without a serial number has no such string, and unknown requests stall', async () => {
    exporter.add('1-1', modelFrom('ftdi,serial='));
    const client = await importing('1-1');
    assert.equal((await client.control(descriptor(1))).data[16], 0);
    assert.equal((await client.control(descriptor(3, 3))).status, -32);
    assert.equal(
      (await client.control({ type: 0xc0, request: 0x77, value: 0, index: 0, length: 8 })).status,
      -32,
    );
    const { reply } = client.take(1, 64);
    await client.give(2, bytes('x'.repeat(70)));
    const first = await reply;
    assert.equal(first.data.length, 64, 'a full packet leads with its two status bytes');
    assert.equal((await client.take(1, 64).reply).data.length, 2 + 8);
  });

  it('splits what is longer than a transfer, and an unlinked transfer takes nothing', async () => {
    const device = exporter.add('1-1', modelFrom('terminal'));
    const client = await importing('1-1');
    const first = client.take(3, 4);
    assert.equal(await client.unlink(first.seq), -104);
    const second = client.take(3, 4);
    device.send(3, bytes('abcdef'));
    assert.equal(text((await second.reply).data), 'abcd');
    assert.equal(text((await client.take(3, 4).reply).data), 'ef');
    assert.equal(await client.unlink(second.seq), 0, 'it was over');
  });

  it('deaf devices hold what is written; halted endpoints stall until they are cleared', async () => {
    const device = exporter.add('1-1', modelFrom('terminal'));
    const client = await importing('1-1');
    device.deaf = true;
    let taken = false;
    const write = client.give(2, bytes('held')).then(() => {
      taken = true;
    });
    const { reply } = client.take(3, 64);
    await client.control(descriptor(1)); // the exporter has seen everything before
    assert.equal(taken, false);
    device.hear();
    await write;
    assert.equal(text((await reply).data), 'held');
    device.halt(0x83);
    assert.equal((await client.take(3, 64).reply).status, -32);
    await client.control({ type: 0x02, request: 1, value: 0, index: 0x83, length: 0 });
    device.send(3, bytes('on'));
    assert.equal(text((await client.take(3, 64).reply).data), 'on');
  });

  it('a device is imported once at a time; pulling its cable ends the connection', async () => {
    exporter.add('1-1', modelFrom('keypad'));
    const client = await importing('1-1');
    await assert.rejects(importUsb(exporter.where, '1-1'), /refused: 2/);
    await assert.rejects(importUsb(exporter.where, '9-9'), /refused: 4/);
    exporter.unplug('1-1');
    await client.closed;
    await importing('1-1');
  });

  it('the relay board reads back what was switched, and forgets it without power', async () => {
    exporter.add('1-1', modelFrom('relay'));
    const report = { type: 0x21, request: 9, value: 0x0300, index: 0, length: 8 };
    const read = { type: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
    const client = await importing('1-1');
    await client.control(report, Uint8Array.from([0xff, 2, 0, 0, 0, 0, 0, 0]));
    assert.equal(text((await client.control(read)).data), 'BITFT\0\0\x02');
    exporter.unplug('1-1');
    const again = await importing('1-1');
    assert.equal((await again.control(read)).data[7], 0);
  });

  it('a hub switches one port, a ganged one all', async () => {
    for (const ganged of [false, true]) {
      const model = hub({ ports: 3, ganged });
      exporter.add(`2-${Number(ganged)}`, model);
      const client = await importing(`2-${Number(ganged)}`);
      const power = (port: number, request: 1 | 3) =>
        client.control({ type: 0x23, request, value: 8, index: port, length: 0 });
      for (const port of [1, 2, 3]) assert.equal((await power(port, 3)).status, 0);
      await power(2, 1);
      assert.deepEqual([1, 2, 3].map(model.powered), ganged ? [false, false, false] : [true, false, true]);
      const status = await client.control({ type: 0xa3, request: 0, value: 0, index: 2, length: 4 });
      assert.equal(Buffer.from(status.data).toString('hex'), '00000000');
      assert.equal((await power(4, 1)).status, -32, 'there is no port 4');
    }
  });

  it('whoever does not speak USB/IP is hung up on, and others are served on', async () => {
    exporter.add('1-1', modelFrom('terminal'));
    const { where } = exporter;
    assert.ok('port' in where);
    for (const garbage of [bytes('GET / HTTP/1.0\r\n\r\n'), new Uint8Array(64).fill(0xff)]) {
      const socket = connect(where.port, where.host).on('error', () => {});
      const closed = once(socket, 'close');
      socket.write(garbage);
      await closed;
    }
    const client = await importing('1-1');
    assert.equal((await client.control(descriptor(1))).data.length, 18);
  });

  it('says what is wrong with a description', () => {
    assert.throws(() => modelFrom('toaster'), /no virtual USB device "toaster"/);
    assert.throws(() => modelFrom('terminal,vid=xyz'), /four hex digits/);
    assert.throws(() => modelFrom('terminal,colour=red'), /no setting/);
    assert.throws(() => modelFrom('ftdi,end=loop'), /neither a path/);
  });
});
