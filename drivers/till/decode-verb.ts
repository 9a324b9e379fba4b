import type { Command } from 'commander';

/** Protocols that ship as files, and an example of each. */
const SHIPPED: Readonly<Record<string, readonly [what: string, example: string]>> = {
  transbank: ['Transbank POS Integrado', "'<STX>0200|000001500|012423|||1<ETX>z'"],
  ecr17: ['ECR17', '0630…'],
  concert: ['Concert E+', '023031…'],
  'caisse-ap': ['Caisse-AP, Concert V3', 'CZ0040320CJ012012345678901CA00201CB0041250CD0010CE003978'],
};

function declareEcr(decode: Command, name: string, what: string, example: string, shipped?: string): void {
  const command = decode
    .command(name)
    .description(`decode what till and terminal say to each other (${what}); card data is masked`)
    .argument('[bytes]', 'frames as hex, or a message as text; without it --file or standard input is read');
  if (shipped === undefined)
    command.option('-p, --protocol <file>', 'the file that describes it, or a shipped one');
  command
    .option(
      '-f, --file <file>',
      'read this file: bytes, hex text, a dump with offsets, or a log with hex in it',
    )
    .option('--serial', 'framed as on a serial line (default: as the bytes say)')
    .option('--tcp', 'framed as over TCP')
    .option(
      '--lrc <variant>',
      'what the checksum runs over: text, text+etx, stx+text or stx+text+etx (default: what fits)',
    )
    .option('-l, --lang <language>', 'language of names: en, zh, and those of the protocol', 'en')
    .option('--clear', 'show card data in clear')
    .option('--json', 'as JSON: an array of frames')
    .addHelpText(
      'after',
      `\nExamples:\n  posrig decode ${name} ${example}\n  posrig decode ${name} --file link.log --json` +
        '\n\nControl characters may stand by name: <STX>, <ETX>, <ACK>, <0x31>. Exit code 3 when some of the bytes do not decode.',
    )
    .action(async (bytes: string | undefined, options: Record<string, unknown>) => {
      const { decodeEcr } = await import('./ecr/decode.ts');
      process.exitCode = await decodeEcr(shipped, bytes, options);
    });
}

/** Adds `decode zvt` and the protocols that files describe to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  for (const [name, [what, example]] of Object.entries(SHIPPED))
    declareEcr(decode, name, what, example, name);
  declareEcr(decode, 'till', 'a protocol that a file describes', '--protocol ./mis.yaml 0230…');
  decode
    .command('zvt')
    .description('decode what till and terminal say to each other (ZVT), field by field; card data is masked')
    .argument('[bytes...]', 'frames as hex, also in pieces; without it --file or standard input is read')
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
    .action(async (pieces: readonly string[], options: Record<string, unknown>) => {
      const bytes = pieces.length > 0 ? pieces.join(' ') : undefined;
      const { decodeZvt } = await import('./decode-zvt.ts');
      process.exitCode = await decodeZvt(bytes, options);
    });
}
