import { crc32, deflateSync } from 'node:zlib';

/** A chunk of a PNG file (ISO/IEC 15948, clause 5): length, type, data, CRC. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * A 1-bit picture as PNG: set bits in ink, the others transparent, so that it can lie on paper.
 * @param bits rows of ceil(width / 8) bytes, most significant bit left
 * @param ink red, green, blue
 */
export function pngOfBits(
  width: number,
  height: number,
  bits: Uint8Array,
  ink: readonly [r: number, g: number, b: number] = [0, 0, 0],
): Buffer {
  const stride = Math.ceil(width / 8);
  const rows = Buffer.alloc((stride + 1) * height); // each row begins with filter 0
  for (let y = 0; y < height; y++)
    rows.set(bits.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 3], 8); // 1 bit, palette
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.of(255, 255, 255, ...ink)),
    chunk('tRNS', Uint8Array.of(0, 255)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}
