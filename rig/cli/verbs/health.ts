import type { Command } from 'commander';
import type { HealthOptions } from '../health.ts';
import type { House } from '../house.ts';

/** Declares `posrig health`; what it needs is loaded when it is used. */
export function declareHealth(program: Command, house: House): void {
  program
    .command('health')
    .description('self-test every fixture of a bench: relay read back, card switch, screen, finger homed')
    .option('-b, --bench <file>', 'bench file (default: the built-in virtual bench)')
    .option('--return', 'a person says that the bench is in order again; nothing is tested')
    .option('--note <text>', 'with --return: what was done', '')
    .option('--owner <name>', 'who you are (default: POSRIG_OWNER, else the user of this machine)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig health --bench lab/counter-3.yaml' +
        '\n  posrig health --bench lab/counter-3.yaml --return --note "new belt on X"' +
        '\n\nTwo failures in a row put a bench out: no run until a person returns it. Every run tests first; run --no-health' +
        ' leaves that out.\nExit codes: 0 in order, 2 not, 3 a file or option is wrong.',
    )
    .action(async (options: HealthOptions) => {
      const { health } = await import('../health.ts');
      process.exitCode = await health(options, house);
    });
}
