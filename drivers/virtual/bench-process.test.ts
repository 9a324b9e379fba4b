import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { isRigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { parseAddress } from './bench-process.ts';
import { claimStateFolder } from './state-folder.ts';
import {
  alive,
  descendants,
  eventually,
  type OpenPort,
  openPort,
  RECORDING_BENCH,
} from './testing/processes.ts';
import { parseSpeed, type ReadyLine } from './verb.ts';

const [PROGRAM = '', ...LEADING] = RECORDING_BENCH;

/** The kernel gives a free number to whoever asks next: a terminal of that name made since `ended` is somebody else's. */
function isGone(path: string, ended: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now === undefined || now.ctimeMs > ended;
}

describe('virtual bench as a process', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  const ports: OpenPort[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench test 测试 '));
  });
  afterEach(async () => {
    await Promise.all(ports.splice(0).map((port) => port.close()));
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts a bench whose temporary files lie in the test's own folder. */
  const start = (...args: string[]) => {
    const child = spawn(PROGRAM, [...LEADING, 'virtual', '--json', ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
      cwd: folder,
    });
    children.push(child);
    return child;
  };
  const ready = async (child: ChildProcess): Promise<ReadyLine> => {
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += String(chunk);
    });
    const { stdout } = child;
    if (!stdout) throw new Error('no stdout');
    const line = await Promise.race([
      once(createInterface({ input: stdout }), 'line').then(([text]) => String(text)),
      once(child, 'exit').then(() => undefined),
    ]);
    if (line === undefined) throw new Error(`the bench ended: ${complaint}`);
    return JSON.parse(line) as ReadyLine;
  };
  const connect = async (path: string) => {
    const port = await openPort(path);
    ports.push(port);
    return port;
  };
  const complaintOf = async (child: ChildProcess) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  };
  const oks = (count: number) => (heard: string) => heard.split('ok\r\n').length - 1 >= count;
  /** Homes, then presses where the built-in bench file believes key 5 to lie. */
  const press5 = async (gantry: OpenPort) => {
    gantry.send('$H\n');
    await gantry.until(oks(1));
    gantry.send('G53 G0 X-145 Y-70\nG53 G0 Z-22\nG4 P0.08\nG53 G0 Z-16\nG4 P0.01\n');
    await gantry.until(oks(5));
  };

  it('offers a finger that presses the key it is really over, seen by the screen reader', async () => {
    const { ports: at, speed, seed, pid } = await ready(start('--speed', '50', '--seed', '7'));
    assert.deepEqual([speed, seed, pid], [50, 7, children[0]?.pid]);
    const screen = await connect(at.screen);
    const gantry = await connect(at.gantry);
    screen.send('watch\n');
    await screen.until((heard) => heard.includes('"power on"'));
    await press5(gantry);
    const seen = await screen.until((heard) => heard.includes('up 5'));
    assert.match(seen, /"down 5","up 5"/);
  });

  it('a keypad that lies 6 mm off is not hit where the bench file believes it', async () => {
    const world = parse(readFileSync(packaged('drivers/virtual/world.yaml'), 'utf8'));
    world.keypad.y -= 6;
    writeFileSync(join(folder, 'world.yaml'), JSON.stringify(world));
    const { ports: at } = await ready(start('--speed', '50', '--world', 'world.yaml'));
    const gantry = await connect(at.gantry);
    await press5(gantry);
    const screen = await connect(at.screen);
    screen.send('read\n');
    assert.equal(await screen.until((heard) => heard.endsWith('\n')), 'screen 1 lit ["power on","","",""]\n');
    // The finger works: six millimetres further it hits.
    gantry.send('G53 G0 X-145 Y-76\nG53 G0 Z-22\nG4 P0.08\n');
    await gantry.until(oks(3));
    screen.send('read\n');
    assert.match(await screen.until((heard) => heard.endsWith('\n')), /"down 5"/);
  });

  it('serves card, power and printer on ports of their own', async () => {
    const { ports: at } = await ready(start('--speed', '100'));
    assert.match(at.acquirer, /^127\.0\.0\.1:2\d{4}$/);
    const card = await connect(at.card);
    card.send('insert 1\n');
    assert.equal(await card.until((heard) => heard.endsWith('\n')), 'inserted 1\n');
    const power = await connect(at.power);
    power.send('off 1\n');
    assert.equal(await power.until((heard) => heard.endsWith('\n')), 'off 1\n');
    const printer = await connect(at.printer);
    printer.send(Uint8Array.of(0x10, 0x04, 0x01));
    assert.equal(await printer.until((heard) => heard.length > 0), '\x12');
    const screen = await connect(at.screen);
    screen.send('read\n');
    assert.match(await screen.until((heard) => heard.endsWith('\n')), /"card in debit-1","power off"/);
  });

  for (const how of ['SIGTERM', 'SIGINT', 'stdin closed'] as const) {
    it(`ends on ${how}: exit 0, ports gone, nothing left in the temporary folder`, async () => {
      const child = start('--until-stdin-closes');
      const { ports: at } = await ready(child);
      const helpers = descendants(child.pid ?? 0);
      const exited = once(child, 'exit');
      const ended = Date.now();
      if (how === 'stdin closed') child.stdin?.end();
      else child.kill(how);
      assert.deepEqual(await exited, [0, null]);
      assert.ok(helpers.length > 0);
      await eventually('the helpers to end', () => !helpers.some(alive));
      assert.ok(isGone(at.gantry, ended));
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('posrig-')),
        [],
      );
    });
  }

  it('kill -9 leaves no process, and the next start clears its folder away', async () => {
    const child = start();
    const { ports: at } = await ready(child);
    const helpers = descendants(child.pid ?? 0);
    assert.ok(helpers.length >= 5);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const ended = Date.now();
    await eventually('the helpers to end', () => !helpers.some(alive));
    assert.ok(isGone(at.gantry, ended));
    const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('posrig-virtual-'));
    assert.equal(leftovers().length, 1);
    const [stale] = leftovers();
    await ready(start());
    assert.equal(leftovers().length, 1);
    assert.notEqual(leftovers()[0], stale);
  });

  it('writes a bench file that holds nothing but its ports', async () => {
    const file = join(folder, 'ports.yaml');
    const { ports: at } = await ready(start('--speed', '30', '--write-bench', file));
    assert.deepEqual(parse(readFileSync(file, 'utf8')), {
      version: 1,
      extends: 'posrig:drivers/virtual/bench.yaml',
      clock: { rate: 30 },
      services: { virtual: null },
      planes: {
        network: { listen: at.acquirer },
        power: { port: at.power },
        display: { port: at.screen, pad: { url: at.camera } },
        printer: { port: at.printer },
        card: { port: at.card, codes: { port: at.codes } },
        keypad: { port: at.gantry },
        till: { tcp: at.till },
      },
    });
  });

  it('refuses what is wrong before it opens anything, and says what', async () => {
    const defect = await complaintOf(start('--defect', 'no-reversal-on-timeouts'));
    assert.equal(defect.code, 3);
    assert.match(defect.text, /BENCH_OPTION.*did you mean no-reversal-on-timeout\?/);
    writeFileSync(join(folder, 'bad.yaml'), 'version: 1\nterminal: { profile: vt-4 }\n');
    const world = await complaintOf(start('--world', 'bad.yaml'));
    assert.equal(world.code, 3);
    assert.match(world.text, /FILE_INVALID .*bad\.yaml:2:\d+: terminal\.terminal-id/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('posrig-')),
      [],
    );
  });
});

describe('virtual bench options', () => {
  const code = (thrown: unknown) => (isRigError(thrown) ? thrown.code : String(thrown));
  it('reads speeds and addresses, and refuses nonsense', () => {
    assert.equal(parseSpeed('0.5'), 0.5);
    for (const text of ['', '0', '1001', 'fast', 'NaN']) {
      assert.throws(
        () => parseSpeed(text),
        (error) => code(error) === 'USAGE',
      );
    }
    assert.deepEqual(parseAddress('10.0.0.7:4000'), { host: '10.0.0.7', port: 4000 });
    assert.deepEqual(parseAddress('[::1]:4000'), { host: '::1', port: 4000 });
    for (const text of ['', '4000', 'host:', 'host:0', 'host:70000', 'a b:1']) {
      assert.throws(
        () => parseAddress(text),
        (error) => code(error) === 'USAGE',
      );
    }
  });

  it('a named state folder is kept, and belongs to one bench at a time', () => {
    const root = mkdtempSync(join(tmpdir(), 'posrig-test-'));
    const wanted = join(root, 'mine');
    const state = claimStateFolder(wanted, root);
    writeFileSync(join(state.path, 'memory'), 'x');
    assert.throws(
      () => claimStateFolder(wanted, root),
      (error) => code(error) === 'BENCH_OPTION',
    );
    state.release();
    const again = claimStateFolder(wanted, root);
    assert.equal(readFileSync(join(again.path, 'memory'), 'utf8'), 'x');
    again.release();
    rmSync(root, { recursive: true });
  });
});
