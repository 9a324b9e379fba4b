import type { Dialect } from './dialect.ts';

/** Latin 1 characters of the EBCDIC bytes 00 to FF, code page 037, as hex. */
const CP037 =
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
  '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
  'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
  '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f';

/** What 1047 (Open Systems) has in other places than 037: circumflex, brackets and the characters they displaced. */
const SWAPPED_IN_1047: readonly (readonly [number, number])[] = [
  [0x5f, 0xb0],
  [0xad, 0xba],
  [0xbd, 0xbb],
];

/** Both directions of one code page; each is a permutation of the 256 byte values. */
export interface CodePage {
  readonly toLatin1: Uint8Array;
  readonly fromLatin1: Uint8Array;
}

function pageOf(swapped: readonly (readonly [number, number])[]): CodePage {
  const toLatin1 = Uint8Array.from(Buffer.from(CP037, 'hex'));
  for (const [a, b] of swapped) {
    const kept = toLatin1[a] ?? 0;
    toLatin1[a] = toLatin1[b] ?? 0;
    toLatin1[b] = kept;
  }
  const fromLatin1 = new Uint8Array(256);
  for (const [byte, character] of toLatin1.entries()) fromLatin1[character] = byte;
  return { toLatin1, fromLatin1 };
}

/** The code pages that a dialect may name. */
export const CODE_PAGES: Readonly<Record<Dialect['ebcdic'], CodePage>> = {
  cp037: pageOf([]),
  cp1047: pageOf(SWAPPED_IN_1047),
};
