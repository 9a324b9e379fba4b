import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

/**
 * One field's value ⇄ its bytes, without the length prefix. A value has *units*: digits of types n and z, characters of x,
 * bytes of the others; fixed lengths, maxima and prefixes count units.
 */
export interface ValueCodec {
  /** Bytes on the wire of so many units. */
  size(units: number): number;
  /** The value of `units` units from `at`; all its bytes are there. Refuses through the source. */
  read(source: Source, at: number, units: number): string;
  /**
   * For values that are simply cut out of a text of the whole frame: which bytes they may consist of, and what is expected
   * where another stands. The decoder then reads them itself, without a call for each field.
   */
  readonly cut?: Cut;
  /** Writes a value and moves the sink behind it; returns its units. Refuses what does not fit, and more than `most` units. */
  write(sink: Sink, value: string | Uint8Array, most: number): number;
}

export interface Cut {
  /** `characters`: one a byte, ASCII or Latin 1 · `digits`: two decimal ones a byte, even numbers of them only. */
  readonly of: 'characters' | 'digits';
  /** By byte value: 1 when it may stand there. */
  readonly legal: Uint8Array;
  readonly expected: string;
}

/** A value that is longer than its field may be. */
export const tooLong = (sink: Sink, most: number, found: number): never =>
  sink.refuse(
    sink.field && sink.field.fixed >= 0
      ? `a length of ${most}, found ${found}`
      : `a length of at most ${most}, found ${found}`,
  );
