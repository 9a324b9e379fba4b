import { type Dialect, encodingOf, type FieldDefinition, type Message } from '../index.ts';

/** Legal messages of a dialect, made fast and from a seed: for fuzzing, where the millions count. */

/** A generator of 32-bit numbers (mulberry32); the same seed gives the same numbers. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }

  text(alphabet: string, count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }
}

const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 0x20 + i));
const LATIN1 = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));

/** Any legal value of a field. */
export function legalValue(dialect: Dialect, field: FieldDefinition, random: Random): string {
  const most = field.length ?? field.max ?? 0;
  const encoding = encodingOf(dialect, field);
  // Long values cost time and find little.
  const units = field.length ?? random.below(Math.min(most, random.below(16) === 0 ? most : 24) + 1);
  if (field.type === 'b') return Buffer.from(random.bytes(units)).toString('hex').toUpperCase();
  if (field.type === 'a') {
    if (field.charset !== 'gb18030') {
      return random.text(field.charset === 'latin1' ? LATIN1 : PRINTABLE, units);
    }
    return field.length === undefined && random.below(2) === 0
      ? random.text('无锡样板商店€', Math.floor(units / 4))
      : random.text(PRINTABLE, units);
  }
  if (field.type === 'x') return random.pick(['C', 'D', '0']) + random.text('0123456789', units - 1);
  const digits = random.text(field.type === 'n' ? '0123456789' : '0123456789=ABCEF', units);
  if (field.counts !== 'bytes' || encoding !== 'bcd') return digits;
  if (field.pad <= '9') return digits.slice(digits.length % 2);
  return digits.replaceAll(field.pad, '0');
}

/** A legal message with some of the dialect's fields. */
export function legalMessage(dialect: Dialect, random: Random): Message {
  const ids = Object.keys(dialect.fields);
  const fields: Record<string, string> = {};
  for (let i = 1 + random.below(14); i > 0; i--) {
    const id = random.pick(ids);
    const field = dialect.fields[id];
    if (field) fields[id] = legalValue(dialect, field, random);
  }
  return {
    mti: `${random.pick(['0', '1'])}${1 + random.below(8)}${random.text('0123', 1)}${random.text('01', 1)}`,
    tpdu: Buffer.from(random.bytes(dialect.frame.tpdu)).toString('hex'),
    header: Buffer.from(random.bytes(dialect.frame.header?.bytes ?? 0)).toString('hex'),
    fields,
  };
}
