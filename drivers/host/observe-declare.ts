import type { Command } from 'commander';

/** `posrig host observe`. */
export function declareObserve(host: Command): void {
  host
    .command('observe')
    .description(
      "stand in front of the acquirer's own host: pass everything through untouched and show it, masked",
    )
    .requiredOption('-l, --listen <address>', 'address and port for terminals; port 0 takes a free one')
    .requiredOption('-t, --to <address>', "address and port of the acquirer's own host")
    .option('-d, --dialect <name|file>', 'ISO 8583 dialect', 'unionpay-pos')
    .option('--framing <raw|http-post>', 'what stands around messages on the wire', 'raw')
    .option('-k, --keys <file>', 'test keys of the terminals, to check MACs and PIN blocks')
    .option('--tls <file>', 'YAML file with `listen` and `to`: TLS towards either side')
    .option('--export <file>', "the acquirer's own ledger as CSV, which completes what was seen")
    .option('--mapping <file>', 'which column of the export is what')
    .option('--cards <file>', 'test cards', 'posrig:scenarios/cards.yaml')
    .option('--regions <file>', 'source addresses of regions', 'posrig:drivers/network/regions.yaml')
    .option('--keep-source', 'dial the acquirer from the address that the terminal dials from')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  posrig host observe --listen 0.0.0.0:8583 --to acquirer.example:9001' +
        '\n  posrig host observe --listen 0.0.0.0:8583 --to acquirer.example:443 --tls tls.yaml --framing http-post --json' +
        '\n\nCtrl-C ends it and shows the ledger as far as it was seen. The last 1000 requests are remembered.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { observeVerb } = await import('./observe-verb.ts');
      process.exitCode = await observeVerb(options);
    });
}

/** `posrig host certificates`. */
export function declareCertificates(host: Command): void {
  host
    .command('certificates')
    .description('make a test authority and a certificate for the port that terminals dial')
    .requiredOption(
      '-o, --out <folder>',
      'folder for ca.pem, server.pem and their keys; an authority that is there is used again',
    )
    .requiredOption(
      '-n, --name <names>',
      'host names and IP addresses that terminals dial, with commas between them',
    )
    .option('--client <name>', 'also a client certificate of that name, for mutual TLS')
    .option('--rsa', 'RSA instead of elliptic curves, for old terminals')
    .addHelpText(
      'after',
      '\nExample:\n  posrig host certificates --out ca --name 10.0.0.5,acquirer.test --client pos-1' +
        '\n\nca/ca.pem goes into the terminal.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { certificatesVerb } = await import('./certificates-verb.ts');
      process.exitCode = await certificatesVerb(options);
    });
}
