import type { Command } from 'commander';

/** `posrig network …`: declared at once, loaded when used. */
export function declareNetwork(program: Command): void {
  const verb = program
    .command('network')
    .description('what posrig created on the network of this machine: namespaces, rules, routes, helpers')
    .addHelpText('after', '\nExamples:\n  posrig network status\n  posrig network reset');
  verb
    .command('status')
    .description('list it, of posrig processes that run and of those that are gone')
    .option('--json', 'as JSON: an array of { kind, what, owner, state }')
    .addHelpText('after', '\nExamples:\n  posrig network status\n  posrig network status --json')
    .action(async (options: { json?: boolean }) => {
      const { statusVerb } = await import('./network-verb.ts');
      process.exitCode = await statusVerb(options);
    });
  verb
    .command('reset')
    .description('remove what was left behind; never anything that posrig did not create')
    .option('--force', 'also what a running posrig uses')
    .option('--json', 'as JSON: { removed, left }')
    .addHelpText('after', '\nExamples:\n  posrig network reset\n  posrig network reset --force --json')
    .action(async (options: { json?: boolean; force?: boolean }) => {
      const { resetVerb } = await import('./network-verb.ts');
      process.exitCode = await resetVerb(options);
    });
  verb
    .command('sandbox')
    .description('run a command in a network of its own, as any user: for the kernel layer without root')
    .argument('<command...>', 'behind `--`; the command `posrig` is this one')
    .addHelpText(
      'after',
      '\nNothing outside can be reached from there, and nothing of it is left afterwards.\n\nExamples:\n' +
        '  posrig network sandbox -- posrig run --bench posrig:drivers/virtual/kernel-bench.yaml scenarios/packets\n' +
        '  posrig network sandbox -- sh',
    )
    .action(async (command: readonly string[]) => {
      const { sandboxVerb } = await import('./sandbox-verb.ts');
      process.exitCode = await sandboxVerb(command);
    });
}
