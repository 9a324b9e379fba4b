import type { Titles } from '../../../rig/model/event.ts';
import { bitsOf } from './bitmap.ts';
import type { DecodedField, Remark } from './decoded.ts';
import type { FieldDefinition, PartDefinition } from './dialect.ts';
import { EMV_TAGS, SENSITIVE_TAGS } from './emv-tags.ts';
import type { Head } from './head.ts';
import { cut, layoutOf, lookup } from './layout.ts';
import { partId, tlvBytes } from './parts.ts';
import type { FieldPlan, Plan } from './plan.ts';
import { decodeTlv, type Tlv } from './tlv.ts';

/** What stands before the fields. */
export const HEAD_NAMES = {
  length: { en: 'Length', zh: '报文长度' },
  TPDU: { en: 'TPDU', zh: 'TPDU' },
  header: { en: 'Application header', zh: '报文头' },
  MTI: { en: 'Message type', zh: '消息类型' },
  bitmap: { en: 'Bitmap', zh: '位图' },
} as const satisfies Record<string, Titles>;

/** Everything of a decoded frame in its order, with names, offsets and what is to be hidden; and all remarks. */
export function explain(
  plan: Plan,
  head: Head,
  values: Readonly<Record<string, string>>,
  starts: readonly number[],
  found: { readonly size: number; readonly remarks: readonly Remark[] },
): { readonly layout: readonly DecodedField[]; readonly remarks: readonly Remark[] } {
  const layout = headFields(plan, head);
  const remarks = [...found.remarks];
  for (const [i, bit] of bitsOf(head.words, plan.dialect.tertiary).entries()) {
    const field = plan.fields[bit];
    const start = starts[i] ?? 0;
    if (!field) continue;
    const value = values[field.id] ?? '';
    const size = (starts[i + 1] ?? found.size) - start;
    const whole = described(field.id, field.definition, value, start, size);
    const dataAt = start + field.prefixSize;
    const inner = field.tlv
      ? tags(field, value, dataAt)
      : parts(plan, field, head.mti, values, dataAt, remarks);
    const hidden = inner === undefined && maySensitive(field.definition);
    layout.push(
      hidden ? { ...whole, sensitive: 'track' } : isFree(field.definition) ? { ...whole, free: true } : whole,
      ...(inner ?? []),
    );
  }
  return { layout, remarks };
}

function headFields(plan: Plan, head: Head): DecodedField[] {
  const { lengthSize, headerSize, mtiSize, dialect } = plan;
  const fields: DecodedField[] = [];
  const push = (id: keyof typeof HEAD_NAMES, value: string, offset: number, length: number) =>
    fields.push({ id, name: HEAD_NAMES[id], value, offset, length });
  const headerAt = head.mtiAt - headerSize;
  if (head.announced >= 0) push('length', String(head.announced), 0, lengthSize);
  if (dialect.frame.tpdu > 0) push('TPDU', head.tpdu, headerAt - dialect.frame.tpdu, dialect.frame.tpdu);
  if (headerSize > 0) push('header', head.header, headerAt, headerSize);
  let digit = 0;
  for (const [i, part] of (dialect.frame.header?.parts ?? []).entries()) {
    const value = head.header.slice(digit, digit + (part.length ?? head.header.length));
    const first = Math.floor(digit / 2);
    const last = Math.ceil((digit + value.length) / 2);
    fields.push(described(`header.${i + 1}`, part, value, headerAt + first, last - first));
    digit += value.length;
  }
  push('MTI', head.mti, head.mtiAt, mtiSize);
  const bitmap = head.words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  push('bitmap', bitmap.toUpperCase(), head.bitmapAt, head.fieldsAt - head.bitmapAt);
  return fields;
}

/** Parts of a composite field; undefined when it has layouts and the dialect knows none for this message. */
function parts(
  plan: Plan,
  field: FieldPlan,
  mti: string,
  values: Readonly<Record<string, string>>,
  dataAt: number,
  remarks: Remark[],
): DecodedField[] | undefined {
  if (field.layouts.length === 0) return [];
  const known = (id: string) => values[id] ?? lookup(plan.dialect, values, id);
  const layout = layoutOf(field.layouts, mti, known);
  if (!layout) return undefined;
  const { definition } = field;
  const perUnit =
    field.encoding === 'bcd' ? 0.5 : definition.type === 'b' && field.encoding !== 'binary' ? 2 : 1;
  return cut(definition, layout.layout, values[field.id] ?? '').map((part) => {
    const id = partId(field, part.number);
    const first = Math.floor(part.from * perUnit);
    const last = Math.ceil((part.from + part.units) * perUnit);
    if (part.incomplete) {
      remarks.push({
        id,
        offset: dataAt + first,
        text: `ends after ${part.units} of ${part.definition.length}`,
      });
    }
    const shown = described(id, part.definition, part.value, dataAt + first, last - first);
    return isFree(definition) ? { ...shown, free: true } : shown;
  });
}

function tags(field: FieldPlan, value: string, dataAt: number): DecodedField[] {
  const perByte = field.tlv === 'text' || field.encoding !== 'binary' ? 2 : 1;
  return readableTags(value).map(({ tag, value: inner, offset, length }) => {
    const name = EMV_TAGS[tag] ?? { en: 'unknown tag', zh: '未知标签' };
    const sensitive = SENSITIVE_TAGS[tag];
    return {
      id: `${field.id}.${tag}`,
      name,
      value: inner,
      offset: dataAt + offset * perByte,
      length: length * perByte,
      ...(sensitive && { sensitive }),
    };
  });
}

/** The tags, or none: what is no BER-TLV was remarked when it was decoded. */
function readableTags(value: string): Tlv[] {
  const bytes = tlvBytes(value);
  try {
    return bytes ? decodeTlv(bytes) : [];
  } catch {
    return [];
  }
}

/** A field that may hold card data in some layout: in a message of which the dialect knows no layout it is treated as card data. */
const maySensitive = (definition: FieldDefinition): boolean =>
  definition.layouts.some(({ parts: own, repeat }) => [...own, ...repeat].some((part) => part.sensitive));

function described(
  id: string,
  definition: FieldDefinition | PartDefinition,
  value: string,
  offset: number,
  length: number,
): DecodedField {
  const { name, sensitive, values } = definition;
  return { id, name, value, offset, length, ...(sensitive && { sensitive }), ...(values && { values }) };
}

const isFree = (definition: FieldDefinition): boolean =>
  definition.type === 'a' && definition.max !== undefined;
