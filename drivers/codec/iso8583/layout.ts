import iconv from 'iconv-lite';
import type { Dialect, FieldDefinition, Layout, PartDefinition } from './dialect.ts';

/** How composite fields (60, 61, 48, 63 …) fall into parts. Parts are a view: the whole value is the truth. */

/** One part of a value: its number from 1, where it stands in units, and its definition. */
export interface PartValue {
  readonly number: number;
  readonly definition: PartDefinition;
  readonly from: number;
  readonly units: number;
  readonly value: string;
  /** The value ended within this part. */
  readonly incomplete: boolean;
}

/** A layout with its conditions made ready. */
export interface LayoutPlan {
  readonly layout: Layout;
  readonly mti: ReadonlySet<string> | undefined;
  readonly fields: readonly (readonly [id: string, values: ReadonlySet<string>])[];
  /** Depends on nothing else in the message. */
  readonly always: boolean;
}

export function planLayouts(field: FieldDefinition): readonly LayoutPlan[] {
  return field.layouts.map((layout) => {
    const { mti, fields } = layout.when;
    return {
      layout,
      mti: mti && new Set(mti),
      fields: Object.entries(fields ?? {}).map(([id, values]) => [id, new Set(values)] as const),
      always: mti === undefined && fields === undefined,
    };
  });
}

/** The layout of a field in a message, if it has one. `known` gives fields and parts by number. */
export function layoutOf(
  layouts: readonly LayoutPlan[],
  mti: string,
  known: (id: string) => string | undefined,
): LayoutPlan | undefined {
  return layouts.find(
    (plan) =>
      plan.always ||
      ((plan.mti?.has(mti) ?? true) && plan.fields.every(([id, values]) => values.has(known(id) ?? ''))),
  );
}

/** Cuts a value by a layout. A value may end after any part: what follows was left out by its sender. */
export function cut(field: FieldDefinition, layout: Layout, value: string): PartValue[] {
  const total = unitsOf(field, value);
  const parts: PartValue[] = [];
  let from = 0;
  const take = (definition: PartDefinition) => {
    const units = Math.min(definition.length ?? total - from, total - from);
    parts.push({
      number: parts.length + 1,
      definition,
      from,
      units,
      value: sliceUnits(field, value, from, from + units),
      incomplete: definition.length !== undefined && units < definition.length,
    });
    from += units;
  };
  for (const part of layout.parts) if (from < total) take(part);
  while (layout.repeat.length > 0 && from < total)
    for (const part of layout.repeat) if (from < total) take(part);
  return parts;
}

/** A field or part in a set of values that may hold wholes, parts, or both. */
export function lookup(
  dialect: Dialect,
  fields: Readonly<Record<string, string | Uint8Array>>,
  id: string,
): string | undefined {
  const direct = fields[id];
  if (typeof direct === 'string') return direct;
  if (!id.includes('.')) return undefined;
  const [bit = '', part] = id.split('.');
  const whole = fields[bit];
  const field = dialect.fields[bit];
  // Only layouts that depend on nothing else: a condition on a part must never need another condition.
  const layout = field?.layouts.find(({ when }) => when.mti === undefined && when.fields === undefined);
  if (part === undefined || typeof whole !== 'string' || !field || !layout) return undefined;
  return cut(field, layout, whole).find(({ number }) => String(number) === part)?.value;
}

/** A character takes several bytes, so that units and characters differ. */
const isWide = (field: FieldDefinition): boolean => field.type === 'a' && field.charset === 'gb18030';

/** Cuts a value into pieces of the field's units. Characters that a cut would split become U+FFFD. */
function sliceUnits(field: FieldDefinition, value: string, from: number, to: number): string {
  if (field.type === 'b') return value.slice(from * 2, to * 2);
  if (!isWide(field)) return value.slice(from, to);
  return iconv.decode(iconv.encode(value, field.charset).subarray(from, to), field.charset);
}

/** How many units a value has. */
export function unitsOf(field: FieldDefinition, value: string): number {
  if (field.type === 'b') return value.length / 2;
  return isWide(field) ? iconv.encode(value, field.charset).length : value.length;
}
