import type { Command } from 'commander';

/** Adds the verbs `keypad` and `teach`; what they need is loaded when they run. */
export function declareKeypad(program: Command): void {
  program
    .command('teach')
    .description('find out where the keys lie under the finger of a gantry, and write it down')
    .option('-b, --bench <file>', 'bench file (default: the built-in virtual bench)')
    .option('--keys <list>', 'keys to teach, comma separated (default: three corners of the keypad)')
    .option(
      '--auto',
      'nobody leads the finger: the two keys of the self-test are found by watching the screen',
    )
    .option('--again', 'begin anew instead of going on with a lesson that was interrupted')
    .option('--search <mm>', 'how far around the believed place of a key to look for it', '15')
    .option('--travel <mm>', 'travel of a key, where the bench file has no placement', '1.2')
    .option('--hover <mm>', 'how high above the keys the finger moves, likewise', '4')
    .option('--by <name>', 'who teaches (default: POSRIG_OWNER, else the user of this machine)')
    .option(
      '-o, --out <file>',
      'where to write the calibration (default: `calibration` of the keypad in the bench file)',
    )
    .option('--json', 'print the calibration as one JSON object, nothing else')
    .addHelpText(
      'after',
      '\nFor every key: lead the finger over its middle (x+1.5 y-0.2 z-1), let it touch (touch: the screen is the\n' +
        'witness; or z-0.1 until you see it), and say ok. `find` does it by itself for the two keys of the self-test.\n' +
        'Commands are read from standard input, one a line, so a file can take the place of a person; help lists them.\n' +
        'What was taken is kept at once: after Ctrl-C or a lost port the next `posrig teach` goes on there.\n' +
        'A rigid fit with more than 0.5 mm RMS is refused. Beside the calibration a drawing is written (.svg).' +
        '\n\nExamples:\n  posrig teach --bench desk-3.yaml' +
        '\n  posrig teach --bench desk-3.yaml --keys 1,cancel,enter,feed --by wang' +
        '\n  posrig teach --bench desk-3.yaml --auto --json' +
        "\n  printf 'find\\ndone\\n' | posrig teach --bench desk-3.yaml" +
        '\n\nExit codes: 0 written, 2 given up or refused, 3 a file or option is wrong.',
    )
    .action(async (options: import('./teach/verb.ts').TeachOptions) => {
      const { teach } = await import('./teach/verb.ts');
      process.exitCode = await teach(options);
    });
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
  keypad
    .command('test')
    .description('press a harmless key and see the screen change')
    .option('-b, --bench <file>', 'bench file (default: the built-in virtual bench)')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nThe keys are those of the self-test in the terminal profile. The terminal must be idle.' +
        '\n\nExamples:\n  posrig keypad test --bench desk-3.yaml' +
        '\n\nExit codes: 0 the screen changed as it should, 2 it did not or a fixture failed, 3 a file is wrong.',
    )
    .action(async (options: import('./self-test/verb.ts').SelfTestOptions) => {
      const { selfTestVerb } = await import('./self-test/verb.ts');
      process.exitCode = await selfTestVerb(options);
    });
  keypad
    .command('wear')
    .description('how often every key was pressed over the life of the bench')
    .option('-b, --bench <file>', 'bench file (default: the built-in virtual bench)')
    .option(
      '--replaced <keys>',
      'note that these keys, comma separated, or all were replaced: they count from zero',
    )
    .option('--by <name>', 'who replaced them (default: POSRIG_OWNER, else the user of this machine)')
    .option('--note <text>', 'why')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nA limit stands in the bench file as `wear: { limit: 500000 }` of the keypad; a key that reaches it is warned of.\n' +
        'Which digits of PINs and card numbers were pressed is never written: they count as spread evenly over the digits.' +
        '\n\nExamples:\n  posrig keypad wear --bench desk-3.yaml' +
        '\n  posrig keypad wear --bench desk-3.yaml --replaced 5,enter --by wang --note "new dome sheet"',
    )
    .action(async (options: import('./wear/verb.ts').WearOptions) => {
      const { wearVerb } = await import('./wear/verb.ts');
      process.exitCode = await wearVerb(options);
    });
}
