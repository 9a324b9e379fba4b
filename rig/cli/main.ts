#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { drivers } from '../../drivers/index.ts';
import { reports } from '../../reports/index.ts';
import { packaged } from '../model/package-root.ts';
import { EXIT } from '../model/verdict.ts';
import { arrangeHelp } from './help-groups.ts';
import type { House } from './house.ts';
import { declareBench } from './verbs/bench.ts';
import { declareCampaign } from './verbs/campaign.ts';
import { declareEvidence } from './verbs/evidence.ts';
import { declareFiles } from './verbs/files.ts';
import { declareHealth } from './verbs/health.ts';
import { declareProfile } from './verbs/profile.ts';
import { declareRun } from './verbs/run.ts';
import { declareSlip } from './verbs/slip.ts';

/**
 * The command's entry: it declares the verbs, hands the manifests of drivers and reports to them, and loads what a verb
 * needs only when it is used.
 */
const house: House = { drivers, reports };

const { version } = JSON.parse(readFileSync(packaged('package.json'), 'utf8')) as { version: string };
const program = new Command('posrig')
  .description(
    'Drives real payment terminals, breaks the network at an exact byte, and checks that everyone agrees about the money.',
  )
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(posrig --help, or posrig <verb> --help, says more)')
  .exitOverride();
declareRun(program, house);
declareFiles(program, house);
declareSlip(program, house);
declareProfile(program, house);
declareBench(program, house);
declareHealth(program, house);
declareEvidence(program);
declareCampaign(program, house);
drivers.declare?.(program);
reports.declare?.(program);
arrangeHelp(program);

// Who reads the output may go before it ends (`| head`). That ends nothing else: a run goes on, and leaves its bench safe.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  } else {
    const { exitCodeForError, printError } = await import('./output.ts');
    printError(thrown);
    process.exitCode = exitCodeForError(thrown);
  }
}
