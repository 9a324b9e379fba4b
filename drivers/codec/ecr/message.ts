import iconv from 'iconv-lite';
import { RigError } from '../../../rig/model/errors.ts';
import type { Field, Meaning, Message, Protocol } from './protocol.ts';
import { filled, understood, type Values, written } from './values.ts';

/** A message that was understood: which one, what stands in its fields, and what that means. */
export interface ReadMessage {
  readonly name: string;
  readonly message: Message;
  readonly fields: readonly ReadField[];
  /** By name of the field, as it stands there. */
  readonly raw: Readonly<Record<string, string>>;
  /** By what fields hold. */
  readonly values: Values;
  /** What stands behind the last field that is known, if anything does. */
  readonly rest: string;
}

export interface ReadField {
  readonly field: Field;
  /** Of the first character, in the payload. */
  readonly offset: number;
  readonly text: string;
  readonly value: string | undefined;
}

/** What a message is written from: what it tells, and fields of the message that it answers. */
export interface ToWrite {
  readonly values: Values;
  /** Fields of the same name say the same again. */
  readonly echo?: Readonly<Record<string, string>>;
  /** ISO 4217 letters, for amounts with a point. */
  readonly currency?: string;
}

/** Writes a message. Throws CODEC_FIELD when a value does not fit its field, or has a character that the layout needs. */
export function writeMessage(protocol: Protocol, name: string, to: ToWrite): Uint8Array {
  const message = protocol.messages[name];
  if (!message) throw new RigError('CODEC_FIELD', 'file', `${protocol.id} has no message ${name}`);
  const { layout } = protocol;
  const pieces = message.fields.map((field) => ({ field, text: textOf(protocol, field, to) }));
  const present = pieces.filter(({ field, text }) => text !== '' || !field.optional);
  const text = (() => {
    switch (layout.kind) {
      case 'fixed':
        return present.map((piece) => piece.text).join('');
      case 'delimited':
        for (const piece of present) noSeparator(piece.field, piece.text, layout.separator);
        return present.map((piece) => piece.text).join(layout.separator);
      case 'tlv':
        return present.map((piece) => tlv(piece.field, piece.text, layout.length)).join('');
    }
  })();
  return Buffer.from(text, 'latin1');
}

function textOf(protocol: Protocol, field: Field, { values, echo, currency }: ToWrite): string {
  if (field.is !== undefined) return filled(protocol, field, field.is);
  const value = field.holds === undefined ? undefined : valueFor(field.holds, values);
  if (value !== undefined) return filled(protocol, field, written(protocol, field, value, currency));
  const again = echo?.[field.name];
  if (again !== undefined) return filled(protocol, field, again);
  if (field.default !== undefined) return filled(protocol, field, field.default);
  return field.optional ? '' : filled(protocol, field, '');
}

/** Digits at the end of the card number can be told by who knows the masked number. */
const valueFor = (meaning: Meaning, values: Values): string | undefined =>
  values[meaning] ?? (meaning === 'pan-last4' ? values.pan?.slice(-4) : undefined);

function noSeparator({ name }: Field, text: string, separator: string): void {
  if (!text.includes(separator)) return;
  throw new RigError('CODEC_FIELD', 'file', `${name} cannot hold "${separator}", which ends a field`);
}

function tlv({ tag = '', name }: Field, text: string, digits: number): string {
  const length = String(text.length);
  if (length.length > digits) {
    throw new RigError('CODEC_FIELD', 'file', `${name} is too long: ${length} characters`);
  }
  return `${tag}${length.padStart(digits, '0')}${text}`;
}

/**
 * Understands a payload as the first message of the protocol that it fits: one whose fixed fields say what they must.
 * Undefined when it fits none.
 * @param from who has sent it, when that is known
 */
export function readMessage(
  protocol: Protocol,
  payload: Uint8Array,
  from?: Message['from'],
  form?: 'progress',
): ReadMessage | undefined {
  // A frame without anything in it is no message, whatever a message may lack.
  if (payload.length === 0) return undefined;
  // One character a byte: widths and lengths count bytes.
  const text = Buffer.from(payload).toString('latin1');
  let whole: ReadMessage | undefined;
  let nearly: ReadMessage | undefined;
  for (const [name, message] of Object.entries(protocol.messages)) {
    if (from !== undefined && message.from !== from) continue;
    if (message.form !== form) continue;
    const read = readAs(protocol, name, message, text);
    // One that fits to the last field is meant rather than one that lacks some, or has some more.
    if (!read) continue;
    if (read.rest === '' && read.fields.length === message.fields.length) return read;
    if (lacksNothing(read)) whole ??= read;
    // With tags every message takes what it knows; the one that knows most is meant.
    else if (!nearly || (protocol.layout.kind === 'tlv' && read.rest.length < nearly.rest.length))
      nearly = read;
  }
  // What says which message it is, and only leaves something out, is that one rather than one that takes anything.
  const tlv = protocol.layout.kind === 'tlv';
  const meant = tlv && nearly?.rest === '' && isMarked(nearly) && !(whole && isMarked(whole));
  return meant ? nearly : (whole ?? nearly);
}

/** A field of it always says the same. */
const isMarked = ({ message }: ReadMessage): boolean =>
  message.fields.some(({ is, optional }) => is !== undefined && is !== '' && !optional);

/** All that must be there is there, and no more than the message has. */
const lacksNothing = ({ rest, raw, message }: ReadMessage): boolean =>
  rest === '' && message.fields.every(({ name, optional }) => optional || raw[name] !== undefined);

function readAs(protocol: Protocol, name: string, message: Message, text: string): ReadMessage | undefined {
  const cut = cutUp(protocol, message, text);
  if (!cut) return undefined;
  const fields: ReadField[] = [];
  const raw: Record<string, string> = {};
  const values: Partial<Record<Meaning, string>> = {};
  for (const { field, offset, text: bytes } of cut.pieces) {
    if (bytes === undefined) {
      // Only a message that has all that it is known by is that message.
      if (field.is !== undefined && field.is !== '' && !field.optional) return undefined;
      continue;
    }
    if (field.is !== undefined && bytes !== filled(protocol, field, field.is)) return undefined;
    const said = iconv.decode(Buffer.from(bytes, 'latin1'), protocol.text);
    const value = understood(protocol, field, said);
    fields.push({ field, offset, text: said, value });
    raw[field.name] = said;
    if (field.holds === undefined || value === undefined) continue;
    // A date and the time of day in fields of their own are one time.
    values[field.holds] = field.holds === 'time' ? `${values.time ?? ''}${value}` : value;
  }
  return { name, message, fields, raw, values, rest: cut.rest };
}

interface Cut {
  readonly pieces: readonly {
    readonly field: Field;
    readonly offset: number;
    readonly text: string | undefined;
  }[];
  readonly rest: string;
}

function cutUp(protocol: Protocol, { fields }: Message, text: string): Cut | undefined {
  const { layout } = protocol;
  switch (layout.kind) {
    case 'delimited': {
      const parts = text.split(layout.separator);
      let at = 0;
      const offsets = parts.map((part) => {
        const offset = at;
        at += part.length + 1;
        return offset;
      });
      return {
        pieces: fields.map((field, i) => ({ field, offset: offsets[i] ?? text.length, text: parts[i] })),
        rest: parts.slice(fields.length).join(layout.separator),
      };
    }
    case 'fixed': {
      let at = 0;
      const pieces = fields.map((field) => {
        const offset = at;
        const width = field.width ?? field.is?.length;
        const end = width === undefined ? text.length : at + width;
        const whole = end <= text.length;
        at = Math.min(end, text.length);
        return { field, offset, text: whole ? text.slice(offset, end) : undefined };
      });
      return { pieces, rest: text.slice(at) };
    }
    case 'tlv':
      return cutTlv(fields, text, layout.tag, layout.length);
  }
}

function cutTlv(fields: readonly Field[], text: string, tagWidth: number, digits: number): Cut | undefined {
  const found = new Map<string, { readonly offset: number; readonly text: string }>();
  for (let at = 0; at < text.length; ) {
    const tag = text.slice(at, at + tagWidth);
    const length = text.slice(at + tagWidth, at + tagWidth + digits);
    if (!/^\d+$/.test(length) || length.length < digits) return undefined;
    const from = at + tagWidth + digits;
    const end = from + Number(length);
    if (end > text.length) return undefined;
    found.set(tag, { offset: at, text: text.slice(from, end) });
    at = end;
  }
  const known = new Set(fields.map(({ tag }) => tag));
  const others = [...found].filter(([tag]) => !known.has(tag));
  return {
    pieces: fields.map((field) => {
      const one = found.get(field.tag ?? '');
      return { field, offset: one?.offset ?? text.length, text: one?.text };
    }),
    rest: others.map(([tag, { text: value }]) => `${tag}=${value}`).join(' '),
  };
}
