/**
 * IPv4, IPv6 and TCP headers as RFC 791, RFC 8200 and RFC 9293 lay them out: read, changed, and given right checksums again.
 * Pure; what is not a whole packet is told as such and never touched. IPv6 packets with extension headers are passed over.
 */

export const TCP = 6;
export const FLAGS = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

export interface Segment {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  /** Where the payload begins in the packet. */
  readonly payloadAt: number;
  /** Length of the whole packet by its header; bytes behind it are padding. */
  readonly length: number;
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const long = (bytes: Uint8Array, at: number): number => ((word(bytes, at) << 16) | word(bytes, at + 2)) >>> 0;

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 8) & 0xff;
  bytes[at + 1] = value & 0xff;
}

function putLong(bytes: Uint8Array, at: number, value: number): void {
  putWord(bytes, at, value >>> 16);
  putWord(bytes, at + 2, value & 0xffff);
}

const dotted = (bytes: Uint8Array, at: number): string => bytes.subarray(at, at + 4).join('.');

/** An IPv6 address as RFC 5952 writes it: the longest row of at least two zero groups is left out. */
function colonHex(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => word(bytes, at + 2 * i));
  let [from, length] = [0, 0];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [from, length] = [i, end - i];
  }
  const text = (some: readonly number[]) => some.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

/** The IP header of a packet, and the length of the packet by it. */
interface IpHeader {
  readonly version: 4 | 6;
  /** Length of the header. */
  readonly header: number;
  readonly length: number;
  /** Where the addresses stand, and how long each is. */
  readonly addresses: number;
  readonly size: 4 | 16;
  readonly protocol: number;
  /** Not the first of several fragments, so without a TCP header. */
  readonly later: boolean;
  readonly fragment: boolean;
}

/** Undefined when this is no whole IP packet. */
function headerOf(bytes: Uint8Array): IpHeader | undefined {
  const version = (bytes[0] ?? 0) >>> 4;
  if (version === 6) {
    const length = 40 + word(bytes, 4);
    if (bytes.length < 40 || length > bytes.length) return undefined;
    const more = { addresses: 8, size: 16, protocol: bytes[6] ?? 0, later: false, fragment: false } as const;
    return { version, header: 40, length, ...more };
  }
  const header = ((bytes[0] ?? 0) & 0x0f) * 4;
  const length = word(bytes, 2);
  if (bytes.length < 20 || version !== 4 || header < 20 || length < header || length > bytes.length)
    return undefined;
  const fragment = word(bytes, 6);
  return {
    version,
    header,
    length,
    addresses: 12,
    size: 4,
    protocol: bytes[9] ?? 0,
    later: (fragment & 0x1fff) !== 0,
    fragment: (fragment & 0x3fff) !== 0,
  };
}

/** A TCP segment in an IP packet; undefined for anything else, fragments behind the first one included. */
export function readSegment(bytes: Uint8Array): Segment | undefined {
  const ip = headerOf(bytes);
  if (ip === undefined || ip.protocol !== TCP || ip.later) return undefined;
  const { header, length, addresses, size } = ip;
  const dataOffset = ((bytes[header + 12] ?? 0) >>> 4) * 4;
  const payloadAt = header + dataOffset;
  if (dataOffset < 20 || payloadAt > length) return undefined;
  const address = ip.version === 4 ? dotted : colonHex;
  return {
    source: address(bytes, addresses),
    destination: address(bytes, addresses + size),
    sourcePort: word(bytes, header),
    destinationPort: word(bytes, header + 2),
    sequence: long(bytes, header + 4),
    acknowledgement: long(bytes, header + 8),
    flags: bytes[header + 13] ?? 0,
    payloadAt,
    length,
  };
}

/** Ones' complement sum of 16-bit words (RFC 1071), an odd last byte padded with zero. */
function sum(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let total = start;
  for (let at = from; at < to; at += 2)
    total += ((bytes[at] ?? 0) << 8) | (at + 1 < to ? (bytes[at + 1] ?? 0) : 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function tcpSum(bytes: Uint8Array, { header, length, addresses, size }: IpHeader): number {
  const pseudo = sum(bytes, addresses, addresses + 2 * size) + TCP + (length - header);
  return sum(bytes, header, length, pseudo);
}

/** True when the IP header and, for a whole TCP segment, the TCP checksum are right. IPv6 has no checksum of its header. */
export function checksumsRight(bytes: Uint8Array): boolean {
  const ip = headerOf(bytes);
  if (ip === undefined || (ip.version === 4 && sum(bytes, 0, ip.header) !== 0xffff)) return false;
  return ip.fragment || !readSegment(bytes) || tcpSum(bytes, ip) === 0xffff;
}

/** The packet with right checksums, in place. Fragments keep their TCP checksum: it is over all of them. */
export function mendChecksums(bytes: Uint8Array): void {
  const ip = headerOf(bytes);
  if (ip === undefined) return;
  if (ip.version === 4) {
    putWord(bytes, 10, 0);
    putWord(bytes, 10, ~sum(bytes, 0, ip.header) & 0xffff);
  }
  if (ip.fragment || !readSegment(bytes)) return;
  putWord(bytes, ip.header + 16, 0);
  putWord(bytes, ip.header + 16, ~tcpSum(bytes, ip) & 0xffff);
}

/**
 * A copy with one bit of the payload inverted; undefined when there is no payload. As noise on a line does it, the checksum
 * becomes wrong and the receiver drops the segment; `mended`, the receiver takes it for good.
 */
export function corrupted(bytes: Uint8Array, bit: number, mended = false): Uint8Array | undefined {
  const segment = readSegment(bytes);
  const payload = segment ? segment.length - segment.payloadAt : 0;
  if (!segment || payload === 0) return undefined;
  const copy = Uint8Array.from(bytes);
  const at = segment.payloadAt + (Math.floor(bit / 8) % payload);
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  if (mended) mendChecksums(copy);
  return copy;
}

/** An RST that the receiver of `bytes` would send back for it (RFC 9293, 3.5.2); undefined for what is no segment. */
export function resetFor(bytes: Uint8Array): Uint8Array | undefined {
  const segment = readSegment(bytes);
  if (!segment || (segment.flags & FLAGS.rst) !== 0) return undefined;
  const acknowledges = (segment.flags & FLAGS.ack) !== 0;
  const taken =
    segment.length -
    segment.payloadAt +
    (segment.flags & FLAGS.syn ? 1 : 0) +
    (segment.flags & FLAGS.fin ? 1 : 0);
  return bare(bytes, 'back', {
    sequence: acknowledges ? segment.acknowledgement : 0,
    acknowledgement: acknowledges ? 0 : (segment.sequence + taken) >>> 0,
    flags: acknowledges ? FLAGS.rst : FLAGS.rst | FLAGS.ack,
  });
}

/** An RST that the receiver of `bytes` takes for one of its sender: it stands where the segment would have. */
export function resetInsteadOf(bytes: Uint8Array): Uint8Array | undefined {
  const segment = readSegment(bytes);
  if (!segment || (segment.flags & FLAGS.rst) !== 0) return undefined;
  const { sequence, acknowledgement } = segment;
  return bare(bytes, 'on', { sequence, acknowledgement, flags: FLAGS.rst | FLAGS.ack });
}

/** A segment without payload between the ends of another one, on its way or back. */
function bare(
  bytes: Uint8Array,
  way: 'on' | 'back',
  {
    sequence,
    acknowledgement,
    flags,
  }: { readonly sequence: number; readonly acknowledgement: number; readonly flags: number },
): Uint8Array | undefined {
  const ip = headerOf(bytes);
  const segment = readSegment(bytes);
  if (!ip || !segment) return undefined;
  const { addresses, size } = ip;
  const header = ip.version === 4 ? 20 : 40;
  const packet = new Uint8Array(header + 20);
  if (ip.version === 4) {
    packet[0] = 0x45;
    putWord(packet, 2, packet.length);
    putWord(packet, 6, 0x4000);
    packet[8] = 64;
    packet[9] = TCP;
  } else {
    packet[0] = 0x60;
    putWord(packet, 4, 20);
    packet[6] = TCP;
    packet[7] = 64;
  }
  const [first, second] = way === 'on' ? [0, size] : [size, 0];
  packet.set(bytes.subarray(addresses + first, addresses + first + size), addresses);
  packet.set(bytes.subarray(addresses + second, addresses + second + size), addresses + size);
  const { sourcePort, destinationPort } = segment;
  putWord(packet, header, way === 'on' ? sourcePort : destinationPort);
  putWord(packet, header + 2, way === 'on' ? destinationPort : sourcePort);
  putLong(packet, header + 4, sequence);
  putLong(packet, header + 8, acknowledgement);
  packet[header + 12] = 0x50;
  packet[header + 13] = flags;
  mendChecksums(packet);
  return packet;
}
