import { isIPv6 } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Region } from '../../../rig/model/region.ts';
import type { Endpoint } from '../endpoint.ts';
import { type DnsAnswer, DnsResponder } from './dns.ts';
import type { RelayFault } from './relay-fault.ts';
import type { Tape } from './tape.ts';

/** Where nobody listens: an address of loopback, and one of the prefix that is discarded (RFC 6666). */
const NOBODY = { 4: '127.0.0.2', 6: '100::1' } as const;

/** Where look-ups are answered, and of which name. */
export interface LookUpConfig {
  readonly listen: Endpoint;
  readonly name: string;
  /** Addresses of the relay as the terminal reaches it; default: where it listens. */
  readonly addresses?: readonly string[] | undefined;
}

/** What answering asks of the relay. */
export interface LookUpHost {
  readonly tape: Tape;
  /** Where the relay listens. */
  address(): Endpoint;
  /** Where the terminal is. */
  region(): Region | undefined;
  /** The fault that a look-up meets. */
  fails(): RelayFault | undefined;
}

/**
 * Answers look-ups of the acquirer's name with the relay's addresses, or as faults want it.
 * @throws TRANSPORT_OPEN, blame bench; FILE_INVALID, blame file, when it is not said what the relay's address is
 */
export function openLookUps(config: LookUpConfig, host: LookUpHost): Promise<DnsResponder> {
  const own = config.addresses ?? [ownAddress(host.address(), config)];
  return DnsResponder.open(config.listen, (name): DnsAnswer => {
    if (name !== config.name.toLowerCase()) return { do: 'nxdomain' };
    const fault = host.fails();
    host.tape.record({
      type: 'link',
      plane: 'network',
      stream: 'dns',
      state: fault ? `${fault.fault.how}` : 'answered',
      detail: name,
    });
    if (fault?.fault.how === 'nxdomain') return { do: 'nxdomain' };
    if (fault?.fault.how === 'timeout') return { do: 'silence' };
    const right = host.region()?.dns ?? own;
    return { do: 'address', addresses: fault ? wrong(right, fault.fault.address) : right };
  });
}

/** In each family that there is an answer in, one that is wrong. */
const wrong = (right: readonly string[], address: string | undefined): readonly string[] =>
  address === undefined ? right.map((one) => NOBODY[isIPv6(one) ? 6 : 4]) : [address];

/** A relay that listens everywhere is reached where it answers look-ups, if that is somewhere. */
function ownAddress({ host }: Endpoint, { listen }: LookUpConfig): string {
  const found = [host, listen.host].find((one) => one !== '0.0.0.0' && one !== '::');
  if (found !== undefined) return found;
  throw new RigError(
    'FILE_INVALID',
    'file',
    `what the name resolves to is not known: the relay listens on ${host}`,
    {
      hint: 'Say the address at which the terminal reaches it (dns: address, or --dns-address).',
    },
  );
}
