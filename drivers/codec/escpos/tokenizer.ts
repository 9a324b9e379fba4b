import { type Command, recognise } from './commands.ts';

/** A piece of the stream, with the offset of its first byte since the stream began. */
export type Token =
  | { readonly kind: 'text'; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'command';
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly command: Command;
    }
  | { readonly kind: 'unknown'; readonly offset: number; readonly bytes: Uint8Array };

/** Splits a stream into text, commands and bytes that nothing explains. Total: every byte is in exactly one token. */
export interface Tokenizer {
  /** Takes the next bytes; returns what is complete. Commands that are not yet complete are kept. */
  write(chunk: Uint8Array): Token[];
  /** No more will come: an unfinished command is returned as unknown. The tokenizer can be used on. */
  end(): Token[];
  /** Bytes of an unfinished command that are being kept. */
  readonly kept: number;
}

/** A copy that shares no memory with the chunk (`slice` of a Buffer would). */
const copyOf = (bytes: Uint8Array, from: number, to: number) => new Uint8Array(bytes.subarray(from, to));

/** Makes a tokenizer. Memory: at most the bytes of one command, and never more than what was written. */
export function makeTokenizer(): Tokenizer {
  let held = new Uint8Array(0);
  let used = 0;
  let needed = 0;
  /** Offset of the first held byte, or of the next byte to come. */
  let offset = 0;

  const hold = (bytes: Uint8Array) => {
    if (used + bytes.length > held.length) {
      const grown = new Uint8Array(Math.max(64, (used + bytes.length) * 2));
      grown.set(held.subarray(0, used));
      held = grown;
    }
    held.set(bytes, used);
    used += bytes.length;
  };

  const split = (bytes: Uint8Array): Token[] => {
    const tokens: Token[] = [];
    let start = 0;
    while (start < bytes.length) {
      let end = start;
      while (end < bytes.length && (bytes[end] ?? 0) >= 0x20) end++;
      if (end > start) {
        tokens.push({ kind: 'text', offset: offset + start, bytes: copyOf(bytes, start, end) });
        start = end;
        continue;
      }
      const found = recognise(bytes.subarray(start));
      if (found.state === 'incomplete') {
        needed = found.length;
        break;
      }
      const piece = { offset: offset + start, bytes: copyOf(bytes, start, start + found.length) };
      tokens.push(
        found.state === 'command'
          ? { kind: 'command', command: found.command, ...piece }
          : { kind: 'unknown', ...piece },
      );
      start += found.length;
    }
    offset += start;
    const rest = bytes.subarray(start);
    held = new Uint8Array(0);
    used = 0;
    if (rest.length > 0) hold(rest);
    return tokens;
  };

  return {
    write(chunk) {
      if (used === 0) return split(chunk);
      hold(chunk);
      return used < needed ? [] : split(copyOf(held, 0, used));
    },
    end() {
      if (used === 0) return [];
      const bytes = copyOf(held, 0, used);
      const token: Token = { kind: 'unknown', offset, bytes };
      offset += used;
      held = new Uint8Array(0);
      used = 0;
      return [token];
    },
    get kept() {
      return used;
    },
  };
}
