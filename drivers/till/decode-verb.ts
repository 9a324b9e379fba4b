import type { Command } from 'commander';

/** Adds `decode zvt` to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  decode
    .command('zvt')
    .description('decode what till and terminal say to each other (ZVT), field by field; card data is masked')
    .argument('[bytes]', 'frames as hex; without it --file or standard input is read')
    .option(
      '-f, --file <file>',
      'read this file: bytes, hex text, a dump with offsets, or a log with hex in it',
    )
    .option('--serial', 'the bytes are frames of a serial line (DLE STX … DLE ETX CRC)')
    .option('--tcp', 'the bytes are bare APDUs, as over TCP (default: as the bytes say)')
    .option('-l, --lang <language>', 'language of names: en, de or zh', 'en')
    .option('-c, --charset <name>', 'of texts: cp437, utf-8, … (default: as the message or the bytes say)')
    .option('--clear', 'show card data in clear')
    .option('--json', 'as JSON: an array of frames')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode zvt 1002060107040000000010100010036291' +
        '\n  posrig decode zvt 040f0927006c… --lang de' +
        '\n  posrig decode zvt --file link.log --serial --json' +
        '\n  tshark -r trace.pcap -Y tcp.len -T fields -e tcp.payload | posrig decode zvt --tcp' +
        '\n\nExit code 3 when some of the bytes do not decode.',
    )
    .action(async (bytes: string | undefined, options: Record<string, unknown>) => {
      const { decodeZvt } = await import('./decode-zvt.ts');
      process.exitCode = await decodeZvt(bytes, options);
    });
}
