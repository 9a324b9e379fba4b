import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { RigError } from '../../../rig/model/errors.ts';
import { ADMIN_PATH } from './command.ts';
import { needPowers } from './needs.ts';
import { probeKernel } from './probe.ts';

/**
 * `posrig network sandbox -- <command>`: runs a command in a network of its own, with a /run of its own, where it may do
 * what it likes to the network without being root and without touching that of the machine; nothing outside can be reached
 * from there. All of it is gone when the command ends. Resolves with the command's exit code.
 * @throws NETWORK_KERNEL, blame bench, where no such namespace can be made
 */
export async function sandboxVerb(command: readonly string[]): Promise<number> {
  await needPowers('a network of its own', ['namespace', 'ip']);
  const { enter } = await probeKernel();
  const [program = 'unshare', ...flags] = enter;
  const [first = '', ...rest] = command;
  const own = first === 'posrig' ? [process.execPath, ...process.execArgv, process.argv[1] ?? ''] : [first];
  const setUp = 'mount -t tmpfs none /run && ip link set lo up && exec "$@"';
  const child = spawn(program, [...flags, '--mount', 'sh', '-c', setUp, 'sh', ...own, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: ADMIN_PATH },
  });
  // Ctrl-C reaches the command itself, which is in our process group; we wait for what it makes of it.
  const stay = () => {};
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', stay);
  process.on('SIGTERM', pass);
  try {
    const [code, signal] = (await Promise.race([
      once(child, 'exit'),
      once(child, 'error').then(([error]) => {
        throw new RigError('NETWORK_KERNEL', 'bench', `no network of its own: ${String(error)}`);
      }),
    ])) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9);
  } finally {
    process.off('SIGINT', stay);
    process.off('SIGTERM', pass);
  }
}
