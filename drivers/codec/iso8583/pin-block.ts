import { fromHex, toHex } from './bytes.ts';
import { decrypt, encrypt, xor } from './des.ts';
import { fail } from './fail.ts';

/** The PAN's half of a format 0 block: 0000 and the twelve digits left of the check digit, zeros where a PAN is shorter. */
function panPart(pan: string): Uint8Array {
  if (!/^\d{1,19}$/.test(pan)) fail('CODEC_FIELD', 'rig', 'PIN block: expected a PAN of at most 19 digits');
  return Uint8Array.from(Buffer.from(pan.slice(0, -1).slice(-12).padStart(16, '0'), 'hex'));
}

/** Clear PIN block of ISO 9564-1 format 0 (ANSI X9.8). PIN of 4 to 12 digits. Throws CODEC_FIELD, without values. */
export function pinBlock(pin: string, pan: string): Uint8Array {
  if (!/^\d{4,12}$/.test(pin)) fail('CODEC_FIELD', 'rig', 'PIN block: expected a PIN of 4 to 12 digits');
  const text = `0${pin.length.toString(16)}${pin}`.padEnd(16, 'F');
  return xor(fromHex(text) ?? new Uint8Array(8), panPart(pan));
}

/** The PIN in a clear format 0 block, or undefined when the block is not one for this PAN. */
export function pinOf(block: Uint8Array, pan: string): string | undefined {
  if (block.length !== 8) return undefined;
  const text = toHex(xor(block, panPart(pan)));
  const length = Number.parseInt(text.slice(1, 2), 16);
  const pin = text.slice(2, 2 + length);
  const legal = text.startsWith('0') && length >= 4 && length <= 12 && /^\d+$/.test(pin);
  return legal && /^F*$/.test(text.slice(2 + length)) ? pin : undefined;
}

/** PIN block under the PIN key (8 or 16 bytes), as field 52 carries it. */
export const encryptPin = (pik: Uint8Array, pin: string, pan: string): Uint8Array =>
  encrypt(pik, pinBlock(pin, pan));

/** The PIN in field 52, or undefined when the block is damaged, under another key or for another PAN. */
export function decryptPin(pik: Uint8Array, block: Uint8Array, pan: string): string | undefined {
  return block.length === 8 ? pinOf(decrypt(pik, block), pan) : undefined;
}
