import type { Command } from 'commander';
import { CARDS_OPTION } from './cards-option.ts';

/** Adds the verb `printer`; what it needs is loaded when it runs. */
export function declarePrinter(program: Command): void {
  program
    .command('printer')
    .description('be a receipt printer: show what is printed, answer what is asked, have faults')
    .option('-l, --listen <[host:]port>', 'network port; 0 takes a free one', '127.0.0.1:9100')
    .option('--device <path>', 'a device file instead, e.g. /dev/g_printer0 of a USB gadget or a serial line')
    .option('-o, --out <folder>', 'keep every job (.bin) and every receipt (.png, .txt) here')
    .option('-p, --profile <name>', 'which printer: see --help', 'tm-t88vi')
    .option('-c, --charset <name>', "charset instead of the printer's own, as for decode escpos")
    .option('-w, --width <dots>', "printable dots instead of the printer's own")
    .option(
      '-f, --fault <fault[@line][/duration]>',
      'something wrong with it; may be repeated',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--slow-rate <bytes>', 'bytes a second that it prints with the fault slow', '200')
    .option('--idle <duration>', 'a receipt without a cut is over when nothing more came for so long', '2 s')
    .option(...CARDS_OPTION)
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nFaults: near-end, paper-out, cover-open, overheated, cutter, hard-error, offline, busy, slow.' +
        '\n  paper-out@12     when twelve lines of a receipt are printed' +
        '\n  cover-open/5s    for five seconds' +
        '\nWhile it runs, a line on standard input changes it: "+paper-out" begins a fault, "-paper-out" ends it.' +
        '\n\nPrinters: tm-t88v, tm-t88vi, tm-t20iii, tm-m30, chinese-80, chinese-58, taiwanese-80, japanese-80, korean-80, utf-8-80.' +
        '\n\nExamples:\n  posrig printer --listen 9100 --out receipts' +
        '\n  posrig printer --listen 0.0.0.0:9100 --profile chinese-58 --fault paper-out@12/10s' +
        '\n  posrig printer --device /dev/g_printer0 --json' +
        '\n\nData of the test cards is masked in all that is shown and kept. Ctrl-C ends it.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { printerVerb } = await import('./printer-verb.ts');
      process.exitCode = await printerVerb(options);
    });
}

/** Adds the verb `receipts`. */
export function declareReceipts(program: Command): void {
  program
    .command('receipts')
    .description('the slips of a run: a list, and all of them on one picture, dot for dot (contact sheet)')
    .argument('<run>', "the run's folder")
    .option('-o, --out <png>', "where to write the picture (default: receipts.png in the run's folder)")
    .option('--columns <n>', 'slips side by side', '10')
    .option('-g, --grep <regex>', 'only slips of scenarios whose id matches')
    .option('--json', 'the slips as JSON, with the paths that were written')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig receipts reports/runs/20261122T041530Z-1a2b --out slips.png' +
        '\n  posrig receipts my-run --grep REC- --columns 4\n\nSlips are drawn masked.',
    )
    .action(
      async (run: string, options: { out?: string; columns: string; grep?: string; json?: boolean }) => {
        const { receiptsVerb } = await import('./receipts-verb.ts');
        process.exitCode = await receiptsVerb(run, options);
      },
    );
}
