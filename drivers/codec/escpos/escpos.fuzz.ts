import assert from 'node:assert/strict';
import type { Receipt } from '../../../rig/model/receipt.ts';
import { COMMANDS, prefixOf } from './commands.ts';
import { decodeEscPos, makeEscPosDecoder, type PrinterOptions } from './decoder.ts';
import { renderReceipt } from './render/render.ts';
import { textLines } from './text-lines.ts';

export interface FuzzOptions {
  /** How many streams. */
  readonly count: number;
  readonly seed: number;
  /** Called now and then with the number of streams done. */
  readonly progress?: (done: number) => void;
}

const CHARSETS = ['gb18030', 'cp437', 'shift_jis', 'utf-8', 'big5', 'euc-kr', 'windows1252'];
/** Only some streams are drawn: that costs a hundred times what decoding does. */
const DRAWN = 64;

/** A small generator of numbers that the same seed repeats (Mulberry32). */
function numbers(seed: number) {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}
type Below = ReturnType<typeof numbers>;

/** Printer language of a kind: every command there is with parameters that are mostly small, text, pictures, and junk. */
function stream(below: Below): Uint8Array {
  const bytes: number[] = [];
  const junk = (count: number, max: number) => {
    for (let i = 0; i < count; i++) bytes.push(below(max));
  };
  const pieces = 1 + below(40);
  for (let i = 0; i < pieces; i++) {
    const kind = below(10);
    if (kind < 4) {
      const command = COMMANDS[below(COMMANDS.length)];
      bytes.push(...prefixOf(command?.id ?? 'LF'));
      junk(below(10), below(3) === 0 ? 256 : 12);
    } else if (kind < 7) for (let n = below(40); n > 0; n--) bytes.push(0x20 + below(0xe0));
    else if (kind < 9) bytes.push(0x0a);
    else junk(below(60), 256);
  }
  return Uint8Array.from(bytes);
}

/**
 * Throws streams at the decoder, whole and in pieces: the same receipts must come of both, everything must stand on paper
 * with a place and a size, and what is drawn must be a picture. Throws an error with number, seed and bytes otherwise.
 */
export async function fuzz({ count, seed, progress }: FuzzOptions): Promise<{ readonly receipts: number }> {
  const below = numbers(seed);
  let receipts = 0;
  for (let i = 0; i < count; i++) {
    const content = stream(below);
    const options = {
      charset: CHARSETS[below(CHARSETS.length)] ?? 'cp437',
      width: [384, 576, 96][below(3)] ?? 384,
    };
    try {
      receipts += tried(content, options, below, i % DRAWN === 0);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const hex = Buffer.from(content).toString('hex');
      throw new Error(
        `stream ${i} of seed ${seed}, ${options.charset}, ${options.width} dots: ${why}\n${hex}`,
      );
    }
    if (i % 256 === 0) {
      progress?.(i);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { receipts };
}

function tried(content: Uint8Array, options: PrinterOptions, below: Below, draw: boolean): number {
  const whole = decodeEscPos(content, options);
  const decoder = makeEscPosDecoder(options);
  const parts: Receipt[] = [];
  for (let from = 0; from < content.length; ) {
    const to = from + 1 + below(7);
    parts.push(...decoder.write(content.subarray(from, to)).receipts);
    from = to;
  }
  parts.push(...decoder.end().receipts);
  assert.deepEqual(parts, whole.receipts, 'pieces give other receipts');
  for (const receipt of whole.receipts) {
    for (const { x, y, width, height } of [...receipt.runs, ...receipt.barcodes, ...receipt.images]) {
      assert.ok(
        [x, y, width, height].every(Number.isFinite) && width >= 0 && height >= 0,
        'a place is no place',
      );
    }
    textLines(receipt);
    if (draw) assert.equal(renderReceipt(receipt).readUInt32BE(0), 0x89504e47);
  }
  return whole.receipts.length;
}
