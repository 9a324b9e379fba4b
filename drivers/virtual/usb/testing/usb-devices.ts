import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { packaged } from '../../../../rig/model/package-root.ts';

/** Virtual USB devices, served by another process and attached to this machine's kernel. For tests in a virtual machine. */
export interface TestUsb {
  /** Ids of the devices, in the order in which they were asked for. */
  readonly ids: readonly string[];
  /** One of the commands of `posrig virtual-usb`; resolves with its answer, rejects with its error. */
  tell(command: string): Promise<string>;
  /** These devices go. */
  end(): Promise<void>;
}

type Tell = TestUsb['tell'];
let server: Promise<Tell> | undefined;

/** Resolves when all are attached; the kernel may still be enumerating them. One process serves the devices of all tests. */
export async function plugUsb(...devices: readonly string[]): Promise<TestUsb> {
  server ??= startServer();
  const tell = await server;
  const ids: string[] = [];
  for (const device of devices) ids.push(await tell(`add ${device}`));
  return {
    ids,
    tell,
    async end() {
      for (const id of ids) await tell(`remove ${id}`);
    },
  };
}

async function startServer(): Promise<Tell> {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
    packaged('dist/rig/cli/main.js'),
    ...['virtual-usb', '--json', '--attach'],
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8');
  });
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`posrig virtual-usb ended: ${complaint}`);
    return value;
  };
  await next();
  let turn: Promise<unknown> = Promise.resolve();
  return (command) => {
    const answer = turn.then(async () => {
      child.stdin.write(`${command}\n`);
      const line = await next();
      if (!line.startsWith('ok')) throw new Error(`${command}: ${line}`);
      return line.slice(3);
    });
    turn = answer.catch(() => {});
    return answer;
  };
}

/**
 * Waits for something in the emulated machine, where all takes long; at most 90 s, then says what it waited for. Looking takes
 * time there that the kernel needs for what is waited for: never more than a third of the time is spent on it.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  for (;;) {
    const began = performance.now();
    if (await holds()) return;
    const now = performance.now();
    if (now > end) throw new Error(`waited 90 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(20, 2 * (now - began))));
  }
}
