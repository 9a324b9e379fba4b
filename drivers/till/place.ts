import { RigError } from '../../rig/model/errors.ts';
import type { LinkSetup, Protocol } from '../codec/ecr/protocol.ts';
import type { Place } from './stream.ts';

/** How people say where a terminal is: `port` of a serial line with `baud` and `form`, or `tcp` as HOST[:PORT]. */
export interface SaidPlace {
  readonly port?: string | undefined;
  readonly baud?: number | undefined;
  readonly form?: string | undefined;
  readonly tcp?: string | undefined;
  /** A port or an address, whichever it is. */
  readonly at?: string | undefined;
}

/** The place for a protocol, with what the protocol says where nothing is said. Throws USAGE. */
export function placeFor({ id, links: { serial, tcp } }: Protocol, given: SaidPlace): Place {
  const said = whichever(given);
  if ((said.port === undefined) === (said.tcp === undefined)) {
    throw wrong(
      'say where the terminal is',
      'Either a serial port, /dev/ttyUSB0, or an address, HOST[:PORT].',
    );
  }
  if (said.port !== undefined) {
    if (!serial) throw wrong(`${id} is not spoken on a serial line`, 'It is spoken over TCP.');
    return { port: said.port, baud: said.baud ?? serial.baud ?? 9600, form: said.form ?? serial.form };
  }
  if (!tcp) throw wrong(`${id} is not spoken over TCP`, 'It is spoken on a serial line.');
  return tcpPlace(said.tcp ?? '', tcp.port);
}

const whichever = ({ at, ...said }: SaidPlace): SaidPlace =>
  at === undefined ? said : at.startsWith('/') ? { ...said, port: at } : { ...said, tcp: at };

/** `HOST[:PORT]`, IPv6 in brackets. Throws USAGE. */
export function tcpPlace(text: string, usualPort: number | undefined): Place {
  const match = /^(?:tcp:)?(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const number = Number(match?.[2] ?? usualPort ?? 0);
  if (!match?.[1] || number < 1 || number > 65_535) throw wrong(`${text} is not HOST[:PORT]`);
  return { host: match[1].replace(/^\[|\]$/g, ''), tcp: number };
}

const wrong = (message: string, hint?: string): RigError =>
  new RigError('USAGE', 'file', message, hint === undefined ? {} : { hint });

/** Variants of the checksum that firmware of one protocol may differ in, as `over` or `over/base`. */
export const LRC_VARIANTS = ['text', 'text+etx', 'stx+text', 'stx+text+etx'] as const;
export type LrcVariant = (typeof LRC_VARIANTS)[number];

/** The protocol with another checksum on its links; what has none stays as it is. */
export function withLrc(protocol: Protocol, over: LrcVariant | undefined): Protocol {
  if (over === undefined) return protocol;
  const changed = (link: LinkSetup | undefined) =>
    link?.framing.kind === 'stx-etx-lrc' ? { ...link, framing: { ...link.framing, over } } : link;
  const serial = changed(protocol.links.serial);
  const tcp = changed(protocol.links.tcp);
  return { ...protocol, links: { ...(serial && { serial }), ...(tcp && { tcp }) } };
}
