import { resolve } from 'node:path';
import { TlsClientOptions } from '../../transport/tls.ts';
import type { Endpoint } from '../endpoint.ts';
import { DnsOptions } from '../relay/dns.ts';
import type { RelayTlsOptions } from '../relay/tls-ends.ts';
import { addressOf, wrong } from './usage.ts';

/** What of the command line is about TLS. */
export interface TlsGiven {
  readonly tls?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsName: readonly string[];
  readonly toTls: boolean;
  readonly toCa?: string | undefined;
  readonly toFingerprint?: string | undefined;
  readonly toName?: string | undefined;
  readonly toCertificate?: string | undefined;
  readonly toKey?: string | undefined;
}

/** What of the command line is about look-ups. */
export interface DnsGiven {
  readonly dns?: string | undefined;
  readonly dnsName?: string | undefined;
  readonly dnsAddress?: string | undefined;
}

/** Look-ups that the relay answers. */
export interface RelayDns {
  readonly listen: Endpoint;
  readonly name: string;
  readonly addresses: readonly string[] | undefined;
}

const LAB = '`posrig host certificates --out lab --name acquirer.example` makes a lab authority.';

/** TLS as the command line asks for it; undefined: none. Paths become absolute. @throws USAGE */
export function tlsFrom(given: TlsGiven): RelayTlsOptions | undefined {
  const { tls, tlsCa, tlsKey, tlsName } = given;
  const towards = towardsHost(given);
  const ends = tlsCa !== undefined || tlsKey !== undefined || tlsName.length > 0;
  if (tls !== undefined && tls !== 'pass-through' && tls !== 'terminate')
    throw wrong(`--tls ${tls}`, 'Expected pass-through or terminate.');
  if (tls === 'pass-through') {
    if (!ends && !towards) return tls;
    throw wrong(
      'TLS that passes through is not ended here',
      'Leave out --tls-… and --to-…, or --tls pass-through.',
    );
  }
  if (tls === undefined && !ends) {
    if (!towards) return undefined;
    throw wrong(
      'TLS towards the host, and none towards the client',
      `End it on both sides: --tls-ca, --tls-key, --tls-name. ${LAB}`,
    );
  }
  if (tlsCa === undefined || tlsKey === undefined || tlsName.length === 0)
    throw wrong(
      'TLS that is ended here needs --tls-ca, --tls-key and --tls-name',
      `The authority that clients trust, its key, and the names that they dial. ${LAB}`,
    );
  const names = tlsName.flatMap((text) => text.split(',')).filter((name) => name !== '');
  return {
    terminal: { authority: resolve(tlsCa), key: resolve(tlsKey), names },
    ...(towards && { host: towards }),
  };
}

function towardsHost(given: TlsGiven): TlsClientOptions | undefined {
  const { toTls, toCa, toFingerprint, toName, toCertificate, toKey } = given;
  const said = [toCa, toFingerprint, toName, toCertificate, toKey].some((value) => value !== undefined);
  if (!toTls && !said) return undefined;
  const read = TlsClientOptions.safeParse({
    ...(toCa !== undefined && { ca: resolve(toCa) }),
    ...(toFingerprint !== undefined && { fingerprint: toFingerprint }),
    ...(toName !== undefined && { 'server-name': toName }),
    ...(toCertificate !== undefined && { certificate: resolve(toCertificate) }),
    ...(toKey !== undefined && { key: resolve(toKey) }),
  });
  if (read.success) return read.data;
  throw wrong(
    `TLS towards the host: ${read.error.issues[0]?.message ?? 'not as it should be'}`,
    'See posrig relay --help.',
  );
}

/** The responder that the command line asks for; undefined: none. @throws USAGE */
export function dnsFrom({ dns, dnsName, dnsAddress }: DnsGiven): RelayDns | undefined {
  if (dns === undefined && dnsName === undefined && dnsAddress === undefined) return undefined;
  if (dns === undefined || dnsName === undefined)
    throw wrong(
      'look-ups need --dns and --dns-name',
      'For example --dns 127.0.0.1:5353 --dns-name acquirer.example.',
    );
  const listen = addressOf('--dns', dns);
  const read = DnsOptions.safeParse({
    listen: dns.includes(':') ? dns : `127.0.0.1:${dns}`,
    name: dnsName,
    ...(dnsAddress !== undefined && { address: dnsAddress.split(',') }),
  });
  if (!read.success) {
    throw wrong(
      `--dns-address ${dnsAddress ?? ''}: expected addresses`,
      'For example 192.168.7.1, or 192.168.7.1,fd00::7.',
    );
  }
  return { listen, name: dnsName, addresses: read.data.address };
}
