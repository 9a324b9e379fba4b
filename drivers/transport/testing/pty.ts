import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBody, Recorder } from '../../../rig/model/event.ts';

/** A real pseudo-terminal for tests: one end opened by path, the other served here. */
export interface TestPty {
  readonly path: string;
  send(text: string | Uint8Array): void;
  onData(listener: (chunk: Buffer) => void): void;
  /** Stops reading until the next `onData`: what the other side writes piles up in the kernel. */
  deafen(): void;
  /** Pulls the cable. */
  unplug(): Promise<void>;
}

/** Makes a pseudo-terminal with util-linux `script`, whose stdin and stdout are the far end. */
export async function makePty(): Promise<TestPty> {
  const folder = await mkdtemp(join(tmpdir(), 'posrig-pty-'));
  const file = join(folder, 'tty');
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qfec', `stty raw -echo; tty > '${file}.new'; mv '${file}.new' '${file}'; exec sleep 600`, '/dev/null'],
    { env: { ...process.env, SHELL: '/bin/sh' } },
  );
  child.stdin.on('error', () => {}); // unplugged while writing
  let path = '';
  while (!path) {
    path = await readFile(file, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    if (child.exitCode !== null) throw new Error('script(1) made no pseudo-terminal');
    if (!path) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await rm(folder, { recursive: true, force: true });
  return {
    path,
    send: (bytes) => void child.stdin.write(bytes),
    onData: (listener) => void child.stdout.on('data', listener).resume(),
    deafen: () => void child.stdout.pause(),
    async unplug() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Serves lines on the far end: every complete line is answered by `answer`; undefined says nothing. */
export function serveLines(pty: TestPty, answer: (line: string) => string | undefined): void {
  let rest = '';
  pty.onData((chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = answer(line);
      if (text !== undefined) pty.send(`${text}\n`);
    }
  });
}

/** A recorder that keeps what it is given. */
export function listRecorder(): Recorder & { readonly events: EventBody[] } {
  const events: EventBody[] = [];
  return {
    events,
    record: (event) => void events.push(event),
    attach: (name, mime) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
  };
}

/** Resolves when `holds` does, looked at after every macrotask for at most 20 s; then says what it waited for. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const until = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > until) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
