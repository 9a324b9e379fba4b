import { writeBitmap } from './bitmap.ts';
import type { Dialect } from './dialect.ts';
import { fail } from './fail.ts';
import { wholes } from './join.ts';
import { macOfData } from './mac.ts';
import { type FieldPlan, type Plan, planOf } from './plan.ts';
import { writeLength } from './prefix.ts';
import { ENCODER_BLAME, type Sink } from './sink.ts';

export interface Message {
  /** Four digits. */
  readonly mti: string;
  /** Hex; needed when the dialect has a TPDU. */
  readonly tpdu?: string;
  /** Hex; needed when the dialect has an application header. */
  readonly header?: string;
  /**
   * Values by number, whole (`60`) or in parts (`60.1`, `60.2`, …; tags of field 55 as `55.9F26`, written in the order
   * given). Where both are given the whole counts.
   */
  readonly fields: Readonly<Record<string, string | Uint8Array>>;
}

export interface EncodeOptions {
  /** False leaves the length header away. Default true. */
  readonly length?: boolean;
  /** MAC key in clear, 8 or 16 bytes: appends the dialect's MAC field. */
  readonly mak?: Uint8Array;
}

/**
 * Encodes a message into a frame. Nothing is padded or cut silently: a value that does not fit its field is CODEC_FIELD,
 * a message that does not fit the frame CODEC_FRAME (blame `rig`: whoever encodes made the mistake). The frame is the
 * caller's own; like a `Buffer` of Node it may be a view of a larger `ArrayBuffer`.
 */
export function encodeMessage(dialect: Dialect, message: Message, options: EncodeOptions = {}): Uint8Array {
  const plan = planOf(dialect);
  let { fields } = message;
  let ids = Object.keys(fields);
  // Names that are whole numbers come first, so a part, if there is one, comes last.
  if (ids.length > 0 && (ids[ids.length - 1] ?? '').includes('.')) {
    fields = wholes(plan, message);
    ids = Object.keys(fields);
  }
  const bits = bitsOf(plan, fields, ids);
  const macBit = options.mak ? addMacBit(plan, bits) : 0;
  const words = wordsOf(bits);
  const { sink } = plan;
  sink.begin();
  const lengthAt = sink.at;
  const { frame } = dialect;
  const lengthSize = options.length === false ? 0 : plan.lengthSize;
  sink.at += lengthSize;
  if (frame.tpdu > 0 || message.tpdu) writeHex(sink, 'TPDU', message.tpdu, frame.tpdu);
  if (plan.headerSize > 0 || message.header) writeHex(sink, 'header', message.header, plan.headerSize);
  const coveredAt = sink.at;
  writeMti(plan, sink, message.mti);
  writeBitmap(plan, sink.bytes, sink.at, words);
  sink.at += (plan.bitmapSize * words.length) / 2;
  const most = lengthAt + lengthSize + frame.max;
  for (let i = 0; i < bits.length; i++) {
    const field = plan.fields[bits[i] ?? 0];
    if (field === undefined) continue;
    const value =
      field.bit === macBit && options.mak
        ? macOfData(dialect, sink.bytes.subarray(coveredAt, sink.at), options.mak)
        : (fields[field.bit] ?? '');
    writeField(sink, field, value);
    if (sink.at > most) {
      fail(
        'CODEC_FRAME',
        ENCODER_BLAME,
        `the frame has more than the ${frame.max} bytes that ${dialect.id} allows`,
      );
    }
  }
  if (lengthSize > 0) writeHeaderLength(plan, sink, lengthAt);
  return sink.finish();
}

/** The bits of a message in their order. Refuses what the dialect does not have. */
function bitsOf(plan: Plan, fields: Message['fields'], ids: readonly string[]): number[] {
  const bits = new Array<number>(ids.length);
  let before = 1;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? '';
    // Keys that are whole numbers come in their order; one that is not (`08`, `4x`) has no value by its number.
    const bit = +id;
    if (!(bit > before) || plan.fields[bit] === undefined || fields[bit] === undefined) {
      fail('CODEC_FIELD', ENCODER_BLAME, `F${id}: the dialect ${plan.dialect.id} has no such field`);
    }
    before = bit;
    bits[i] = bit;
  }
  return bits;
}

/** Adds the bit of the MAC, which replaces one that was given; returns it. */
function addMacBit({ dialect }: Plan, bits: number[]): number {
  if (!dialect.mac) fail('CODEC_FIELD', ENCODER_BLAME, `the dialect ${dialect.id} has no MAC`);
  const { field: first, 'second-field': second } = dialect.mac;
  for (const own of [first, second]) {
    const given = bits.indexOf(Number(own));
    if (given >= 0) bits.splice(given, 1);
  }
  const last = bits.at(-1) ?? 0;
  const bit = Number(second !== undefined && last > Number(first) ? second : first);
  if (last > bit) fail('CODEC_FIELD', ENCODER_BLAME, `F${last} stands behind the MAC in F${bit}`);
  bits.push(bit);
  return bit;
}

/** Words of the bitmaps; the first bit of each says that another bitmap follows. */
function wordsOf(bits: readonly number[]): number[] {
  const words = [0, 0];
  const last = bits[bits.length - 1] ?? 0;
  if (last > 64) words.push(0, 0);
  if (last > 128) words.push(0, 0);
  for (let i = 0; i < bits.length; i++) {
    const index = (bits[i] ?? 1) - 1;
    words[index >> 5] = (words[index >> 5] ?? 0) | (0x80000000 >>> (index & 31));
  }
  if (last > 64) words[0] = (words[0] ?? 0) | 0x80000000;
  if (last > 128) words[2] = (words[2] ?? 0) | 0x80000000;
  return words;
}

function writeField(sink: Sink, field: FieldPlan, given: string | Uint8Array): void {
  sink.field = field;
  const { fixed, prefixSize, fill } = field;
  if (fixed >= 0) {
    const value = fill !== undefined && typeof given === 'string' ? fill(given) : given;
    const units = field.value.write(sink, value, fixed);
    if (units !== fixed) sink.refuse(`a length of ${fixed}, found ${units}`);
    return;
  }
  const at = sink.at;
  sink.at = at + prefixSize;
  const units = field.value.write(sink, given, field.most);
  const count =
    field.counts === 'units' ? units : field.counts === 'packed bytes' ? (units + 1) >> 1 : units * 2;
  if (field.counts === 'packed bytes' && units % 2 === 1 && !field.strips) {
    sink.refuse(`an even number of digits, found ${units}`);
  }
  if (!writeLength(sink.bytes, at, prefixSize, field.prefixEncoding, count)) {
    sink.refuse(`a length that fits its prefix, found ${count}`);
  }
}

const DIGITS = /^\d+$/;

function writeMti(plan: Plan, sink: Sink, mti: string): void {
  const value = mti.length === 4 && DIGITS.test(mti) ? +mti : -1;
  if (value < 0) fail('CODEC_FRAME', ENCODER_BLAME, 'MTI: expected four digits');
  writeLength(sink.bytes, sink.at, plan.mtiSize, plan.dialect.mti, value);
  sink.at += plan.mtiSize;
}

function writeHex(sink: Sink, what: string, value: string | undefined, size: number): void {
  const text = value ?? '';
  if (text.length !== size * 2 || !/^[0-9A-Fa-f]*$/.test(text)) {
    fail('CODEC_FRAME', ENCODER_BLAME, `${what}: expected ${size} bytes as hex`);
  }
  for (let i = 0; i < size; i++)
    sink.bytes[sink.at++] = Number.parseInt(text.substring(2 * i, 2 * i + 2), 16);
}

function writeHeaderLength(plan: Plan, sink: Sink, at: number): void {
  const { length } = plan.dialect.frame;
  if (!length) return;
  const payload = sink.length - length.bytes;
  const count = payload + (length['counts-itself'] ? length.bytes : 0);
  if (!writeLength(sink.bytes, at, length.bytes, length.encoding, count)) {
    fail('CODEC_FRAME', ENCODER_BLAME, `${payload} bytes do not fit the length header`);
  }
}
