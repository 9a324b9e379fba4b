/**
 * Lines out of a byte stream, for every device that speaks text ended by LF. Pure; memory is bounded; bytes that are
 * not part of a line that was delivered are counted, never dropped silently.
 */

/** One line without its end, or a count of bytes that were thrown away because a line grew past the limit. */
export type LineItem = { readonly line: string } | { readonly discarded: number };

export interface LineSplitter {
  /** Takes the next bytes of the stream, cut anywhere; returns what they complete, in order. */
  push(bytes: Uint8Array): readonly LineItem[];
  /** Bytes of an unfinished line that are being held. */
  readonly held: number;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Splits at LF; one CR before it belongs to the line's end. Text is read as UTF-8, what is not UTF-8 becomes U+FFFD.
 * A line longer than `limit` bytes (1 … 1 MiB) is not delivered: its bytes are reported as `discarded` when it ends.
 */
export function splitLines(limit: number): LineSplitter {
  const decoder = new TextDecoder('utf-8');
  const held = new Uint8Array(limit + 1); // one more for the CR of a line that is just as long as allowed
  let length = 0;
  let discarded = 0;

  const finish = (): LineItem => {
    const end = length > 0 && held[length - 1] === CR ? length - 1 : length;
    const tooLong = discarded > 0 || end > limit;
    const item: LineItem = tooLong
      ? { discarded: discarded + length + 1 }
      : { line: decoder.decode(held.subarray(0, end)) };
    length = 0;
    discarded = 0;
    return item;
  };

  return {
    push(bytes) {
      const items: LineItem[] = [];
      for (const byte of bytes) {
        if (byte === LF) items.push(finish());
        else if (discarded > 0) discarded++;
        else if (length < held.length) held[length++] = byte;
        else {
          discarded = length + 1;
          length = 0;
        }
      }
      return items;
    },
    get held() {
      return length + discarded;
    },
  };
}
