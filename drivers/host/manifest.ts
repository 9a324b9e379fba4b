import type { Command } from 'commander';
import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';
import { declareCertificates, declareObserve } from './observe-declare.ts';

/** What the acquirer side adds to posrig: the drivers `simulator` and `observer`, and the verb `host`. */
export const host: Manifest = {
  drivers: [
    {
      name: 'simulator',
      plane: 'host',
      summary: 'simulated acquirer over TCP, in a dialect of ISO 8583',
      load: async () => (await import('./simulator/driver.ts')).driver,
    },
    {
      name: 'observer',
      plane: 'host',
      summary: "in front of the acquirer's own host: passes bytes through untouched, decodes beside the path",
      load: async () => (await import('./observer/driver.ts')).driver,
    },
  ],
  declare: declareHost,
  declareDecode,
  lists: {
    dialects: async () => {
      const { dialectNames, loadDialect } = await import('./dialect.ts');
      return dialectNames().map((name) => {
        const { id, title } = loadDialect(name);
        return { id, title: title.en, titles: title };
      });
    },
    policies: async () => {
      const { loadPolicy, policyNames } = await import('./policies.ts');
      return policyNames().map((id) => {
        const { about } = loadPolicy(id);
        return { id, title: about?.en ?? id, ...(about && { titles: about }) };
      });
    },
    'response-codes': async () => {
      const { loadResponseCodes, responseCodeTables } = await import('./response-codes.ts');
      return responseCodeTables().map((id) => {
        const { title } = loadResponseCodes(id);
        return { id, title: title.en, titles: title };
      });
    },
  },
};

function declareHost(program: Command): void {
  // What stands behind the name of a sub-command is the sub-command's, also where `host` has an option of that name.
  const verb = program
    .enablePositionalOptions()
    .command('host')
    .enablePositionalOptions()
    .description('run the simulated acquirer alone and show what terminals send, masked')
    .option('-l, --listen <address>', 'address and port; port 0 takes a free one', '127.0.0.1:0')
    .option('-d, --dialect <name|file>', 'ISO 8583 dialect', 'unionpay-pos')
    .option('--framing <raw|http-post>', 'what stands around messages on the wire (default: raw, nothing)')
    .option('-k, --keys <file>', 'terminals and test keys', 'posrig:drivers/virtual/keys.yaml')
    .option('--cards <file>', 'test cards that the issuer knows', 'posrig:scenarios/cards.yaml')
    .option('--regions <file>', 'source addresses of regions', 'posrig:drivers/network/regions.yaml')
    .option(
      '-p, --policy <name|file>',
      'what it answers (default: approves everything that is in order); a file is read again when it changes',
    )
    .option(
      '-m, --misbehave <KIND[#NTH]=WHAT[@AFTER]>',
      'something to do wrong, e.g. sale#2=late@70s; may be repeated',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('-s, --script <file>', 'policies over time')
    .option('--response-codes <name|file>', 'what its response codes mean (default: those of the dialect)')
    .option('--downloads <file>', 'parameters, AIDs and CA keys for terminals')
    .option('--quiet', 'do not show messages')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig host --listen 0.0.0.0:8583 --keys my-keys.yaml' +
        '\n  posrig host --policy no-roaming --json' +
        '\n  posrig host --dialect iso8583-1987-ascii --misbehave any#every=trickle' +
        '\n\nCtrl-C ends it.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { hostVerb } = await import('./host-verb.ts');
      process.exitCode = await hostVerb(options);
    });
  declareObserve(verb);
  declareCertificates(verb);
}
