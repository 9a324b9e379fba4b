import { crc32 } from 'node:zlib';
import { PNG } from 'pngjs';

/** A PNG with a text chunk before its data, as tools leave them. */
export function pngWithText(image: PNG, text: string): Buffer {
  const png = PNG.sync.write(image);
  const body = Buffer.from(`tEXtComment\0${text}`, 'latin1');
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  // The header and its chunk IHDR have 33 bytes.
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}
