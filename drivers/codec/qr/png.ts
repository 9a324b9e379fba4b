import { PNG } from 'pngjs';
import type { Picture } from './picture.ts';

/** Longest PNG file that is read, bytes. */
const LONGEST = 32 * 1024 * 1024;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A picture as a PNG file with one byte a pixel. */
export function pngOf({ width, height, luma }: Picture): Buffer {
  const png = new PNG({ width, height });
  for (let i = 0; i < luma.length; i++)
    png.data.fill(luma[i] ?? 255, i * 4, i * 4 + 3).fill(255, i * 4 + 3, i * 4 + 4);
  return PNG.sync.write(png, { colorType: 0, bitDepth: 8 });
}

/** A PNG file as shades of grey on white; undefined when it is none, or too large to be a screen. Never throws. */
export function pictureIn(file: Uint8Array): Picture | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length > LONGEST || bytes.length < 33 || !bytes.subarray(0, 8).equals(SIGNATURE))
    return undefined;
  // A small file can claim to be a huge picture: its head is asked before anything is unpacked.
  if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > LONGEST) return undefined;
  try {
    const { width, height, data } = PNG.sync.read(bytes);
    const luma = new Uint8Array(width * height);
    for (let i = 0; i < luma.length; i++) {
      const [r = 0, g = 0, b = 0, a = 255] = data.subarray(i * 4, i * 4 + 4);
      const grey = 0.299 * r + 0.587 * g + 0.114 * b;
      luma[i] = Math.round((grey * a + 255 * (255 - a)) / 255);
    }
    return { width, height, luma };
  } catch {
    return undefined;
  }
}
