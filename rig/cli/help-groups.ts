import type { Command } from 'commander';

/** Verbs by what a person has come for, in the order of `posrig --help`. What is not named here stands under "More". */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Run scenarios:': ['run', 'list', 'check', 'doctor'],
  'Look at the evidence:': ['report', 'show', 'receipts', 'slip', 'compare', 'matrix', 'bisect', 'nightly'],
  'Certify:': ['campaign', 'certify', 'seal', 'verify', 'key'],
  'Benches, fixtures and profiles:': ['bench', 'health', 'teach', 'keypad', 'network', 'profile', 'schema'],
  'Each by itself, without a run:': [
    'decode',
    'host',
    'relay',
    'till',
    'terminal',
    'printer',
    'virtual',
    'virtual-usb',
  ],
};

const EXAMPLES = `
Examples:
  posrig run                       the smoke plan on the built-in virtual bench
  posrig run scenarios/dropout --bench my-bench.yaml
  posrig doctor                    what this machine can do, and what is missing for what
  posrig decode iso8583 capture.hex
  posrig <verb> --help             more, with examples of its own`;

/** Orders the verbs of the help by purpose and puts examples under them. Call it when all verbs are declared. */
export function arrangeHelp(program: Command): void {
  const named = Object.entries(GROUPS).flatMap(([group, names]) =>
    names.map((name) => [name, group] as const),
  );
  const place = new Map(named.map(([name, group], at) => [name, { group, at }]));
  for (const verb of program.commands) verb.helpGroup(place.get(verb.name())?.group ?? 'More:');
  const rank = (verb: Command) => place.get(verb.name())?.at ?? Number.POSITIVE_INFINITY;
  program.configureHelp({
    visibleCommands: (shown) => shown.commands.toSorted((a, b) => rank(a) - rank(b)),
  });
  program.addHelpText('after', EXAMPLES);
}
