import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packaged } from '../../../../rig/model/package-root.ts';

/** Virtual USB devices of a process of their own, attached to this machine's kernel. For tests in a virtual machine. */
export interface TestUsb {
  /** One of the commands of `posrig virtual-usb`; resolves with its answer, rejects with its error. */
  tell(command: string): Promise<string>;
  /** All devices go. */
  end(): Promise<void>;
}

/** Resolves when all are attached; the kernel may still be enumerating them. */
export async function plugUsb(...devices: readonly string[]): Promise<TestUsb> {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
    packaged('dist/rig/cli/main.js'),
    ...['virtual-usb', '--json', '--attach', ...devices.flatMap((device) => ['-d', device])],
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
  return {
    tell(command) {
      const answer = turn.then(async () => {
        child.stdin.write(`${command}\n`);
        const line = await next();
        if (!line.startsWith('ok')) throw new Error(`${command}: ${line}`);
        return line.slice(3);
      });
      turn = answer.catch(() => {});
      return answer;
    },
    async end() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
