import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { posrig, remove, type Started, scratch, start, verdictsOf } from '../../rig/cli/testing/cli.ts';
import { onlyOn, TIER } from '../../rig/house/vm/testing/only-on.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { plugUsb, type TestUsb, until } from '../virtual/usb/testing/usb-devices.ts';
import type { ReadyLine } from '../virtual/verb.ts';

/** What hangs on which kind of cable: the ports of the virtual bench, each behind a USB device of its own. */
const CABLES = {
  till: 'terminal',
  gantry: 'ftdi',
  card: 'ftdi',
  power: 'ftdi',
  screen: 'terminal',
  printer: 'terminal',
} as const;
const NAME = { terminal: 'usb:1209:ac01', ftdi: 'usb:0403:6001' } as const;
type Cable = keyof typeof CABLES;

/** As fast as the tier's processor lets a terminal, its fixtures and the rig all be: nominal seconds in one second. */
const SPEED = { uml: 6, qemu: 3 } as const;
const SCENARIOS = {
  uml: ['cross-city/CITY-001', 'dropout/DROP-003', 'online/ONLINE-001'],
  qemu: ['cross-city/CITY-001'],
} as const;

describe('a bench whose terminal and fixtures hang on USB', function () {
  this.timeout(280_000);
  const folder = scratch();
  const bench = join(folder, 'bench.yaml');
  let virtual: Started;
  let usb: TestUsb;
  before(async () => {
    const written = join(folder, 'ports.yaml');
    virtual = start([
      ...['virtual', '--json', '--until-stdin-closes', '--till', 'pty'],
      ...['--speed', String(SPEED[TIER]), '--write-bench', written],
    ]);
    let said = '';
    virtual.child.stdout?.on('data', (text: string) => {
      said += text;
    });
    await virtual.shown('\n');
    const { ports } = JSON.parse(said) as ReadyLine;
    const cables = Object.keys(CABLES) as Cable[];
    usb = await plugUsb(...cables.map((name) => `${CABLES[name]},serial=${name},end=${ports[name]}`));
    const port = (name: Cable) => ({ port: `${NAME[CABLES[name]]}:${name}` });
    writeFileSync(
      bench,
      stringify({
        version: 1,
        id: 'on-usb',
        extends: written,
        planes: {
          till: port('till'),
          keypad: port('gantry'),
          card: port('card'),
          power: port('power'),
          display: port('screen'),
          printer: port('printer'),
        },
      }),
    );
  });
  after(async () => {
    await usb?.end();
    virtual.child.stdin?.end();
    await virtual.finished;
    remove(folder);
  });
  const scenario = (path: string) => packaged(`scenarios/${path}.yaml`);

  it('runs scenarios as on serial ports', async () => {
    const out = join(folder, 'run');
    const run = ['run', '--bench', bench, '--out', out, '--formats', 'none', '--no-health'];
    const { code, stdout, stderr } = await posrig([...run, ...SCENARIOS[TIER].map(scenario)]);
    process.stdout.write(stdout.replaceAll(/^/gm, '      '));
    assert.ok(existsSync(join(out, 'journal.jsonl')), stdout + stderr);
    const verdicts = Object.values(verdictsOf(out)).map(({ verdict }) => verdict);
    assert.ok(verdicts.length >= SCENARIOS[TIER].length, stdout + stderr);
    assert.deepEqual([code, new Set(verdicts)], [0, new Set(['passed'])], stdout + stderr);
  });

  it('a till cable that is pulled in the middle of a sale is the doing of the bench, never of the terminal', async function () {
    onlyOn(this, 'uml', 'two runs take an emulated PC too long');
    const out = join(folder, 'pulled');
    const run = start([
      ...['run', '--bench', bench, '--out', out, '--formats', 'none', '--no-health', '--by', 'till'],
      scenario('cross-city/CITY-001'),
    ]);
    await run.shown('[1/1]');
    await usb.tell(`unplug ${usb.ids[0]}`);
    const { code, stdout, stderr } = await run.finished;
    const verdict = verdictsOf(out)['CITY-001'];
    assert.ok(['broken', 'inconclusive'].includes(verdict?.verdict ?? ''), stdout + stderr);
    assert.equal(code, 2);
    await usb.tell(`plug ${usb.ids[0]}`);
    await until('the terminal', async () =>
      (await posrig(['list', 'devices', '--json'])).stdout.includes('till'),
    );
  });
});
