import iconv from 'iconv-lite';
import { sameBytes } from './bytes.ts';
import type { CodePage } from './ebcdic.ts';
import { HEX, noCharacters, putCharacters, putDigits, tooLong, type ValueCodec } from './value.ts';

/** Codecs of characters (a) and of bytes (b), which may be written as hex text. */

type Charset = 'ascii' | 'latin1';

/** One byte a character: printable ASCII, or all of Latin 1; on the wire as they are, or in EBCDIC. */
export function singleByteText(charset: Charset, page: CodePage | undefined): ValueCodec {
  const [first, last] = charset === 'ascii' ? [0x20, 0x7e] : [0, 0xff];
  const name = page ? 'printable EBCDIC' : 'printable ASCII';
  const wire = noCharacters();
  const legal = new Uint8Array(256);
  for (let code = first; code <= last; code++) {
    const byte = page ? (page.fromLatin1[code] ?? 0) : code;
    wire[code] = byte;
    legal[byte] = 1;
  }
  return {
    ...(!page && { cut: { of: 'characters', legal, expected: name } }),
    put: { of: 'characters', wire, left: true, pad: 0 },
    size: (units) => units,
    read(source, at, units) {
      const { bytes } = source;
      const end = at + units;
      for (let i = at; i < end; i++) {
        if (legal[bytes[i] ?? 0] !== 1) return source.refuse(i, `expected ${name}`);
      }
      return (page ? source.ebcdic(page) : source.latin1).substring(at, end);
    },
    write(sink, value, most) {
      const units = value.length;
      if (units > most) return tooLong(sink, most, units);
      const text = typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
      if (!putCharacters(sink.bytes, sink.at, text, wire)) return sink.refuse(`${charset} text`);
      sink.at += units;
      return units;
    },
  };
}

/** Characters of GB18030, one, two or four bytes each. */
export function gb18030Text(): ValueCodec {
  const charset = 'gb18030';
  return {
    size: (units) => units,
    read(source, at, units) {
      const latin1 = source.latin1.substring(at, at + units);
      if (isAscii(latin1)) return latin1;
      const bytes = source.bytes.subarray(at, at + units);
      const text = iconv.decode(Buffer.from(bytes), charset);
      if (!sameBytes(iconv.encode(text, charset), bytes)) {
        source.remark(source.field?.id ?? '', at, `not ${charset} text`);
      }
      return text;
    },
    write(sink, value, most) {
      if (value.length > most) return tooLong(sink, most, value.length);
      if (typeof value === 'string' && putCharacters(sink.bytes, sink.at, value, ASCII)) {
        sink.at += value.length;
        return value.length;
      }
      const bytes = typeof value === 'string' ? iconv.encode(value, charset) : value;
      const text = iconv.decode(Buffer.from(bytes), charset);
      // What the character set does not have would be written as a question mark.
      const exact =
        typeof value === 'string' ? text === value : sameBytes(iconv.encode(text, charset), bytes);
      if (!exact) return sink.refuse(`${charset} text`);
      if (bytes.length > most) return tooLong(sink, most, bytes.length);
      sink.copy(bytes);
      return bytes.length;
    },
  };
}

/** ASCII stands for itself in GB18030. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** ASCII as it is, control characters included. */
const ASCII = noCharacters();
for (let code = 0; code < 0x80; code++) ASCII[code] = code;

const HEX_DIGITS = new TextEncoder().encode('0123456789ABCDEF');

/** Bytes as they are; the value is upper case hex. */
export function rawBytes(): ValueCodec {
  return {
    size: (units) => units,
    read: (source, at, units) => source.hex.substring(at * 2, (at + units) * 2),
    write(sink, value, most) {
      if (typeof value !== 'string') {
        if (value.length > most) return tooLong(sink, most, value.length);
        sink.copy(value);
        return value.length;
      }
      const units = value.length >> 1;
      if (value.length % 2 === 1) return sink.refuse('bytes or hex text');
      if (units > most) return tooLong(sink, most, units);
      if (!putDigits(sink.bytes, sink.at, value, HEX)) return sink.refuse('bytes or hex text');
      sink.at += units;
      return units;
    },
  };
}

/** Bytes as hex text of two characters each, ASCII or EBCDIC; the value is upper case hex. */
export function hexText(page: CodePage | undefined): ValueCodec {
  // Either case is taken, upper case is written.
  const wire = noCharacters();
  for (const [code, nibble] of HEX.wire.entries()) {
    const digit = HEX_DIGITS[nibble];
    if (digit !== undefined) wire[code] = page ? (page.fromLatin1[digit] ?? 0) : digit;
  }
  return {
    size: (units) => units * 2,
    read(source, at, units) {
      const text = (page ? source.ebcdic(page) : source.latin1).substring(at, at + units * 2);
      for (let i = 0; i < units * 2; i++) {
        if ((HEX.wire[text.charCodeAt(i)] ?? -1) < 0) return source.refuse(at + i, 'expected hex text');
      }
      const upper = text.toUpperCase();
      if (upper !== text) source.remark(source.field?.id ?? '', at, 'hex text in lower case');
      return upper;
    },
    write(sink, value, most) {
      const text = typeof value === 'string' ? value : Buffer.from(value).toString('hex');
      if (text.length % 2 === 1) return sink.refuse('bytes or hex text');
      if (text.length > most * 2) return tooLong(sink, most, text.length >> 1);
      if (!putCharacters(sink.bytes, sink.at, text, wire)) return sink.refuse('bytes or hex text');
      sink.at += text.length;
      return text.length >> 1;
    },
  };
}
