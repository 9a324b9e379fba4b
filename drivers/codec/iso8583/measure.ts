import { bitsOf } from './bitmap.ts';
import type { Dialect } from './dialect.ts';
import { readHead } from './head.ts';
import { type FieldPlan, planOf } from './plan.ts';
import { readLength } from './prefix.ts';
import { Source } from './source.ts';

/**
 * Where the frame ends that begins at the start of `bytes`, found by walking its fields: for streams without length
 * header. Undefined while bytes are missing. Throws CODEC_FRAME or CODEC_FIELD for what cannot become a frame.
 */
export function measure(dialect: Dialect, bytes: Uint8Array): number | undefined {
  const plan = planOf(dialect);
  const { frame } = dialect;
  const first = frame.tpdu + plan.headerSize + plan.mtiSize + plan.bitmapSize;
  // The head is read only when it is whole, so that what it refuses is wrong and not missing.
  if (bytes.length < first) return undefined;
  const most = Math.min(bytes.length, frame.max);
  const source: Source = new Source(bytes.subarray(0, most), dialect.id, 'terminal');
  const bitmaps = bitmapsOf(source, first, plan.bitmapSize, dialect);
  if (most < first + (bitmaps - 1) * plan.bitmapSize) return undefined;
  const head = readHead(plan, source, { length: false });
  let at = head.fieldsAt;
  for (const bit of bitsOf(head.words, dialect.tertiary)) {
    const field = plan.fields[bit];
    if (!field) {
      source.field = { label: `F${bit}` } as FieldPlan;
      source.refuse(at, `the dialect ${dialect.id} has no such field`);
    }
    let units = field.fixed;
    if (units < 0) {
      if (at + field.prefixSize > most) return undefined;
      source.field = field;
      const count = readLength(bytes, at, field.prefixSize, field.prefixEncoding);
      if (count < 0) source.refuse(at, `expected a length in ${field.prefixEncoding} digits`);
      units =
        field.counts === 'units'
          ? count
          : field.counts === 'packed bytes'
            ? count * 2
            : Math.floor(count / 2);
      if (units > field.most + 1) source.refuse(at, `expected a length of at most ${field.most}`);
      at += field.prefixSize;
    }
    at += field.value.size(units);
  }
  return at <= most ? at : undefined;
}

/** How many bitmaps the head will have, from the first bits of those that are there. */
function bitmapsOf(source: Source, first: number, size: number, dialect: Dialect): number {
  const highest = (at: number): boolean => {
    const byte = source.bytes[at] ?? 0;
    if (dialect.bitmap === 'binary') return byte >= 0x80;
    // 8, 9, A to F: in ASCII 38, 39, 41 to 46, 61 to 66; in EBCDIC F8, F9, C1 to C6, 81 to 86.
    const low = byte & 15;
    const digit = dialect.bitmap === 'hex' ? byte >> 4 === 3 : byte >> 4 === 15;
    return digit ? low >= 8 : low >= 1 && low <= 6;
  };
  const start = first - size;
  if (!highest(start)) return 1;
  return dialect.tertiary && source.bytes.length > first && highest(first) ? 3 : 2;
}
