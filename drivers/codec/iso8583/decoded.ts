import type { Titles } from '../../../rig/model/event.ts';
import type { Blame } from '../../../rig/model/verdict.ts';
import type { Sensitivity } from './dialect.ts';

export interface DecodeOptions {
  /** False when the bytes start with the TPDU (or what stands there) instead of the length header. Default true. */
  readonly length?: boolean;
  /** Who is to blame when it does not decode; default `terminal`. */
  readonly blame?: Blame;
}

/** One field, part (`60.1`) or tag (`55.9F26`) as it stands in the frame. Values are clear. */
export interface DecodedField {
  readonly id: string;
  readonly name: Titles;
  readonly value: string;
  /** Bytes from the start of what was given to `decodeMessage`; of a part in nibbles: the bytes that it touches. */
  readonly offset: number;
  /** Bytes, a length prefix included. */
  readonly length: number;
  readonly sensitive?: Sensitivity;
  /** Characters of variable length: may hold anything that somebody typed. */
  readonly free?: true;
  readonly values?: Readonly<Record<string, Titles>>;
}

/** Something against the dialect that is no reason to refuse the message, e.g. a wrong padding nibble. */
export interface Remark {
  readonly id: string;
  readonly offset: number;
  readonly text: string;
}

/**
 * A decoded frame. `layout` and `remarks` are put together when they are first asked for, and a copy by `{ ...message }`
 * does not have them.
 */
export interface DecodedMessage {
  readonly mti: string;
  /** Hex; empty when the dialect has none. */
  readonly tpdu: string;
  readonly header: string;
  /** Values by number: fields `39`, parts `60.2` (but those the dialect calls `detail`), tags `55.9F26`. */
  readonly fields: Readonly<Record<string, string>>;
  /** All of it in the order of the frame. */
  readonly layout: readonly DecodedField[];
  /** Empty for a legal message: encoding its fields again gives the same bytes. */
  readonly remarks: readonly Remark[];
  /** The bytes that were decoded. */
  readonly bytes: Uint8Array;
  /** Offset of the MTI: where a MAC starts to count. */
  readonly mtiAt: number;
}
