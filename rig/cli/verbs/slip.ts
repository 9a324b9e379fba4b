import { type Command, Option } from 'commander';
import type { House } from '../house.ts';

/** `posrig slip`. */
export function declareSlip(program: Command, house: House): void {
  program
    .command('slip')
    .description('read slips of any terminal: their fields, and which receipt rules they break')
    .argument(
      '[files...]',
      'captured printer bytes, texts, nexo messages or pictures (PNG, JPEG); copies of one transaction are judged together (default: standard input)',
    )
    .option(
      '--labels <sets>',
      'label sets, comma separated: unionpay-zh, zh-hant, en, de, fr, ja, or files (default: all)',
    )
    .option('--rules <packs>', 'rule packs, comma separated: unionpay, emv-chip, or files')
    .option('-c, --charset <name>', "the printer's charset (default: as the bytes say, else guessed)")
    .option('-w, --width <dots>', 'printable dots: 384 on 58 mm paper, 576 on 80 mm')
    .option('--currency <code>', 'of amounts without one', 'CNY')
    .option('--locale <locale>', 'whose decimal and thousands signs amounts have', 'zh-CN')
    .option(
      '--mask <truncation>',
      'what may be legible of the card number: last4, last5, first6last4, bin8last4',
    )
    .addOption(
      new Option('--copy <copy>', 'what a slip without a mark is judged as')
        .choices(['merchant', 'customer'])
        .default('merchant'),
    )
    .option('--cards <file>', 'test cards whose data must not stand on paper, beside those that ship')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig slip capture.bin --labels unionpay-zh,en --rules unionpay,emv-chip' +
        '\n  posrig slip beleg.txt --labels de --currency EUR --locale de-DE --json' +
        '\n  posrig slip merchant.txt customer.txt reprint.txt --rules unionpay' +
        '\n  nc -l 9100 | posrig slip --rules ./my-acquirer.yaml' +
        '\n\nRules that need host, till or card do not apply. Card data are hidden in what is shown.' +
        '\nExit codes: 0 no rule is broken, 1 one is, 2 a picture could not be read well enough to tell, 3 a file or option is wrong,\n5 no rule could be asked.',
    )
    .action(async (files: readonly string[], options: Record<string, unknown>) => {
      const { slip } = await import('../slip.ts');
      process.exitCode = await slip(files, options, house);
    });
}
