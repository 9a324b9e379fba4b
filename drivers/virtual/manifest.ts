import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Capability, Manifest, RunOption } from '../../rig/bench/manifest.ts';
import { RigError } from '../../rig/model/errors.ts';
import type { VirtualUsbOptions } from './usb/verb.ts';
import type { VirtualOptions } from './verb.ts';

type Bench = Parameters<RunOption['apply']>[0];

const SERVICE = 'virtual-bench';
const collect = (value: string, all: readonly string[] = []) => [...all, value];

function withSpeed(bench: Bench, values: readonly string[]): Bench {
  const text = values.at(-1) ?? '';
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (!(rate >= 0.01 && rate <= 1000)) {
    throw new RigError('BENCH_OPTION', 'file', `--speed ${text} is not a number from 0.01 to 1000`, {
      hint: 'It is how many seconds of terminal time pass in one second, e.g. --speed 30.',
    });
  }
  return { ...bench, clock: { ...bench.clock, rate } };
}

/** Adds names to a list among the options of the virtual bench; `check` refuses those that there are not. */
const adding =
  (
    option: 'defects' | 'faults',
    flag: string,
    whose: string,
    check: (ids: readonly string[]) => Promise<unknown>,
  ) =>
  async (bench: Bench, ids: readonly string[]): Promise<Bench> => {
    await check(ids);
    const found = Object.entries(bench.services).find(([, use]) => use?.driver === SERVICE);
    if (!found?.[1]) {
      throw new RigError(
        'BENCH_OPTION',
        'file',
        `${flag} does not apply: bench ${bench.id} starts no virtual bench`,
        { hint: `${whose}: start \`posrig virtual ${flag} ${ids[0] ?? 'ID'}\` instead.` },
      );
    }
    const [name, use] = found;
    const before = Array.isArray(use[option]) ? (use[option] as readonly unknown[]) : [];
    return { ...bench, services: { ...bench.services, [name]: { ...use, [option]: [...before, ...ids] } } };
  };

/** The till of the bench, and the terminal's end of its cable, speak another protocol. */
async function withTill(bench: Bench, values: readonly string[]): Promise<Bench> {
  const protocol = values.at(-1) ?? '';
  const found = Object.entries(bench.services).find(([, use]) => use?.driver === SERVICE);
  if (!found?.[1]) {
    throw new RigError(
      'BENCH_OPTION',
      'file',
      `--till does not apply: bench ${bench.id} starts no virtual bench`,
      {
        hint: 'Name the protocol in the bench file: till: { driver: …, port: … }.',
      },
    );
  }
  const [name, use] = found;
  const own = /[\\/]|\.ya?ml$/.test(protocol);
  const path = own ? resolve(protocol) : protocol;
  const services = { ...bench.services, [name]: { ...use, 'till-protocol': path } };
  if (protocol === 'zvt') return { ...bench, services };
  // One that there is not is the command line's fault, not the bench's.
  (await import('../till/protocol-file.ts')).loadProtocol(path);
  const till = { driver: 'till-file', protocol: path, at: `\${${name}.till}` };
  return { ...bench, services, planes: { ...bench.planes, till } };
}

/** First of the programs that stands on the PATH. */
const onPath = (programs: readonly string[]): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

async function pseudoTerminals(): Promise<readonly Capability[]> {
  const { PTY_PROGRAMS } = await import('./pty.ts');
  const program = onPath(PTY_PROGRAMS);
  const device = existsSync('/dev/ptmx');
  return [
    {
      id: 'pseudo-terminals',
      title: 'Pseudo-terminals',
      state: program !== undefined && device ? 'ok' : 'missing',
      found: !device ? 'no /dev/ptmx' : (program ?? `neither ${PTY_PROGRAMS.join(' nor ')}`),
      purpose: 'the serial ports of the virtual bench',
      ...(program === undefined ? { remedy: 'apt-get install bsdutils' } : {}),
    },
  ];
}

function declareUsb(program: Command): void {
  program
    .command('virtual-usb')
    .description('serve virtual USB devices over USB/IP: terminals, cables, keypads, relay boards')
    .option(
      '-d, --device <description>',
      'a device (repeatable): terminal, ftdi, keypad, relay or hub, then settings: serial=, vid=, pid=, product=, speed=, end=',
      collect,
    )
    .option(
      '--listen <where>',
      'path of a unix socket, or a TCP port on loopback (default: a socket of its own)',
    )
    .option('--attach', "attach them to this machine's kernel (module vhci-hcd)")
    .option('--json', 'print what is served as one JSON line')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig virtual-usb -d terminal,serial=T-1 -d ftdi,serial= -d ftdi,serial= --attach' +
        '\n  posrig virtual-usb -d terminal,end=/dev/pts/4 --listen 3240   # then: usbip attach -r 127.0.0.1 -b 1-1' +
        '\n\nCommands on standard input: add, remove, plug, unplug, deaf, hear, halt, type, state; a wrong one lists them.' +
        '\nAttaching needs the module (sudo modprobe vhci-hcd) and the right to write to its files.',
    )
    .action(async (options: VirtualUsbOptions) => {
      const { virtualUsb } = await import('./usb/verb.ts');
      process.exitCode = await virtualUsb(options);
    });
}

/** What the virtual bench adds to posrig. Nothing of it is loaded before it is used. */
export const virtual: Manifest = {
  drivers: [
    {
      name: SERVICE,
      plane: 'service',
      summary: 'starts `posrig virtual`: a bench without hardware, as a process of its own',
      load: async () => (await import('./service.ts')).virtualBench,
    },
  ],
  runOptions: [
    {
      flags: '--speed <n>',
      description: 'seconds of terminal time that pass in one second; virtual benches only',
      apply: withSpeed,
    },
    {
      flags: '--defect <id>',
      description: 'switch on a bug of the virtual terminal (repeatable), see `posrig list defects`',
      repeatable: true,
      apply: adding('defects', '--defect', 'Defects belong to the virtual terminal', async (ids) =>
        (await import('./terminal/defects.ts')).checkDefects(ids),
      ),
    },
    {
      flags: '--bench-fault <id>',
      description: 'something is wrong with the virtual bench (repeatable), see `posrig list bench-faults`',
      repeatable: true,
      apply: adding('faults', '--bench-fault', 'These faults belong to the virtual bench', async (ids) =>
        (await import('./faults/faults.ts')).checkFaults(ids),
      ),
    },
    {
      flags: '--till <protocol>',
      description:
        'protocol of the till link: zvt, transbank, ecr17, concert, caisse-ap, or a file; virtual benches only',
      apply: withTill,
    },
  ],
  declare: (program) => {
    program
      .command('virtual')
      .description('run the virtual bench alone and print its ports')
      .option('--world <file>', 'world file: what is physically true (default: the built-in one)')
      .option('--speed <n>', 'seconds of terminal time that pass in one second', '1')
      .option('--seed <n>', 'seed of everything that is random', '1')
      .option('--defect <id>', 'switch on a firmware bug (repeatable), see `posrig list defects`', collect)
      .option(
        '--bench-fault <id>',
        'something is wrong around the terminal (repeatable), see `posrig list bench-faults`',
        collect,
      )
      .option('--acquirer <host:port>', 'address that the terminal dials (default: a free loopback port)')
      .option(
        '--dials <name>',
        'name under which the terminal looks its acquirer up (default: it dials the address)',
      )
      .option('--trust <file>', 'PEM file of an authority: the terminal speaks TLS and trusts nobody else')
      .option('--till <where>', 'the till link: tcp:HOST:PORT, or pty (default: a free loopback port)')
      .option(
        '--till-protocol <name>',
        'its protocol: zvt, transbank, ecr17, concert, caisse-ap, or a file (default: zvt)',
      )
      .option('--state <folder>', "keep the terminal's memory there (default: forgotten at the end)")
      .option('--write-bench <file>', 'write a bench file with these ports, for `posrig run --bench`')
      .option('--json', 'print the ports as one JSON line')
      .option('--until-stdin-closes', 'end when stdin does; for programs that start this one')
      .addHelpText(
        'after',
        '\nExamples:\n  posrig virtual --speed 30 --write-bench my-ports.yaml\n  posrig run --bench my-ports.yaml',
      )
      .action(async (options: VirtualOptions) => {
        const { virtual } = await import('./verb.ts');
        process.exitCode = await virtual(options);
      });
    declareUsb(program);
  },
  lists: {
    'bench-faults': async () => {
      const { BENCH_FAULTS } = await import('./faults/faults.ts');
      return BENCH_FAULTS.map(({ id, title, where }) => ({
        id,
        title: title.en,
        titles: title,
        details: { where },
      }));
    },
    defects: async () => {
      const { loadDefects } = await import('./terminal/defects.ts');
      return loadDefects().map(({ id, title, 'caught-by': caughtBy, bench, rule }) => ({
        id,
        title: title.en,
        titles: title,
        details: {
          'caught-by': caughtBy.join(', '),
          ...(bench && { bench }),
          ...(rule === undefined ? {} : { rule }),
        },
      }));
    },
  },
  doctor: [pseudoTerminals],
};
