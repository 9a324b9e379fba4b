import type { Command } from 'commander';

/** Adds the verb `keypad`; what it needs is loaded when it runs. */
export function declareKeypad(program: Command): void {
  const keypad = program.command('keypad').description('look after the finger of a bench');
  keypad
    .command('conform')
    .description('check that a motion controller speaks its protocol: transcripts in which only order counts')
    .requiredOption('-p, --port <path>', 'its serial port, or a pseudo-terminal')
    .option('--baud <n>', 'bits per second', '115200')
    .option('--dialect <name>', 'refuse any other: grbl, grblhal, fluidnc, marlin', 'auto')
    .option('--allow-motion', 'also home it and move it by a few millimetres')
    .option('--box <mm>', 'how far it may move an axis', '2')
    .option('--boot <ms>', 'how long it may greet by itself after the port was opened', '2000')
    .option('--timeout <ms>', 'how long a single answer may take', '5000')
    .option('-v, --verbose', 'show every line of every transcript')
    .option('--json', 'as one JSON object, transcripts included')
    .addHelpText(
      'after',
      '\nNo setting is written, and nothing moves without --allow-motion. At the end the controller is reset.' +
        '\nok: as its family does · differs: not so, but no press depends on it · failed: a press would.' +
        '\n\nExamples:\n  posrig keypad conform --port /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0' +
        '\n  posrig keypad conform --port /dev/pts/7 --dialect grblhal --json' +
        '\n\nExit codes: 0 nothing failed, 1 something did, 2 no controller could be talked to, 3 an option is wrong.',
    )
    .action(async (options: import('./conform/verb.ts').ConformVerbOptions) => {
      const { conformVerb } = await import('./conform/verb.ts');
      process.exitCode = await conformVerb(options);
    });
}
