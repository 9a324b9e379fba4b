import type { Command } from 'commander';

/** Adds `decode iso8583` to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  decode
    .command('iso8583')
    .description('decode ISO 8583 messages, field by field; card data is masked')
    .argument('[hex]', 'frames as hex; without it --file or standard input is read')
    .option('-d, --dialect <name|file>', 'dialect', 'unionpay-pos')
    .option('-f, --file <file>', 'read this file: bytes, or hex text')
    .option('--no-length', 'the bytes start behind the length header; one frame')
    .option('--clear', 'show card data in clear')
    .option('--json', 'as JSON: an array of messages')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode iso8583 --no-length 60000300006022000000000800…' +
        '\n  posrig decode iso8583 --file capture.bin --json' +
        '\n  xxd -p capture.bin | posrig decode iso8583 --dialect my-acquirer.yaml' +
        '\n\nExit code 3 when the bytes do not decode.',
    )
    .action(async (hex: string | undefined, options: Record<string, unknown>) => {
      const { decodeIso8583 } = await import('./decode-iso8583.ts');
      process.exitCode = await decodeIso8583(hex, options);
    });
}
