import { type Command, Option } from 'commander';
import type { CertifyOptions } from '../certify.ts';
import type { House } from '../house.ts';

/** `posrig campaign new`, `add`, `show`, and `certify`. */
export function declareCampaign(program: Command, house: House): void {
  const campaign = program
    .command('campaign')
    .description('collect the runs of a certification over days: what was tested, for whom, by whom, how');
  campaign
    .command('new')
    .description('write a campaign file to fill in')
    .argument('<file>')
    .addHelpText('after', '\nExamples:\n  posrig campaign new acme.yaml')
    .action(async (file: string) => {
      const { campaignNew } = await import('../campaign.ts');
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
      const { campaignAdd } = await import('../campaign.ts');
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
      const { campaignShow } = await import('../campaign.ts');
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
      const { certify } = await import('../certify.ts');
      process.exitCode = await certify(file, options, house);
    });
}
