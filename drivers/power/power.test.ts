import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hastyClock, makeContext } from '../devices/testing/context.ts';
import { usbInSys } from '../transport/usb-sys.ts';
import { open, options } from './exec.ts';
import { followPower, isSeen } from './presence.ts';
import { type Contact, switched } from './switched.ts';
import { childPlace } from './usb-hub.ts';

describe('power: programs of the lab', () => {
  let folder: string;
  const sh = (script: string) => ['sh', '-c', script];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posrig-power-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('switches, reads back, and leaves what it found', async () => {
    const on = join(folder, 'on');
    const context = makeContext();
    const parsed = options.parse({
      on: ['touch', on],
      off: ['rm', '-f', on],
      state: sh(`[ -e '${on}' ] && echo ON now || echo 0`),
    });
    const power = await open(parsed, context);
    assert.equal(power.facts['found'], 'off');
    await power.set('on');
    assert.ok(existsSync(on));
    await power.close();
    assert.ok(!existsSync(on));
    assert.deepEqual(
      context.events.map((event) => (event.type === 'power' ? event.state : event.type)),
      ['on', 'off'],
    );
  });

  it('a program that fails, lies or says something else is the bench to blame, with its words', async () => {
    const failing = await open(
      options.parse({ on: ['true'], off: sh('echo no such outlet >&2; exit 3') }),
      makeContext(),
    );
    await assert.rejects(failing.set('off'), {
      code: 'POWER_RELAY',
      blame: 'bench',
      message: /no such outlet/,
    });
    const liar = await open(
      options.parse({ on: ['true'], off: ['true'], state: ['echo', 'on'] }),
      makeContext(),
    );
    await assert.rejects(liar.set('off'), { code: 'POWER_RELAY', message: /is on; it was switched off/ });
    await assert.rejects(
      open(options.parse({ on: ['true'], off: ['true'], state: ['echo', 'maybe'] }), makeContext()),
      {
        code: 'POWER_RELAY',
        message: /"maybe", neither on nor off/,
      },
    );
    await assert.rejects(
      open(options.parse({ on: ['true'], off: ['true'], state: ['/nowhere/x'] }), makeContext()),
      {
        code: 'POWER_RELAY',
      },
    );
    assert.equal(options.safeParse({ on: 'reboot', off: ['x'] }).success, false, 'no shell');
  });

  it('says that a state is only assumed when nothing can show it', async () => {
    const context = makeContext();
    const power = await open(options.parse({ on: ['true'], off: ['true'] }), context);
    assert.ok(
      context.events.some((event) => event.type === 'note' && /assumed, never seen/.test(event.text)),
    );
    await power.set('off');
    assert.equal(await power.get(), 'off');
  });

  it('a terminal with a battery keeps its link, and that is said; one that goes and comes is followed', async () => {
    const link = join(folder, 'ttyACM0');
    await writeFile(link, '');
    const context = makeContext(hastyClock());
    const battery = await open(
      options.parse({ on: ['true'], off: ['true'], link: { seen: link, gone: '10 ms' } }),
      context,
    );
    await assert.rejects(battery.set('off'), { code: 'POWER_RELAY', hint: /battery/ });
    assert.ok(
      !context.events.some((event) => event.type === 'power'),
      'nothing was switched as far as anyone saw',
    );
    const mains = await open(
      options.parse({ on: ['touch', link], off: ['rm', link], 'off-time': '0 s', link: { seen: link } }),
      context,
    );
    await mains.set('off');
    await mains.set('on');
    await assert.rejects(
      followPower({ seen: join(folder, 'never'), gone: 1, back: 10 }, 'on', hastyClock()),
      { code: 'POWER_RELAY', message: /did not come back/ },
    );
  });

  it('power never comes back before the off time is over', async () => {
    const context = makeContext();
    const waited: number[] = [];
    const clock = { ...context.clock, now: () => 1000, sleep: async (ms: number) => void waited.push(ms) };
    const contact: Contact = {
      what: 'a contact',
      facts: {},
      read: async () => undefined,
      put: async () => {},
      release: async () => {},
    };
    const power = await switched(contact, { 'off-time': 2000 }, { ...context, clock });
    await power.set('on');
    await power.set('off');
    await power.set('on');
    assert.deepEqual(waited, [2000]);
  });
});

describe('power: what hangs where on USB', () => {
  it('reads the kernel folders, root hubs too', async () => {
    const root = await mkdtemp(join(tmpdir(), 'posrig-usb-'));
    const device = async (name: string, files: Record<string, string>) => {
      const folder = join(root, 'devices', name);
      await mkdir(folder, { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), `${text}\n`);
      await mkdir(join(root, 'bus/usb/devices'), { recursive: true });
      await symlink(folder, join(root, 'bus/usb/devices', name));
    };
    await device('usb1', { idVendor: '1d6b', idProduct: '0002', bDeviceClass: '09' });
    await device('1-2', { idVendor: '2109', idProduct: '2817', bDeviceClass: '09', product: 'Hub' });
    await device('1-2.4', { idVendor: '1209', idProduct: 'ac01', bDeviceClass: '02', serial: 'T-1' });
    await device('1-2.4:1.0', { bInterfaceClass: '02' });
    assert.deepEqual(await usbInSys(root), [
      { where: '1-2', vid: '2109', pid: '2817', class: 9, product: 'Hub' },
      { where: '1-2.4', vid: '1209', pid: 'ac01', class: 2, serial: 'T-1' },
      { where: '1-0', vid: '1d6b', pid: '0002', class: 9 },
    ]);
    assert.equal(await isSeen('usb:1209:ac01:T-1', root), true);
    assert.equal(await isSeen('usb:1209:ac01:T-2', root), false);
    assert.equal(await isSeen('usb:@1-2.4', root), true);
    assert.deepEqual(await usbInSys(join(root, 'nowhere')), []);
    await rm(root, { recursive: true });
  });

  it('knows the place below a port', () => {
    assert.equal(childPlace('1-0', 3), '1-3');
    assert.equal(childPlace('1-2', 3), '1-2.3');
    assert.equal(childPlace('2-1.4', 1), '2-1.4.1');
  });
});
