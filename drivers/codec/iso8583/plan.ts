import { type Dialect, type Encoding, encodingOf, type FieldDefinition } from './dialect.ts';
import { numberDigits, packedDigits, signedDigits, textDigits } from './digits.ts';
import { CODE_PAGES, type CodePage } from './ebcdic.ts';
import { type LayoutPlan, planLayouts } from './layout.ts';
import { lengthBytes } from './prefix.ts';
import { Sink } from './sink.ts';
import { gb18030Text, hexText, rawBytes, singleByteText } from './text.ts';
import type { Put, ValueCodec } from './value.ts';

/**
 * A dialect made ready to run: for every field the codec of its value, its prefix and its label, so that nothing is looked
 * up or decided while a message is decoded or encoded.
 */
export interface Plan {
  readonly dialect: Dialect;
  /** By bit number; undefined for those that the dialect does not have. */
  readonly fields: readonly (FieldPlan | undefined)[];
  /** Those that it has, in their order. */
  readonly inOrder: readonly FieldPlan[];
  readonly page: CodePage;
  /** Bytes of the length header; 0 when there is none. */
  readonly lengthSize: number;
  readonly headerSize: number;
  readonly mtiSize: number;
  /** Bytes of one bitmap. */
  readonly bitmapSize: number;
  /** Where its frames are written: encoding is never interrupted by another encoding. */
  readonly sink: Sink;
}

export interface FieldPlan {
  readonly bit: number;
  /** `60` */
  readonly id: string;
  /** `F60 Control data`, for errors. */
  readonly label: string;
  readonly definition: FieldDefinition;
  readonly encoding: Encoding;
  readonly value: ValueCodec;
  /** Of `value.cut`, where it is there: what a frame is cut by. */
  readonly legal: Uint8Array | undefined;
  readonly inCharacters: boolean;
  /** Of `value.put`, where it is there: what a value is written by. */
  readonly put: Put | undefined;
  /** `put` writes two digits a byte. */
  readonly packs: boolean;
  /** Units of a fixed length, else -1. */
  readonly fixed: number;
  /** Bytes of a fixed length, else -1. */
  readonly fixedSize: number;
  /** The most units. */
  readonly most: number;
  readonly prefixEncoding: Encoding;
  /** Bytes of the prefix; 0 for a fixed length. */
  readonly prefixSize: number;
  readonly counts: Counts;
  /** A padding nibble that no digit can be tells an odd number of digits from an even one. */
  readonly strips: boolean;
  readonly layouts: readonly LayoutPlan[];
  /** Ids of parts by number, kept as they are first needed. */
  readonly partIds: (string | undefined)[];
  readonly tagIds: Map<string, string>;
  readonly tlv: 'bytes' | 'text' | undefined;
  /** Has parts or tags that stand among the fields of every message. */
  readonly composite: boolean;
  /** Fills a value that is shorter than its fixed length. */
  readonly fill: ((value: string) => string) | undefined;
}

/** What a prefix counts, in units: one each, packed bytes of two digits, or hex characters of half a byte. */
export type Counts = 'units' | 'packed bytes' | 'hex digits';

const plans = new WeakMap<Dialect, Plan>();
let latest: Plan | undefined;

/** The plan of a dialect, made once for each dialect object. */
export function planOf(dialect: Dialect): Plan {
  if (latest?.dialect === dialect) return latest;
  let plan = plans.get(dialect);
  if (!plan) {
    plan = makePlan(dialect);
    plans.set(dialect, plan);
  }
  latest = plan;
  return plan;
}

function makePlan(dialect: Dialect): Plan {
  const page = CODE_PAGES[dialect.ebcdic];
  const fields: (FieldPlan | undefined)[] = new Array<undefined>(193).fill(undefined);
  let longest = 0;
  for (const [id, definition] of Object.entries(dialect.fields)) {
    const field = planField(dialect, id, definition, page);
    fields[field.bit] = field;
    longest = Math.max(longest, field.prefixSize + field.value.size(field.most));
  }
  const { frame } = dialect;
  return {
    dialect,
    fields,
    inOrder: fields.filter((field) => field !== undefined),
    page,
    lengthSize: frame.length?.bytes ?? 0,
    headerSize: frame.header?.bytes ?? 0,
    mtiSize: dialect.mti === 'bcd' || dialect.mti === 'binary' ? 2 : 4,
    bitmapSize: dialect.bitmap === 'binary' ? 8 : 16,
    // Before its length is checked a frame may be one field too long.
    sink: new Sink(128 + frame.max + longest),
  };
}

function planField(dialect: Dialect, id: string, definition: FieldDefinition, page: CodePage): FieldPlan {
  const encoding = encodingOf(dialect, definition);
  const { length, max, prefix, counts, type, pad } = definition;
  const prefixEncoding = definition['prefix-encoding'] ?? dialect['prefix-encoding'];
  const packed = encoding === 'bcd';
  const strips = packed && counts === 'bytes' && pad > '9';
  const value = codecOf(definition, encoding, strips, page);
  return {
    bit: Number(id),
    id,
    label: `F${id} ${definition.name.en}`,
    definition,
    encoding,
    value,
    legal: value.cut?.legal,
    inCharacters: value.cut?.of === 'characters',
    put: value.put,
    packs: value.put?.of === 'digits',
    fixed: length ?? -1,
    fixedSize: length === undefined ? -1 : value.size(length),
    most: length ?? max ?? 0,
    prefixEncoding,
    prefixSize: prefix ? lengthBytes(prefix.length, prefixEncoding) : 0,
    counts:
      packed && counts === 'bytes'
        ? 'packed bytes'
        : type === 'b' && encoding !== 'binary' && counts === 'digits'
          ? 'hex digits'
          : 'units',
    strips,
    layouts: planLayouts(definition),
    partIds: [],
    tagIds: new Map(),
    tlv: definition.tlv ? (type === 'b' ? 'bytes' : 'text') : undefined,
    composite: definition.tlv || definition.layouts.some(({ detail }) => !detail),
    fill: fillOf(definition),
  };
}

function codecOf(
  definition: FieldDefinition,
  encoding: Encoding,
  strips: boolean,
  page: CodePage,
): ValueCodec {
  const { type, length, charset, pad } = definition;
  const inEbcdic = encoding === 'ebcdic' ? page : undefined;
  if (type === 'a') return charset === 'gb18030' ? gb18030Text() : singleByteText(charset, inEbcdic);
  if (type === 'b') return encoding === 'binary' ? rawBytes() : hexText(inEbcdic);
  if (encoding === 'binary') return numberDigits(length ?? 0);
  const digitType = type === 'z' ? 'z' : 'n';
  const justify = definition.justify ?? (length === undefined ? 'left' : 'right');
  const digits =
    encoding === 'bcd'
      ? packedDigits({ type: digitType, justify, pad, strips })
      : textDigits(digitType, inEbcdic);
  return type === 'x' ? signedDigits(digits, inEbcdic) : digits;
}

function fillOf({ fill, type, justify, length }: FieldDefinition): FieldPlan['fill'] {
  if (fill === undefined || length === undefined) return undefined;
  const side = justify ?? (type === 'n' ? 'right' : 'left');
  return side === 'right' ? (value) => value.padStart(length, fill) : (value) => value.padEnd(length, fill);
}
