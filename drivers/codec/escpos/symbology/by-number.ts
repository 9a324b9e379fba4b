/** Code 93 in the order of its values; the last four are the shifts `($) (%) (/) (+)` (ANSI/AIM BC5). */
const CODE93 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%';
const CODE93_STOP = 48;
const [DOLLAR, SLASH, PLUS] = [43, 45, 46];

/** Code 128: the values of shift, of the sets' changes and of the starts (ISO/IEC 15417). SII ends data with 105. */
const [SHIFT, TO_C, TO_B, TO_A, START_A, END] = [98, 99, 100, 101, 103, 105];
const SETS = ['A', 'B', 'C'] as const;

/**
 * SII printers take Code 93 and Code 128 as the values of the symbols, where others take characters. The data as the
 * others would take it; undefined where it is no such sequence of values.
 * @param symbology as in the receipt model
 */
export function charactersOf(symbology: string, data: Uint8Array): Uint8Array | undefined {
  if (symbology === 'code93') return code93(data);
  return symbology === 'code128' ? code128(data) : undefined;
}

function code93(data: Uint8Array): Uint8Array | undefined {
  const values = data.subarray(0, -1);
  if (data.at(-1) !== CODE93_STOP || values.length === 0 || values.some((value) => value > PLUS))
    return undefined;
  const chars: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const char = value < DOLLAR ? CODE93.charCodeAt(value) : shifted(value, values[++i] ?? 0);
    if (char === undefined) return undefined;
    chars.push(char);
  }
  return Uint8Array.from(chars);
}

/** A shift and a letter are one character of ASCII. */
function shifted(shift: number, value: number): number | undefined {
  const n = value - 10; // 0 for A
  if (n < 0 || n > 25) return undefined;
  if (shift === DOLLAR) return n + 1;
  if (shift === PLUS) return n + 0x61;
  if (shift === SLASH) return n === 25 ? 0x3a : n + 0x21;
  if (n < 5) return n + 0x1b;
  if (n < 10) return n - 5 + 0x3b;
  if (n < 15) return n - 10 + 0x5b;
  if (n < 20) return n - 15 + 0x7b;
  return n === 20 ? 0 : n === 21 ? 0x40 : n === 22 ? 0x60 : 0x7f;
}

function code128(data: Uint8Array): Uint8Array | undefined {
  const [start = 0] = data;
  if (start < START_A || start > END || data.at(-1) !== END || data.length < 3) return undefined;
  let set = SETS[start - START_A] ?? 'B';
  const chars = [...brace(set)];
  for (const value of data.subarray(1, -1)) {
    if (value > TO_A) return undefined;
    const to = value === TO_A ? 'A' : value === TO_B ? 'B' : value === TO_C ? 'C' : undefined;
    if (set === 'C' ? value >= TO_B : value >= TO_C) {
      // In its own set the value is a function, which no text shows.
      if (to === undefined || to === set) continue;
      set = to;
      chars.push(...brace(set));
    } else if (value === SHIFT && set !== 'C') chars.push(...brace('S'));
    else if (set === 'C') chars.push(value);
    else chars.push(...characters(value, set));
  }
  return Uint8Array.from(chars);
}

const BRACE = 0x7b;
const brace = (letter: string) => [BRACE, letter.charCodeAt(0)];

/** A value above 63 is a letter in small in set B, and a control character in set A. */
function characters(value: number, set: 'A' | 'B'): readonly number[] {
  const char = set === 'A' && value >= 64 ? value - 64 : value + 32;
  return char === BRACE ? [BRACE, BRACE] : [char];
}
