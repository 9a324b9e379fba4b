import type { Command } from 'commander';

/** Adds `decode qr` to the command `decode`; what it needs is loaded when it runs. */
export function declareDecode(decode: Command): void {
  decode
    .command('qr')
    .description('read the QR code in a picture of a screen: a screenshot, a frame of a camera (PNG)')
    .argument('[file]', 'the picture; without it standard input is read')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig decode qr screen.png' +
        '\n  adb exec-out screencap -p | posrig decode qr --json' +
        '\n\nThe card number of a payment code is masked. Exit code 1: there is no code in it that can be read.',
    )
    .action(async (file: string | undefined, options: { readonly json?: boolean }) => {
      const { decodeQr } = await import('./decode-qr.ts');
      process.exitCode = await decodeQr(file, options);
    });
}
