import { countOf, lastBit } from './bitmap.ts';
import type { DecodedField, DecodedMessage, DecodeOptions, Remark } from './decoded.ts';
import type { Dialect } from './dialect.ts';
import { explain } from './explain.ts';
import { type Head, readHead } from './head.ts';
import { layoutOf, lookup } from './layout.ts';
import { addParts, addTags } from './parts.ts';
import { type FieldPlan, type Plan, planOf } from './plan.ts';
import { readLength } from './prefix.ts';
import { Source } from './source.ts';

/**
 * Decodes one frame. Throws RigError CODEC_FRAME (length, MTI, bitmap, bytes missing or left over) or CODEC_FIELD (a
 * field's bytes are not what the dialect says), naming the field, its offset and what was expected; nothing else.
 */
export function decodeMessage(
  dialect: Dialect,
  frame: Uint8Array,
  options: DecodeOptions = {},
): DecodedMessage {
  const plan = planOf(dialect);
  const source = new Source(frame, dialect.id, options.blame ?? 'terminal');
  const head = readHead(plan, source, options);
  const values: Record<string, string> = {};
  // The highest index first: its backing store is then made once, in the right size.
  const last = lastBit(head.words);
  if (last > 1) values[last] = '';
  const starts = new Array<number>(countOf(head.words));
  const composites = readFields(plan, source, head, values, starts);
  if (head.wrongLength !== undefined) source.refuseFrame(0, head.wrongLength);
  if (composites !== undefined) addComposites(plan, source, head.mti, values, composites);
  return new Decoded(plan, head, values, starts, frame, source.remarks);
}

/** A field with parts or tags, and where it begins. */
interface Composite {
  readonly field: FieldPlan;
  readonly start: number;
}

/** Reads the values of all fields; their offsets go into `starts`. Returns those that have parts or tags. */
function readFields(
  plan: Plan,
  source: Source,
  head: Head,
  values: Record<string, string>,
  starts: number[],
): Composite[] | undefined {
  const { words } = head;
  const { fields } = plan;
  const { bytes } = source;
  const end = bytes.length;
  const { tertiary } = plan.dialect;
  let at = head.fieldsAt;
  let composites: Composite[] | undefined;
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i] ?? 0;
    // Bit 1 says that a second bitmap follows, and bit 65 where the dialect has a third.
    if (i === 0 || (i === 2 && tertiary)) word &= 0x7fffffff;
    while (word !== 0) {
      const lead = Math.clz32(word);
      word &= ~(0x80000000 >>> lead);
      const bit = i * 32 + lead + 1;
      const field = fields[bit];
      if (field === undefined) refuseUnknown(plan, source, bit, at, head.mti);
      source.field = field;
      starts[count++] = at;
      if (field.composite) {
        composites ??= [];
        composites.push({ field, start: at });
      }
      let units = field.fixed;
      let size = field.fixedSize;
      if (units < 0) {
        units = readPrefix(field, source, at);
        at += field.prefixSize;
        size = field.value.size(units);
      }
      if (at + size > end) source.tooShort(field.label, at, size);
      const value = readValue(field, source, at, units, size);
      values[bit] = value;
      if (field.strips && value.length > field.most) tooLong(field, source, at, value.length);
      at += size;
    }
  }
  if (at < end) source.refuseFrame(at, `${end - at} bytes are left over behind the last field`);
  return composites;
}

/** Values that are pieces of a text of the frame are cut out of it; its codec reads all others, and what is wrong with them. */
function readValue(field: FieldPlan, source: Source, at: number, units: number, size: number): string {
  const { legal, put } = field;
  if (legal === undefined || put === undefined) return field.value.read(source, at, units);
  const { bytes } = source;
  const end = at + size;
  for (let i = at; i < end; i++) {
    if (legal[bytes[i] ?? 0] !== 1) return field.value.read(source, at, units);
  }
  if (field.inCharacters) return source.latin1.substring(at, end);
  if ((units & 1) === 0) return source.hex.substring(at * 2, end * 2);
  const edge = bytes[put.left ? end - 1 : at] ?? 0;
  if ((put.left ? edge & 15 : edge >> 4) !== put.pad) return field.value.read(source, at, units);
  const from = at * 2 + (put.left ? 0 : 1);
  return source.hex.substring(from, from + units);
}

function refuseUnknown(plan: Plan, source: Source, bit: number, at: number, mti: string): never {
  source.field = { label: `F${bit}` } as FieldPlan;
  source.refuse(at, `the dialect ${plan.dialect.id} has no such field, but MTI ${mti} has its bit set`);
}

function tooLong(field: FieldPlan, source: Source, at: number, found: number): never {
  source.refuse(at, `expected a length of at most ${field.most}, found ${found}`);
}

/** Units that a length prefix announces. */
function readPrefix(field: FieldPlan, source: Source, at: number): number {
  const { prefixSize, prefixEncoding, most } = field;
  if (at + prefixSize > source.bytes.length) source.tooShort(field.label, at, prefixSize);
  const count = readLength(source.bytes, at, prefixSize, prefixEncoding);
  if (count < 0) source.refuse(at, `expected a length in ${prefixEncoding} digits`);
  if (field.counts === 'hex digits' && count % 2 === 1) {
    source.refuse(at, `expected an even length of hex text, found ${count}`);
  }
  const units =
    field.counts === 'units' ? count : field.counts === 'packed bytes' ? count * 2 : Math.floor(count / 2);
  // Where a padding nibble is told from a digit, an odd maximum takes one nibble more on the wire.
  if (units > most + (field.strips ? most & 1 : 0)) tooLong(field, source, at, units);
  return units;
}

/**
 * Adds parts and tags to the values. Layouts depend on parts of other fields, so fields whose layout depends on nothing
 * come first.
 */
function addComposites(
  plan: Plan,
  source: Source,
  mti: string,
  values: Record<string, string>,
  composites: readonly Composite[],
): void {
  let conditional = false;
  for (let i = 0; i < composites.length; i++) {
    const composite = composites[i];
    if (composite === undefined) continue;
    const { field, start } = composite;
    const value = values[field.bit] ?? '';
    const first = field.layouts[0];
    if (field.tlv !== undefined) addTags(field, value, values, source, start);
    else if (first?.always && !first.layout.detail) addParts(field, first, value, values);
    else conditional = true;
  }
  if (!conditional) return;
  const known = (id: string) => values[id] ?? lookup(plan.dialect, values, id);
  for (const { field } of composites) {
    if (field.tlv !== undefined || field.layouts[0]?.always) continue;
    const layout = layoutOf(field.layouts, mti, known);
    if (layout && !layout.layout.detail) addParts(field, layout, values[field.bit] ?? '', values);
  }
}

/** Values are there; where they stand in the frame is put together when somebody asks. */
class Decoded implements DecodedMessage {
  readonly mti: string;
  readonly tpdu: string;
  readonly header: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly mtiAt: number;
  readonly #plan: Plan;
  readonly #head: Head;
  readonly #starts: readonly number[];
  readonly #found: readonly Remark[] | undefined;
  #explained: { readonly layout: readonly DecodedField[]; readonly remarks: readonly Remark[] } | undefined;

  constructor(
    plan: Plan,
    head: Head,
    fields: Readonly<Record<string, string>>,
    starts: readonly number[],
    bytes: Uint8Array,
    found: readonly Remark[] | undefined,
  ) {
    this.mti = head.mti;
    this.tpdu = head.tpdu;
    this.header = head.header;
    this.fields = fields;
    this.bytes = bytes;
    this.mtiAt = head.mtiAt;
    this.#plan = plan;
    this.#head = head;
    this.#starts = starts;
    this.#found = found;
    this.#explained = undefined;
  }

  get layout(): readonly DecodedField[] {
    return this.#explanation().layout;
  }

  get remarks(): readonly Remark[] {
    return this.#explanation().remarks;
  }

  #explanation() {
    this.#explained ??= explain(this.#plan, this.#head, this.fields, this.#starts, {
      size: this.bytes.length,
      remarks: this.#found ?? [],
    });
    return this.#explained;
  }
}
