import type { Command } from 'commander';

/** Adds `decode iso8583` to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  decode
    .command('iso8583')
    .description('decode ISO 8583 messages, field by field; card data is masked')
    .argument(
      '[bytes]',
      'frames as hex, or a message that is text itself; without it --file or standard input is read',
    )
    .option(
      '-d, --dialect <name|file>',
      'dialect (default: unionpay-pos, or the shipped one that all of the bytes fit)',
    )
    .option(
      '-f, --file <file>',
      'read this file: bytes, hex text, a dump with offsets, or a log with hex in it',
    )
    // Commander takes a negation that comes first for a default of true.
    .option(
      '--length <form>',
      'their length header: binary2, binary2-inclusive, bcd2, ascii4, … or none (default: that of the dialect, else any)',
    )
    .option('--no-length', 'the bytes have no length header')
    .option('--tpdu', 'they have a TPDU')
    .option('--no-tpdu', 'they have none')
    .option('--no-header', 'they have no application header')
    .option('--skip <bytes>', 'leave out so many bytes in front: an envelope that the dialect does not know')
    .option('--clear', 'show card data in clear')
    .option('--json', 'as JSON: an array of messages')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode iso8583 --no-length 60000300006022000000000800…' +
        '\n  posrig decode iso8583 --file capture.bin --json' +
        '\n  posrig decode iso8583 --dialect iso8583-1987-ascii --length ascii4 --file trace.log' +
        '\n  xxd -p capture.bin | posrig decode iso8583 --dialect my-acquirer.yaml' +
        '\n  tshark -r trace.pcap -Y tcp.len -T fields -e tcp.payload | posrig decode iso8583' +
        '\n\nExit code 3 when the bytes do not decode.',
    )
    .action(async (hex: string | undefined, options: Record<string, unknown>) => {
      const { decodeIso8583 } = await import('./decode-iso8583.ts');
      process.exitCode = await decodeIso8583(hex, options);
    });
}
