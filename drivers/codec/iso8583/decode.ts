import type { Titles } from '../../../rig/model/event.ts';
import type { Blame } from '../../../rig/model/verdict.ts';
import { fromHex, toHex } from './bytes.ts';
import type { DecodedField, DecodedMessage, DecodeOptions, Remark } from './decoded.ts';
import type { Dialect, FieldDefinition, PartDefinition } from './dialect.ts';
import { EMV_TAGS, SENSITIVE_TAGS } from './emv-tags.ts';
import { fail } from './fail.ts';
import { cut, layoutOf } from './layout.ts';
import { readLength } from './prefix.ts';
import { decodeTlv } from './tlv.ts';
import { countsBytes, encodingOf, prefixBytes, readValue, wireLength } from './value.ts';

const NAMES = {
  length: { en: 'Length', zh: '报文长度' },
  TPDU: { en: 'TPDU', zh: 'TPDU' },
  header: { en: 'Application header', zh: '报文头' },
  MTI: { en: 'Message type', zh: '消息类型' },
  bitmap: { en: 'Bitmap', zh: '位图' },
} as const satisfies Record<string, Titles>;

/**
 * Decodes one frame. Throws RigError CODEC_FRAME (length, MTI, bitmap, bytes missing or left over) or CODEC_FIELD (a
 * field's bytes are not what the dialect says), naming the field, its offset and what was expected; nothing else.
 */
export function decodeMessage(
  dialect: Dialect,
  frame: Uint8Array,
  options: DecodeOptions = {},
): DecodedMessage {
  return new Decoder(dialect, frame, options.blame ?? 'terminal').decode(options.length ?? true);
}

class Decoder {
  private readonly dialect: Dialect;
  private readonly bytes: Uint8Array;
  private readonly blame: Blame;
  private readonly layout: DecodedField[] = [];
  private readonly fields: Record<string, string> = {};
  private readonly remarks: Remark[] = [];
  private at = 0;
  /** Too few bytes: told only if no field runs out of them, which says more. */
  private wrongLength: string | undefined;

  constructor(dialect: Dialect, bytes: Uint8Array, blame: Blame) {
    this.dialect = dialect;
    this.bytes = bytes;
    this.blame = blame;
  }

  decode(withLength: boolean): DecodedMessage {
    const { frame } = this.dialect;
    if (withLength) this.length();
    if (this.bytes.length - this.at > frame.max) {
      this.frameError(`${this.bytes.length - this.at} bytes; the dialect allows ${frame.max}`);
    }
    const tpdu = frame.tpdu > 0 ? this.hex('TPDU', frame.tpdu) : '';
    const header = frame.header ? this.hex('header', frame.header.bytes) : '';
    this.headerParts(header);
    const mtiAt = this.at;
    const mti = this.mti();
    const bits = this.bitmaps();
    const wholes = bits.map((bit) => ({ bit, at: this.layout.length, ...this.field(String(bit), mti) }));
    if (this.at < this.bytes.length) {
      this.frameError(`${this.bytes.length - this.at} bytes are left over behind the last field`);
    }
    if (this.wrongLength) this.frameError(this.wrongLength, 0);
    // Layouts depend on other fields, so parts come when all wholes are known; each stands behind its whole.
    let inserted = 0;
    for (const { bit, at, definition, dataAt } of wholes) {
      const parts = definition.tlv
        ? this.tags(String(bit), dataAt)
        : this.parts(String(bit), definition, mti, dataAt);
      this.layout.splice(at + inserted + 1, 0, ...parts);
      inserted += parts.length;
    }
    const { fields, layout, remarks, bytes } = this;
    return { mti, tpdu, header, fields, layout, remarks, bytes, mtiAt };
  }

  private length(): void {
    const { encoding, bytes: size, 'counts-itself': self } = this.dialect.frame.length;
    const announced = readLength(this.take(size, 'length'), encoding);
    if (announced === undefined) this.frameError(`the length header is not ${encoding}`, 0);
    const actual = this.bytes.length - (self ? 0 : size);
    if (announced !== actual) {
      this.wrongLength = `the length header says ${announced} bytes, there are ${actual}`;
      if (announced < actual) this.frameError(this.wrongLength, 0);
    }
    this.push('length', NAMES.length, String(announced), 0);
  }

  private hex(id: 'TPDU' | 'header', size: number): string {
    const start = this.at;
    const value = toHex(this.take(size, id));
    this.push(id, NAMES[id], value, start);
    return value;
  }

  private headerParts(header: string): void {
    const start = this.at - header.length / 2;
    let digit = 0;
    for (const [i, part] of (this.dialect.frame.header?.parts ?? []).entries()) {
      const value = header.slice(digit, digit + (part.length ?? header.length));
      const first = Math.floor(digit / 2);
      const last = Math.ceil((digit + value.length) / 2);
      this.layout.push(described(`header.${i + 1}`, part, value, start + first, last - first));
      digit += value.length;
    }
  }

  private mti(): string {
    const start = this.at;
    const raw = this.take(this.dialect.mti === 'bcd' ? 2 : 4, 'MTI');
    const value = this.dialect.mti === 'bcd' ? toHex(raw) : Buffer.from(raw).toString('latin1');
    if (!/^\d{4}$/.test(value)) this.frameError('MTI: expected four digits', start);
    this.push('MTI', NAMES.MTI, value, start);
    return value;
  }

  /** Numbers of the fields that are there, in order; bit 1 says that a second bitmap follows. */
  private bitmaps(): number[] {
    const start = this.at;
    let bits = this.bitmap(0);
    if (bits[0] === 1) {
      const second = this.bitmap(64);
      if (second.length === 0) this.remark('bitmap', start, 'the secondary bitmap is empty');
      bits = [...bits.slice(1), ...second];
    }
    const shown = Buffer.from(this.bytes.subarray(start, this.at));
    this.push(
      'bitmap',
      NAMES.bitmap,
      this.dialect.bitmap === 'hex' ? shown.toString('latin1') : toHex(shown),
      start,
    );
    return bits;
  }

  private bitmap(base: number): number[] {
    const start = this.at;
    let raw = this.take(this.dialect.bitmap === 'hex' ? 16 : 8, 'bitmap');
    if (this.dialect.bitmap === 'hex') {
      const text = Buffer.from(raw).toString('latin1');
      raw = fromHex(text) ?? this.frameError('bitmap: expected 16 hex characters', start);
      if (text !== text.toUpperCase()) this.remark('bitmap', start, 'hex text in lower case');
    }
    const bits: number[] = [];
    for (let i = 0; i < 64; i++) if ((raw[i >> 3] ?? 0) & (0x80 >> (i & 7))) bits.push(base + i + 1);
    return bits;
  }

  private field(id: string, mti: string): { definition: FieldDefinition; dataAt: number } {
    const definition = this.dialect.fields[id];
    const start = this.at;
    if (!definition)
      this.fieldError(
        id,
        start,
        `the dialect ${this.dialect.id} has no such field, but MTI ${mti} has its bit set`,
      );
    const units = definition.length ?? this.prefix(id, definition);
    const dataAt = this.at;
    const read = readValue(definition, this.take(wireLength(definition, units), id), units);
    if ('expected' in read) this.fieldError(id, dataAt + read.at, `expected ${read.expected}`);
    if (read.remark) this.remark(id, dataAt, read.remark);
    const field = described(id, definition, read.value, start, this.at - start);
    this.layout.push(isFree(definition) ? { ...field, free: true } : field);
    this.fields[id] = read.value;
    return { definition, dataAt };
  }

  private prefix(id: string, definition: FieldDefinition): number {
    const start = this.at;
    const encoding = definition['prefix-encoding'] ?? this.dialect['prefix-encoding'];
    const raw = this.take(prefixBytes(definition, encoding), id);
    const count = readLength(raw, encoding);
    if (count === undefined) this.fieldError(id, start, `expected a length in ${encoding} digits`);
    const units = countsBytes(definition) ? count * 2 : count;
    const max = definition.max ?? 0;
    if (units > max) this.fieldError(id, start, `expected a length of at most ${max}, found ${units}`);
    return units;
  }

  private parts(bit: string, definition: FieldDefinition, mti: string, dataAt: number): DecodedField[] {
    const value = this.fields[bit] ?? '';
    const layout = layoutOf(definition, mti, (id) => this.fields[id] ?? this.early(id));
    if (!layout) {
      this.withhold(bit, definition);
      return [];
    }
    const perUnit = encodingOf(definition) === 'bcd' ? 0.5 : wireLength(definition, 1);
    return cut(definition, layout, value).map((part) => {
      const id = `${bit}.${part.number}`;
      const first = Math.floor(part.from * perUnit);
      const last = Math.ceil((part.from + part.units) * perUnit);
      if (part.incomplete) {
        this.remark(id, dataAt + first, `ends after ${part.units} of ${part.definition.length}`);
      }
      this.fields[id] = part.value;
      const field = described(id, part.definition, part.value, dataAt + first, last - first);
      return isFree(definition) ? { ...field, free: true } : field;
    });
  }

  /** A field that may hold card data in some layout, in a message of which the dialect knows no layout: treated as card data. */
  private withhold(bit: string, definition: FieldDefinition): void {
    const sensitive = definition.layouts.some(({ parts, repeat }) =>
      [...parts, ...repeat].some((part) => part.sensitive),
    );
    const index = this.layout.findIndex(({ id }) => id === bit);
    const whole = this.layout[index];
    if (sensitive && whole) this.layout[index] = { ...whole, sensitive: 'track' };
  }

  /** A part of a field that comes later in the frame, for conditions on it: `60.3` decides what 48 holds. */
  private early(id: string): string | undefined {
    const [bit = ''] = id.split('.');
    const definition = this.dialect.fields[bit];
    const layout = definition?.layouts.find(
      ({ when }) => when.mti === undefined && when.fields === undefined,
    );
    if (!definition || !layout) return undefined;
    return cut(definition, layout, this.fields[bit] ?? '').find((part) => `${bit}.${part.number}` === id)
      ?.value;
  }

  private tags(bit: string, dataAt: number): DecodedField[] {
    try {
      return decodeTlv(fromHex(this.fields[bit] ?? '') ?? new Uint8Array()).map(
        ({ tag, value, offset, length }) => {
          const id = `${bit}.${tag}`;
          this.fields[id] ??= value;
          const name = EMV_TAGS[tag] ?? 'unknown tag';
          const sensitive = SENSITIVE_TAGS[tag];
          return {
            id,
            name: { en: name, zh: name },
            value,
            offset: dataAt + offset,
            length,
            ...(sensitive && { sensitive }),
          };
        },
      );
    } catch (thrown) {
      this.remark(bit, dataAt, thrown instanceof Error ? thrown.message : String(thrown));
      return [];
    }
  }

  private take(count: number, id: string): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + count);
    if (taken.length < count) {
      const where = /^\d/.test(id) ? this.label(id) : id;
      this.frameError(`${where}: expected ${count} bytes, ${taken.length} are left`);
    }
    this.at += count;
    return taken;
  }

  private label(id: string): string {
    const name = this.dialect.fields[id]?.name.en;
    return name ? `F${id} ${name}` : `F${id}`;
  }

  private push(id: string, name: Titles, value: string, start: number): void {
    this.layout.push({ id, name, value, offset: start, length: this.at - start });
  }

  private remark(id: string, offset: number, text: string): void {
    this.remarks.push({ id, offset, text });
  }

  private frameError(what: string, at = this.at): never {
    fail(
      'CODEC_FRAME',
      this.blame,
      `the frame does not decode by ${this.dialect.id} at offset ${at}: ${what}`,
    );
  }

  private fieldError(id: string, at: number, what: string): never {
    fail('CODEC_FIELD', this.blame, `${this.label(id)} at offset ${at}: ${what}`);
  }
}

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
