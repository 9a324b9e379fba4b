import type { Command } from 'commander';
import type { Manifest } from '../rig/bench/manifest.ts';
import { fixtures } from './fixtures-manifest.ts';
import { host } from './host/manifest.ts';
import { network } from './network/manifest.ts';
import { printer } from './printer/manifest.ts';
import { terminal } from './terminal/manifest.ts';
import { till } from './till/manifest.ts';
import { virtual } from './virtual/manifest.ts';

/**
 * All drivers of posrig. A folder of drivers says in its own manifest what it adds: drivers, options of `run`, verbs,
 * lists, what `doctor` looks at. Nothing of a driver is loaded before it is used.
 */
const folders: readonly Manifest[] = [fixtures, host, network, printer, terminal, till, virtual];

/** `posrig decode <codec>`: every codec adds its own sub-command. */
function declareDecode(program: Command): void {
  const decode = program
    .command('decode')
    .description('read bytes: a frame, a receipt, what till and terminal say');
  decode.addHelpText(
    'after',
    '\nExamples:\n  posrig decode iso8583 --dialect unionpay-pos --no-length 0800…\n  posrig decode escpos --file slip.bin --json',
  );
  for (const { declareDecode: declare } of folders) declare?.(decode);
}

/** The first folder that reads slips; none means that `posrig slip` is not there. */
const reader = folders.find(({ slipReader }) => slipReader)?.slipReader;

export const drivers: Manifest = {
  drivers: folders.flatMap((folder) => folder.drivers ?? []),
  runOptions: folders.flatMap((folder) => folder.runOptions ?? []),
  declare: (program) => {
    for (const folder of folders) folder.declare?.(program);
    declareDecode(program);
  },
  lists: Object.assign({}, ...folders.map((folder) => folder.lists ?? {})),
  ...(reader ? { slipReader: reader } : {}),
  doctor: folders.flatMap((folder) => folder.doctor ?? []),
};
