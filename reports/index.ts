import { Option } from 'commander';
import type { Manifest } from '../rig/bench/manifest.ts';
import type { CertificationBasis, CertifyOutcome, ReportLanguage } from '../rig/model/certification.ts';
import type { JournalEvent } from '../rig/model/event.ts';
import type { BisectOptions } from './bisect/verb.ts';
import type { MatrixOptions } from './matrix/verb.ts';
import type { NightlyOptions } from './nightly/verb.ts';
import type { RenderOptions, RenderResult } from './render.ts';

type Language = 'en' | 'zh';

/** What is loaded only when it is used; `posrig --help` must not pay for it. */
const render = async (folder: string, options: RenderOptions): Promise<RenderResult> =>
  (await import('./render.ts')).renderAll(folder, options);

/** The reports as the command's entry file hands them to the rig: a verb, capabilities, and what a run needs. */
export const reports = {
  declare(program) {
    program
      .command('report')
      .description("render a run's reports again from its journal")
      .argument('<run>', "the run's folder")
      .option('--format <list>', 'junit, html, pdf, allure; comma separated (default: all)')
      .option('-o, --out <folder>', "where to write (default: the run's folder)")
      .addOption(
        new Option('--lang <language>', 'language of the reports').choices(['en', 'zh']).default('en'),
      )
      .option('--json', 'print what was written as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  posrig report reports/runs/2026-11-22T0930-1a2b --format html,pdf --lang zh',
      )
      .action(
        async (run: string, options: { format?: string; out?: string; lang: Language; json?: boolean }) => {
          const { reportVerb } = await import('./verb.ts');
          await reportVerb(run, options);
        },
      );
    program
      .command('show')
      .description(
        'one scenario of a run as a timeline of all planes: bytes, fields, screens, receipts, faults',
      )
      .argument('<run>', "the run's folder")
      .argument('<scenario>', 'its id, such as DROP-003')
      .option('--attempt <n>', 'which attempt (default: the last)')
      .option('-o, --out <file>', "where to write the page (default: into the run's folder)")
      .option('--json', 'print what was written as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  posrig show reports/runs/20261122T093000Z-1a2b DROP-003\n\nThe page opens from disk, in any browser, without a network.',
      )
      .action(
        async (
          run: string,
          scenario: string,
          options: { attempt?: string; out?: string; json?: boolean },
        ) => {
          const { showVerb } = await import('./trace/verb.ts');
          await showVerb(run, scenario, options);
        },
      );
    program
      .command('nightly')
      .description(
        'keep the history of a run, judge it without what is in quarantine, draw the trend, tell a hook',
      )
      .argument('<run>', "the run's folder")
      .requiredOption('--history <file>', 'JSON Lines file that keeps every attempt; made if needed')
      .option('--firmware <version>', 'version of the firmware under test (default: what the run says)')
      .option('--quarantine <file>', 'scenarios that for a while do not gate: owner, reason, last day')
      .option('--html <file>', 'write the trend as a page')
      .addOption(new Option('--lang <language>', 'language of the page').choices(['en', 'zh']).default('en'))
      .option(
        '--keep <days>',
        'remove runs beside this one that are older, such as "90 d"; not those with a file KEEP; the history stays',
      )
      .option(
        '--hook <command>',
        'is given a summary without any text of a device, as JSON on its standard input',
      )
      .option('--json', 'print the summary as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  posrig run --plan full --out /var/lib/posrig/tonight || true' +
          '\n  posrig nightly /var/lib/posrig/tonight --history history.jsonl --firmware 4.12.0 --quarantine quarantine.yaml --html trend.html --keep "90 d"' +
          '\n\nExit codes are those of a run, over what is not in quarantine.',
      )
      .action(async (run: string, options: NightlyOptions) => {
        const { nightlyVerb } = await import('./nightly/verb.ts');
        await nightlyVerb(run, options);
      });
    program
      .command('bisect')
      .description('find the firmware with which what passed begins to fail, in a list of them')
      .argument('[run...]', 'what posrig run takes: scenarios, --bench …; options after --')
      .requiredOption('--firmware <file>', 'one firmware a line, the oldest first')
      .requiredOption(
        '--install <command>',
        'installs the firmware that $POSRIG_FIRMWARE names; exit code 0 when it did',
      )
      .option('--repeat <n>', 'runs with each firmware', '1')
      .addOption(
        new Option(
          '--rule <rule>',
          'what several runs say together: any failure is one, or the majority decides',
        )
          .choices(['any', 'majority'])
          .default('any'),
      )
      .option('-o, --out <folder>', 'where the runs go (default: reports/runs/bisect-<time>)')
      .option('--json', 'as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  posrig bisect --firmware versions.txt --install \'./flash.sh "$POSRIG_FIRMWARE"\' -- --grep DROP-003 --bench lab/counter-3.yaml' +
          '\n\nA firmware that cannot be installed, or of which the rig can tell nothing, is skipped.' +
          '\nExit codes: 0 found, 2 not told exactly, 1 nothing to find, 3 a file or option is wrong.',
      )
      .action(async (run: string[], options: BisectOptions) => {
        const { bisectVerb } = await import('./bisect/verb.ts');
        await bisectVerb(run, options);
      });
    program
      .command('compare')
      .description('compare two runs: two firmware versions, two benches, two nights')
      .argument('<first>', 'folder of the earlier run')
      .argument('<second>', 'folder of the later run')
      .option('--html <file>', 'write the comparison as a page, too')
      .addOption(new Option('--lang <language>', 'language').choices(['en', 'zh']).default('en'))
      .option('--json', 'as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  posrig compare reports/runs/firmware-1.4 reports/runs/firmware-1.5 --html changes.html' +
          '\n\nExit codes: 1 something fails that did not, 2 something that passed is no longer proved, the second run was cut off or they\nhave no scenario in common, 0 none of it.',
      )
      .action(
        async (first: string, second: string, options: { html?: string; lang: Language; json?: boolean }) => {
          const { compareVerb } = await import('./compare/verb.ts');
          await compareVerb(first, second, options);
        },
      );
    program
      .command('matrix')
      .description('scenarios against models of terminals and hands: do all of them leave the same books')
      .argument(
        '[run...]',
        'folders of runs, or one that holds them; with --bench: what posrig run takes, after --',
      )
      .option(
        '-b, --bench <file>',
        'run on this bench first, once for each hand; again for another',
        (bench: string, before: readonly string[] = []) => [...before, bench],
      )
      .option('--by <hands>', 'hands to run with: keypad, till or both', 'keypad,till')
      .option('-o, --out <folder>', 'where the runs go (default: reports/runs/matrix-<time>)')
      .option('--html <file>', 'write the matrix as a page, too')
      .addOption(new Option('--lang <language>', 'language').choices(['en', 'zh']).default('en'))
      .option('--json', 'as JSON')
      .addHelpText(
        'after',
        '\nExamples:\n  posrig matrix reports/runs/vt-4-keypad reports/runs/vt-4-till --html matrix.html' +
          '\n  posrig matrix -b posrig:drivers/virtual/bench.yaml -b posrig:drivers/virtual/bench-vt-6.yaml -b posrig:drivers/virtual/bench-vt-a.yaml --html matrix.html -- --plan smoke' +
          '\n\nExit codes: 1 something failed or books differ, 2 something is not proved, 0 neither.',
      )
      .action(async (runs: string[], options: MatrixOptions) => {
        const { matrixVerb } = await import('./matrix/verb.ts');
        await matrixVerb(runs, options);
      });
  },
  doctor: [
    async () => (await import('./tools.ts')).reportCapabilities(),
    async () => (await import('./tools.ts')).testCapabilities(),
  ],
  render,
  /** Follows a run on a console. */
  async live(options: {
    readonly lang: Language;
    readonly color: boolean;
    readonly interactive: boolean;
    readonly verbose: boolean;
    readonly out: NodeJS.WriteStream;
  }): Promise<{
    readonly listener: (event: JournalEvent) => void;
    rendering(text: string): void;
    stop(): void;
  }> {
    const { LiveConsole } = await import('./console/live.ts');
    return new LiveConsole(options);
  },
  /** The certification report of a campaign. */
  async certify(
    basis: CertificationBasis,
    options: { readonly lang: ReportLanguage; readonly out: string; readonly formats: readonly string[] },
  ): Promise<CertifyOutcome> {
    const { certify } = await import('./certification/certify.ts');
    return certify(basis, options);
  },
  /** The closing table of a run, for a console of that width. */
  async summary(
    folder: string,
    options: { readonly lang: Language; readonly color: boolean; readonly width: number },
  ): Promise<string> {
    const [{ streamRun }, { renderSummary }] = await Promise.all([
      import('./fold.ts'),
      import('./console/summary.ts'),
    ]);
    return renderSummary(await streamRun(folder), options);
  },
} satisfies Manifest & Record<string, unknown>;
