/**
 * IPv4 and TCP headers as RFC 791 and RFC 9293 lay them out: read, changed, and given right checksums again. Pure; what is
 * not a whole IPv4 packet is told as such and never touched.
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

/** Length of the IP header, or undefined when this is no whole IPv4 packet. */
function headerOf(bytes: Uint8Array): number | undefined {
  const header = ((bytes[0] ?? 0) & 0x0f) * 4;
  const length = word(bytes, 2);
  if (bytes.length < 20 || (bytes[0] ?? 0) >>> 4 !== 4) return undefined;
  return header >= 20 && length >= header && length <= bytes.length ? header : undefined;
}

/** A TCP segment in an IPv4 packet; undefined for anything else, fragments behind the first one included. */
export function readSegment(bytes: Uint8Array): Segment | undefined {
  const header = headerOf(bytes);
  const length = word(bytes, 2);
  if (header === undefined || bytes[9] !== TCP || (word(bytes, 6) & 0x1fff) !== 0) return undefined;
  const dataOffset = ((bytes[header + 12] ?? 0) >>> 4) * 4;
  const payloadAt = header + dataOffset;
  if (dataOffset < 20 || payloadAt > length) return undefined;
  return {
    source: dotted(bytes, 12),
    destination: dotted(bytes, 16),
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

function tcpSum(bytes: Uint8Array, header: number, length: number): number {
  const pseudo = sum(bytes, 12, 20) + TCP + (length - header);
  return sum(bytes, header, length, pseudo);
}

/** True when the IP header and, for a whole TCP segment, the TCP checksum are right. */
export function checksumsRight(bytes: Uint8Array): boolean {
  const header = headerOf(bytes);
  if (header === undefined || sum(bytes, 0, header) !== 0xffff) return false;
  const isFragment = (word(bytes, 6) & 0x3fff) !== 0;
  return isFragment || !readSegment(bytes) || tcpSum(bytes, header, word(bytes, 2)) === 0xffff;
}

/** The packet with right checksums, in place. Fragments keep their TCP checksum: it is over all of them. */
export function mendChecksums(bytes: Uint8Array): void {
  const header = headerOf(bytes);
  if (header === undefined) return;
  putWord(bytes, 10, 0);
  putWord(bytes, 10, ~sum(bytes, 0, header) & 0xffff);
  if ((word(bytes, 6) & 0x3fff) !== 0 || !readSegment(bytes)) return;
  putWord(bytes, header + 16, 0);
  putWord(bytes, header + 16, ~tcpSum(bytes, header, word(bytes, 2)) & 0xffff);
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
  const reply = new Uint8Array(40);
  reply[0] = 0x45;
  putWord(reply, 2, 40);
  putWord(reply, 6, 0x4000);
  reply[8] = 64;
  reply[9] = TCP;
  reply.set(bytes.subarray(16, 20), 12);
  reply.set(bytes.subarray(12, 16), 16);
  putWord(reply, 20, segment.destinationPort);
  putWord(reply, 22, segment.sourcePort);
  const acknowledges = (segment.flags & FLAGS.ack) !== 0;
  const taken =
    segment.length -
    segment.payloadAt +
    (segment.flags & FLAGS.syn ? 1 : 0) +
    (segment.flags & FLAGS.fin ? 1 : 0);
  putLong(reply, 24, acknowledges ? segment.acknowledgement : 0);
  putLong(reply, 28, acknowledges ? 0 : (segment.sequence + taken) >>> 0);
  reply[32] = 0x50;
  reply[33] = acknowledges ? FLAGS.rst : FLAGS.rst | FLAGS.ack;
  mendChecksums(reply);
  return reply;
}
