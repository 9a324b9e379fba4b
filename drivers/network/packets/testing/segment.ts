import { FLAGS, mendChecksums } from '../ip.ts';

export interface SegmentWords {
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly flags?: number;
  readonly payload?: Uint8Array;
}

/** A TCP segment in an IPv4 packet with right checksums, for tests. */
export function segmentOf(words: SegmentWords): Uint8Array {
  const { payload = new Uint8Array(0), flags = FLAGS.ack } = words;
  const bytes = new Uint8Array(40 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x45;
  view.setUint16(2, bytes.length);
  bytes[8] = 64;
  bytes[9] = 6;
  bytes.set((words.source ?? '10.0.0.1').split('.').map(Number), 12);
  bytes.set((words.destination ?? '10.0.0.2').split('.').map(Number), 16);
  view.setUint16(20, words.sourcePort ?? 40000);
  view.setUint16(22, words.destinationPort ?? 8583);
  view.setUint32(24, words.sequence ?? 0);
  view.setUint32(28, words.acknowledgement ?? 0);
  bytes[32] = 0x50;
  bytes[33] = flags;
  view.setUint16(34, 64_240);
  bytes.set(payload, 40);
  mendChecksums(bytes);
  return bytes;
}
