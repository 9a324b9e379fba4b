import { fromHex } from './bytes.ts';
import { cut, type LayoutPlan, unitsOf } from './layout.ts';
import type { FieldPlan } from './plan.ts';
import type { Source } from './source.ts';
import { decodeTlv } from './tlv.ts';

/** Adds the parts of a composite value by number: `60.1`, `60.2`, … */
export function addParts(
  field: FieldPlan,
  { layout }: LayoutPlan,
  value: string,
  values: Record<string, string>,
): void {
  const { definition } = field;
  if (definition.type === 'b' || unitsOf(definition, value) !== value.length) {
    for (const part of cut(definition, layout, value)) values[partId(field, part.number)] = part.value;
    return;
  }
  // One character a unit, which is nearly always so.
  let from = 0;
  let number = 0;
  const total = value.length;
  for (const part of layout.parts) {
    if (from >= total) return;
    const to = part.length === undefined ? total : Math.min(total, from + part.length);
    values[partId(field, ++number)] = value.substring(from, to);
    from = to;
  }
  while (layout.repeat.length > 0 && from < total) {
    for (const part of layout.repeat) {
      if (from >= total) return;
      const to = Math.min(total, from + (part.length ?? total));
      values[partId(field, ++number)] = value.substring(from, to);
      from = to;
    }
  }
}

/** `60.2`; the first ones are kept. */
export function partId(field: FieldPlan, number: number): string {
  const known = field.partIds[number];
  if (known !== undefined) return known;
  const id = `${field.id}.${number}`;
  if (number < 64) field.partIds[number] = id;
  return id;
}

/** Ids of tags by field, kept as they are first needed; hostile input has more tags than are worth keeping. */
const MOST_TAG_IDS = 512;

function tagId(field: FieldPlan, tag: string): string {
  const known = field.tagIds.get(tag);
  if (known !== undefined) return known;
  const id = `${field.id}.${tag}`;
  if (field.tagIds.size < MOST_TAG_IDS) field.tagIds.set(tag, id);
  return id;
}

/** Bytes of a field that holds BER-TLV: as they are, or as hex text. */
export const tlvBytes = (value: string): Uint8Array | undefined => fromHex(value);

/** Adds the tags of a BER-TLV value: `55.9F26`. The first of several equal ones counts; what is no BER-TLV is remarked. */
export function addTags(
  field: FieldPlan,
  value: string,
  values: Record<string, string>,
  source: Source,
  start: number,
): void {
  const at = start + field.prefixSize;
  const asTheyAre = field.tlv === 'bytes' && field.encoding === 'binary';
  const bytes = asTheyAre ? source.bytes.subarray(at, at + value.length / 2) : tlvBytes(value);
  // A field of characters may hold anything else as well.
  if (!bytes) return;
  try {
    const objects = asTheyAre ? decodeTlv(bytes, value) : decodeTlv(bytes);
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i];
      if (object === undefined) continue;
      const id = tagId(field, object.tag);
      if (values[id] === undefined) values[id] = object.value;
    }
  } catch (thrown) {
    if (field.tlv === 'bytes') {
      source.remark(field.id, at, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
}
