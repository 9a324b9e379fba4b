import type { Command } from 'commander';
import type { House } from '../house.ts';

/** `posrig bench status`, `reserve`, `release`, `conform`; drivers add `new`. */
export function declareBench(program: Command, house: House): void {
  const bench = program
    .command('bench')
    .description('begin a bench file, see who uses a bench, reserve and release it, try a driver');
  const owner = [
    '--owner <name>',
    'who you are (default: POSRIG_OWNER, else the user of this machine)',
  ] as const;
  bench
    .command('status')
    .description('show who uses benches')
    .argument('<files...>', 'bench files')
    .option('--json', 'as JSON: an array')
    .addHelpText('after', '\nExamples:\n  posrig bench status lab/*.yaml')
    .action(async (files: string[], options: { json?: boolean }) => {
      const { status } = await import('../bench.ts');
      process.exitCode = await status(files, options, house);
    });
  bench
    .command('reserve')
    .description('keep a bench for yourself: runs of others are refused meanwhile')
    .argument('<file>', 'bench file')
    .option('--for <duration>', 'how long', '1 h')
    .option('--note <text>', 'what for')
    .option(...owner)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig bench reserve lab/counter-3.yaml --for "2 h" --note "new firmware"',
    )
    .action(async (file: string, options: { for: string; note?: string; owner?: string; json?: boolean }) => {
      const { reserve } = await import('../bench.ts');
      process.exitCode = await reserve(file, options, house);
    });
  bench
    .command('release')
    .description('end a reservation')
    .argument('<file>', 'bench file')
    .option('--force', "also somebody else's, and the lease of a run, which then ends safely")
    .option(...owner)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  posrig bench release lab/counter-3.yaml')
    .action(async (file: string, options: { force?: boolean; owner?: string; json?: boolean }) => {
      const { release } = await import('../bench.ts');
      process.exitCode = await release(file, options, house);
    });
  bench
    .command('conform')
    .description("try a plane's driver, shipped or from outside, against what all drivers must do")
    .requiredOption('-b, --bench <file>', 'bench file')
    .requiredOption('--plane <plane>', 'keypad, card, power, display …')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig bench conform --bench lab/counter-3.yaml --plane power' +
        '\n\nThe fixture moves and the power goes; nothing is entered at the terminal.' +
        '\nExit codes: 0 conforms, 1 does not, 3 a file or option is wrong.',
    )
    .action(async (options: { bench: string; plane: string; json?: boolean }) => {
      const { benchConform } = await import('../bench-conform.ts');
      process.exitCode = await benchConform(options, house);
    });
}
