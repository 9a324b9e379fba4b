import { toHex } from './bytes.ts';
import type { Message } from './encode.ts';
import { fail } from './fail.ts';
import { layoutOf, lookup, unitsOf } from './layout.ts';
import type { FieldPlan, Plan } from './plan.ts';
import { ENCODER_BLAME } from './sink.ts';
import { encodeTlv } from './tlv.ts';

/** The fields of a message with parts and tags joined into whole values. */
export function wholes(plan: Plan, message: Message): Message['fields'] {
  const { fields } = message;
  const joined: Record<string, string | Uint8Array> = {};
  const ids = Object.keys(fields);
  for (const id of ids) {
    const value = fields[id];
    if (!id.includes('.') && value !== undefined) joined[id] = value;
  }
  for (const id of ids) {
    const bit = id.substring(0, Math.max(0, id.indexOf('.')));
    if (bit === '' || joined[bit] !== undefined) continue;
    const field = plan.fields[Number(bit)];
    if (field?.id !== bit) {
      fail('CODEC_FIELD', ENCODER_BLAME, `F${id}: the dialect ${plan.dialect.id} has no such field`);
    }
    joined[bit] = field.tlv ? tags(field, message) : parts(plan, field, message);
  }
  return joined;
}

function tags(field: FieldPlan, { fields }: Message): string | Uint8Array {
  const start = `${field.id}.`;
  const given = Object.entries(fields).filter(([id]) => id.startsWith(start));
  const bytes = encodeTlv(given.map(([id, value]) => [id.slice(start.length), value]));
  return field.tlv === 'text' ? toHex(bytes) : bytes;
}

function parts(plan: Plan, field: FieldPlan, { mti, fields }: Message): string {
  const { id: bit, definition } = field;
  const plans = layoutOf(field.layouts, mti, (id) => lookup(plan.dialect, fields, id));
  if (!plans)
    fail('CODEC_FIELD', ENCODER_BLAME, `F${bit}: the dialect says nothing of its parts in MTI ${mti}`);
  const { layout } = plans;
  const start = `${bit}.`;
  let last = 0;
  for (const id in fields) {
    if (!id.startsWith(start)) continue;
    const number = Number(id.slice(start.length));
    if (!Number.isInteger(number) || number < 1 || number > 9999) {
      fail('CODEC_FIELD', ENCODER_BLAME, `F${id}: F${bit} has no such part in MTI ${mti}`);
    }
    last = Math.max(last, number);
  }
  let whole = '';
  for (let number = 1; number <= last; number++) {
    const id = `${bit}.${number}`;
    const value = fields[id];
    const repeated = layout.repeat[(number - 1 - layout.parts.length) % Math.max(1, layout.repeat.length)];
    const part = layout.parts[number - 1] ?? repeated;
    if (!part) fail('CODEC_FIELD', ENCODER_BLAME, `F${id}: F${bit} has no such part in MTI ${mti}`);
    const label = `F${id} ${part.name.en}`;
    if (typeof value !== 'string') fail('CODEC_FIELD', ENCODER_BLAME, `${label}: expected a text value`);
    const units = unitsOf(definition, value);
    if (part.length !== undefined && units !== part.length) {
      fail('CODEC_FIELD', ENCODER_BLAME, `${label}: expected a length of ${part.length}, found ${units}`);
    }
    whole += value;
  }
  return whole;
}
