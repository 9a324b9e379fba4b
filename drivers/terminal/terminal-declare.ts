import type { Command } from 'commander';

/** Adds the verb `terminal`; what it needs is loaded when it runs. */
export function declareTerminal(program: Command): void {
  program
    .command('terminal')
    .description('be a terminal: a simulator for people who write tills')
    .option('--profile <id>', 'which of the virtual models', 'vt-4')
    .option(
      '--till <where>',
      'where the till connects: tcp:HOST:PORT (port 0: a free one), or pty for a serial port',
      'tcp:127.0.0.1:20007',
    )
    .option(
      '--protocol <name>',
      "what it speaks to its till: zvt, ecr17, transbank, concert, caisse-ap, or a protocol file (default: the model's own where that goes over --till, else zvt)",
    )
    .option(
      '--password <digits>',
      'merchant password that it requires of its till (zvt; default: it takes any)',
    )
    .option('--acquirer <address>', 'HOST:PORT of an acquirer of your own (default: one that approves)')
    .option('--limit <amount>', 'the built-in acquirer declines more than this with 61, in major units')
    .option(
      '--card <id>',
      'card that is presented when the terminal asks for one, see scenarios/cards.yaml',
      'debit-1',
    )
    .option('--entry <way>', 'chip, swipe or tap', 'chip')
    .option(
      '--hands <whose>',
      'auto: card and PIN come by themselves; yours: type commands on standard input',
      'auto',
    )
    .option('--speed <n>', 'seconds of terminal time that pass in one second', '1')
    .option(
      '--defect <id>',
      'switch on a firmware bug (repeatable), see `posrig list defects`',
      (id: string, all: readonly string[] = []) => [...all, id],
    )
    .option('--state <folder>', "keeps the terminal's memory; default: it begins anew each time")
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nCommands on standard input (with --hands yours, and beside auto as well):' +
        '\n  key NAME        presses a key of the profile' +
        '\n  insert CARD, swipe CARD, tap CARD, remove' +
        '\n  power off, power on, quit' +
        '\n\nExamples:\n  posrig terminal --till tcp:127.0.0.1:20007' +
        '\n  posrig terminal --till pty --speed 10 --limit 100.00 --json' +
        '\n  posrig terminal --profile vt-a --till pty                          # Transbank, as the model speaks it' +
        '\n  posrig terminal --protocol caisse-ap --till tcp:127.0.0.1:8888' +
        '\n  posrig till zvt --tcp 127.0.0.1:20007 --currency CNY pay 12.50     # in another window' +
        '\n\nCtrl-C ends it.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { terminalVerb } = await import('./terminal-verb.ts');
      process.exitCode = await terminalVerb(options);
    });
}
