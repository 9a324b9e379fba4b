import { writeBitmap } from './bitmap.ts';
import type { Dialect } from './dialect.ts';
import { fail } from './fail.ts';
import { wholes } from './join.ts';
import { macOfData } from './mac.ts';
import { type FieldPlan, type Plan, planOf } from './plan.ts';
import { writeLength } from './prefix.ts';
import { ENCODER_BLAME, type Sink } from './sink.ts';
import { HEX, putCharacters, putDigits } from './value.ts';

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
  const { mak } = options;
  let { fields } = message;
  let values = Object.values(fields);
  let present = presentOf(plan, fields, values.length);
  if (present === undefined) {
    if (Object.keys(fields).some((id) => id.includes('.'))) fields = wholes(plan, message);
    values = Object.values(fields);
    present = presentOf(plan, fields, values.length) ?? refuseUnknown(plan, fields);
  }
  const lastGiven = lastBitOf(plan, present, mak);
  const mac = mak === undefined ? undefined : macField(plan, lastGiven);
  const last = mac?.bit ?? lastGiven;

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

  const bitmapAt = sink.at;
  const count = last > 128 ? 6 : last > 64 ? 4 : 2;
  const { words } = sink;
  for (let i = 0; i < count; i++) words[i] = 0;
  sink.at += (plan.bitmapSize * count) >> 1;

  const most = lengthAt + lengthSize + frame.max;
  for (let i = 0; i < present.length; i++) {
    const field = present[i];
    if (field === undefined || (mak !== undefined && isMac(plan, field))) continue;
    setBit(words, field.bit);
    writeField(sink, field, values[i] ?? '');
    if (sink.at > most) tooLongFrame(dialect);
  }
  if (mac !== undefined) setBit(words, mac.bit);
  if (count > 2) setBit(words, 1);
  if (count > 4) setBit(words, 65);
  writeBitmap(plan, sink.bytes, bitmapAt, words, count);
  if (mac !== undefined && mak !== undefined) {
    writeField(sink, mac, macOfData(dialect, sink.bytes.subarray(coveredAt, sink.at), mak));
    if (sink.at > most) tooLongFrame(dialect);
  }
  if (lengthSize > 0) writeHeaderLength(plan, sink, lengthAt);
  return sink.finish();
}

/**
 * The fields that have a value, in their order, which is also that of `Object.values`; undefined when there are other
 * names among the `count` ones than fields of the dialect: parts, or mistakes. Names that are numbers cost far less to
 * try than to list.
 */
function presentOf(plan: Plan, fields: Message['fields'], count: number): FieldPlan[] | undefined {
  const present = new Array<FieldPlan>(count);
  const { inOrder } = plan;
  let found = 0;
  for (let i = 0; found < count; i++) {
    const field = inOrder[i];
    if (field === undefined) return undefined;
    if (fields[field.bit] !== undefined) present[found++] = field;
  }
  return present;
}

function refuseUnknown({ dialect, fields: known }: Plan, fields: Message['fields']): never {
  const isKnown = (id: string) => known[Number(id)]?.id === id && fields[id] !== undefined;
  const unknown = Object.keys(fields).find((id) => !isKnown(id));
  fail('CODEC_FIELD', ENCODER_BLAME, `F${unknown}: the dialect ${dialect.id} has no such field`);
}

/** Number of the last field; of a message that gets a MAC, a MAC that was given does not count: it is replaced. */
function lastBitOf(plan: Plan, present: readonly FieldPlan[], mak: Uint8Array | undefined): number {
  let i = present.length - 1;
  if (mak !== undefined) {
    for (let field = present[i]; field !== undefined && isMac(plan, field); field = present[i]) i--;
  }
  return present[i]?.bit ?? 0;
}

const isMac = ({ dialect: { mac } }: Plan, { id }: FieldPlan): boolean =>
  id === mac?.field || id === mac?.['second-field'];

function tooLongFrame({ id, frame }: Dialect): never {
  fail('CODEC_FRAME', ENCODER_BLAME, `the frame has more than the ${frame.max} bytes that ${id} allows`);
}

/** Bit 1 of the standard is the highest bit of the first word. */
function setBit(words: Int32Array, bit: number): void {
  const index = bit - 1;
  words[index >> 5] = (words[index >> 5] ?? 0) | (0x80000000 >>> (index & 31));
}

/** Where the MAC stands in a message whose last other field is `last`. */
function macField({ dialect, fields }: Plan, last: number): FieldPlan | undefined {
  if (!dialect.mac) fail('CODEC_FIELD', ENCODER_BLAME, `the dialect ${dialect.id} has no MAC`);
  const first = Number(dialect.mac.field);
  const second = dialect.mac['second-field'];
  const bit = second !== undefined && last > first ? Number(second) : first;
  if (last > bit) fail('CODEC_FIELD', ENCODER_BLAME, `F${last} stands behind the MAC in F${bit}`);
  return fields[bit];
}

function writeField(sink: Sink, field: FieldPlan, given: string | Uint8Array): void {
  sink.field = field;
  const { fixed, prefixSize, put } = field;
  const at = sink.at + prefixSize;
  let value = given;
  if (fixed >= 0 && field.fill !== undefined && typeof given === 'string') value = field.fill(given);
  let units = value.length;
  if (
    put !== undefined &&
    typeof value === 'string' &&
    (fixed >= 0 ? units === fixed : units <= field.most)
  ) {
    const legal = field.packs
      ? putDigits(sink.bytes, at, value, put)
      : putCharacters(sink.bytes, at, value, put.wire);
    // Says what is wrong with it.
    if (!legal) field.value.write(sink, value, field.most);
    sink.at = at + (field.packs ? (units + 1) >> 1 : units);
  } else {
    sink.at = at;
    units = field.value.write(sink, value, field.most);
    if (fixed >= 0 && units !== fixed) sink.refuse(`a length of ${fixed}, found ${units}`);
  }
  if (fixed < 0) writePrefix(sink, field, at - prefixSize, units);
}

function writePrefix(sink: Sink, field: FieldPlan, at: number, units: number): void {
  const { counts } = field;
  const count = counts === 'units' ? units : counts === 'packed bytes' ? (units + 1) >> 1 : units * 2;
  if (counts === 'packed bytes' && units % 2 === 1 && !field.strips) {
    sink.refuse(`an even number of digits, found ${units}`);
  }
  if (!writeLength(sink.bytes, at, field.prefixSize, field.prefixEncoding, count)) {
    sink.refuse(`a length that fits its prefix, found ${count}`);
  }
}

function writeMti(plan: Plan, sink: Sink, mti: string): void {
  const value = mti.length === 4 ? decimal(mti) : -1;
  if (value < 0) fail('CODEC_FRAME', ENCODER_BLAME, 'MTI: expected four digits');
  writeLength(sink.bytes, sink.at, plan.mtiSize, plan.dialect.mti, value);
  sink.at += plan.mtiSize;
}

/** The number that decimal digits write; -1 when one is none. */
function decimal(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function writeHex(sink: Sink, what: string, value: string | undefined, size: number): void {
  const text = value ?? '';
  if (text.length !== size * 2 || !putDigits(sink.bytes, sink.at, text, HEX)) {
    fail('CODEC_FRAME', ENCODER_BLAME, `${what}: expected ${size} bytes as hex`);
  }
  sink.at += size;
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
