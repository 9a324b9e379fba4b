import { type Command, Option } from 'commander';
import type { House } from '../house.ts';

/** `posrig run`. */
export function declareRun(program: Command, house: House): void {
  const run = program
    .command('run')
    .description('run scenarios on a bench and write the evidence')
    .argument('[paths...]', 'scenario files or folders (default: the plan)')
    .addOption(
      new Option(
        '-b, --bench <file>',
        'bench file (default: the built-in virtual bench); several run beside each other and share the scenarios',
      ).argParser((value: string, all: string[] = []) => [...all, value]),
    )
    .option('--plan <name>', 'plan to run when no paths are given (default: smoke; with --grep: full)')
    .option('--campaign <file>', 'run what is outstanding in a campaign, and add the run to it')
    .option(
      '--retry <n>',
      'attempts more at a scenario that was broken or inconclusive (default: what the plan says); never at one that failed',
    )
    .option('--firmware <version>', 'version of the firmware under test (default: what the campaign says)')
    .addOption(new Option('--by <hand>', 'what enters the transactions').choices(['keypad', 'till']))
    .option('--seed <n>', 'seed of everything that is random', '1')
    .option('-g, --grep <regex>', 'only scenarios whose id or title matches')
    .option('--bail', 'stop at the first scenario that does not pass')
    .option('-o, --out <folder>', 'where to write the run (default: reports/runs/<time>-<id>)')
    .option('--formats <list>', 'reports to render, comma separated, or none (default: all)')
    .addOption(
      new Option('--lang <language>', 'language of console and reports').choices(['en', 'zh']).default('en'),
    )
    .option(
      '-v, --verbose',
      'draw the dialogue of every scenario: terminal, network, acquirer, and where faults hit',
    )
    .option(
      '--update-golden',
      'show how slips differ from the pictures kept of them, then keep the new ones (asks, at a terminal)',
    )
    .option('--no-health', 'do not self-test the fixtures before the first scenario')
    .option('--json', 'print the result as one JSON object, nothing else');
  for (const option of house.drivers.runOptions ?? []) {
    run.addOption(
      option.repeatable
        ? new Option(option.flags, option.description).argParser((value: string, all: string[] = []) => [
            ...all,
            value,
          ])
        : new Option(option.flags, option.description),
    );
  }
  run.addHelpText(
    'after',
    '\nExamples:\n  posrig run                                   everything of the smoke plan on the virtual bench' +
      '\n  posrig run --plan full                       every shipped scenario' +
      '\n  posrig run scenarios/dropout --speed 60' +
      '\n  posrig run --grep DROP-003 --defect no-reversal-on-timeout' +
      '\n  posrig run --campaign acme.yaml                what the campaign still lacks' +
      '\n  posrig run --campaign acme.yaml --grep DROP-003  one scenario of it again' +
      '\n  posrig run --grep REC-007 --update-golden       new pictures of slips that may look different now' +
      '\n  posrig run --bench my-bench.yaml --bail --out /var/lib/posrig/tonight' +
      '\n  posrig run --plan full --bench lab/counter-1.yaml --bench lab/counter-2.yaml   shared out among both' +
      '\n\nExit codes: 0 passed, 1 failed, 2 broken or inconclusive, 3 a file or option is wrong, 4 evidence damaged, 5 nothing ran.',
  );
  run.action(async (paths: string[], options: Record<string, unknown>) => {
    const { run: verb } = await import('../run.ts');
    try {
      process.exitCode = await verb(paths, options, house);
    } catch (thrown) {
      // Who reads the result reads why there is none, too; people find it on standard error.
      const { errorAsJson } = await import('../output.ts');
      if (options['json']) process.stdout.write(errorAsJson(thrown));
      throw thrown;
    }
  });
}
