import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { Bench } from '../../../rig/bench/bench.ts';
import { loadBench } from '../../../rig/bench/load.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { drivers } from '../../index.ts';
import { makePty, serveLines } from '../../transport/testing/pty.ts';
import type { Answers } from './answers.ts';
import { composeBench } from './compose.ts';
import { identify, identityIn } from './identify.ts';
import { benchNew, WIRING } from './verb.ts';

const LEAST: Answers = {
  id: 'b',
  title: 'b',
  profile: 'vt-4',
  dialect: 'unionpay-pos',
  listen: '127.0.0.1:8583',
};
const PORTS = {
  keypad: '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0',
  card: 'usb:1a86:7523@1-2',
  power: 'usb:0403:6001:A B%40C',
  display: '/dev/ttyACM1',
  printer: '/dev/ttyUSB3',
  till: '/dev/ttyUSB4',
};

describe('devices: a new bench file', () => {
  it('fits its schema whatever the lab calls things', () => {
    const name = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(
        name,
        name,
        fc.subarray(Object.keys(PORTS) as (keyof typeof PORTS)[]),
        (title, port, planes) => {
          const parts = Object.fromEntries(planes.map((plane) => [plane, port || 'x']));
          const bench = Bench.parse(parse(composeBench({ ...LEAST, title, ...parts })));
          assert.equal(bench.title, title);
          assert.deepEqual(
            Object.keys(bench.planes).sort(),
            [...new Set(['host', 'network', ...planes])].sort(),
          );
          for (const plane of planes) {
            const use = bench.planes[plane];
            assert.equal(use?.['port'] ?? use?.['tcp'], port || 'x');
          }
        },
      ),
    );
  });

  it('passes the check that every bench file must pass, with all fixtures and with none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posrig-new-'));
    for (const answers of [LEAST, { ...LEAST, ...PORTS }, { ...LEAST, till: '192.168.1.40:20007' }]) {
      const file = join(folder, 'b.yaml');
      await writeFile(file, composeBench(answers));
      const { issues } = await loadBench(file, { drivers: drivers.drivers ?? [] });
      assert.deepEqual(issues, []);
    }
    await rm(folder, { recursive: true });
  });

  it('makes the folders that it needs, and refuses what no bench can have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posrig-new-'));
    const file = join(folder, 'lab', 'b.yaml');
    await writeFile(join(folder, 'plain'), '');
    for (const [wrong, message] of [
      [{ profile: 'vt4' }, /no terminal profile "vt4".*/],
      [{ listen: '0.0.0.0:99999' }, /"0\.0\.0\.0:99999" is no address/],
      [{ id: '../b' }, /is no name of a bench/],
      [{ keypad: 'ttyUSB0' }, /"ttyUSB0" is no port for the keypad/],
      [{ power: 'usb:relay' }, /"usb:relay" is no port for the power/],
      [{ card: '192.168.1.40:20007' }, /is no port for the card/],
      [{ till: 'counter:99999' }, /"counter:99999" is no port for the till/],
    ] as const)
      await assert.rejects(benchNew(file, { json: true, ...wrong }), { code: 'USAGE', message });
    await assert.rejects(benchNew(join(folder, 'plain', 'b.yaml'), { json: true }), {
      code: 'FILE_UNREADABLE',
    });
    await assert.rejects(readFile(file), { code: 'ENOENT' });
    assert.equal(await benchNew(file, { json: true }), 0);
    assert.match(await readFile(file, 'utf8'), /^id: b$/m);
    await rm(folder, { recursive: true });
  });

  it('leads to a wiring guide whose picture is there, and whose commands are', async () => {
    const guide = await readFile(WIRING, 'utf8');
    const [, picture = ''] = /!\[[^\]]+\]\(([^)]+\.svg)\)/.exec(guide) ?? [];
    const svg = await readFile(join(dirname(WIRING), picture), 'utf8');
    assert.match(svg, /^<svg [^>]*viewBox=/);
    for (const plane of ['keypad', 'card', 'display', 'printer', 'till', 'power'])
      assert.ok(svg.includes(plane), `the picture shows where ${plane} hangs`);
    assert.match(composeBench(LEAST), /drivers\/devices\/wiring/);
  });

  it('recognises what hangs on a port by what it says of itself', async () => {
    assert.equal(identityIn("\r\nGrbl 1.1h ['$' for help]\r\n"), 'grbl');
    assert.equal(identityIn('FIRMWARE_NAME:Marlin 2.1\nok'), 'grbl');
    assert.equal(identityIn('noise\nid posrig-card 1 slots=8\n'), 'posrig-card');
    assert.equal(identityIn('AT\r\nOK\r\n'), undefined);
    const pty = await makePty();
    serveLines(pty, (line) => (line === 'id?' ? 'id posrig-relay 1 channels=2' : 'error empty'));
    assert.equal(await identify(pty.path), 'posrig-relay');
    await pty.unplug();
  });

  it('asks at the console and writes what was answered; a file that is there is not written over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posrig-new-'));
    const file = join(folder, 'counter-3.yaml');
    const run = async (args: string[], input: string) => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', packaged('rig/cli/main.ts'), 'bench', 'new', ...args],
        {
          cwd: packaged('.'),
          stdio: ['pipe', 'ignore', 'pipe'],
        },
      );
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
      child.stdin.end(input);
      const [code] = await once(child, 'close');
      return { code, said };
    };
    const asked = await run(
      [file, '--card', 'usb:1a86:7523@1-2'],
      '\nCounter 3\n\n127.0.0.1:9000\n\n/dev/ttyACM0\n\n\n\n',
    );
    assert.equal(asked.code, 0, asked.said);
    assert.match(asked.said, /\/dev\/ttyACM0 is another device when things are plugged in in another order/);
    const bench = Bench.parse(parse(await readFile(file, 'utf8')));
    assert.equal(bench.id, 'counter-3');
    assert.equal(bench.title, 'Counter 3');
    assert.equal(bench.planes.network?.['listen'], '127.0.0.1:9000');
    assert.equal(bench.planes.card?.['port'], 'usb:1a86:7523@1-2');
    assert.equal(bench.planes.power?.['port'], '/dev/ttyACM0');
    assert.equal(bench.planes.keypad, undefined);
    const again = await run([file, '--yes'], '');
    assert.equal(again.code, 3);
    assert.match(again.said, /is there already/);
    await rm(folder, { recursive: true });
  });
});
