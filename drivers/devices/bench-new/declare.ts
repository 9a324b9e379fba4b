import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { UDEV_RULES } from '../host-rules.ts';
import type { BenchNewOptions } from './verb.ts';

/** Adds `posrig bench new` and `posrig bench udev` to the verb `bench`. */
export function declareBenchNew(program: Command): void {
  const bench = program.commands.find((command) => command.name() === 'bench') ?? program.command('bench');
  bench
    .command('new')
    .description('write the file of a new bench: asks what is there and which port it hangs on')
    .argument('<file>', 'bench file to write')
    .option('--id <name>', 'name of the bench (default: that of the file)')
    .option('--title <text>', 'title for reports')
    .option('--profile <profile>', 'terminal profile: a shipped one, or a path')
    .option('--listen <host:port>', 'address on this machine that the terminal dials')
    .option('--keypad <port>', 'serial port of the motion controller')
    .option('--card <port>', 'serial port of the card actuator')
    .option('--power <port>', 'serial port of the power relay')
    .option('--display <port>', 'serial port of the screen reader')
    .option('--printer <port>', "serial port in the printer's place")
    .option('--till <where>', 'till link (ZVT): serial port, or HOST:PORT')
    .option('--probe', 'ask every serial port what hangs there; sends bytes, so unplug terminals first')
    .option('-y, --yes', 'ask nothing: what is not given is left out, as comments to fill in')
    .option('--force', 'write over a file that is there')
    .option('--json', 'ask nothing, print what was written as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig bench new lab/counter-3.yaml' +
        '\n  posrig bench new lab/counter-3.yaml --probe' +
        '\n  posrig bench new b.yaml --yes --profile vt-4 --till 192.168.1.40:20007 --power usb:1a86:7523@1-2' +
        '\n\nPorts are named by what hangs there, see `posrig list devices`. A port answered with nothing is left out.',
    )
    .action(async (file: string, options: BenchNewOptions) => {
      const { benchNew } = await import('./verb.ts');
      process.exitCode = await benchNew(file, options);
    });
  bench
    .command('udev')
    .description('print the udev rules for a bench PC: groups, ModemManager, power saving, FTDI latency')
    .addHelpText('after', '\nExamples:\n  posrig bench udev | sudo tee /etc/udev/rules.d/70-posrig.rules')
    .action(() => {
      process.stdout.write(readFileSync(UDEV_RULES, 'utf8'));
    });
}
