import type { Command } from 'commander';
import type { House } from '../house.ts';

/** What looks at files and at the machine, without any device: `list`, `check`, `doctor`, `schema`. */
export function declareFiles(program: Command, house: House): void {
  program
    .command('list')
    .description('list what there is: scenarios, defects, devices, profiles, drivers, regions …')
    .argument('<what>')
    .option('--json', 'as JSON: an array of { id, title, … }')
    .addHelpText('after', '\nExamples:\n  posrig list scenarios\n  posrig list defects --json')
    .action(async (what: string, options: { json?: boolean }) => {
      const { list } = await import('../list.ts');
      process.exitCode = await list(what, options, house);
    });
  program
    .command('check')
    .description('check scenario, profile, bench and card files without any device')
    .argument('[paths...]', 'files or folders (default: everything that ships)')
    .option('--json', 'as JSON: an array of mistakes')
    .addHelpText('after', '\nExamples:\n  posrig check scenarios\n  posrig check my-bench.yaml my-scenarios/')
    .action(async (paths: string[], options: { json?: boolean }) => {
      const { checkVerb } = await import('../check-verb.ts');
      process.exitCode = await checkVerb(paths, options, house);
    });
  program
    .command('doctor')
    .description('what this machine can do, what each missing thing is for, and the command that installs it')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { doctor } = await import('../doctor.ts');
      process.exitCode = await doctor(options, house);
    });
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file')
    .argument('[kind]', 'scenario, profile, bench, … (without it: the kinds there are)')
    .option('--out <folder>', 'write all schemas into a folder')
    .action(async (kind: string | undefined, options: { out?: string }) => {
      const { schema } = await import('../schema.ts');
      process.exitCode = await schema(kind, options);
    });
}
