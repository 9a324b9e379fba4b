/** Who speaks in a recorded TCP conversation. */
export interface Spoken {
  readonly from: 'till' | 'terminal';
  readonly bytes: Uint8Array;
}

const TILL = { address: [10, 0, 0, 1], port: 40_000 } as const;
const LINKTYPE_ETHERNET = 1;
const PSH_ACK = 0x18;
const SYN = 0x02;

/**
 * A TCP conversation as a capture file (pcap, microseconds, Ethernet, IPv4), with a handshake before it. Checksums of IP are
 * right; those of TCP are left out, as a network card that computes them later leaves them.
 * @param port of the terminal
 */
export function pcapOf(conversation: readonly Spoken[], port = 20_007): Uint8Array {
  const terminal = { address: [10, 0, 0, 2], port } as const;
  const next = { till: 1000, terminal: 5000 };
  const packets: Uint8Array[] = [];
  const packet = (from: Spoken['from'], flags: number, payload: Uint8Array) => {
    const [source, target] = from === 'till' ? [TILL, terminal] : [terminal, TILL];
    const other = from === 'till' ? 'terminal' : 'till';
    const tcp = Buffer.alloc(20);
    tcp.writeUInt16BE(source.port, 0);
    tcp.writeUInt16BE(target.port, 2);
    tcp.writeUInt32BE(next[from], 4);
    tcp.writeUInt32BE(flags === SYN ? 0 : next[other], 8);
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    tcp.writeUInt16BE(65_535, 14);
    const ip = Buffer.from([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, ...source.address, ...target.address]);
    ip.writeUInt16BE(20 + tcp.length + payload.length, 2);
    ip.writeUInt16BE(checksum(ip), 10);
    const frame = Buffer.concat([Buffer.alloc(12), Uint8Array.of(0x08, 0x00), ip, tcp, payload]);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(1_700_000_000 + packets.length / 2, 0);
    head.writeUInt32LE(frame.length, 8);
    head.writeUInt32LE(frame.length, 12);
    packets.push(head, frame);
    next[from] += payload.length + (flags & SYN ? 1 : 0);
  };
  const none = new Uint8Array(0);
  packet('till', SYN, none);
  packet('terminal', SYN | 0x10, none);
  packet('till', 0x10, none);
  for (const { from, bytes } of conversation) packet(from, PSH_ACK, bytes);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
  return Buffer.concat([header, ...packets]);
}

function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += ((header[i] ?? 0) << 8) | (header[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
