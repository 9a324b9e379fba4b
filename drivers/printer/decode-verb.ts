import type { Command } from 'commander';
import { CARDS_OPTION } from './cards-option.ts';

/** Adds `decode escpos` and `decode receipt` to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  decode
    .command('escpos')
    .description('decode what was sent to a receipt printer (ESC/POS)')
    .argument('[file|hex]', 'a file, or bytes as hex; without it --file or standard input is read')
    .option('-f, --file <file>', 'read this file: bytes, or hex text')
    .option('--text', 'the receipts as lines of text (default)')
    .option('--json', 'everything, as one JSON object')
    .option('--png [file]', 'a picture of the paper, dot by dot, into this file or to standard output')
    .option('--svg [file]', 'a picture that scales; several receipts stand below each other in both')
    .option(
      '-c, --charset <name>',
      "the printer's charset: gb18030, big5, shift_jis, euc-kr, utf-8 or a code page such as cp437 " +
        '(default: as the bytes say, else guessed)',
    )
    .option('-w, --width <dots>', 'printable dots: 384 on 58 mm paper, 576 on 80 mm', '576')
    .option(...CARDS_OPTION)
    .option('--auto-line-feed', 'a carriage return alone prints the line (a switch of the printer)')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode escpos 1b40bdf0b6ee3a20524d4220312e30300a1d5600 --charset gb18030' +
        '\n  posrig decode escpos receipt.bin --png receipt.png' +
        '\n  posrig decode escpos --file receipt.bin --svg > receipt.svg' +
        '\n  nc -l 9100 | posrig decode escpos --json' +
        '\n\nData of test cards is hidden, in pictures as far as tesseract can read them (npm run setup installs it).',
    )
    .action(async (hex: string | undefined, options: Record<string, unknown>) => {
      const { decodeEscPosVerb } = await import('./decode-escpos.ts');
      process.exitCode = await decodeEscPosVerb(hex, options);
    });
  decode
    .command('receipt')
    .description(
      'read a receipt as a slip: a photo (PNG, JPEG), printer bytes with pictures, a nexo message in JSON or XML, or text',
    )
    .argument('[file]', 'the file; without it --file or standard input is read')
    .option('-f, --file <file>', 'read this file')
    .option('--text', 'only the lines')
    .option('--json', 'fields with their confidence, lines and runs as one JSON object')
    .option('-p, --profile <profile>', 'terminal profile whose labels and marks are looked for', 'vt-4')
    .option(...CARDS_OPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode receipt photo.jpg' +
        '\n  posrig decode receipt raster-slip.bin --json' +
        '\n  posrig decode receipt slip.txt --profile ./my-terminal.yaml' +
        '\n\nPictures are read by tesseract (npm run setup installs it). Data of test cards is hidden.',
    )
    .action(async (file: string | undefined, options: Record<string, unknown>) => {
      const { decodeReceiptVerb } = await import('./decode-receipt.ts');
      process.exitCode = await decodeReceiptVerb(file, options);
    });
}
