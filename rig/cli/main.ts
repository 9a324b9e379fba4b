#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { drivers } from '../../drivers/index.ts';
import { reports } from '../../reports/index.ts';
import { packaged } from '../model/package-root.ts';
import { EXIT } from '../model/verdict.ts';
import type { CertifyOptions } from './certify.ts';
import { declareHealth } from './health-declare.ts';
import { arrangeHelp } from './help-groups.ts';
import type { House } from './house.ts';
import { exitCodeForError, printError } from './output.ts';

/**
 * The command's entry: it declares the verbs, hands the manifests of drivers and reports to them, and loads what a verb
 * needs only when it is used.
 */
const house: House = { drivers, reports };

function declareRun(program: Command): void {
  const run = program
    .command('run')
    .description('run scenarios on a bench and write the evidence')
    .argument('[paths...]', 'scenario files or folders (default: the plan)')
    .addOption(
      new Option(
        '-b, --bench <file>',
        'bench file (default: the built-in virtual bench); several run beside each other and share the scenarios',
      ).argParser((value: string, all: string[] = []) => [...all, value]),
    )
    .option('--plan <name>', 'plan to run when no paths are given (default: smoke; with --grep: full)')
    .option('--campaign <file>', 'run what is outstanding in a campaign, and add the run to it')
    .option(
      '--retry <n>',
      'attempts more at a scenario that was broken or inconclusive (default: what the plan says); never at one that failed',
    )
    .option('--firmware <version>', 'version of the firmware under test (default: what the campaign says)')
    .addOption(new Option('--by <hand>', 'what enters the transactions').choices(['keypad', 'till']))
    .option('--seed <n>', 'seed of everything that is random', '1')
    .option('-g, --grep <regex>', 'only scenarios whose id or title matches')
    .option('--bail', 'stop at the first scenario that does not pass')
    .option('-o, --out <folder>', 'where to write the run (default: reports/runs/<time>-<id>)')
    .option('--formats <list>', 'reports to render, comma separated, or none (default: all)')
    .addOption(
      new Option('--lang <language>', 'language of console and reports').choices(['en', 'zh']).default('en'),
    )
    .option(
      '-v, --verbose',
      'draw the dialogue of every scenario: terminal, network, acquirer, and where faults hit',
    )
    .option(
      '--update-golden',
      'show how slips differ from the pictures kept of them, then keep the new ones (asks, at a terminal)',
    )
    .option('--no-health', 'do not self-test the fixtures before the first scenario')
    .option('--json', 'print the result as one JSON object, nothing else');
  for (const option of drivers.runOptions ?? []) {
    run.addOption(
      option.repeatable
        ? new Option(option.flags, option.description).argParser((value: string, all: string[] = []) => [
            ...all,
            value,
          ])
        : new Option(option.flags, option.description),
    );
  }
  run.addHelpText(
    'after',
    '\nExamples:\n  posrig run                                   everything of the smoke plan on the virtual bench' +
      '\n  posrig run --plan full                       every shipped scenario' +
      '\n  posrig run scenarios/dropout --speed 60' +
      '\n  posrig run --grep DROP-003 --defect no-reversal-on-timeout' +
      '\n  posrig run --campaign acme.yaml                what the campaign still lacks' +
      '\n  posrig run --campaign acme.yaml --grep DROP-003  one scenario of it again' +
      '\n  posrig run --grep REC-007 --update-golden       new pictures of slips that may look different now' +
      '\n  posrig run --bench my-bench.yaml --bail --out /var/lib/posrig/tonight' +
      '\n  posrig run --plan full --bench lab/counter-1.yaml --bench lab/counter-2.yaml   shared out among both' +
      '\n\nExit codes: 0 passed, 1 failed, 2 broken or inconclusive, 3 a file or option is wrong, 4 evidence damaged, 5 nothing ran.',
  );
  run.action(async (paths: string[], options: Record<string, unknown>) => {
    const { run: verb } = await import('./run.ts');
    process.exitCode = await verb(paths, options, house);
  });
}

/** `posrig profile new` and `posrig profile check`. */
function declareProfile(program: Command): void {
  const profile = program
    .command('profile')
    .description('bring a new terminal model in: begin its profile, see what it lacks');
  profile
    .command('new')
    .description('write a profile to be filled in')
    .argument('<id>', 'lower case, such as acme-s920')
    .option('--maker <name>', 'who makes it', 'unknown')
    .option('--model <name>', 'what the maker calls it (default: the id)')
    .option('--entry <ways>', 'ways to present a card: chip, swipe, tap', 'chip,swipe,tap')
    .option('--operations <names>', 'what it can do', 'sign-on,sale,void,settle')
    .option('--dialect <name>', 'host dialect, see `posrig list dialects`', 'unionpay-pos')
    .option('--labels <sets>', 'label sets of its slips: unionpay-zh, en, de', 'unionpay-zh,en')
    .option('--display <size>', 'rows and columns of its display', '4x20')
    .option('--out <file>', 'default: ID.yaml')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig profile new acme-s920 --maker Acme --entry chip,tap' +
        '\n  posrig profile new acme-s920 --operations sign-on,sale,void,refund,settle,reprint --display 8x24',
    )
    .action(async (id: string, options: Record<string, unknown>) => {
      const { newProfile } = await import('./profile.ts');
      process.exitCode = newProfile(id, options);
    });
  profile
    .command('check')
    .description('for which scenarios a profile is ready, and what is missing for the others')
    .argument('<profile>', 'id of a shipped profile, or a file')
    .argument('[scenarios...]', 'files, folders or plans (default: every shipped scenario)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig profile check ./acme-s920.yaml\n  posrig profile check vt-4 scenarios/dropout --json' +
        '\n\nExit codes: 0 ready for everything that the model can do, 1 something is missing, 3 the file is wrong.',
    )
    .action(async (reference: string, paths: string[], options: { json?: boolean }) => {
      const { checkProfile } = await import('./profile.ts');
      process.exitCode = checkProfile(reference, paths, options, house);
    });
}

function declareOthers(program: Command): void {
  program
    .command('list')
    .description('list what there is: scenarios, defects, devices, profiles, drivers, regions …')
    .argument('<what>')
    .option('--json', 'as JSON: an array of { id, title, … }')
    .addHelpText('after', '\nExamples:\n  posrig list scenarios\n  posrig list defects --json')
    .action(async (what: string, options: { json?: boolean }) => {
      const { list } = await import('./list.ts');
      process.exitCode = await list(what, options, house);
    });
  program
    .command('check')
    .description('check scenario, profile, bench and card files without any device')
    .argument('[paths...]', 'files or folders (default: everything that ships)')
    .option('--json', 'as JSON: an array of mistakes')
    .addHelpText('after', '\nExamples:\n  posrig check scenarios\n  posrig check my-bench.yaml my-scenarios/')
    .action(async (paths: string[], options: { json?: boolean }) => {
      const { checkVerb } = await import('./check-verb.ts');
      process.exitCode = await checkVerb(paths, options, house);
    });
  declareProfile(program);
  program
    .command('slip')
    .description('read slips of any terminal: their fields, and which receipt rules they break')
    .argument('[file]', 'captured printer bytes, or a text file (default: standard input)')
    .option('--labels <sets>', 'label sets, comma separated: unionpay-zh, en, de, or files (default: all)')
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
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig slip capture.bin --labels unionpay-zh,en --rules unionpay,emv-chip' +
        '\n  posrig slip beleg.txt --labels de --currency EUR --locale de-DE --json' +
        '\n  nc -l 9100 | posrig slip --rules ./my-acquirer.yaml' +
        '\n\nRules that need host, till or card do not apply. Card data are hidden in what is shown.' +
        '\nExit codes: 0 no rule is broken, 1 one is, 3 a file or option is wrong.',
    )
    .action(async (file: string | undefined, options: Record<string, unknown>) => {
      const { slip } = await import('./slip.ts');
      process.exitCode = await slip(file, options, house);
    });
  program
    .command('doctor')
    .description('what this machine can do, what each missing thing is for, and the command that installs it')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { doctor } = await import('./doctor.ts');
      process.exitCode = await doctor(options, house);
    });
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file')
    .argument('[kind]', 'scenario, profile, bench, … (without it: the kinds there are)')
    .option('--out <folder>', 'write all schemas into a folder')
    .action(async (kind: string | undefined, options: { out?: string }) => {
      const { schema } = await import('./schema.ts');
      process.exitCode = await schema(kind, options);
    });
}

function declareBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('begin a bench file, see who uses a bench, reserve and release it, try a driver');
  const owner = [
    '--owner <name>',
    'who you are (default: POSRIG_OWNER, else the user of this machine)',
  ] as const;
  bench
    .command('status')
    .description('show who uses benches')
    .argument('<files...>', 'bench files')
    .option('--json', 'as JSON: an array')
    .addHelpText('after', '\nExamples:\n  posrig bench status lab/*.yaml')
    .action(async (files: string[], options: { json?: boolean }) => {
      const { status } = await import('./bench.ts');
      process.exitCode = await status(files, options, house);
    });
  bench
    .command('reserve')
    .description('keep a bench for yourself: runs of others are refused meanwhile')
    .argument('<file>', 'bench file')
    .option('--for <duration>', 'how long', '1 h')
    .option('--note <text>', 'what for')
    .option(...owner)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig bench reserve lab/counter-3.yaml --for "2 h" --note "new firmware"',
    )
    .action(async (file: string, options: { for: string; note?: string; owner?: string; json?: boolean }) => {
      const { reserve } = await import('./bench.ts');
      process.exitCode = await reserve(file, options, house);
    });
  bench
    .command('release')
    .description('end a reservation')
    .argument('<file>', 'bench file')
    .option('--force', "also somebody else's, and the lease of a run, which then ends safely")
    .option(...owner)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  posrig bench release lab/counter-3.yaml')
    .action(async (file: string, options: { force?: boolean; owner?: string; json?: boolean }) => {
      const { release } = await import('./bench.ts');
      process.exitCode = await release(file, options, house);
    });
}

function declareConform(program: Command): void {
  const bench = program.commands.find((command) => command.name() === 'bench');
  bench
    ?.command('conform')
    .description("try a plane's driver, shipped or from outside, against what all drivers must do")
    .requiredOption('-b, --bench <file>', 'bench file')
    .requiredOption('--plane <plane>', 'keypad, card, power, display …')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig bench conform --bench lab/counter-3.yaml --plane power' +
        '\n\nThe fixture moves and the power goes; nothing is entered at the terminal.' +
        '\nExit codes: 0 conforms, 1 does not, 3 a file or option is wrong.',
    )
    .action(async (options: { bench: string; plane: string; json?: boolean }) => {
      const { benchConform } = await import('./bench-conform.ts');
      process.exitCode = await benchConform(options, house);
    });
}

function declareEvidence(program: Command): void {
  program
    .command('seal')
    .description(
      'seal a run or a whole campaign: a bag with every file, hashed, stated and signed, that anyone can check',
    )
    .argument('<run>', 'folder of the run, or campaign file')
    .option('-o, --out <folder>', 'the bag (default: the run’s folder with .bag behind its name)')
    .option('-k, --key <file>', 'private key to sign with')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig seal reports/runs/20261122-0300-a1b2 --key lab.key' +
        '\n  posrig seal acme.yaml --key lab.key            the campaign with all its runs and reports' +
        '\n  cd reports/runs/20261122-0300-a1b2.bag && sha256sum -c manifest-sha256.txt' +
        '\n\nA key with a passphrase takes it from the environment variable POSRIG_KEY_PASSPHRASE.',
    )
    .action(async (run: string, options: { out?: string; key?: string; json?: boolean }) => {
      const { seal } = await import('./seal.ts');
      process.exitCode = await seal(run, options);
    });
  program
    .command('verify')
    .description('check that evidence is as it was written: a sealed bag, or the folder of a run')
    .argument('<folder>', 'bag, run, or campaign file')
    .option('-k, --key <file>', 'public key that must have signed')
    .option('--head <hex>', 'head of the hash chain that it must have, as a report tells it')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig verify reports/runs/20261122-0300-a1b2.bag --key lab.key.pub' +
        '\n\nExit codes: 0 intact, 4 damaged (each place is named), 3 no evidence there.',
    )
    .action(async (folder: string, options: { key?: string; head?: string; json?: boolean }) => {
      const { verify } = await import('./seal.ts');
      process.exitCode = await verify(folder, options);
    });
  program
    .command('key')
    .description('keys for seals')
    .command('new')
    .description('make an Ed25519 key pair: <file>, and <file>.pub for those who verify')
    .argument('<file>')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  posrig key new lab.key')
    .action(async (file: string, options: { json?: boolean }) => {
      const { keyNew } = await import('./seal.ts');
      process.exitCode = keyNew(file, options);
    });
}

function declareCampaign(program: Command): void {
  const campaign = program
    .command('campaign')
    .description('collect the runs of a certification over days: what was tested, for whom, by whom, how');
  campaign
    .command('new')
    .description('write a campaign file to fill in')
    .argument('<file>')
    .addHelpText('after', '\nExamples:\n  posrig campaign new acme.yaml')
    .action(async (file: string) => {
      const { campaignNew } = await import('./campaign.ts');
      process.exitCode = campaignNew(file);
    });
  campaign
    .command('add')
    .description('add runs that were made without --campaign')
    .argument('<file>', 'campaign file')
    .argument('<runs...>', 'folders of runs')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  posrig campaign add acme.yaml reports/runs/20261122T031500Z-a1b2')
    .action(async (file: string, runs: string[], options: { json?: boolean }) => {
      const { campaignAdd } = await import('./campaign.ts');
      process.exitCode = await campaignAdd(file, runs, options);
    });
  campaign
    .command('show')
    .description('the runs of a campaign, every attempt, and what is outstanding')
    .argument('<file>', 'campaign file')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig campaign show acme.yaml\n\nExit codes: 0 everything has been decided, 2 something is outstanding, 4 a run is not as it was added.',
    )
    .action(async (file: string, options: { json?: boolean }) => {
      const { campaignShow } = await import('./campaign.ts');
      process.exitCode = await campaignShow(file, options, house);
    });
  program
    .command('certify')
    .description('the certification report of a campaign, HTML and PDF')
    .argument('<campaign>', 'campaign file')
    .option('--check', 'only list what ISO/IEC 17025:2017, 7.8 still asks for, by clause')
    .option('-o, --out <folder>', 'where to write (default: the campaign file’s folder)')
    .addOption(
      new Option('--lang <language>', 'language of the report').choices(['en', 'zh', 'both']).default('en'),
    )
    .option('--format <list>', 'html, pdf; comma separated (default: both)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig certify --check acme.yaml\n  posrig certify acme.yaml --lang both --out outgoing/' +
        '\n\nA report that lacks something is watermarked DRAFT.' +
        '\nExit codes: 0 nothing is missing, 2 with --check: something is, 3 a file is wrong, 4 a run is not as it was added.',
    )
    .action(async (file: string, options: CertifyOptions) => {
      const { certify } = await import('./certify.ts');
      process.exitCode = await certify(file, options, house);
    });
}

const { version } = JSON.parse(readFileSync(packaged('package.json'), 'utf8')) as { version: string };
const program = new Command('posrig')
  .description(
    'Drives real payment terminals, breaks the network at an exact byte, and checks that everyone agrees about the money.',
  )
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(posrig --help, or posrig <verb> --help, says more)')
  .exitOverride();
declareRun(program);
declareOthers(program);
declareBench(program);
declareConform(program);
declareHealth(program, house);
declareEvidence(program);
declareCampaign(program);
drivers.declare?.(program);
reports.declare?.(program);
arrangeHelp(program);

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  } else {
    printError(thrown);
    process.exitCode = exitCodeForError(thrown);
  }
}
