import type { Command } from 'commander';

/** What makes evidence checkable: `seal`, `verify`, `key`. */
export function declareEvidence(program: Command): void {
  program
    .command('seal')
    .description(
      'seal a run or a whole campaign: a bag with every file, hashed, stated and signed, that anyone can check',
    )
    .argument('<run>', 'folder of the run, or campaign file')
    .option('-o, --out <folder>', 'the bag (default: the run’s folder with .bag behind its name)')
    .option('-k, --key <file>', 'private key to sign with')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig seal reports/runs/20261122-0300-a1b2 --key lab.key' +
        '\n  posrig seal acme.yaml --key lab.key            the campaign with all its runs and reports' +
        '\n  cd reports/runs/20261122-0300-a1b2.bag && sha256sum -c manifest-sha256.txt' +
        '\n\nA key with a passphrase takes it from the environment variable POSRIG_KEY_PASSPHRASE.',
    )
    .action(async (run: string, options: { out?: string; key?: string; json?: boolean }) => {
      const { seal } = await import('../seal.ts');
      process.exitCode = await seal(run, options);
    });
  program
    .command('verify')
    .description('check that evidence is as it was written: a sealed bag, or the folder of a run')
    .argument('<folder>', 'bag, run, or campaign file')
    .option('-k, --key <file>', 'public key that must have signed')
    .option('--head <hex>', 'head of the hash chain that it must have, as a report tells it')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig verify reports/runs/20261122-0300-a1b2.bag --key lab.key.pub' +
        '\n\nExit codes: 0 intact, 4 damaged (each place is named), 3 no evidence there.',
    )
    .action(async (folder: string, options: { key?: string; head?: string; json?: boolean }) => {
      const { verify } = await import('../seal.ts');
      process.exitCode = await verify(folder, options);
    });
  program
    .command('key')
    .description('keys for seals')
    .command('new')
    .description('make an Ed25519 key pair: <file>, and <file>.pub for those who verify')
    .argument('<file>')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  posrig key new lab.key')
    .action(async (file: string, options: { json?: boolean }) => {
      const { keyNew } = await import('../seal.ts');
      process.exitCode = keyNew(file, options);
    });
}
