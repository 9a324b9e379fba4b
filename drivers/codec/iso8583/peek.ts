import type { MessageKind } from '../../../rig/model/message.ts';
import { repeatedMti } from './classify.ts';
import type { Dialect } from './dialect.ts';
import { planOf } from './plan.ts';
import { readLength } from './prefix.ts';

/**
 * The message type at the head of a frame, four digits, without decoding anything else; undefined while it is not there
 * yet, or is none.
 * @param bytes the beginning of a frame, length header included
 */
export function peekMti(dialect: Dialect, bytes: Uint8Array): string | undefined {
  const { lengthSize, headerSize, mtiSize } = planOf(dialect);
  const at = lengthSize + dialect.frame.tpdu + headerSize;
  if (bytes.length < at + mtiSize) return undefined;
  const value = readLength(bytes, at, mtiSize, dialect.mti);
  return value < 0 || value > 9999 ? undefined : String(value).padStart(4, '0');
}

/** Every kind that a message of this type can turn out to be once its fields are read; `other` is always among them. */
export function kindsOfMti(dialect: Dialect, mti: string): ReadonlySet<MessageKind> {
  const types = [mti, repeatedMti(mti)];
  const rules = dialect.messages.filter(
    (rule) => types.includes(rule.request) || types.includes(rule.response),
  );
  return new Set<MessageKind>(['other', ...rules.map(({ kind }) => kind)]);
}

/**
 * How many bytes the frame at `at` announces, length header included; undefined when its header is not all there, is no
 * length, announces more than the dialect allows, or when the dialect has none.
 */
export function announcedSize(dialect: Dialect, bytes: Uint8Array, at: number): number | undefined {
  const { length, max } = dialect.frame;
  if (!length || at + length.bytes > bytes.length) return undefined;
  const announced = readLength(bytes, at, length.bytes, length.encoding);
  const payload = announced - (length['counts-itself'] ? length.bytes : 0);
  return announced < 0 || payload < 0 || payload > max ? undefined : length.bytes + payload;
}
