import type { Turn } from '../../../../rig/model/receipt.ts';

/**
 * Dots, black or white: rows of ceil(width / 8) bytes, most significant bit left, 1 = black. Everything outside is white
 * and stays so.
 */
export class Bitmap {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly bits: Uint8Array;

  /** @param bits taken over, not copied; if it is shorter than the dots need, the rest is white */
  constructor(width: number, height: number, bits?: Uint8Array) {
    this.width = Math.max(0, Math.floor(width));
    this.height = Math.max(0, Math.floor(height));
    this.stride = Math.ceil(this.width / 8);
    const size = this.stride * this.height;
    this.bits = bits && bits.length >= size ? bits : new Uint8Array(size);
    if (bits && bits.length < size) this.bits.set(bits);
  }

  /** True where it is black. */
  at(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false;
    return ((this.bits[y * this.stride + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0;
  }

  blacken(x: number, y: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = y * this.stride + (x >> 3);
    this.bits[at] = (this.bits[at] ?? 0) | (0x80 >> (x & 7));
  }

  /** Blackens a box. */
  fill(left: number, top: number, width: number, height: number): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) this.blacken(x, y);
    }
  }

  /** Black becomes white and white black. */
  invert(): void {
    for (let i = 0; i < this.bits.length; i++) this.bits[i] = ~(this.bits[i] ?? 0) & 0xff;
    this.#clearEnds();
  }

  /** Adds the black dots of `from`, its upper left corner at (left, top), each dot `sx` wide and `sy` high. */
  print(from: Bitmap, left: number, top: number, sx = 1, sy = 1): void {
    for (let y = 0; y < from.height; y++) {
      for (let b = 0; b < from.stride; b++) {
        const byte = from.bits[y * from.stride + b] ?? 0;
        if (byte === 0) continue;
        for (let k = 0; k < 8; k++) {
          const x = b * 8 + k;
          if ((byte & (0x80 >> k)) === 0 || x >= from.width) continue;
          if (sx === 1 && sy === 1) this.blacken(left + x, top + y);
          else this.fill(left + x * sx, top + y * sy, sx, sy);
        }
      }
    }
  }

  /** The same, turned clockwise. */
  turned(turn: Turn | undefined): Bitmap {
    if (turn === undefined) return this;
    const across = turn !== 180;
    const { width: w, height: h } = this;
    const out = new Bitmap(across ? h : w, across ? w : h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        if (!this.at(x, y)) continue;
        if (turn === 90) out.blacken(h - 1 - y, x);
        else if (turn === 180) out.blacken(w - 1 - x, h - 1 - y);
        else out.blacken(y, w - 1 - x);
      }
    }
    return out;
  }

  /** A part of it; what lies outside is white. */
  cut(left: number, top: number, width: number, height: number): Bitmap {
    const out = new Bitmap(width, height);
    for (let y = 0; y < out.height; y++) {
      for (let x = 0; x < out.width; x++) if (this.at(left + x, top + y)) out.blacken(x, y);
    }
    return out;
  }

  /** Dots of the last byte of each row that are not in the picture stay white. */
  #clearEnds(): void {
    const rest = this.width % 8;
    if (rest === 0) return;
    const mask = (0xff00 >> rest) & 0xff;
    for (let i = this.stride - 1; i < this.bits.length; i += this.stride)
      this.bits[i] = (this.bits[i] ?? 0) & mask;
  }
}
