import assert from 'node:assert/strict';
import { isRigError } from '../../rig/model/errors.ts';
import { findSerialPorts } from '../devices/serial-ports.ts';
import { plugUsb, type TestUsb, until } from '../virtual/usb/testing/usb-devices.ts';
import { openSerial, type SerialStream } from './serial.ts';
import { teeInto } from './tee.ts';
import { listRecorder } from './testing/pty.ts';
import { matchesName, parseUsbName } from './usb-name.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const isLost = (error: unknown) =>
  isRigError(error) && error.code === 'TRANSPORT_LOST' && error.blame === 'bench';

/** How soon an unplug must be noticed, wall ms. The kernel tells within some; all else is the rig's. */
const NOTICED_WALL_MS = 2000;

describe('serial ports on a real USB stack', () => {
  let usb: TestUsb | undefined;
  const streams: SerialStream[] = [];
  const plug = async (...devices: string[]) => {
    usb = await plugUsb(...devices);
    return usb;
  };
  /** How many ports bear a name. */
  const bearing = async (name: string) =>
    (await findSerialPorts()).filter((port) => matchesName(parseUsbName(name), port)).length;
  const there = (name: string) => until(name, async () => (await bearing(name)) > 0);
  const open = async (path: string, recorder = listRecorder()) => {
    await there(path);
    return openNow(path, recorder);
  };
  const openNow = async (path: string, recorder = listRecorder()) => {
    const stream = await openSerial(
      { path, baud: 115_200, what: 'test device' },
      teeInto(recorder, 'card', 'x'),
    );
    streams.push(stream);
    return stream;
  };
  const listen = (stream: SerialStream) => {
    const heard = { text: '', count: 0 };
    stream.onData((chunk) => {
      heard.count += chunk.length;
      if (heard.text.length < 1000) heard.text += Buffer.from(chunk).toString('latin1');
    });
    return heard;
  };
  afterEach(async () => {
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    await usb?.end();
    usb = undefined;
  });

  it('a CDC-ACM terminal echoes, and its unplug while idle is noticed', async () => {
    const { tell, ids } = await plug('terminal');
    const port = await open('usb:1209:ac01');
    const heard = listen(port);
    await port.write(bytes('hello'));
    await until('the echo', () => heard.text === 'hello');
    await tell(`unplug ${ids[0]}`);
    assert.ok(isLost(await port.closed));
    await assert.rejects(port.write(Uint8Array.of(1)), isLost);
  });

  it('an FTDI cable carries bytes behind its status bytes', async () => {
    await plug('ftdi');
    const port = await open('usb:0403:6001:A1B2C3D4');
    const heard = listen(port);
    await port.write(bytes('0123456789'.repeat(20)));
    await until('the echo', () => heard.count === 200);
    assert.equal(heard.text, '0123456789'.repeat(20));
  });

  it('an unplug in mid-frame settles every writer, and what they wrote is never sent to the next connection', async () => {
    const { tell, ids } = await plug('terminal,serial=T-1');
    const recorder = listRecorder();
    const port = await open('usb:1209:ac01:T-1', recorder);
    listen(port);
    await tell(`deaf ${ids[0]}`);
    // More than kernel and driver hold: some of it waits here when the cable is pulled.
    const outcomes = Promise.allSettled([1, 2, 3].map(() => port.write(new Uint8Array(400_000).fill(0x53))));
    await tell(`unplug ${ids[0]}`);
    for (const outcome of await outcomes)
      assert.ok(outcome.status === 'rejected' && isLost(outcome.reason), outcome.status);
    assert.ok(isLost(await port.closed));
    await tell(`hear ${ids[0]}`);
    await tell(`plug ${ids[0]}`);
    const again = await open('usb:1209:ac01:T-1');
    const heard = listen(again);
    await again.write(bytes('fresh'));
    await until('the echo', () => heard.count >= 5);
    assert.equal(heard.text, 'fresh');
  });

  it('a terminal whose application comes up as another device after its boot loader is followed by its serial number', async () => {
    const { tell, ids } = await plug(
      'terminal,pid=b007,serial=T-7,product=Boot loader',
      'terminal,pid=ac01,serial=T-7,end=silent',
    );
    await tell(`unplug ${ids[1]}`);
    const loader = await open('usb:1209:b007:T-7');
    listen(loader);
    await tell(`unplug ${ids[0]}`);
    assert.ok(isLost(await loader.closed));
    await tell(`plug ${ids[1]}`);
    const application = await open('usb:1209:ac01:T-7');
    assert.match(application.path, /^\/dev\/ttyACM\d$/);
    assert.ok(application.alive);
  });

  it('two adapters without serial numbers stay apart by their places, in whatever order they come back', async () => {
    const { tell, ids } = await plug('ftdi,serial=', 'ftdi,serial=,end=silent');
    const found = async () => (await findSerialPorts()).filter((port) => port.vid === '0403' && !port.serial);
    const count = (wanted: number) =>
      until(`${wanted} adapters`, async () => (await found()).length === wanted);
    const both = async () => {
      await count(2);
      return found();
    };
    const before = await both();
    assert.equal(new Set(before.map((port) => port.stable)).size, 2);
    await assert.rejects(open('usb:0403:6001'), { code: 'TRANSPORT_OPEN' });
    const echoes = async (where: string) => {
      const port = await open(`usb:0403:6001@${where}`);
      const heard = listen(port);
      await port.write(bytes('?'));
      const answered = await Promise.race([
        until('an answer', () => heard.count > 0).then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 2000, false)),
      ]);
      await port.close();
      return answered;
    };
    const places = before.map((port) => port.where ?? '').sort();
    const [first = '', second = ''] = places;
    assert.deepEqual([await echoes(first), await echoes(second)], [true, false]);
    await tell(`unplug ${ids[0]}`);
    await tell(`unplug ${ids[1]}`);
    await count(0);
    await tell(`plug ${ids[1]}`);
    await count(1);
    await tell(`plug ${ids[0]}`);
    assert.deepEqual((await both()).map((port) => port.where).sort(), places);
    assert.deepEqual([await echoes(first), await echoes(second)], [true, false]);
  });

  it('50 unplugs under load are each noticed within two seconds, and no core spins afterwards', async function () {
    this.timeout(240_000);
    const COUNT = 5;
    const numbers = Array.from({ length: COUNT }, (_, i) => i);
    const { tell, ids } = await plug(
      ...numbers.map((i) => `terminal,serial=L-${i},end=${i === 0 ? 'flood' : 'echo'}`),
    );
    const noticed: number[] = [];
    for (let round = 0; round < 50 / COUNT; round++) {
      if (round > 0) for (const id of ids) await tell(`plug ${id}`);
      await until('all of them', async () => (await bearing('usb:1209:ac01')) === COUNT);
      const ports = await Promise.all(numbers.map((i) => openNow(`usb:1209:ac01:L-${i}`)));
      const heard = ports.map(listen);
      const writers = ports.slice(1).map(keepBusy);
      // By bytes, not by time: how long that takes is the machine's affair.
      await until('traffic on every port', () => heard.every(({ count }) => count > LOAD_BYTES));
      // One after the other, while the rest goes on talking; from the command to whoever pulls the cable.
      for (const [i, port] of ports.entries()) {
        const before = heard[i]?.count ?? 0;
        await until(`traffic on port ${i}`, () => (heard[i]?.count ?? 0) > before);
        const pulled = performance.now();
        const told = tell(`unplug ${ids[i]}`);
        const error = await Promise.race([
          port.closed,
          new Promise<undefined>((resolve) => setTimeout(resolve, 20_000, undefined)),
        ]);
        noticed.push(performance.now() - pulled);
        assert.ok(isLost(error), `port ${i} in round ${round}: ${error}`);
        await told;
      }
      await Promise.all(writers);
    }
    const slowest = Math.max(...noticed);
    const middle = [...noticed].sort((a, b) => a - b)[25] ?? 0;
    const { user, system } = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = process.cpuUsage();
    const busy = (after.user + after.system - user - system) / 1e6;
    process.stdout.write(
      `    ${noticed.length} unplugs noticed after ${Math.round(middle)} ms in the middle, ` +
        `${Math.round(slowest)} ms at most; ${busy.toFixed(2)} s of processor time in the idle second after\n`,
    );
    assert.equal(noticed.length, 50);
    assert.ok(slowest < NOTICED_WALL_MS, `the slowest took ${Math.round(slowest)} ms`);
    assert.ok(busy < 0.5, `${busy} s of processor time in an idle second`);
  });
});

/** Bytes that a port must have received before its cable is pulled. */
const LOAD_BYTES = 8192;

/** Keeps a port that echoes busy both ways, until it is lost. */
async function keepBusy(port: SerialStream): Promise<void> {
  while (port.alive) {
    await port.write(new Uint8Array(2048).fill(0x55)).catch(() => {});
    // The kernel takes most of it at once: without this the event loop, and with it every reader, never had a turn.
    await new Promise(setImmediate);
  }
}
