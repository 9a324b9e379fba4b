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

  /** Makes a dot black or white. */
  set(x: number, y: number, black: boolean): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = y * this.stride + (x >> 3);
    const dot = 0x80 >> (x & 7);
    this.bits[at] = black ? (this.bits[at] ?? 0) | dot : (this.bits[at] ?? 0) & ~dot;
  }

  /** Blackens a box. */
  fill(left: number, top: number, width: number, height: number): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) this.blacken(x, y);
    }
  }

  /** Makes a box white. */
  whiten(left: number, top: number, width: number, height: number): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) this.set(x, y, false);
    }
  }

  /** Black becomes white and white black. */
  invert(): void {
    for (let i = 0; i < this.bits.length; i++) this.bits[i] = ~(this.bits[i] ?? 0) & 0xff;
    this.#clearEnds();
  }

  /** Adds the black dots of `from`, its upper left corner at (left, top), each dot `sx` wide and `sy` high. */
  print(from: Bitmap, left: number, top: number, sx = 1, sy = 1): void {
    if (sx === 1 && sy === 1 && left >= 0 && left + from.width <= this.width) {
      this.#overlay(from, left, top);
      return;
    }
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

  /** Dots as they are, eight at a time; `from` must fit between the left and the right edge. */
  #overlay(from: Bitmap, left: number, top: number): void {
    const first = left >> 3;
    const shift = left & 7;
    const used = from.width & 7;
    const last = used === 0 ? 0xff : (0xff00 >> used) & 0xff;
    for (let y = Math.max(0, -top); y < Math.min(from.height, this.height - top); y++) {
      const to = (top + y) * this.stride + first;
      for (let b = 0; b < from.stride; b++) {
        let byte = from.bits[y * from.stride + b] ?? 0;
        if (b === from.stride - 1) byte &= last;
        if (byte === 0) continue;
        this.bits[to + b] = (this.bits[to + b] ?? 0) | (byte >> shift);
        const rest = (byte << (8 - shift)) & 0xff;
        if (rest !== 0) this.bits[to + b + 1] = (this.bits[to + b + 1] ?? 0) | rest;
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
