import { readBitmap } from './bitmap.ts';
import type { DecodeOptions } from './decoded.ts';
import type { Plan } from './plan.ts';
import { readLength } from './prefix.ts';
import type { Source } from './source.ts';

/** What stands before the fields of a frame. Offsets in bytes; texts are hex. */
export interface Head {
  /** As announced; -1 without length header. */
  readonly announced: number;
  /** The length header announces more than there is: told only if no field runs out of bytes, which says more. */
  readonly wrongLength: string | undefined;
  readonly tpdu: string;
  readonly header: string;
  readonly mtiAt: number;
  readonly mti: string;
  readonly bitmapAt: number;
  /** Words of the bitmaps, two each. */
  readonly words: readonly number[];
  readonly fieldsAt: number;
}

/** Reads length header, TPDU, application header, MTI and bitmaps. Throws CODEC_FRAME. */
export function readHead(plan: Plan, source: Source, options: DecodeOptions): Head {
  const { bytes } = source;
  const { frame } = plan.dialect;
  let at = 0;
  let announced = -1;
  let wrongLength: string | undefined;
  if (frame.length && options.length !== false) {
    at = frame.length.bytes;
    if (bytes.length < at) source.tooShort('length', 0, at);
    announced = readLength(bytes, 0, at, frame.length.encoding);
    if (announced < 0) source.refuseFrame(0, `the length header is not ${frame.length.encoding}`);
    const actual = bytes.length - (frame.length['counts-itself'] ? 0 : at);
    if (announced !== actual) {
      wrongLength = `the length header says ${announced} bytes, there are ${actual}`;
      if (announced < actual) source.refuseFrame(0, wrongLength);
    }
  }
  if (bytes.length - at > frame.max) {
    source.refuseFrame(at, `${bytes.length - at} bytes; the dialect allows ${frame.max}`);
  }
  let tpdu = '';
  if (frame.tpdu > 0) {
    if (at + frame.tpdu > bytes.length) source.tooShort('TPDU', at, frame.tpdu);
    tpdu = source.hex.substring(at * 2, (at + frame.tpdu) * 2);
    at += frame.tpdu;
  }
  let header = '';
  if (plan.headerSize > 0) {
    if (at + plan.headerSize > bytes.length) source.tooShort('header', at, plan.headerSize);
    header = source.hex.substring(at * 2, (at + plan.headerSize) * 2);
    at += plan.headerSize;
  }
  const mtiAt = at;
  if (at + plan.mtiSize > bytes.length) source.tooShort('MTI', at, plan.mtiSize);
  const mti = readMti(plan, source, at);
  at += plan.mtiSize;
  const bitmapAt = at;
  const words = takeBitmap(plan, source, at);
  at += plan.bitmapSize;
  if ((words[0] ?? 0) < 0) {
    words.push(...takeBitmap(plan, source, at));
    at += plan.bitmapSize;
    const empty = words[2] === 0 && words[3] === 0;
    if (empty) source.remark('bitmap', bitmapAt + plan.bitmapSize, 'the secondary bitmap is empty');
    if (plan.dialect.tertiary && (words[2] ?? 0) < 0) {
      words.push(...takeBitmap(plan, source, at));
      if (words[4] === 0 && words[5] === 0) source.remark('bitmap', at, 'the tertiary bitmap is empty');
      else if ((words[4] ?? 0) < 0) source.refuseFrame(at, 'bitmap: there is no fourth one');
      at += plan.bitmapSize;
    }
  }
  return { announced, wrongLength, tpdu, header, mtiAt, mti, bitmapAt, words, fieldsAt: at };
}

function takeBitmap(plan: Plan, source: Source, at: number): number[] {
  if (at + plan.bitmapSize > source.bytes.length) source.tooShort('bitmap', at, plan.bitmapSize);
  return readBitmap(plan, source, at);
}

function readMti(plan: Plan, source: Source, at: number): string {
  const value = readLength(source.bytes, at, plan.mtiSize, plan.dialect.mti);
  if (value < 0 || value > 9999) source.refuseFrame(at, 'MTI: expected four digits');
  return MTIS[value] ?? String(value).padStart(4, '0');
}

/** The texts of all message types, made when they are first needed. */
const MTIS: readonly string[] = Array.from({ length: 2000 }, (_, value) => String(value).padStart(4, '0'));
