import iconv from 'iconv-lite';
import { z } from 'zod';
import { parseDuration } from '../../../rig/model/time.ts';

/**
 * A till protocol as data: how messages are framed and acknowledged, which fields they have, what answers what. One file
 * describes both ends; till, virtual terminal and decoder read the same. The folder `protocols/` has those that are public;
 * a lab keeps others (of vendors, under NDA) wherever it likes.
 */

const Duration = z
  .string()
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) context.addIssue({ code: 'custom', message: 'expected a duration such as "2 s"' });
    return ms ?? 0;
  })
  .describe('duration with its unit');
const Word = z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not a name: small letters, digits, hyphens' });
/** A text by language; English is always there. */
const Words = z.object({ en: z.string() }).catchall(z.string());
export type Words = z.infer<typeof Words>;

/** What a field holds. The terminal fills it in and the till understands it by this, whatever the protocol calls it. */
export const MEANINGS = {
  amount: 'amount of the payment, in minor units unless `format` says otherwise',
  currency: 'ISO 4217, three digits (or three letters with `format: letters`)',
  reference: "the till's own number of the payment, told back by the terminal",
  'till-id': 'number of the till',
  voucher: "the terminal's number of an earlier payment, which a void takes back",
  stan: "the terminal's number of this payment",
  'auth-code': 'authorisation code of the acquirer',
  rrn: "the acquirer's reference number",
  pan: 'card number; shown masked',
  'pan-last4': 'its last four digits',
  entry: 'how the card was read',
  time: 'date and time, as `format` writes them',
  result: 'how it ended',
  reason: 'why it did not end well',
  text: 'words for people: why it was refused, or what the terminal shows',
  state: 'what the terminal is doing',
  receipt: 'lines of a receipt',
  prints: 'who prints receipts',
  'terminal-id': 'number of the terminal',
  'merchant-id': 'number of the merchant',
  count: 'how many payments the terminal holds',
  total: 'their sum, in minor units',
} as const;
export type Meaning = keyof typeof MEANINGS;
const Meaning = z.enum(Object.keys(MEANINGS) as [Meaning, ...Meaning[]]);

/** What a code of a table means, across protocols. */
export const SENSES = {
  results: [
    ...['approved', 'declined', 'cancelled', 'timeout', 'no-answer', 'no-connection', 'busy', 'not-found'],
    ...['unsupported', 'settle-first', 'no-paper', 'format', 'accepted', 'error'],
  ],
  states: [
    ...['insert-card', 'reading-card', 'enter-pin', 'connecting', 'waiting', 'reversing', 'sending'],
    ...['remove-card', 'printing', 'other'],
  ],
  entries: ['chip', 'swipe', 'tap', 'manual'],
  printers: ['till', 'terminal'],
} as const;
const ALL_SENSES = [...SENSES.results, ...SENSES.states, ...SENSES.entries, ...SENSES.printers];

const Code = z.object({ means: z.enum(ALL_SENSES as [string, ...string[]]).optional() }).catchall(z.string());
export type Code = z.infer<typeof Code>;

const Field = z.strictObject({
  name: Word,
  title: Words.optional(),
  is: z.string().optional().describe('always this; messages are told apart by it'),
  holds: Meaning.optional(),
  table: Word.optional().describe('table of `tables` with the codes that can stand here'),
  default: z.string().optional().describe('stands here when there is nothing to say'),
  tag: z.string().min(1).max(8).optional().describe('of a field in a tlv layout'),
  width: z
    .int()
    .min(1)
    .max(2000)
    .optional()
    .describe('characters; in a fixed layout all but the last have one'),
  most: z.int().min(1).max(2000).optional().describe('characters at most'),
  fill: z.string().length(1).optional().describe('fills the width: 0 or a blank'),
  align: z.enum(['left', 'right']).default('right').describe('where the value stands in its width'),
  format: z
    .string()
    .max(40)
    .optional()
    .describe('of time: YYYY YY MM DD JJJ hh mm ss; of an amount: major; of a currency: letters'),
  optional: z
    .boolean()
    .default(false)
    .describe('may be missing; written only when there is something to say'),
});
export type Field = z.infer<typeof Field>;

const Message = z.strictObject({
  from: z.enum(['till', 'terminal']),
  title: Words,
  form: z.literal('progress').optional().describe('framed as progress text, SOH … EOT'),
  fields: z.array(Field).min(1).max(200),
});
export type Message = z.infer<typeof Message>;

const Framing = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stx-etx-lrc'),
    over: z
      .enum(['text', 'text+etx', 'stx+text', 'stx+text+etx'])
      .default('text+etx')
      .describe('what the checksum runs over'),
    base: z.int().min(0).max(255).default(0).describe('what the checksum starts from'),
    progress: z.boolean().default(false).describe('there is progress text, SOH … EOT'),
    'long-controls': z.boolean().default(false).describe('ACK and NAK come with ETX and a checksum'),
    longest: z.int().min(8).max(65_536).default(4096),
  }),
  z.strictObject({
    kind: z.literal('length-prefix'),
    form: z.enum(['big-endian', 'little-endian', 'ascii', 'bcd']),
    bytes: z.int().min(1).max(6),
    inclusive: z.boolean().default(false).describe('the length counts itself'),
    longest: z.int().min(8).max(65_536).default(8192),
  }),
  z.strictObject({
    kind: z.literal('55aa-cc33').describe('55 AA, kind, ack, id, length in two bytes, data, XOR, CC 33'),
    longest: z.int().min(16).max(65_536).default(1024),
  }),
  z.strictObject({
    kind: z.literal('text-tlv'),
    longest: z.int().min(8).max(65_536).default(8192),
  }),
]);
export type FramingSetup = z.infer<typeof Framing>;

const LinkSetup = z.strictObject({
  framing: Framing,
  handshake: z
    .enum(['none', 'ack', 'enq', 'numbered'])
    .describe(
      'none: what is sent has arrived · ack: every frame is acknowledged · enq: ENQ/ACK/EOT around each · numbered: a hello, then messages with numbers (55aa-cc33 alone)',
    ),
  'ack-within': Duration.default(3000).describe('how long ACK is waited for'),
  repeats: z.int().min(0).max(10).default(3).describe('how often a frame is sent again'),
  gap: Duration.default(0).describe('silence that the terminal keeps before it says something of its own'),
  silence: Duration.default(200).describe('silence that ends an unfinished frame'),
  baud: z.int().min(300).max(4_000_000).optional(),
  form: z
    .string()
    .regex(/^[78][NEO][12]$/, { error: 'expected data bits, parity and stop bits, such as 8N1' })
    .default('8N1'),
  port: z.int().min(1).max(65_535).optional().describe('TCP port where terminals listen'),
});
export type LinkSetup = z.infer<typeof LinkSetup>;

/** What the terminal does when it is asked. */
export const BEGINNINGS = {
  sale: 'a payment',
  'pre-auth': 'holds an amount',
  void: 'takes a payment back',
  refund: 'pays an amount out',
  settle: 'closes the day',
  'sign-on': 'signs on and loads keys',
  last: 'tells of the last payment that it holds',
  'last-result': 'tells the last result that it told the till, whatever it was',
  totals: 'tells count and sum',
  batch: 'tells every payment, one message each',
  status: 'tells how it is',
  receipts:
    'tells its receipts to the till from now on, or prints them itself; until the next operation is over',
  'last-receipt': 'prints its last receipt again, or tells it to a till that says so (prints)',
  nothing: 'acknowledges, and says no more',
} as const;
export type Beginning = keyof typeof BEGINNINGS;

const Exchange = z.strictObject({
  title: Words,
  does: z.enum(Object.keys(BEGINNINGS) as [Beginning, ...Beginning[]]),
  request: Word,
  reply: Word.optional().describe('when it ended well, or always'),
  refusal: Word.optional().describe('when it did not; without it, `reply`'),
  each: Word.optional().describe('one for each payment, before the reply'),
  progress: Word.optional().describe('on the way, as often as there is something to tell'),
  'progress-when': z.record(Word, z.string()).default({}).describe('only if the request has these values'),
  receipt: Word.optional().describe('lines of the receipt'),
  within: Duration.default(150_000).describe('the till waits so long for what comes next'),
});
export type Exchange = z.infer<typeof Exchange>;

const Mark = z.string().length(1);
const Receipts = z
  .strictObject({
    columns: z.int().min(8).max(200).describe('characters of a line of ordinary text'),
    longest: z.int().min(8).max(4000).describe('characters that one message tells at most'),
    line: Mark.describe('ends a line, and its style'),
    end: Mark.describe('ends a receipt'),
    styles: z
      .record(
        Mark,
        z.strictObject({
          bold: z.boolean().optional(),
          wide: z.int().min(1).max(8).optional(),
          high: z.int().min(1).max(8).optional(),
          columns: z
            .int()
            .min(8)
            .max(200)
            .optional()
            .describe('characters of such a line, where it is others'),
        }),
      )
      .default({})
      .describe('characters that say how the line behind them is printed'),
  })
  .describe('how a till that prints is told receipts, by fields that hold: receipt');
export type ReceiptSetup = z.infer<typeof Receipts>;

export const ProtocolFile = z.strictObject({
  version: z.literal(1),
  id: Word,
  title: Words,
  source: z.string().optional().describe('where these facts can be read'),
  text: z
    .string()
    .refine((name) => iconv.encodingExists(name), { error: 'not a known encoding' })
    .default('latin1'),
  currency: z.string().length(3).optional().describe('ISO 4217: what is meant when no currency is said'),
  links: z.strictObject({ serial: LinkSetup.optional(), tcp: LinkSetup.optional() }),
  layout: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('delimited'), separator: z.string().length(1) }),
    z.strictObject({ kind: z.literal('fixed') }),
    z.strictObject({
      kind: z.literal('tlv'),
      tag: z.int().min(1).max(8).describe('characters of a tag'),
      length: z.int().min(1).max(6).describe('digits of a length'),
    }),
  ]),
  busy: z
    .enum(['answer', 'nak', 'silence'])
    .default('answer')
    .describe('what a terminal does that has no time: tells so, NAK, or nothing'),
  tables: z.record(Word, z.record(z.string().min(1), Code)).default({}),
  receipts: Receipts.optional(),
  messages: z.record(Word, Message),
  exchanges: z.record(Word, Exchange),
});
export type Protocol = z.infer<typeof ProtocolFile>;
