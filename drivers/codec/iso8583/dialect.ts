import { z } from 'zod';
import { MESSAGE_KINDS } from '../../../rig/model/message.ts';

/**
 * A dialect of ISO 8583 as data: what the frame looks like, how each field is written, and what a message means. The
 * schema describes `drivers/host/dialects/*.yaml`; the codec itself reads no file.
 */
const Titles = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });

const FieldId = z.string().regex(/^\d{1,3}(\.\d{1,2})?$/, 'expected a field number such as 60 or 60.1');
const BitNumber = z
  .string()
  .regex(/^([2-9]|[1-9]\d|1[0-8]\d|19[0-2])$/, 'expected a field number from 2 to 192');
const Mti = z.string().regex(/^\d{4}$/, 'expected four digits');

const SENSITIVE = ['pan', 'track', 'pin-block', 'key'] as const;
export type Sensitivity = (typeof SENSITIVE)[number];

const Sensitive = z.enum(SENSITIVE).describe('what it holds; decides how it is masked');

/** Meanings of values, for people. */
const Values = z.record(z.string(), Titles);

/** A piece of a composite field. Lengths are in units of the field: digits of a numeric field, else bytes. */
const Part = z.strictObject({
  name: Titles,
  length: z.int().min(1).max(9999).optional().describe('absent only on the last part: takes the rest'),
  sensitive: Sensitive.optional(),
  values: Values.optional(),
});
export type PartDefinition = z.infer<typeof Part>;

/** One way to read a composite field; the first whose `when` fits is taken. Parts are numbered from 1. */
const Layout = z
  .strictObject({
    when: z
      .strictObject({
        mti: z.array(Mti).optional(),
        fields: z
          .record(FieldId, z.array(z.string()))
          .optional()
          .describe('field or part → values, one of which it must have'),
      })
      .default({}),
    parts: z.array(Part).default([]),
    repeat: z.array(Part).default([]).describe('a group that follows the parts, again and again to the end'),
    detail: z
      .boolean()
      .default(false)
      .describe('parts are worked out when a message is explained or a rule asks, not for every message'),
  })
  .refine(
    ({ parts, repeat }) =>
      repeat.every((part) => part.length !== undefined) &&
      parts.every((part, i) => part.length !== undefined || (i === parts.length - 1 && repeat.length === 0)),
    { message: 'only the last part may have no length, and none of a repeated group' },
  );
export type Layout = z.infer<typeof Layout>;

/** How digits, characters and bytes are written; what fits which type is in `ENCODINGS`. */
const ENCODING_NAMES = ['bcd', 'ascii', 'ebcdic', 'binary'] as const;
export type Encoding = (typeof ENCODING_NAMES)[number];
const EncodingName = z.enum(ENCODING_NAMES);

/**
 * Types of fields. n digits · z track: digits and = (nibble D when packed) · x C or D and digits, for fees and nets ·
 * a characters · b bytes.
 */
const TYPES = ['n', 'z', 'x', 'a', 'b'] as const;
export type FieldType = (typeof TYPES)[number];

/** The encodings a type may have; the first is the usual one. */
export const ENCODINGS: Readonly<Record<FieldType, readonly Encoding[]>> = {
  n: ['bcd', 'ascii', 'ebcdic', 'binary'],
  z: ['bcd', 'ascii', 'ebcdic'],
  x: ['bcd', 'ascii', 'ebcdic'],
  a: ['ascii', 'ebcdic'],
  b: ['binary', 'ascii', 'ebcdic'],
};

const PREFIXES = ['l', 'll', 'lll', 'llll', 'lllll'] as const;

const Field = z
  .strictObject({
    name: Titles,
    type: z
      .enum(TYPES)
      .describe(
        'n digits · z track: digits and = (D when packed) · x C or D and digits · a characters · b bytes',
      ),
    encoding: EncodingName.optional().describe(
      'default: that of the dialect for the type, else bcd for n, z and x, ascii for a, binary for b; ascii and ebcdic of b are hex text; binary of n is a big-endian number',
    ),
    length: z
      .int()
      .min(1)
      .max(9999)
      .optional()
      .describe('fixed length: digits of n and z, characters of x with its sign, else bytes'),
    max: z.int().min(1).max(65_535).optional().describe('variable length: the most it may have'),
    prefix: z.enum(PREFIXES).optional().describe('length digits of a variable field'),
    'prefix-encoding': EncodingName.optional(),
    counts: z
      .enum(['digits', 'bytes'])
      .optional()
      .describe(
        'what the prefix counts: of packed digits, default digits; of bytes as hex text, default bytes',
      ),
    justify: z
      .enum(['left', 'right'])
      .optional()
      .describe(
        'of an odd number of packed digits, default left if variable, right if fixed; of what `fill` fills, default right for n, left for a',
      ),
    pad: z
      .string()
      .regex(/^[0-9A-F]$/)
      .default('0')
      .describe('nibble that fills an odd number of packed digits'),
    fill: z
      .string()
      .length(1)
      .optional()
      .describe(
        'character that fills a value shorter than its fixed length when it is encoded; without it that is an error',
      ),
    charset: z.enum(['ascii', 'latin1', 'gb18030']).default('ascii'),
    sensitive: Sensitive.optional(),
    tlv: z.boolean().default(false).describe('BER-TLV (EMV tags); of type a: as hex text'),
    layouts: z.array(Layout).default([]),
    values: Values.optional(),
  })
  .refine((f) => (f.length === undefined) !== (f.max === undefined && f.prefix === undefined), {
    message: 'expected either length, or max with prefix',
  })
  .refine((f) => (f.max === undefined) === (f.prefix === undefined), {
    message: 'max and prefix go together',
  })
  .refine((f) => !f.tlv || f.type === 'b' || f.type === 'a', {
    message: 'only a field of bytes, or of hex text, can hold BER-TLV',
  })
  .refine((f) => f.type !== 'x' || f.length !== undefined, {
    message: 'a field of type x has a fixed length',
  })
  .refine((f) => f.fill === undefined || (f.length !== undefined && (f.type === 'n' || f.type === 'a')), {
    message: 'only fields of type n and a with a fixed length are filled',
  });
export type FieldDefinition = z.infer<typeof Field>;

/** What a message means: the first rule fits whose MTI and field values are those of the message. */
const Rule = z.strictObject({
  kind: z.enum(MESSAGE_KINDS),
  of: z.enum(MESSAGE_KINDS).optional().describe('for a reversal: kind of the original'),
  request: Mti,
  response: Mti,
  match: z
    .record(FieldId, z.array(z.string()).min(1))
    .default({})
    .describe('a request must have one of the values; a response must not have another one'),
  mac: z.boolean().default(false).describe('request and response carry a MAC'),
  echo: z.array(BitNumber).default([]).describe('fields that the response repeats from the request'),
  original: z
    .strictObject({
      stan: FieldId.optional(),
      batch: FieldId.optional(),
      rrn: FieldId.optional(),
      date: FieldId.optional(),
    })
    .default({})
    .describe('where a request names the transaction that it refers to'),
});
export type MessageRule = z.infer<typeof Rule>;

/** Regular expressions over a request's values, by field; an absent field is the empty text. */
const Conditions = z.record(
  z.string().regex(/^(MTI|card\.sequence|\d{1,3}(\.[0-9A-F]{1,6})?)$/, {
    error: 'expected a field number such as 22 or 60.1, MTI, or card.sequence',
  }),
  z.string().refine(isPattern, { error: 'not a regular expression' }),
);

/** What the parts of one request must say of each other. */
const Agreement = z.strictObject({
  title: Titles,
  when: Conditions.describe('requests that it is about; card.sequence: of the card, where it is known here'),
  must: Conditions.describe('what must be true of them'),
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Maximum that a prefix of `digits` length digits can announce. */
const mostOf = (digits: number, encoding: Encoding): number =>
  encoding === 'binary' ? 256 ** Math.ceil(digits / 2) - 1 : 10 ** digits - 1;

const Shape = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower case letters, digits and hyphens'),
  title: Titles,
  frame: z.strictObject({
    length: z
      .strictObject({
        encoding: EncodingName,
        bytes: z.int().min(1).max(6),
        'counts-itself': z.boolean().default(false),
      })
      .optional()
      .describe(
        'length header: binary is big-endian; bcd two digits a byte; ascii and ebcdic one; none when absent: a frame ends with its last field',
      ),
    max: z
      .int()
      .min(32)
      .max(65_535)
      .default(4096)
      .describe('longest frame accepted, bytes, without the length header'),
    tpdu: z.int().min(0).max(16).default(0).describe('bytes of the TPDU; 0: none'),
    header: z
      .strictObject({ bytes: z.int().min(1).max(64), parts: z.array(Part).default([]) })
      .optional()
      .describe('application header behind the TPDU; parts count digits'),
  }),
  mti: EncodingName.default('bcd').describe('binary: a big-endian number of two bytes'),
  bitmap: z
    .enum(['binary', 'hex', 'ebcdic-hex'])
    .default('binary')
    .describe('8 bytes each, or 16 hex characters in ASCII or EBCDIC'),
  tertiary: z
    .boolean()
    .default(false)
    .describe('bit 65 says that a third bitmap follows the second: fields 129 to 192'),
  encoding: z
    .strictObject({
      n: z.enum(ENCODINGS.n).optional(),
      z: z.enum(ENCODINGS.z).optional(),
      x: z.enum(ENCODINGS.x).optional(),
      a: z.enum(ENCODINGS.a).optional(),
      b: z.enum(ENCODINGS.b).optional(),
    })
    .default({})
    .describe('of the fields of each type, unless the field says otherwise'),
  'prefix-encoding': EncodingName.default('bcd').describe(
    'of length prefixes, unless the field says otherwise',
  ),
  ebcdic: z.enum(['cp037', 'cp1047']).default('cp1047').describe('which EBCDIC'),
  currency: z.string().length(3).default('CNY').describe('of amounts in messages without a currency field'),
  mac: z
    .strictObject({
      field: BitNumber,
      'second-field': BitNumber.optional().describe(
        'where the MAC stands in a message with fields behind `field`',
      ),
      algorithm: z
        .enum(['unionpay-ecb', 'x9.9', 'x9.19', 'xor-3des'])
        .describe(
          'unionpay-ecb: XOR of all blocks, then DES over its hex text · x9.9: CBC · x9.19: CBC with a final 3DES · xor-3des: XOR of all blocks, then 3DES once',
        ),
    })
    .optional(),
  'response-codes': z.string().optional().describe('name of a table in drivers/host/response-codes'),
  dialogue: z
    .strictObject({
      stan: FieldId,
      batch: FieldId.optional(),
      terminal: FieldId,
      merchant: FieldId,
      amount: FieldId,
      currency: FieldId,
      rrn: FieldId,
      'auth-code': FieldId,
      code: FieldId,
    })
    .describe('where the things stand that every dialect has'),
  fields: z.record(BitNumber, Field),
  messages: z.array(Rule).min(1),
  agreements: z
    .array(Agreement)
    .default([])
    .describe('a request that breaks one contradicts itself: whoever made it is wrong'),
});

/** The encoding in force: the field's own, else the dialect's for its type, else the usual one of the type. */
export function encodingOf(dialect: Pick<Dialect, 'encoding'>, field: FieldDefinition): Encoding {
  return field.encoding ?? dialect.encoding[field.type] ?? ENCODINGS[field.type][0] ?? 'ascii';
}

/** What only the whole dialect shows to be wrong with a field, as the key at fault and a sentence. */
function misfit(
  dialect: z.infer<typeof Shape>,
  bit: string,
  f: FieldDefinition,
): [key: string, why: string] | undefined {
  const encoding = encodingOf(dialect, f);
  if (!ENCODINGS[f.type].includes(encoding))
    return ['encoding', `expected ${ENCODINGS[f.type].join(', ')} for type ${f.type}`];
  if (encoding === 'ebcdic' && f.charset === 'gb18030')
    return ['charset', 'expected ascii or latin1 in EBCDIC'];
  if (f.type === 'n' && encoding === 'binary' && (f.length ?? 99) > 15)
    return [
      'encoding',
      'expected bcd, ascii or ebcdic: only fixed lengths up to 15 digits are written as a number',
    ];
  const prefix = f['prefix-encoding'] ?? dialect['prefix-encoding'];
  const perUnit =
    f.counts === 'bytes' && encoding === 'bcd' ? 0.5 : f.counts === 'digits' && f.type === 'b' ? 2 : 1;
  if (f.prefix && Math.ceil((f.max ?? 0) * perUnit) > mostOf(f.prefix.length, prefix))
    return ['max', 'max does not fit the prefix'];
  if (Number(bit) > 128 && !dialect.tertiary) return ['name', 'a field behind 128 needs `tertiary: true`'];
  if (bit === '65' && dialect.tertiary) return ['name', 'with `tertiary: true` bit 65 is the third bitmap'];
  return undefined;
}

/**
 * A dialect of ISO 8583, checked as a whole. A file may say `extends`; what it inherits is merged before the schema is
 * applied (drivers/host/dialect.ts).
 */
export const Dialect = Shape.superRefine((dialect, context) => {
  for (const [bit, field] of Object.entries(dialect.fields)) {
    const wrong = misfit(dialect, bit, field);
    if (wrong) {
      context.addIssue({ code: 'custom', message: wrong[1], path: ['fields', bit, wrong[0]], input: field });
    }
  }
});
/** A dialect that fits the schema. Keys of `fields` are bit numbers as text. */
export type Dialect = z.infer<typeof Shape>;
