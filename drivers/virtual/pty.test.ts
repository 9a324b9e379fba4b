import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SerialPort } from 'serialport';
import { isRigError } from '../../rig/model/errors.ts';
import { openPseudoTerminal, type PseudoTerminal, PTY_PROGRAMS } from './pty.ts';
import { alive, descendants, eventually } from './testing/processes.ts';

function openPort(path: string): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: 115200 }, (error) =>
      error ? reject(error) : resolve(port),
    );
    port.on('error', () => {});
  });
}

const closePort = (port: SerialPort) =>
  new Promise<void>((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve()));

/** Resolves once `count` bytes have come. */
function collect(subscribe: (listener: (bytes: Uint8Array) => void) => void, count: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let got = 0;
    subscribe((bytes) => {
      chunks.push(bytes);
      got += bytes.length;
      if (got >= count) resolve(Buffer.concat(chunks));
    });
  });
}

/**
 * Which pseudo-terminal a path names now. The kernel gives a number that came free to whoever asks next, so a path alone
 * says nothing of a line that was closed: the moment its node was made does.
 */
const lineAt = (path: string): bigint | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false })?.ctimeNs;

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

// One of them is enough for a bench; both are proved where both are installed.
const installed = PTY_PROGRAMS.filter((program) => !spawnSync(program, ['-V']).error);

for (const program of installed) {
  describe(`pseudo-terminal by ${program}`, () => {
    const opened: PseudoTerminal[] = [];
    const ports: SerialPort[] = [];
    afterEach(async () => {
      await Promise.all(ports.splice(0).map(closePort));
      await Promise.all(opened.splice(0).map((terminal) => terminal.close()));
    });
    const make = async () => {
      const terminal = await openPseudoTerminal([program]);
      opened.push(terminal);
      const port = await openPort(terminal.path);
      ports.push(port);
      return { terminal, port };
    };

    it('carries every byte value both ways, unchanged', async () => {
      const { terminal, port } = await make();
      const atDevice = collect((listener) => terminal.onData(listener), 256);
      const atRig = collect((listener) => port.on('data', listener), 256);
      port.write(EVERY_BYTE);
      terminal.write(EVERY_BYTE);
      assert.deepEqual(await atDevice, EVERY_BYTE);
      assert.deepEqual(await atRig, EVERY_BYTE);
    });

    it('loses nothing of a long stream', async () => {
      const { terminal, port } = await make();
      const sent = Buffer.concat(Array.from({ length: 1024 }, () => EVERY_BYTE));
      const atRig = collect((listener) => port.on('data', listener), sent.length);
      terminal.write(sent);
      assert.ok((await atRig).equals(sent));
    });

    it('survives that the port is closed and opened again', async () => {
      const { terminal, port } = await make();
      let lost = false;
      terminal.onLost(() => {
        lost = true;
      });
      for (const round of ['first', 'second', 'third']) {
        await closePort(ports.at(-1) ?? port);
        const again = await openPort(terminal.path);
        ports.push(again);
        const heard = collect((listener) => again.on('data', listener), round.length);
        terminal.write(Buffer.from(round));
        assert.equal(String(await heard), round);
      }
      assert.equal(lost, false);
    });

    it('closing it unplugs the port', async () => {
      const { terminal, port } = await make();
      const closed = new Promise((resolve) => port.once('close', resolve));
      const line = lineAt(terminal.path);
      assert.ok(line !== undefined);
      await terminal.close();
      assert.notEqual(lineAt(terminal.path), line);
      // serialport may sleep through a hang-up; a write tells it (node-serialport issue 2043).
      if (port.isOpen) port.write('?');
      await closed;
      assert.equal(port.isOpen, false);
    });

    it('leaves no process behind when its owner is killed, even with bytes stuck in the line', async () => {
      const owner = spawn(
        process.execPath,
        [
          '--import',
          createRequire(import.meta.url).resolve('tsx'),
          '--input-type=module',
          '--eval',
          `const { openPseudoTerminal } = await import(${JSON.stringify(new URL('./pty.ts', import.meta.url).href)});
           const terminal = await openPseudoTerminal([${JSON.stringify(program)}]);
           terminal.write(Buffer.alloc(1 << 20, 0x55));
           setInterval(() => {}, 1000);
           console.log(terminal.path);`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const [said] = (await once(owner.stdout, 'data')) as [Buffer];
      const path = said.toString().trim();
      const line = lineAt(path);
      assert.ok(line !== undefined);
      const children = descendants(owner.pid ?? 0);
      assert.ok(children.length >= 1, 'the owner has a child that holds the line');
      owner.kill('SIGKILL');
      await eventually('the children to end', () => !children.some(alive));
      assert.notEqual(lineAt(path), line);
    });
  });
}

describe('pseudo-terminal without a program', () => {
  it('says what to install', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await assert.rejects(openPseudoTerminal(), (error) => {
        assert.ok(isRigError(error));
        assert.equal(error.code, 'SERVICE_FAILED');
        assert.match(error.message, /script: not installed; socat: not installed/);
        assert.match(error.hint ?? '', /apt-get install/);
        return true;
      });
    } finally {
      process.env['PATH'] = path;
    }
  });
});
