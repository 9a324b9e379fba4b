import type { Command } from 'commander';

const all = (value: string, before: readonly string[] = []) => [...before, value];

/** `posrig relay`: declared at once, loaded when used. */
export function declareRelay(program: Command): void {
  program
    .command('relay')
    .description(
      'run the relay alone: a TCP proxy that breaks a payment dialogue at an exact byte, with proof',
    )
    .option(
      '-l, --listen <address>',
      'address that clients dial: host:port, or a port on 127.0.0.1; 0 takes a free one',
    )
    .option('-t, --to <address>', 'address of the host, host:port')
    .option('-d, --dialect <name|file>', 'host dialect, for faults at messages (default: bytes only)')
    .option(
      '-f, --fault <fault>',
      'a fault to arm, e.g. "cut@response.byte(17) on=sale"; may be repeated',
      all,
    )
    .option('--framing <framing>', 'what stands around the messages: raw, or http-post', 'raw')
    .option(
      '--tls <how>',
      'pass-through: TLS crosses unread; terminate: it is ended here, by a lab authority',
    )
    .option('--tls-ca <pem>', 'certificate of the lab authority that clients trust')
    .option('--tls-key <pem>', 'its private key; only its owner may be able to read it')
    .option('--tls-name <name>', 'name or address that clients dial; may be repeated', all)
    .option('--to-tls', 'speak TLS towards the host; its certificate must be of an authority of the system')
    .option('--to-ca <pem>', 'speak TLS towards the host; its certificate must be of this authority')
    .option('--to-fingerprint <sha256>', 'speak TLS towards the host; the only certificate that is accepted')
    .option('--to-name <name>', "name in the host's certificate, if not the one of --to")
    .option('--to-certificate <pem>', 'our own certificate towards the host (mutual TLS)')
    .option('--to-key <pem>', 'its private key')
    .option('--dns <address>', 'UDP address where look-ups of --dns-name are answered, so that they can fail')
    .option('--dns-name <name>', 'the name that clients dial')
    .option(
      '--dns-address <ips>',
      'addresses of the relay as clients reach it, IPv4, IPv6 or both, separated by commas; default: where it listens',
    )
    .option('--region <id>', 'where the terminal is: source address, round trip (posrig list regions)')
    .option('--access <id>', 'its access network (posrig list access); default wired')
    .option('--regions <file>', 'region file of your own, in the form of drivers/network/regions.yaml')
    .option('--access-networks <file>', 'access file of your own, in the form of drivers/network/access.yaml')
    .option(
      '--entries <name=address>',
      'where an entry point of the acquirer is, by the name that regions have for it; separated by commas, may be repeated',
      all,
    )
    .option('--entry <name>', 'the entry point that all regions use; default: each its own')
    .option('--seed <n>', 'seed of everything that is random', '1')
    .option(
      '--api <address>',
      "serve toxiproxy's HTTP API, /faults and /path on host:port or a port of 127.0.0.1",
    )
    .option('--journal <file>', 'write everything down, masked, as JSON lines; the file must be new')
    .option(
      '--journal-behind <duration>',
      'how far the journal may be behind a flood of messages, up to 60s: what a relay that is killed has lost at most',
      '10s',
    )
    .option('--cards <file>', 'test cards whose numbers are masked', 'posrig:scenarios/cards.yaml')
    .option('--quiet', 'show faults, not connections and messages')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      '\nExamples:' +
        '\n  posrig relay -l 8583 -t acquirer.example:8583 -d unionpay-pos --fault "cut@response.byte(17) on=reversal nth=3"' +
        '\n  posrig relay -l 8583 -t 10.0.0.5:8583 -d unionpay-pos -f "delay@response.leaving for=5s" -f "reset@close" --json' +
        '\n  posrig relay -l 5432 -t db.example:5432 --fault "bandwidth@response rate=20kbit/s"' +
        '\n  posrig relay -l 8583 -t acquirer.example:8583 --tls pass-through --fault "reset@tls.handshake"' +
        '\n  posrig relay -l 8583 -t acquirer.example:8583 -d unionpay-pos --tls-ca lab/ca.pem --tls-key lab/ca-key.pem \\' +
        '\n      --tls-name acquirer.example --to-tls --fault "cut@response.byte(17) on=sale"' +
        '\n  posrig relay -l 8583 -t 10.0.0.5:8583 --dns 5353 --dns-name acquirer.example --fault "dns@connect how=nxdomain"' +
        '\n  posrig relay -l 8583 -t 10.0.0.5:8583 --region chengdu --access 4g --api 8474 --entry beijing \\' +
        '\n      --entries shanghai=10.0.0.5:8583,beijing=10.0.1.5:8583     POST /path {"region": "lhasa", "live": "keep"} moves on' +
        '\n  posrig relay -l [::1]:8583 -t [fd00::5]:8583 --fault "reset@close"' +
        '\n  posrig relay --api 8474                     a toxiproxy; client libraries create the proxies' +
        '\n\nPoints of a fault: connect, close, request, response, request.total(n), response.total(n); with --dialect also' +
        '\nrequest or response .leaving, .arriving, .first-byte, .byte(n), .last-byte; with TLS also tls.handshake. Under' +
        '\n--tls pass-through there are no messages: only the points of the encrypted stream, and tls.handshake.' +
        '\n\nFaults stand until they heal by themselves (heal=5s, heal=connect) or until Ctrl-C, which ends the relay and' +
        '\nsays what each fault did. Exit codes: 0 every fault was in force, 2 one was not or the relay failed, 3 wrong use.',
    )
    .action(async (options: Record<string, unknown>) => {
      const { relayVerb } = await import('./relay-verb.ts');
      process.exitCode = await relayVerb(options);
    });
}
