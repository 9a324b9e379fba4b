import type { Examined, Framing } from './scanner.ts';

/**
 * Messages of Caisse-AP: fields behind each other, each of two letters, three digits of length and a value. The field `CZ`
 * (the version) comes first and begins a message. Nothing ends one but the next beginning or silence: whoever reads calls
 * `flush()` when the line is quiet.
 */
export interface TextField {
  readonly tag: string;
  readonly value: string;
}

const HEAD = 5;
const FIRST = [0x43, 0x5a] as const;

/** @param longest longest message, bytes */
export function textTlv(longest = 8192): Framing {
  const examine = (bytes: Uint8Array, at: number, _seen: number, over: boolean): Examined => {
    if (bytes[at] !== FIRST[0]) return { is: 'nothing' };
    if (at + 1 >= bytes.length) return { is: 'begun' };
    if (bytes[at + 1] !== FIRST[1]) return { is: 'nothing' };
    let end = at;
    while (end < bytes.length) {
      if (end > at && begins(bytes, end)) return message(bytes, at, end);
      const next = fieldEnd(bytes, end);
      if (next === 'none')
        return { is: 'bad', length: end - at + 1, why: 'no field stands here', ended: true };
      if (next > bytes.length) return { is: 'begun' };
      end = next;
    }
    return over ? message(bytes, at, end) : { is: 'begun' };
  };
  return { name: 'text TLV', longest, examine };
}

/**
 * The fields of one message that is whole. Undefined when it is none.
 */
export function textFields(bytes: Uint8Array): readonly TextField[] | undefined {
  const fields: TextField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = fieldEnd(bytes, at);
    if (end === 'none' || end > bytes.length) return undefined;
    const text = Buffer.from(bytes.subarray(at, end)).toString('latin1');
    fields.push({ tag: text.slice(0, 2), value: text.slice(HEAD) });
    at = end;
  }
  return fields;
}

/** Throws RangeError for a tag that is not two letters or a value of more than 999 characters. */
export function writeTextFields(fields: readonly TextField[]): Uint8Array {
  const text = fields.map(({ tag, value }) => {
    if (!/^[A-Z]{2}$/.test(tag)) throw new RangeError(`a tag has two letters, not "${tag}"`);
    if (value.length > 999) throw new RangeError(`the value of ${tag} has more than 999 characters`);
    return `${tag}${String(value.length).padStart(3, '0')}${value}`;
  });
  return Buffer.from(text.join(''), 'latin1');
}

const begins = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === FIRST[0] && bytes[at + 1] === FIRST[1];

const message = (bytes: Uint8Array, at: number, end: number): Examined => ({
  is: 'frame',
  length: end - at,
  payload: bytes.slice(at, end),
});

/** Where the field at `at` ends; beyond the bytes when some are missing. */
function fieldEnd(bytes: Uint8Array, at: number): number | 'none' {
  for (let i = 0; i < HEAD; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return Number.POSITIVE_INFINITY;
    const fits = i < 2 ? byte >= 0x41 && byte <= 0x5a : byte >= 0x30 && byte <= 0x39;
    if (!fits) return 'none';
  }
  return at + HEAD + Number(Buffer.from(bytes.subarray(at + 2, at + HEAD)).toString('latin1'));
}
