import { createHash } from 'node:crypto';
import { concat, fromHex, sameBytes } from './bytes.ts';
import { decrypt, encrypt, xor } from './des.ts';
import { fail } from './fail.ts';

/**
 * Application cryptograms of synthetic test cards: what the issuer's side computes over field 55. EMV Book 2 (key
 * derivation, annex A1; MAC, annex A1.2; ARPC, section 8.2) and the two cryptogram versions that test cards use: 10, with
 * the card's own key and zero padding, and 18, with a session key for every transaction and padding 80.
 */
export type CryptogramVersion = 10 | 18;

/** Tag values of field 55 by tag, upper case hex. */
export type EmvData = Readonly<Record<string, string | undefined>>;

/** How one cryptogram version works. */
export interface CryptogramScheme {
  /** ARQC, TC or AAC (9F26) that the card key gives for this data, 8 bytes. Throws CODEC_FIELD naming a tag that is missing. */
  cryptogram(cardKey: Uint8Array, data: EmvData): Uint8Array;
  /**
   * Issuer authentication data (tag 91) for a response. `code`: the response code (8A), two characters. Version 10: ARPC
   * (method 1, 8 bytes) and code; version 18: ARPC (method 2, 4 bytes) and card status update.
   */
  authentication(cardKey: Uint8Array, data: EmvData, code: string, cardStatusUpdate?: Uint8Array): Uint8Array;
}

/** What a cryptogram is computed over, in this order; the version adds its part of the issuer application data. */
const COVERED = ['9F02', '9F03', '9F1A', '95', '5F2A', '9A', '9C', '9F37', '82', '9F36'] as const;

function tag(data: EmvData, name: string, length?: number): Uint8Array {
  const bytes = fromHex(data[name] ?? '');
  if (!bytes?.length || (length !== undefined && bytes.length !== length)) {
    const what = length === undefined ? 'a value' : `${length} bytes`;
    fail('CODEC_FIELD', 'terminal', `F55.${name}: expected ${what} for the cryptogram`);
  }
  return bytes;
}

/** Card verification results: in the issuer application data behind length, key index and cryptogram version. */
const verificationResults = (data: EmvData): Uint8Array => {
  const issuerData = tag(data, '9F10');
  if (issuerData.length < 7) fail('CODEC_FIELD', 'terminal', 'F55.9F10: expected at least 7 bytes');
  return issuerData.subarray(3, 7);
};

/** ISO/IEC 9797-1 MAC algorithm 3 with DES over data that is padded already: 8 bytes. */
function retailMac(key: Uint8Array, padded: Uint8Array): Uint8Array {
  const [left, right] = [key.subarray(0, 8), key.subarray(8, 16)];
  let chain: Uint8Array = new Uint8Array(8);
  for (let at = 0; at < padded.length; at += 8)
    chain = encrypt(left, xor(chain, padded.subarray(at, at + 8)));
  return encrypt(left, decrypt(right, chain));
}

/** Padding methods 1 (zeros, only when needed) and 2 (80, then zeros) of ISO/IEC 9797-1. */
function padded(data: Uint8Array, method: 1 | 2): Uint8Array {
  const marked = method === 1 ? data : concat([data, Uint8Array.of(0x80)]);
  const result = new Uint8Array(Math.ceil(marked.length / 8) * 8);
  result.set(marked);
  return result;
}

const covered = (data: EmvData): Uint8Array => concat(COVERED.map((name) => tag(data, name)));

/**
 * EMV common session key: the card key encrypts the transaction counter with F0 and 0F in its third byte; both halves
 * together are the key of one transaction.
 */
export function sessionKey(cardKey: Uint8Array, counter: Uint8Array): Uint8Array {
  if (counter.length !== 2) fail('CODEC_FIELD', 'terminal', 'F55.9F36: expected 2 bytes');
  const half = (mark: number) =>
    encrypt(cardKey, Uint8Array.of(counter[0] ?? 0, counter[1] ?? 0, mark, 0, 0, 0, 0, 0));
  return concat([half(0xf0), half(0x0f)]);
}

const SCHEMES: Readonly<Record<CryptogramVersion, CryptogramScheme>> = {
  10: {
    cryptogram: (cardKey, data) =>
      retailMac(cardKey, padded(concat([covered(data), verificationResults(data)]), 1)),
    authentication(cardKey, data, code) {
      const response = responseCode(code);
      const block = new Uint8Array(8);
      block.set(response);
      return concat([encrypt(cardKey, xor(tag(data, '9F26', 8), block)), response]);
    },
  },
  18: {
    cryptogram: (cardKey, data) =>
      retailMac(
        sessionKey(cardKey, tag(data, '9F36', 2)),
        padded(concat([covered(data), tag(data, '9F10')]), 2),
      ),
    authentication(cardKey, data, code, cardStatusUpdate = statusUpdate(code)) {
      if (cardStatusUpdate.length !== 4) {
        fail('CODEC_FIELD', 'rig', 'card status update: expected 4 bytes');
      }
      const key = sessionKey(cardKey, tag(data, '9F36', 2));
      const mac = retailMac(key, padded(concat([tag(data, '9F26', 8), cardStatusUpdate]), 2));
      return concat([mac.subarray(0, 4), cardStatusUpdate]);
    },
  },
};

function responseCode(code: string): Uint8Array {
  if (!/^[0-9A-Z]{2}$/.test(code)) fail('CODEC_FIELD', 'rig', 'response code: expected two characters');
  return Uint8Array.from(Buffer.from(code, 'latin1'));
}

/** EMV Book 3, annex C10: approves online, or not; nothing else is asked of the card. */
const statusUpdate = (code: string): Uint8Array => Uint8Array.of(0, code === '00' ? 0x80 : 0, 0, 0);

/** The scheme of a cryptogram version. */
export const cryptogramScheme = (version: CryptogramVersion): CryptogramScheme => SCHEMES[version];

/** Version that the issuer application data (9F10) names in its third byte; undefined for those that are not known here. */
export function cryptogramVersion(data: EmvData): CryptogramVersion | undefined {
  const version = Number.parseInt((data['9F10'] ?? '').slice(4, 6), 16);
  return version === 10 || version === 18 ? version : undefined;
}

/**
 * Card key from the issuer's master key (EMV Book 2 annex A1.4): option A takes the last 16 digits of PAN and sequence
 * number, option B for PANs of more than 16 digits those of their hash. Master key of 16 bytes; PAN as digits; sequence
 * number of two digits. The card key has odd parity.
 */
export function cardKey(
  master: Uint8Array,
  pan: string,
  sequence = '00',
  option: 'A' | 'B' = 'A',
): Uint8Array {
  if (master.length !== 16)
    fail('CRYPTO_KEY', 'bench', `issuer key: expected 16 bytes, found ${master.length}`);
  if (!/^\d{1,19}$/.test(pan) || !/^\d{2}$/.test(sequence)) {
    fail('CODEC_FIELD', 'rig', 'card key: expected a PAN of at most 19 digits and a sequence number of two');
  }
  const digits = pan + sequence;
  const diversifier = option === 'B' && pan.length > 16 ? hashedDigits(digits) : digits.slice(-16);
  const y = Uint8Array.from(Buffer.from(diversifier.padStart(16, '0'), 'hex'));
  const key = concat([
    encrypt(master, y),
    encrypt(
      master,
      y.map((byte) => byte ^ 0xff),
    ),
  ]);
  return key.map(withOddParity);
}

/** The first 16 decimal digits of the SHA-1 of PAN and sequence number; if there are fewer, its letters as 0 to 5 follow. */
function hashedDigits(digits: string): string {
  const even = digits.length % 2 === 1 ? `0${digits}` : digits;
  const hash = [...createHash('sha1').update(Buffer.from(even, 'hex')).digest('hex')];
  const decimal = hash.filter((digit) => digit <= '9');
  const letters = hash.filter((digit) => digit > '9').map((digit) => String(digit.charCodeAt(0) - 97));
  return [...decimal, ...letters].slice(0, 16).join('');
}

/** DES keys have an odd number of bits in every byte. */
function withOddParity(byte: number): number {
  let bits = byte >> 1;
  let odd = 1;
  for (; bits > 0; bits >>= 1) odd ^= bits & 1;
  return (byte & 0xfe) | odd;
}

/** Whether the cryptogram (9F26) in field 55 is the one that the card key gives for the rest of it. */
export function verifyCryptogram(key: Uint8Array, data: EmvData): 'ok' | 'wrong' | 'unknown version' {
  const version = cryptogramVersion(data);
  if (version === undefined) return 'unknown version';
  return sameBytes(tag(data, '9F26', 8), SCHEMES[version].cryptogram(key, data)) ? 'ok' : 'wrong';
}

/** Field 55 tags of a decoded message: `55.9F26` becomes `9F26`. */
export function emvData(fields: Readonly<Record<string, string>>, bit = '55'): EmvData {
  const start = `${bit}.`;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([id, value]) =>
      id.startsWith(start) ? [[id.slice(start.length), value]] : [],
    ),
  );
}
