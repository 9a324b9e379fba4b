import type { Command } from 'commander';
import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';

/** What the acquirer side adds to posrig: the driver `simulator` and the verb `host`. */
export const host: Manifest = {
  drivers: [
    {
      name: 'simulator',
      plane: 'host',
      summary: 'simulated acquirer over TCP, in a dialect of ISO 8583',
      load: async () => (await import('./simulator/driver.ts')).driver,
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
  },
};

function declareHost(program: Command): void {
  program
    .command('host')
    .description('run the simulated acquirer alone and show what terminals send, masked')
    .option('-l, --listen <address>', 'address and port; port 0 takes a free one', '127.0.0.1:0')
    .option('-d, --dialect <name|file>', 'ISO 8583 dialect', 'unionpay-pos')
    .option('-k, --keys <file>', 'terminals and test keys', 'posrig:drivers/virtual/keys.yaml')
    .option('--cards <file>', 'test cards that the issuer knows', 'posrig:scenarios/cards.yaml')
    .option('--regions <file>', 'source addresses of regions', 'posrig:drivers/network/regions.yaml')
    .option('-p, --policy <file>', 'what it answers (default: approves everything that is in order)')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig host --listen 0.0.0.0:8583 --keys my-keys.yaml' +
        '\n  posrig host --policy no-roaming.yaml --json' +
        '\n\nCtrl-C ends it.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { hostVerb } = await import('./host-verb.ts');
      process.exitCode = await hostVerb(options);
    });
}
