/**
 * Packets of the Android Debug Bridge, as a device's daemon sees them. Six little-endian words (command, two arguments,
 * length, checksum, and the command with all bits turned), then the payload. Source: Android's `adb/protocol.txt`.
 */
export interface AdbPacket {
  /** Four letters: CNXN, AUTH, OPEN, OKAY, WRTE, CLSE. */
  readonly command: string;
  readonly arg0: number;
  readonly arg1: number;
  readonly payload: Buffer;
}

const HEADER = 24;
/** Longest payload, bytes; what a daemon names in its CNXN. */
export const MAX_PAYLOAD = 256 * 1024;

export function encodePacket(
  command: string,
  arg0: number,
  arg1: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const packet = Buffer.alloc(HEADER + payload.length);
  packet.write(command, 0, 'latin1');
  packet.writeUInt32LE(arg0, 4);
  packet.writeUInt32LE(arg1, 8);
  packet.writeUInt32LE(payload.length, 12);
  packet.writeUInt32LE(
    payload.reduce((sum, byte) => (sum + byte) >>> 0, 0),
    16,
  );
  packet.writeUInt32LE((packet.readUInt32LE(0) ^ 0xffffffff) >>> 0, 20);
  packet.set(payload, HEADER);
  return packet;
}

/**
 * Reads packets out of a stream, however it is cut up. Gives `undefined` for good once something comes that is no packet:
 * the connection has lost its rhythm and must be closed. Keeps one packet at most.
 */
export function makePacketReader(): (bytes: Uint8Array) => readonly AdbPacket[] | undefined {
  let rest = Buffer.alloc(0);
  let spoilt = false;
  return (bytes) => {
    if (spoilt) return undefined;
    rest = Buffer.concat([rest, bytes]);
    const packets: AdbPacket[] = [];
    while (rest.length >= HEADER) {
      const length = rest.readUInt32LE(12);
      if (length > MAX_PAYLOAD || (rest.readUInt32LE(0) ^ rest.readUInt32LE(20)) >>> 0 !== 0xffffffff) {
        spoilt = true;
        rest = Buffer.alloc(0);
        return undefined;
      }
      if (rest.length < HEADER + length) break;
      packets.push({
        command: rest.toString('latin1', 0, 4),
        arg0: rest.readUInt32LE(4),
        arg1: rest.readUInt32LE(8),
        payload: Buffer.from(rest.subarray(HEADER, HEADER + length)),
      });
      rest = rest.subarray(HEADER + length);
    }
    return packets;
  };
}
