/**
 * Data codewords of a QR code (ISO/IEC 18004, table 7) by version 1 to 40, levels L, M, Q, H.
 */
// biome-ignore format: a table
const DATA_CODEWORDS: readonly (readonly [l: number, m: number, q: number, h: number])[] = [
  [19, 16, 13, 9], [34, 28, 22, 16], [55, 44, 34, 26], [80, 64, 48, 36], [108, 86, 62, 46],
  [136, 108, 76, 60], [156, 124, 88, 66], [194, 154, 110, 86], [232, 182, 132, 100], [274, 216, 154, 122],
  [324, 254, 180, 140], [370, 290, 206, 158], [428, 334, 244, 180], [461, 365, 261, 197], [523, 415, 295, 223],
  [589, 453, 325, 253], [647, 507, 367, 283], [721, 563, 397, 313], [795, 627, 445, 341], [861, 669, 485, 385],
  [932, 714, 512, 406], [1006, 782, 568, 442], [1094, 860, 614, 464], [1174, 914, 664, 514], [1276, 1000, 718, 538],
  [1370, 1062, 754, 596], [1468, 1128, 808, 628], [1531, 1193, 871, 661], [1631, 1267, 911, 701], [1735, 1373, 985, 745],
  [1843, 1455, 1033, 793], [1955, 1541, 1115, 845], [2071, 1631, 1171, 901], [2191, 1725, 1231, 961], [2306, 1812, 1286, 986],
  [2434, 1914, 1354, 1054], [2566, 1992, 1426, 1096], [2702, 2102, 1502, 1142], [2812, 2216, 1582, 1222], [2956, 2334, 1666, 1276],
];
const LEVEL = { L: 0, M: 1, Q: 2, H: 3 } as const;

/** Bits that the data takes in its best single mode, with the mode and length fields of versions up to `size`. */
function bitsOf(data: Uint8Array, version: number): number {
  const group = version < 10 ? 0 : version < 27 ? 1 : 2;
  const text = Buffer.from(data).toString('latin1');
  if (/^\d*$/.test(text)) return 4 + ([10, 12, 14][group] ?? 14) + Math.ceil((data.length * 10) / 3);
  if (/^[0-9A-Z $%*+\-./:]*$/.test(text))
    return 4 + ([9, 11, 13][group] ?? 13) + Math.ceil((data.length * 11) / 2);
  return 4 + (group === 0 ? 8 : 16) + data.length * 8;
}

/**
 * Modules along a side of the smallest QR code (model 2) that holds `data`: 21 to 177, without the quiet zone.
 * @param atLeast the lowest version, 1 to 40, that the sender wants
 */
export function qrModules(data: Uint8Array, level: keyof typeof LEVEL, atLeast = 1): number {
  const version = DATA_CODEWORDS.findIndex((row, i) => bitsOf(data, i + 1) <= row[LEVEL[level]] * 8) + 1;
  return 17 + 4 * Math.max(atLeast, version === 0 ? 40 : version);
}
