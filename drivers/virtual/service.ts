import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { DriverModule } from '../../rig/bench/manifest.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { ReadyLine } from './verb.ts';

/**
 * Driver `virtual-bench`: starts `posrig virtual` as a process of its own and publishes its ports. Nothing else passes
 * between that process and this one than what passes through those ports.
 */
const Options = z.strictObject({
  world: z.string().describe('world file: what is physically true on the virtual bench'),
  acquirer: z
    .string()
    .optional()
    .describe('`host:port` that is configured in the terminal; default: a free port of the loopback address'),
  till: z
    .string()
    .optional()
    .describe('the till link: tcp:HOST:PORT, or pty; default: a free port of the loopback address'),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,60}$/, { error: 'not the name of a network namespace' })
    .optional()
    .describe('network namespace (ip-netns(8)) in which the bench runs; its till link must then be a pty'),
  dials: z.string().min(1).optional().describe('name under which the terminal looks its acquirer up'),
  trust: z
    .string()
    .optional()
    .describe('PEM file of the authority that is installed in the terminal, which then speaks TLS'),
  'till-protocol': z
    .string()
    .min(1)
    .optional()
    .describe("protocol of the till link: zvt, a shipped one, or its file; else the world file's"),
  defects: z.array(z.string()).default([]).describe('firmware defects, see `posrig list defects`'),
  faults: z
    .array(z.string())
    .default([])
    .describe('what is wrong with the bench around the terminal, see `posrig list bench-faults`'),
});
type Options = z.infer<typeof Options>;
type Context = Parameters<DriverModule['open']>[1];
type Opened = Awaited<ReturnType<DriverModule['open']>>;

const READY_WALL_MS = 60_000;
/** Gentle, then firm, then final; together shorter than the budget that the rig gives to closing. */
const GRACE_WALL_MS = 2_500;
const TERM_WALL_MS = 1_500;
const STDERR_TAIL = 2000;

/** The command line of this very posrig: compiled, or its sources under the loader that runs them now. */
export function posrigCommand(): readonly string[] {
  if (!fileURLToPath(import.meta.url).endsWith('.ts'))
    return [process.execPath, packaged('dist/rig/cli/main.js')];
  const loader = createRequire(import.meta.url).resolve('tsx');
  return [process.execPath, '--import', loader, packaged('rig/cli/main.ts')];
}

/** Opens the service with the given command; exported so that a bench can be run from another entry file. */
export async function openService(
  options: Options,
  context: Context,
  command: readonly string[] = posrigCommand(),
): Promise<Opened> {
  // Serial ports are files and are reached from everywhere; what the terminal sends leaves by the namespace.
  const into =
    options.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${options.namespace}`, '--'];
  const [program = process.execPath, ...leading] = [...into, ...command];
  const child = spawn(
    program,
    [
      ...leading,
      'virtual',
      '--json',
      '--until-stdin-closes',
      '--world',
      context.resolve(options.world),
      '--speed',
      String(context.clock.rate),
      '--seed',
      String(context.seed),
      ...(options.acquirer === undefined ? [] : ['--acquirer', options.acquirer]),
      ...(options.till === undefined ? [] : ['--till', options.till]),
      ...(options.dials === undefined ? [] : ['--dials', options.dials]),
      ...(options.trust === undefined ? [] : ['--trust', context.resolve(options.trust)]),
      ...(options['till-protocol'] === undefined
        ? []
        : ['--till-protocol', tillFile(options['till-protocol'], context)]),
      ...options.defects.flatMap((id) => ['--defect', id]),
      ...options.faults.flatMap((id) => ['--bench-fault', id]),
    ],
    // Its own process group: Ctrl-C at the console ends the rig, which then closes the bench in its own order.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  child.stdin.on('error', () => {});
  const said = noteStderr(child, context);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= end(child);
    return closing;
  };

  let ready: ReadyLine;
  try {
    ready = await readyLine(child, said, context.signal);
  } catch (error) {
    await close();
    throw error;
  }
  child.once('exit', (code, signal) => {
    if (!closing) context.lost(failed(`has ended by itself (${signal ?? `exit code ${code}`})`, said()));
  });
  return { facts: { ...ready.ports, pid: String(ready.pid), speed: String(ready.speed) }, close };
}

/** A name stays a name; a path is one of the bench file. */
const tillFile = (protocol: string, context: Context): string =>
  /[\\/:]|\.ya?ml$/.test(protocol) ? context.resolve(protocol) : protocol;

/** Notes what the bench says on stderr; the returned function gives its end. */
function noteStderr(child: ChildProcess, context: Context): () => string {
  let tail = '';
  if (!child.stderr) return () => tail;
  createInterface({ input: child.stderr }).on('line', (text) => {
    tail = `${tail}${text}\n`.slice(-STDERR_TAIL);
    context.recorder.record({ type: 'note', level: 'warning', text: `virtual bench: ${text.slice(0, 500)}` });
  });
  return () => tail.trim();
}

const failed = (what: string, said: string): RigError =>
  new RigError('SERVICE_FAILED', 'bench', `the virtual bench ${what}${said === '' ? '' : `: ${said}`}`, {
    hint: 'Run `posrig virtual` by itself to see what it says.',
  });

function readyLine(child: ChildProcess, said: () => string, signal: AbortSignal): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    const timer = setTimeout(
      () => fail(failed(`was not ready within ${READY_WALL_MS / 1000} s`, said())),
      READY_WALL_MS,
    );
    const onAbort = () =>
      fail(new RigError('CANCELLED', 'rig', 'cancelled while the virtual bench was starting'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => fail(failed(`could not be started: ${error.message}`, said())));
    // `close`, not `exit`: only then has everything that it said been read.
    child.once('close', (code, by) => fail(failed(`did not start (${by ?? `exit code ${code}`})`, said())));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      const parsed = readyOf(line);
      if (!parsed) return fail(failed(`said "${line.slice(0, 80)}" instead of its ports`, said()));
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(parsed);
    });
  });
}

function readyOf(line: string): ReadyLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<ReadyLine> | null;
    return value?.ready === true && value.ports ? (value as ReadyLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Closes its stdin, which ends it; then asks; then kills. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  const firm = setTimeout(() => child.kill('SIGTERM'), GRACE_WALL_MS);
  const final = setTimeout(() => child.kill('SIGKILL'), GRACE_WALL_MS + TERM_WALL_MS);
  await exited;
  clearTimeout(firm);
  clearTimeout(final);
}

export const virtualBench: DriverModule<Opened, Options> = {
  options: Options,
  open: (options, context) => openService(options, context),
};
