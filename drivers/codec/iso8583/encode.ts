import type { Blame } from '../../../rig/model/verdict.ts';
import { concat, fromHex, toHex } from './bytes.ts';
import type { Dialect, FieldDefinition } from './dialect.ts';
import { fail } from './fail.ts';
import { layoutOf, lookup } from './layout.ts';
import { macOfData } from './mac.ts';
import { withLength, writeLength } from './prefix.ts';
import { encodeTlv } from './tlv.ts';
import { countsBytes, prefixBytes, unitsOf, writeValue } from './value.ts';

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

const BLAME: Blame = 'rig';

/**
 * Encodes a message into a frame. Nothing is padded or cut silently: a value that does not fit its field is CODEC_FIELD,
 * a message that does not fit the frame CODEC_FRAME (blame `rig`: whoever encodes made the mistake).
 */
export function encodeMessage(dialect: Dialect, message: Message, options: EncodeOptions = {}): Uint8Array {
  const { mak } = options;
  if (mak && !dialect.mac) fail('CODEC_FIELD', BLAME, `the dialect ${dialect.id} has no MAC`);
  const values = wholes(dialect, message);
  if (mak && dialect.mac) values.delete(Number(dialect.mac.field));
  const bits = [...values.keys(), ...(mak && dialect.mac ? [Number(dialect.mac.field)] : [])].sort(
    (a, b) => a - b,
  );
  if (mak && dialect.mac && bits.at(-1) !== Number(dialect.mac.field)) {
    fail('CODEC_FIELD', BLAME, `F${bits.at(-1)} stands behind the MAC in F${dialect.mac.field}`);
  }
  const covered = concat([
    mti(dialect, message.mti),
    bitmap(dialect, bits),
    ...[...values].sort(([a], [b]) => a - b).map(([bit, value]) => field(dialect, String(bit), value)),
  ]);
  const payload = concat([
    fixed('TPDU', message.tpdu, dialect.frame.tpdu),
    fixed('header', message.header, dialect.frame.header?.bytes ?? 0),
    covered,
    ...(mak ? [macOfData(dialect, covered, mak)] : []),
  ]);
  if (payload.length > dialect.frame.max) {
    fail(
      'CODEC_FRAME',
      BLAME,
      `the frame has ${payload.length} bytes; ${dialect.id} allows ${dialect.frame.max}`,
    );
  }
  if (options.length === false) return payload;
  const framed = withLength(payload, dialect.frame.length);
  return framed ?? fail('CODEC_FRAME', BLAME, `${payload.length} bytes do not fit the length header`);
}

/** Whole values by bit number; parts are joined. */
function wholes(dialect: Dialect, message: Message): Map<number, string | Uint8Array> {
  const values = new Map<number, string | Uint8Array>();
  for (const [id, value] of Object.entries(message.fields)) {
    const [bit = '', part] = id.split('.');
    const definition = dialect.fields[bit];
    if (!definition) fail('CODEC_FIELD', BLAME, `F${id}: the dialect ${dialect.id} has no such field`);
    if (part === undefined) values.set(Number(bit), value);
    else if (message.fields[bit] === undefined && !values.has(Number(bit))) {
      values.set(
        Number(bit),
        definition.tlv ? tags(bit, message) : joined(dialect, bit, definition, message),
      );
    }
  }
  return values;
}

function tags(bit: string, { fields }: Message): Uint8Array {
  const given = Object.entries(fields).filter(([id]) => id.startsWith(`${bit}.`));
  return encodeTlv(given.map(([id, value]) => [id.slice(bit.length + 1), value]));
}

function joined(
  dialect: Dialect,
  bit: string,
  definition: FieldDefinition,
  { mti, fields }: Message,
): string {
  const layout = layoutOf(definition, mti, (id) => lookup(dialect, fields, id));
  if (!layout) fail('CODEC_FIELD', BLAME, `F${bit}: the dialect says nothing of its parts in MTI ${mti}`);
  const numbers = Object.keys(fields)
    .filter((id) => id.startsWith(`${bit}.`))
    .map((id) => Number(id.slice(bit.length + 1)));
  const last = Math.max(...numbers);
  let whole = '';
  for (let number = 1; number <= last; number++) {
    const id = `${bit}.${number}`;
    const value = fields[id];
    const repeated = layout.repeat[(number - 1 - layout.parts.length) % Math.max(1, layout.repeat.length)];
    const part = layout.parts[number - 1] ?? repeated;
    if (!part) fail('CODEC_FIELD', BLAME, `F${id}: F${bit} has no such part in MTI ${mti}`);
    if (typeof value !== 'string')
      fail('CODEC_FIELD', BLAME, `F${id} ${part.name.en}: expected a text value`);
    const units = unitsOf(definition, value);
    if (part.length !== undefined && units !== part.length) {
      fail(
        'CODEC_FIELD',
        BLAME,
        `F${id} ${part.name.en}: expected a length of ${part.length}, found ${units}`,
      );
    }
    whole += value;
  }
  return whole;
}

function mti(dialect: Dialect, value: string): Uint8Array {
  if (!/^\d{4}$/.test(value)) fail('CODEC_FRAME', BLAME, 'MTI: expected four digits');
  return dialect.mti === 'bcd' ? Uint8Array.from(Buffer.from(value, 'hex')) : Buffer.from(value, 'latin1');
}

function bitmap(dialect: Dialect, bits: readonly number[]): Uint8Array {
  const second = bits.some((bit) => bit > 64);
  const map = new Uint8Array(second ? 16 : 8);
  for (const bit of second ? [1, ...bits] : bits) {
    const index = (bit - 1) >> 3;
    map[index] = (map[index] ?? 0) | (0x80 >> ((bit - 1) & 7));
  }
  return dialect.bitmap === 'hex' ? Buffer.from(toHex(map), 'latin1') : map;
}

function field(dialect: Dialect, bit: string, value: string | Uint8Array): Uint8Array {
  const definition = dialect.fields[bit];
  if (!definition) fail('CODEC_FIELD', BLAME, `F${bit}: the dialect ${dialect.id} has no such field`);
  const label = `F${bit} ${definition.name.en}`;
  const written = writeValue(definition, value);
  if ('expected' in written) fail('CODEC_FIELD', BLAME, `${label}: expected ${written.expected}`);
  const { bytes, units } = written;
  if (definition.length !== undefined) {
    if (units !== definition.length) {
      fail('CODEC_FIELD', BLAME, `${label}: expected a length of ${definition.length}, found ${units}`);
    }
    return bytes;
  }
  const max = definition.max ?? 0;
  if (units > max)
    fail('CODEC_FIELD', BLAME, `${label}: expected a length of at most ${max}, found ${units}`);
  if (countsBytes(definition) && units % 2 === 1) {
    fail('CODEC_FIELD', BLAME, `${label}: expected an even number of digits, found ${units}`);
  }
  const encoding = definition['prefix-encoding'] ?? dialect['prefix-encoding'];
  const count = countsBytes(definition) ? units / 2 : units;
  const prefix = writeLength(count, encoding, prefixBytes(definition, encoding));
  if (!prefix) fail('CODEC_FIELD', BLAME, `${label}: a length of ${count} does not fit its prefix`);
  return concat([prefix, bytes]);
}

function fixed(what: string, value: string | undefined, size: number): Uint8Array {
  const bytes = fromHex(value ?? '');
  if (bytes?.length !== size) fail('CODEC_FRAME', BLAME, `${what}: expected ${size} bytes as hex`);
  return bytes;
}
