import type { Fault } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import { parseRate } from '../../../rig/model/rate.ts';
import type { Rule } from './nft-table.ts';
import type { SocketAddress } from './tcp-state.ts';
import { LED_HERE } from './transparent.ts';

/** An entry point of the acquirer; its addresses are of one IP version. */
export interface HostEnd {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** Where the packets of the path are met: the leg to the terminal and the leg to the host. IPv4 or IPv6, each leg its own. */
export interface PathPlace {
  /** As the terminal dials it; 0.0.0.0 and :: are any address. */
  readonly listen: SocketAddress;
  /** The rig's end of the terminal's connections: behind a translated destination where the relay listens. */
  readonly socket: SocketAddress;
  /** Where the relay listens when packets are led there as they are, by TPROXY. */
  readonly landing?: SocketAddress;
  /** Only packets of this interface are the terminal's. */
  readonly interface?: string;
  /** Every entry point of the acquirer that the relay may dial. */
  readonly hosts: readonly HostEnd[];
  /** Where the terminal's own connections can be looked at: its namespace. */
  readonly terminal?: string;
}

/** One connection of the terminal: its own end, and the rig's end on the way to the host. */
export interface ConnectionEnds {
  readonly terminal: SocketAddress;
  readonly host?: SocketAddress;
}

/** No particular address: every one of this machine. */
export const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** nft's word for the family of an address. */
export const familyOf = (address: string): 'ip' | 'ip6' => (address.includes(':') ? 'ip6' : 'ip');

/** Words that match an address of a packet; several of one family as a set. */
const addressed = (end: 's' | 'd', addresses: readonly string[]): string => {
  const set = addresses.length === 1 ? addresses[0] : `{ ${addresses.join(', ')} }`;
  return `${familyOf(addresses[0] ?? '')} ${end}addr ${set}`;
};

/** The rig's own end of the leg to the terminal, as ss(8) finds it. */
export const rigEnd = ({ socket, listen }: PathPlace): SocketAddress => ({
  address: isAny(socket.address) ? listen.address : socket.address,
  port: socket.port,
});

type Leg = 'terminal' | 'host';

/** Words for the two ends of packets towards the rig or from it: the rig's own, and the other. */
const ENDS = { in: ['d', 's'], out: ['s', 'd'] } as const;

/** Match of packets towards the rig (`in`) or from it (`out`) on the leg to the terminal, all or of one connection. */
function matchTerminal({ listen }: PathPlace, way: 'in' | 'out', only: ConnectionEnds | undefined): string {
  const [near, far] = ENDS[way];
  const words = [
    ...(isAny(listen.address) ? [] : [addressed(near, [listen.address])]),
    `tcp ${near}port ${listen.port}`,
    ...(only ? [addressed(far, [only.terminal.address]), `tcp ${far}port ${only.terminal.port}`] : []),
  ];
  return words.join(' ');
}

/** The same on the leg to the host: a match for each entry point by which the packets may go. */
function matchHosts(
  { hosts }: PathPlace,
  way: 'in' | 'out',
  only: ConnectionEnds | undefined,
): readonly string[] {
  const [near, far] = ENDS[way];
  const mine = only?.host;
  return hosts
    .filter(({ addresses }) => !mine || familyOf(mine.address) === familyOf(addresses[0] ?? ''))
    .map(({ addresses, port }) => {
      const words = [
        addressed(far, addresses),
        `tcp ${far}port ${port}`,
        ...(mine ? [addressed(near, [mine.address]), `tcp ${near}port ${mine.port}`] : []),
      ];
      return words.join(' ');
    });
}

/**
 * Drops what matches, so that its sender believes it on its way. A packet that this machine sends to itself must go
 * where it arrives: dropped where it leaves, its sender's TCP would know.
 */
function vanish(place: PathPlace, leg: Leg, way: 'in' | 'out', matched: string): readonly Rule[] {
  const name = leg === 'terminal' ? place.interface : undefined;
  if (way === 'in') {
    const from = name === undefined ? '' : `iifname "${name}" `;
    return [{ chain: 'arriving', text: `${from}${matched} counter drop` }];
  }
  const toItself: Rule = { chain: 'arriving', text: `iifname "lo" ${matched} counter drop` };
  const out = name === undefined ? 'oifname != "lo"' : `oifname "${name}"`;
  const leaving: Rule = { chain: 'leaving', text: `${out} ${matched} counter drop` };
  return name === undefined ? [toItself, leaving] : [name === 'lo' ? toItself : leaving];
}

/** Which way packets of a message's direction go on a leg, seen from the rig. */
const wayOf = (leg: Leg, direction: MessageDirection): 'in' | 'out' =>
  (leg === 'terminal') === (direction === 'request') ? 'in' : 'out';

const BOTH: readonly MessageDirection[] = ['request', 'response'];
const LEGS: readonly Leg[] = ['terminal', 'host'];

/**
 * The rules of a fault: packets vanish, and nobody is told. A cut stands on both legs, so that neither end hears the
 * other, whichever side of the rig the message was on. Every rule counts what it met.
 */
export function rulesOf(fault: Fault, place: PathPlace, only: ConnectionEnds | undefined): readonly Rule[] {
  const drop = (
    leg: Leg,
    direction: MessageDirection,
    what = '',
    whom: ConnectionEnds | undefined = only,
  ): readonly Rule[] => {
    const way = wayOf(leg, direction);
    const matches = leg === 'terminal' ? [matchTerminal(place, way, whom)] : matchHosts(place, way, whom);
    return matches.flatMap((match) => vanish(place, leg, way, `${match}${what}`));
  };
  const stream = placePoint(fault.at)?.direction ?? 'request';
  const ways =
    fault.direction === undefined || fault.direction === 'both' ? BOTH : ([fault.direction] as const);
  switch (fault.do) {
    case 'cut':
      return LEGS.flatMap((leg) => ways.flatMap((direction) => drop(leg, direction, '', undefined)));
    case 'stall':
      return LEGS.flatMap((leg) => ways.flatMap((direction) => drop(leg, direction)));
    case 'withhold-ack':
      return drop('terminal', 'request');
    case 'half-open':
      return BOTH.flatMap((direction) => drop(fault.end === 'terminal' ? 'host' : 'terminal', direction));
    case 'refuse':
      return [
        {
          chain: 'input',
          text: `${matchTerminal({ ...place, listen: place.socket }, 'in', undefined)} tcp flags & (syn | ack) == syn counter reject with tcp reset`,
        },
      ];
    case 'loss': {
      const share = Math.max(1, Math.round((fault.share ?? 0) * 1000));
      return drop('terminal', stream, ` numgen random mod 100000 < ${share}`);
    }
    case 'mtu':
      return drop('terminal', stream, ` meta length > ${fault.bytes ?? 1500}`);
    case 'bandwidth': {
      // What is beyond the rate is dropped and TCP slows down; the least burst that lets a full segment through.
      const bytes = Math.max(1, Math.round((parseRate(fault.rate ?? '') ?? 8) / 8));
      const burst = Math.max(3000, Math.round(bytes / 10));
      return drop('terminal', stream, ` limit rate over ${bytes} bytes/second burst ${burst} bytes`);
    }
    default:
      return [];
  }
}

/** How a message type stands in the first segment of its message. */
export interface Sighting {
  /** Bytes of the TCP payload before the MTI: length header, TPDU, application header. */
  readonly offset: number;
  /** Four digits. */
  readonly mti: string;
  /** Packed (2 bytes) or in ASCII (4). */
  readonly form: 'bcd' | 'ascii';
}

/**
 * Rules by which the kernel itself sets off a withheld acknowledgement, no process awake: the first segment of a
 * message to the terminal with that MTI marks its connection, and from then on nothing of the terminal arrives on it.
 * Plaintext only, and only when the MTI stands at that offset of its segment. A retransmission is sighted again.
 */
export function sightingRules(
  place: PathPlace,
  { offset, mti, form }: Sighting,
  mark: number,
): readonly Rule[] {
  const hex = form === 'bcd' ? mti : Buffer.from(mti, 'latin1').toString('hex');
  const seen = `@ih,${offset * 8},${hex.length * 4} 0x${hex}`;
  return [
    {
      chain: 'sighting',
      text: `${matchTerminal(place, 'out', undefined)} ${seen} counter ct mark set ${mark}`,
    },
    {
      chain: 'after-sighting',
      text: `${matchTerminal(place, 'in', undefined)} ct mark ${mark} counter drop`,
    },
  ];
}

/**
 * Lead what the terminal dials to the relay: by translation, or by TPROXY, which leaves the packets as they are. There,
 * what finds no socket is refused, as by a host where nobody listens, and goes nowhere else.
 */
export function captureRules(place: PathPlace): readonly Rule[] {
  const { listen, landing, socket } = place;
  const family = familyOf(listen.address);
  const dialled = `iifname "${place.interface}" ${addressed('d', [listen.address])} tcp dport ${listen.port} counter`;
  const [words, { address, port }] = landing ? (['tproxy', landing] as const) : (['dnat', socket] as const);
  const to = `${words} ${family} to ${family === 'ip6' ? `[${address}]` : address}:${port}`;
  if (!landing) return [{ chain: 'capture', text: `${dialled} ${to}` }];
  return [
    { chain: 'transparent', text: `${dialled} meta mark set ${LED_HERE} ${to} accept` },
    { chain: 'transparent', text: `${dialled} reject with tcp reset` },
  ];
}
