import type { Command } from 'commander';

/** Adds the verb `till`; what it needs is loaded when it runs. */
export function declareTill(program: Command): void {
  program
    .command('till')
    .description('be a till: have a terminal take a payment, give it back, close the day')
    .argument('<protocol>', 'zvt, transbank, ecr17, concert, caisse-ap, or a file that describes one')
    .argument(
      '<command>',
      'pay, pre-auth, book, release, refund, void, end-of-day, status, repeat-receipt, …',
    )
    .argument('[values...]', 'an amount in major units; a receipt number; see the examples')
    .option('-p, --port <path>', 'serial port of the terminal')
    .option('--baud <rate>', 'of the serial port (default: as the protocol has it; zvt: 9600)')
    .option('--form <form>', 'data bits, parity and stop bits, such as 8N1 (default: as the protocol has it)')
    .option('--tcp <host[:port]>', "address of the terminal; the protocol's own port where none is given")
    .option('--currency <code>', 'ISO 4217 (default: the one of the protocol, else EUR)')
    .option('--password <digits>', 'merchant password of the terminal (zvt)', '000000')
    .option('--register', 'register first: receipts are printed by the till, states are told (zvt)')
    .option('--reference <text>', "the till's own number of the payment, where the protocol has one")
    .option('--till-id <text>', 'number of the till, where the protocol has one')
    .option('--lrc <variant>', 'what the checksum runs over: text, text+etx, stx+text or stx+text+etx')
    .option(
      '-l, --lang <language>',
      'language of states and results: en, zh, and those of the protocol',
      'en',
    )
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nCommands of zvt (the others have those that their file names; a wrong one lists them):' +
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
        '\n  posrig till transbank --port /dev/ttyACM0 pay 12500' +
        '\n  posrig till ecr17 --tcp 192.168.1.50:10000 --lang it pay 12.50' +
        '\n  posrig till ./mis.yaml --port /dev/ttyUSB1 totals --json' +
        '\n\nExit code 0 approved or done, 1 refused, 2 not known or no link. Ctrl-C asks the terminal to give up; a second one leaves at once.',
    )
    .action(async (protocol: string, command: string, values: string[], options: Record<string, unknown>) => {
      if (protocol === 'zvt') {
        const { tillVerb } = await import('./till-verb.ts');
        process.exitCode = await tillVerb(protocol, command, values, options);
      } else {
        const { ecrTillVerb } = await import('./ecr/till-verb.ts');
        process.exitCode = await ecrTillVerb(protocol, command, values, options);
      }
    });
}
