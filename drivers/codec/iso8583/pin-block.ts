import { randomBytes } from 'node:crypto';
import { fromHex, toHex } from './bytes.ts';
import { decrypt, encrypt, xor } from './des.ts';
import { fail } from './fail.ts';

/** How a PIN stands in its block: ISO 9564-1 format 0 (bound to a PAN, ANSI X9.8) or 1 (not bound to one). */
export interface PinBlockFormat {
  /** Clear block of 8 bytes. PIN of 4 to 12 digits. Throws CODEC_FIELD, without values. */
  block(pin: string, pan: string): Uint8Array;
  /** The PIN in a clear block; undefined when it is none of this format (and PAN). */
  pinOf(block: Uint8Array, pan: string): string | undefined;
}

export type PinFormat = 0 | 1;

/** The PAN's half of a format 0 block: 0000 and the twelve digits left of the check digit, zeros where a PAN is shorter. */
function panPart(pan: string): Uint8Array {
  if (!/^\d{1,19}$/.test(pan)) fail('CODEC_FIELD', 'rig', 'PIN block: expected a PAN of at most 19 digits');
  return Uint8Array.from(Buffer.from(pan.slice(0, -1).slice(-12).padStart(16, '0'), 'hex'));
}

/** Control nibble, length and PIN: the start of a block of either format. */
function pinPart(control: PinFormat, pin: string): string {
  if (!/^\d{4,12}$/.test(pin)) fail('CODEC_FIELD', 'rig', 'PIN block: expected a PIN of 4 to 12 digits');
  return `${control}${pin.length.toString(16)}${pin}`;
}

/** PIN and filler of a block text; undefined when control nibble, length or digits are none. */
function taken(
  text: string,
  control: PinFormat,
): { readonly pin: string; readonly filler: string } | undefined {
  const length = Number.parseInt(text.slice(1, 2), 16);
  const pin = text.slice(2, 2 + length);
  const legal = text.startsWith(String(control)) && length >= 4 && length <= 12 && /^\d+$/.test(pin);
  return legal ? { pin, filler: text.slice(2 + length) } : undefined;
}

const FORMATS: Readonly<Record<PinFormat, PinBlockFormat>> = {
  0: {
    block: (pin, pan) => xor(fromHex(pinPart(0, pin).padEnd(16, 'F')) ?? new Uint8Array(8), panPart(pan)),
    pinOf(block, pan) {
      if (block.length !== 8) return undefined;
      const found = taken(toHex(xor(block, panPart(pan))), 0);
      return found && /^F*$/.test(found.filler) ? found.pin : undefined;
    },
  },
  1: {
    // The filler is random, so that equal PINs give different blocks.
    block: (pin) => {
      const text = pinPart(1, pin);
      return fromHex((text + toHex(randomBytes(8))).slice(0, 16)) ?? new Uint8Array(8);
    },
    pinOf: (block) => (block.length === 8 ? taken(toHex(block), 1)?.pin : undefined),
  },
};

/** A PIN block format. F53 of UnionPay names it: first digit 2 is format 0, 1 is format 1. */
export const pinFormat = (format: PinFormat): PinBlockFormat => FORMATS[format];

/** Clear PIN block. PIN of 4 to 12 digits. Throws CODEC_FIELD, without values. */
export const pinBlock = (pin: string, pan: string, format: PinFormat = 0): Uint8Array =>
  FORMATS[format].block(pin, pan);

/** The PIN in a clear block, or undefined when the block is not one of this format (and, for format 0, this PAN). */
export const pinOf = (block: Uint8Array, pan: string, format: PinFormat = 0): string | undefined =>
  FORMATS[format].pinOf(block, pan);

/** PIN block under the PIN key (8 or 16 bytes), as field 52 carries it. */
export const encryptPin = (pik: Uint8Array, pin: string, pan: string, format: PinFormat = 0): Uint8Array =>
  encrypt(pik, pinBlock(pin, pan, format));

/** The PIN in field 52, or undefined when the block is damaged, under another key, for another PAN or of another format. */
export function decryptPin(
  pik: Uint8Array,
  block: Uint8Array,
  pan: string,
  format: PinFormat = 0,
): string | undefined {
  return block.length === 8 ? pinOf(decrypt(pik, block), pan, format) : undefined;
}
