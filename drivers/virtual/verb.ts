import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { type BenchPorts, type BenchSetup, type RunningBench, startBench } from './bench-process.ts';

/** Options of `posrig virtual` as the command line gives them. */
export interface VirtualOptions {
  readonly world?: string;
  readonly speed: string;
  readonly seed: string;
  readonly defect?: readonly string[];
  readonly benchFault?: readonly string[];
  readonly acquirer?: string;
  readonly dials?: string;
  readonly trust?: string;
  readonly till?: string;
  readonly tillProtocol?: string;
  readonly state?: string;
  readonly json?: boolean;
  readonly writeBench?: string;
  readonly untilStdinCloses?: boolean;
}

/** The line that `--json` prints once everything can be used. */
export interface ReadyLine {
  readonly ready: true;
  readonly ports: BenchPorts;
  readonly speed: number;
  readonly seed: number;
  readonly pid: number;
}

/** `posrig virtual`: runs a virtual bench until it is told to end. Resolves with the exit code. */
export async function virtual(
  options: VirtualOptions,
  createTerminal?: BenchSetup['createTerminal'],
): Promise<number> {
  const speed = parseSpeed(options.speed);
  const seed = parseSeed(options.seed);
  const ending = endOfDuty(options.untilStdinCloses ?? false);
  let bench: RunningBench | undefined;
  try {
    bench = await startBench({
      world: options.world === undefined ? packaged('drivers/virtual/world.yaml') : resolve(options.world),
      speed,
      seed,
      defects: options.defect ?? [],
      faults: options.benchFault ?? [],
      ...(options.acquirer === undefined ? {} : { acquirer: options.acquirer }),
      ...(options.dials === undefined ? {} : { dials: options.dials }),
      ...(options.trust === undefined ? {} : { trust: resolve(options.trust) }),
      ...(options.till === undefined ? {} : { till: options.till }),
      ...(options.tillProtocol === undefined ? {} : { tillProtocol: options.tillProtocol }),
      ...(options.state === undefined ? {} : { state: options.state }),
      ...(createTerminal === undefined ? {} : { createTerminal }),
    });
    if (options.writeBench !== undefined) {
      writeFileSync(options.writeBench, benchFile(bench.ports, speed, options.tillProtocol));
    }
    const ready: ReadyLine = { ready: true, ports: bench.ports, speed, seed, pid: process.pid };
    process.stdout.write(
      options.json ? `${JSON.stringify(ready)}\n` : `${table(ready, options.writeBench)}\n`,
    );
    const lost = await Promise.race([ending, bench.lost]);
    if (lost === undefined) return 0;
    throw new RigError('SERVICE_FAILED', 'bench', `the virtual bench broke: ${lost}`);
  } finally {
    await bench?.close();
    process.stdin.destroy(); // a pipe that is still open would keep the process alive
  }
}

/** Resolves when the process is asked to end: a signal, or (when wanted) the end of stdin. */
function endOfDuty(untilStdinCloses: boolean): Promise<undefined> {
  return new Promise((done) => {
    const end = () => done(undefined);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
    // Whoever reads our output may go first; that must not end us before the ports are closed.
    process.stdout.on('error', end);
    if (!untilStdinCloses) return;
    process.stdin.on('end', end).on('error', end).on('close', end).resume();
  });
}

/**
 * A bench file for ports that are already there: the built-in bench, told nothing but where its ports are and how fast
 * its clock runs.
 */
export function benchFile(ports: BenchPorts, speed: number, tillProtocol = 'zvt'): string {
  return stringify({
    version: 1,
    extends: 'posrig:drivers/virtual/bench.yaml',
    clock: { rate: speed },
    services: { virtual: null },
    planes: {
      network: { listen: ports.acquirer },
      power: { port: ports.power },
      till: tillIn(tillProtocol, ports.till),
      display: { port: ports.screen, pad: ports.camera === undefined ? null : { url: ports.camera } },
      printer: printerAt(ports),
      card: { port: ports.card, codes: ports.codes === undefined ? null : { port: ports.codes } },
      keypad: { port: ports.gantry },
    },
  });
}

/** The printer plane of a terminal on a line, or of one that prints over the network. */
const printerAt = ({ paper, printer }: BenchPorts) =>
  paper === undefined ? { port: printer } : { driver: 'escpos-network', listen: paper };

/** A till of this protocol at a port or address. */
const tillIn = (protocol: string, at: string) => ({
  ...(protocol !== 'zvt' && { driver: 'till-file', protocol }),
  ...(at.startsWith('/') ? { port: at, tcp: null } : { tcp: at }),
});

const WHAT: Readonly<Record<keyof BenchPorts, string>> = {
  gantry: 'finger on the keys (Grbl)',
  card: 'card actuator (lines)',
  power: "relay in the terminal's mains lead (lines)",
  screen: 'screen reader (lines)',
  printer: 'receipt printer line (ESC/POS)',
  paper: 'network printer that the terminal connects to (ESC/POS): listen here',
  till: 'till link: connect a till here',
  solenoids: 'board of the solenoids over the keys',
  desk: 'desk of the person beside the terminal (lines)',
  multiplexer: 'card multiplexer (lines)',
  camera: 'camera over the screen (HTTP, a PNG a request)',
  adb: 'debug bridge of the terminal (ADB over TCP)',
  codes: "display before the terminal's scanner (lines)",
  phone: "phone before the terminal's scanner (ADB over TCP)",
  acquirer: 'address that the terminal dials: listen here',
  resolver: 'name server that the terminal asks when it dials by name (UDP): answer here',
};

function table(ready: ReadyLine, file: string | undefined): string {
  const rows = Object.entries(WHAT).flatMap(([name, what]) => {
    const port = ready.ports[name as keyof BenchPorts];
    return port === undefined ? [] : [`  ${name.padEnd(9)} ${port.padEnd(22)} ${what}`];
  });
  return [
    `Virtual bench, pid ${ready.pid}, clock ${ready.speed}x, seed ${ready.seed}`,
    ...rows,
    ...(file === undefined ? [] : [`  bench file written: ${file}`]),
    'Ctrl-C ends it.',
  ].join('\n');
}

/** Nominal seconds per wall second, 0.01 to 1000. */
export function parseSpeed(text: string): number {
  const speed = text.trim() === '' ? Number.NaN : Number(text);
  if (speed >= 0.01 && speed <= 1000) return speed;
  throw new RigError('USAGE', 'file', `--speed ${text} is not a number from 0.01 to 1000`, {
    hint: 'It is how many seconds of terminal time pass in one second, e.g. --speed 30.',
  });
}

function parseSeed(text: string): number {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw new RigError('USAGE', 'file', `--seed ${text} is not a whole number`);
}
