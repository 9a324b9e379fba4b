import type { Command } from 'commander';
import type { House } from '../house.ts';

/** `posrig profile new` and `posrig profile check`. */
export function declareProfile(program: Command, house: House): void {
  const profile = program
    .command('profile')
    .description('bring a new terminal model in: begin its profile, see what it lacks');
  profile
    .command('new')
    .description('write a profile to be filled in')
    .argument('<id>', 'lower case, such as acme-s920; or the file to write, such as lab/acme-s920.yaml')
    .option('--maker <name>', 'who makes it', 'unknown')
    .option('--model <name>', 'what the maker calls it (default: the id)')
    .option('--entry <ways>', 'ways to present a card: chip, swipe, tap, scan', 'chip,swipe,tap')
    .option('--operations <names>', 'what it can do', 'sign-on,sale,void,settle')
    .option('--dialect <name>', 'host dialect, see `posrig list dialects`', 'unionpay-pos')
    .option(
      '--labels <sets>',
      'label sets of its slips: unionpay-zh, zh-hant, en, de, fr, ja (default: none, to be filled in)',
      '',
    )
    .option('--display <size>', 'rows and columns of its display', '4x20')
    .option('--out <file>', 'default: ID.yaml')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig profile new acme-s920 --maker Acme --entry chip,tap' +
        '\n  posrig profile new acme-s920 --operations sign-on,sale,void,refund,settle,reprint --display 8x24',
    )
    .action(async (id: string, options: Record<string, unknown>) => {
      const { newProfile } = await import('../profile.ts');
      process.exitCode = newProfile(id, options);
    });
  profile
    .command('check')
    .description('for which scenarios a profile is ready, and what is missing for the others')
    .argument('<profile>', 'id of a shipped profile, or a file')
    .argument('[scenarios...]', 'files, folders or plans (default: every shipped scenario)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig profile check ./acme-s920.yaml\n  posrig profile check vt-4 scenarios/dropout --json' +
        '\n\nExit codes: 0 ready for everything that the model can do, 1 something is missing, 3 the file is wrong.',
    )
    .action(async (reference: string, paths: string[], options: { json?: boolean }) => {
      const { checkProfile } = await import('../profile.ts');
      process.exitCode = checkProfile(reference, paths, options, house);
    });
}
