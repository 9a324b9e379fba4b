import type { Blame } from '../../../rig/model/verdict.ts';
import type { Remark } from './decoded.ts';
import type { CodePage } from './ebcdic.ts';
import { fail } from './fail.ts';
import type { FieldPlan } from './plan.ts';

/**
 * The bytes of one frame while they are decoded, in the forms in which values are cut out of them. Each form is made once
 * for the whole frame, when the first field needs it: cutting a text is far cheaper than making one for every field.
 */
export class Source {
  readonly bytes: Uint8Array;
  readonly dialect: string;
  readonly blame: Blame;
  /** The field that is being read, for errors. */
  field: FieldPlan | undefined;
  remarks: Remark[] | undefined;
  private inHex: string | undefined;
  private inLatin1: string | undefined;
  private inEbcdic: string | undefined;

  constructor(bytes: Uint8Array, dialect: string, blame: Blame) {
    this.bytes = bytes;
    this.dialect = dialect;
    this.blame = blame;
    this.field = undefined;
    this.remarks = undefined;
    this.inHex = undefined;
    this.inLatin1 = undefined;
    this.inEbcdic = undefined;
  }

  /** Two upper case characters a byte. */
  get hex(): string {
    this.inHex ??= hexOf(this.bytes);
    return this.inHex;
  }

  /** One character a byte. */
  get latin1(): string {
    this.inLatin1 ??= latin1Slice.call(this.bytes, 0, this.bytes.length);
    return this.inLatin1;
  }

  /** One character a byte, of an EBCDIC code page; a dialect has one. */
  ebcdic(page: CodePage): string {
    this.inEbcdic ??= latin1Slice.call(
      this.bytes.map((byte) => page.toLatin1[byte] ?? 0),
      0,
      this.bytes.length,
    );
    return this.inEbcdic;
  }

  /** CODEC_FRAME at an offset. */
  refuseFrame(at: number, what: string): never {
    fail('CODEC_FRAME', this.blame, `the frame does not decode by ${this.dialect} at offset ${at}: ${what}`);
  }

  /** CODEC_FRAME for bytes that are missing. */
  tooShort(what: string, at: number, size: number): never {
    const left = Math.max(0, this.bytes.length - at);
    this.refuseFrame(at, `${what}: expected ${size} bytes, ${left} are left`);
  }

  /** CODEC_FIELD for the field being read. */
  refuse(at: number, what: string): never {
    fail('CODEC_FIELD', this.blame, `${this.field?.label ?? 'field'} at offset ${at}: ${what}`);
  }

  remark(id: string, offset: number, text: string): void {
    this.remarks ??= [];
    this.remarks.push({ id, offset, text });
  }
}

/**
 * What `Buffer.toString('latin1')` does, without making a `Buffer` of a `Uint8Array` first, which costs as much as the
 * text itself.
 */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
};

/** Both hex digits of every byte, as they lie in memory. */
const PAIRS = new Uint16Array(
  Uint8Array.from(
    Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(''),
    (digit) => digit.charCodeAt(0),
  ).buffer,
);
/** No dialect allows longer frames; their length header comes on top. */
const LONGEST = 65_535 + 16;
const pairs = new Uint16Array(LONGEST);
const digits = new Uint8Array(pairs.buffer);

/** Upper case hex; faster than Node's own, which is lower case. */
function hexOf(bytes: Uint8Array): string {
  const count = Math.min(bytes.length, LONGEST);
  for (let i = 0; i < count; i++) pairs[i] = PAIRS[bytes[i] ?? 0] ?? 0;
  return latin1Slice.call(digits, 0, count * 2);
}
