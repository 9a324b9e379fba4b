import type { Command } from 'commander';

/** Adds the verb `till`; what it needs is loaded when it runs. */
export function declareTill(program: Command): void {
  program
    .command('till')
    .description('be a till: have a terminal take a payment, give it back, close the day')
    .argument('<protocol>', 'zvt')
    .argument(
      '<command>',
      'pay, pre-auth, book, release, refund, void, end-of-day, status, repeat-receipt, …',
    )
    .argument('[values...]', 'an amount in major units; a receipt number; see the examples')
    .option('-p, --port <path>', 'serial port of the terminal')
    .option('--baud <rate>', 'of the serial port; 8N2', '9600')
    .option('--tcp <host[:port]>', 'address of the terminal; port 20007 where none is given')
    .option('--currency <code>', 'ISO 4217', 'EUR')
    .option('--password <digits>', 'merchant password of the terminal', '000000')
    .option('--register', 'register first: receipts are printed by the till, states are told')
    .option('-l, --lang <language>', 'language of states and results: en, de or zh', 'en')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nCommands:' +
        '\n  register                      registration alone' +
        '\n  pay AMOUNT                    a payment; without a result the terminal is asked, never charged again' +
        '\n  refund AMOUNT                 a credit' +
        '\n  void RECEIPT                  takes back a payment, by its receipt number' +
        '\n  pre-auth AMOUNT               holds an amount' +
        '\n  book RECEIPT AMOUNT           books what was held' +
        '\n  release RECEIPT AMOUNT        gives a part of it back, and books the rest' +
        '\n  pre-auth-void RECEIPT         gives all of it back' +
        '\n  holds, totals                 open pre-authorisations; what was taken since the last end of day' +
        '\n  end-of-day, status, diagnosis, initialise, repeat-receipt, abort, log-off' +
        '\n\nExamples:\n  posrig till zvt --tcp 192.168.1.40 pay 12.50' +
        '\n  posrig till zvt --port /dev/ttyUSB0 --register pay 10.10 --json' +
        '\n  posrig till zvt --tcp 127.0.0.1:20007 --currency CNY void 0042' +
        '\n\nExit code 0 approved or done, 1 refused, 2 not known or no link. Ctrl-C asks the terminal to give up; a second one leaves at once.',
    )
    .action(async (protocol: string, command: string, values: string[], options: Record<string, unknown>) => {
      const { tillVerb } = await import('./till-verb.ts');
      process.exitCode = await tillVerb(protocol, command, values, options);
    });
}
