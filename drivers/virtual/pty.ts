import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { RigError } from '../../rig/model/errors.ts';

/**
 * Pseudo-terminals: serial ports without hardware. Node cannot make one by itself (there is no `ioctl`), so a small
 * program that every Linux has, or can have, holds the master side and hands its bytes on through pipes.
 *
 * The program must die with us, also after `kill -9`: it ends when its pipes do. And the slave side must stay open
 * while nobody uses the port, or the kernel would tear the line down when the rig closes it.
 */
export interface PseudoTerminal {
  /** Path of the port, e.g. `/dev/pts/3`. */
  readonly path: string;
  /** Sends towards whoever has the port open. Bytes are kept while nobody reads, up to `BACKLOG`. */
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** The program behind the port has gone without being told to. */
  onLost(listener: () => void): void;
  /** Pulls the plug: the port vanishes and whoever has it open is hung up. Idempotent; bounded. */
  close(): Promise<void>;
}

/** Bytes that may wait for a reader. Beyond it a line without a listener loses them, as a real one does. */
const BACKLOG = 8 * 1024 * 1024;
const OPEN_WALL_MS = 15_000;

/** One way to get a pseudo-terminal; `start` resolves with the path of the slave. */
interface Way {
  readonly program: string;
  start(): { readonly child: ChildProcess; readonly path: Promise<string>; readonly holdSlave: boolean };
}

/**
 * `script` of util-linux. Its command runs on the slave and thereby holds it open (as its stderr): it makes the line raw,
 * tells its name on descriptor 4, then waits for the end of descriptor 3, which is ours: that is how it learns that we
 * are gone. It then kills `script`, which left alone would wait seconds for somebody to read the rest of the line.
 */
const HOLD = 'stty raw -echo && tty >&4 && exec 4>&- && cat <&3 >/dev/null; kill -KILL $PPID';
const viaScript: Way = {
  program: 'script',
  start: () => {
    const child = spawn('script', ['-qfec', HOLD, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, SHELL: '/bin/sh', LC_ALL: 'C' },
    });
    child.stdio[3]?.on('error', () => {});
    return { child, path: firstMatch(child, child.stdio[4] as Readable, /(\/dev\/\S+)\n/), holdSlave: false };
  },
};

/**
 * `socat` ends when its stdin does, but not while bytes that nobody reads block it: a watcher on descriptor 3 kills it.
 * The slave is held open by this process.
 */
const RELAY =
  'command -v socat >/dev/null || exit 127; ' +
  '{ cat; kill -KILL $$; } <&3 >/dev/null 2>&1 & exec socat -d -d STDIO PTY,raw,echo=0 3<&-';
const viaSocat: Way = {
  program: 'socat',
  start: () => {
    const child = spawn('/bin/sh', ['-c', RELAY], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdio[3]?.on('error', () => {});
    return {
      child,
      path: firstMatch(child, child.stderr as Readable, /PTY is (\/dev\/\S+)/),
      holdSlave: true,
    };
  },
};

/** Programs that can hold a pseudo-terminal, best first; `script` is part of every Debian. */
export const PTY_PROGRAMS: readonly string[] = [viaScript.program, viaSocat.program];

/**
 * Opens a pseudo-terminal, raw and without echo.
 * @param programs which programs to try, in order; all of `PTY_PROGRAMS` unless said otherwise
 * @throws RigError SERVICE_FAILED when none of them is there or works
 */
export async function openPseudoTerminal(programs = PTY_PROGRAMS): Promise<PseudoTerminal> {
  const failures: string[] = [];
  for (const way of [viaScript, viaSocat].filter((w) => programs.includes(w.program))) {
    const { child, path, holdSlave } = way.start();
    try {
      return serve(child, await path, holdSlave);
    } catch (error) {
      await end(child);
      failures.push(`${way.program}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new RigError('SERVICE_FAILED', 'bench', `no pseudo-terminal could be made (${failures.join('; ')})`, {
    hint: 'Install util-linux (`script`, Debian package bsdutils) or socat: apt-get install bsdutils socat',
  });
}

function serve(child: ChildProcess, path: string, holdSlave: boolean): PseudoTerminal {
  const { stdin, stdout } = child as ChildProcess & { stdin: Writable; stdout: Readable };
  const held = holdSlave
    ? openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
    : undefined;
  let closing: Promise<void> | undefined;
  stdin.on('error', () => {}); // EPIPE once the program is gone; `exit` tells that story
  return {
    path,
    write: (bytes) => {
      if (stdin.writable && stdin.writableLength + bytes.length <= BACKLOG) stdin.write(bytes);
    },
    onData: (listener) => {
      stdout.on('data', listener);
    },
    onLost: (listener) => {
      child.once('exit', () => {
        if (!closing) listener();
      });
    },
    close: () => {
      closing ??= (async () => {
        if (held !== undefined) closeSync(held);
        await end(child);
      })();
      return closing;
    },
  };
}

/** Ends the program at once; what it started ends with its pipes. */
async function end(child: ChildProcess): Promise<void> {
  for (const pipe of child.stdio) pipe?.destroy();
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The first group of `pattern` in what a stream says; rejects when the program ends or stays silent. */
function firstMatch(child: ChildProcess, stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const timer = setTimeout(() => fail(`named no port within ${OPEN_WALL_MS / 1000} s`), OPEN_WALL_MS);
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(why));
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'not installed' : error.message),
    );
    child.once('exit', (code, signal) =>
      fail(code === 127 ? 'not installed' : `ended with ${signal ?? code}`),
    );
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      if (heard.length < 4096) heard += chunk.toString('latin1');
      const found = pattern.exec(heard)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}
