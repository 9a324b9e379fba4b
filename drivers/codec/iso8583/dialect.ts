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
  .regex(/^([2-9]|[1-9]\d|1[01]\d|12[0-8])$/, 'expected a field number from 2 to 128');
const Mti = z.string().regex(/^\d{4}$/, 'expected four digits');

const SENSITIVE = ['pan', 'track', 'pin-block', 'key'] as const;
export type Sensitivity = (typeof SENSITIVE)[number];

const Sensitive = z.enum(SENSITIVE).describe('what it holds; decides how it is masked');

/** Meanings of values, for people. */
const Values = z.record(z.string(), Titles);

/** A piece of a composite field. Lengths are in units of the field: digits of a numeric field, else bytes. */
const Part = z.strictObject({
  name: Titles,
  length: z.int().min(1).max(999).optional().describe('absent only on the last part: takes the rest'),
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
  })
  .refine(
    ({ parts, repeat }) =>
      repeat.every((part) => part.length !== undefined) &&
      parts.every((part, i) => part.length !== undefined || (i === parts.length - 1 && repeat.length === 0)),
    { message: 'only the last part may have no length, and none of a repeated group' },
  );
export type Layout = z.infer<typeof Layout>;

const Field = z
  .strictObject({
    name: Titles,
    type: z
      .enum(['n', 'z', 'a', 'b'])
      .describe('n digits · z track: digits and = (D on the wire) · a characters · b bytes'),
    encoding: z
      .enum(['bcd', 'ascii', 'binary'])
      .optional()
      .describe('default: bcd for n and z, ascii for a, binary for b'),
    length: z.int().min(1).max(999).optional().describe('fixed length: digits of n and z, else bytes'),
    max: z.int().min(1).max(999).optional().describe('variable length: the most it may have'),
    prefix: z.enum(['ll', 'lll']).optional().describe('length digits of a variable field'),
    'prefix-encoding': z.enum(['bcd', 'ascii', 'binary']).optional(),
    counts: z
      .enum(['digits', 'bytes'])
      .optional()
      .describe('what the prefix of a packed field counts; default digits'),
    justify: z
      .enum(['left', 'right'])
      .optional()
      .describe('of an odd number of packed digits; default left if variable, right if fixed'),
    pad: z
      .string()
      .regex(/^[0-9A-F]$/)
      .default('0')
      .describe('nibble that fills an odd number of packed digits'),
    charset: z.enum(['ascii', 'gb18030']).default('ascii'),
    sensitive: Sensitive.optional(),
    tlv: z.boolean().default(false).describe('BER-TLV (EMV tags)'),
    layouts: z.array(Layout).default([]),
    values: Values.optional(),
  })
  .refine((f) => (f.length === undefined) !== (f.max === undefined && f.prefix === undefined), {
    message: 'expected either length, or max with prefix',
  })
  .refine((f) => (f.max === undefined) === (f.prefix === undefined), {
    message: 'max and prefix go together',
  })
  .refine(
    (f) =>
      f.prefix === undefined ||
      (f.max ?? 0) <= (f.prefix === 'll' ? 99 : 999) ||
      f['prefix-encoding'] === 'binary',
    {
      message: 'max does not fit the prefix',
    },
  )
  .refine((f) => !f.tlv || f.type === 'b', { message: 'only a field of bytes can hold BER-TLV' });
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

export const Dialect = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: Titles,
  frame: z.strictObject({
    length: z
      .strictObject({
        encoding: z.enum(['binary', 'bcd', 'ascii']),
        bytes: z.int().min(1).max(4),
        'counts-itself': z.boolean().default(false),
      })
      .describe('length header: binary is big-endian; bcd two digits a byte; ascii one'),
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
  mti: z.enum(['bcd', 'ascii']).default('bcd'),
  bitmap: z.enum(['binary', 'hex']).default('binary'),
  'prefix-encoding': z
    .enum(['bcd', 'ascii', 'binary'])
    .default('bcd')
    .describe('of length prefixes, unless the field says otherwise'),
  currency: z.string().length(3).default('CNY').describe('of amounts in messages without a currency field'),
  mac: z
    .strictObject({
      field: BitNumber,
      algorithm: z
        .enum(['unionpay-ecb', 'x9.9', 'x9.19'])
        .describe(
          'unionpay-ecb: XOR of all blocks, then DES over its hex text · x9.9: CBC · x9.19: CBC with a final 3DES',
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
});
/** A dialect that fits the schema. Keys of `fields` are bit numbers as text. */
export type Dialect = z.infer<typeof Dialect>;
