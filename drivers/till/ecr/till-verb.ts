import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { formatMoney, numericCode, parseAmount } from '../../../rig/model/money.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import type { ReadMessage } from '../../codec/ecr/message.ts';
import type { Exchange, Protocol } from '../../codec/ecr/protocol.ts';
import { receiptReader } from '../../codec/ecr/receipt.ts';
import type { Values } from '../../codec/ecr/values.ts';
import type { Tee } from '../../transport/tee.ts';
import { LRC_VARIANTS, placeFor, withLrc } from '../place.ts';
import { loadProtocol } from '../protocol-file.ts';
import { openStream } from '../stream.ts';
import {
  type Before,
  type Belief,
  beliefOf,
  identityIn,
  isMoney,
  lastOf,
  recover,
  recoveryOf,
} from './belief.ts';
import { type ExchangeResult, openSession, type Session } from './session.ts';
import { languagesOf, progressText, reasonText, shownText } from './show.ts';

const Options = z.object({
  port: z.string().optional(),
  baud: z.coerce.number({ error: '--baud takes a number' }).int().min(300).max(4_000_000).optional(),
  form: z
    .string()
    .regex(/^[78][NEO][12]$/, '--form is data bits, parity and stop bits, such as 8N1')
    .optional(),
  tcp: z.string().optional(),
  currency: z.string().optional(),
  lrc: z.enum(LRC_VARIANTS, { error: `--lrc must be one of ${LRC_VARIANTS.join(', ')}` }).optional(),
  reference: z.string().min(1).max(40).optional(),
  tillId: z.string().min(1).max(20).optional(),
  lang: z.string(),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

const NO_TEE: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
/** How long the terminal is asked for its last payment before a new one, nominal ms. */
const READY = 20_000;

/**
 * `posrig till <protocol>` for a protocol that a file describes: one exchange with a terminal. What the terminal says is
 * written as it comes. Errors: USAGE, TRANSPORT_OPEN, CODEC_FIELD. Resolves with the exit code: 0 done, 1 refused, 2 nobody
 * knows.
 */
export async function ecrTillVerb(
  name: string,
  command: string,
  values: readonly string[],
  given: Record<string, unknown>,
): Promise<number> {
  const read = Options.safeParse(given);
  if (!read.success) throw usage(read.error.issues[0]?.message ?? 'the options are not understood');
  const options = read.data;
  const protocol = withLrc(loadProtocol(name), options.lrc);
  const exchange = exchangeNamed(protocol, command);
  const currency = options.currency ?? protocol.currency ?? 'EUR';
  const asked = valuesFor(protocol, command, exchange, values, currency, options);
  const place = placeFor(protocol, options);
  const clock = makeClock(1);
  const say = sayer(protocol, options, currency);
  const open = async (): Promise<Session> =>
    openSession(protocol, await openStream(place, NO_TEE), clock, say, currency);
  const release = onInterrupt(say.note);
  try {
    const before = isMoney(exchange) ? await knownBefore(protocol, clock, open) : undefined;
    const session = await open();
    let result: ExchangeResult;
    try {
      // Whoever asks for the last receipt at a console wants to read it there.
      const reads = exchange.does === 'last-receipt';
      result = await session.run(command, reads ? { ...asked, prints: 'till' } : asked, undefined, reads);
    } finally {
      await session.close();
    }
    for (const message of result.listed) say.message(message);
    if (result.end.how === 'acknowledged') {
      say.end({ outcome: 'approved', remark: 'acknowledged' });
      return EXIT.ok;
    }
    let belief = beliefOf(protocol, result);
    if (belief.outcome === 'unknown' && isMoney(exchange)) {
      say.note(`no result (${belief.remark ?? ''}): the terminal is asked what became of it`);
      belief = await recover({ protocol, clock, asked, before, open });
    }
    say.end(belief);
    if (belief.outcome === 'approved') return EXIT.ok;
    return belief.outcome === 'declined' ? EXIT.failed : EXIT.broken;
  } finally {
    release();
  }
}

const usage = (message: string, hint?: string): RigError =>
  new RigError('USAGE', 'file', message, hint === undefined ? {} : { hint });

function exchangeNamed({ id, exchanges }: Protocol, name: string): Exchange {
  const found = exchanges[name];
  if (found) return found;
  const known = Object.entries(exchanges).map(([key, { title }]) => `${key} (${title.en})`);
  throw usage(`${id} has no till command "${name}"`, `It has: ${known.join(', ')}.`);
}

/** The last payment before this one, to tell a new one from it afterwards. */
async function knownBefore(
  protocol: Protocol,
  clock: Clock,
  open: () => Promise<Session>,
): Promise<Before | undefined> {
  if (recoveryOf(protocol) === undefined) return undefined;
  const last = await lastOf(protocol, clock, open, READY);
  if (!('failed' in last)) return { identity: identityIn(last) };
  throw new RigError('TRANSPORT_TIMEOUT', 'bench', `the terminal does not answer: ${last.failed}`, {
    hint: 'Is it on, idle, and set to this protocol at this port? Nothing has been asked of it.',
  });
}

function valuesFor(
  protocol: Protocol,
  name: string,
  { request }: Exchange,
  values: readonly string[],
  currency: string,
  { reference, tillId }: Options,
): Values {
  const fields = protocol.messages[request]?.fields ?? [];
  const takes = (['voucher', 'amount'] as const).filter((meaning) =>
    fields.some(({ holds }) => holds === meaning),
  );
  if (values.length !== takes.length) {
    const wants = takes.length === 0 ? 'no values' : takes.map((one) => WORDS[one]).join(' and ');
    throw usage(`${name} takes ${wants}, not ${values.length === 0 ? 'nothing' : `"${values.join(' ')}"`}`);
  }
  const found: Partial<Record<'voucher' | 'amount', string>> = {};
  for (const [i, meaning] of takes.entries()) {
    const value = values[i] ?? '';
    if (meaning === 'amount') {
      const { minor } = parseAmount(value, currency);
      if (minor <= 0) throw usage(`${value} is not an amount that can be paid`);
      found.amount = String(minor);
    } else {
      if (!/^[0-9A-Za-z]{1,20}$/.test(value)) throw usage(`"${value}" is not the number of a payment`);
      found.voucher = value;
    }
  }
  return {
    ...found,
    currency: numericCode(currency),
    reference: reference ?? String(Math.floor(Date.now() / 1000) % 1_000_000).padStart(6, '0'),
    ...(tillId !== undefined && { 'till-id': tillId }),
  };
}

const WORDS = { voucher: 'the number of the payment', amount: 'an amount' } as const;

/** These protocols have no command by which a till could cancel: the first Ctrl-C says so, the second leaves. */
function onInterrupt(note: (text: string) => void): () => void {
  let asked = false;
  const interrupt = () => {
    if (asked) process.exit(EXIT.broken);
    asked = true;
    note(
      'press cancel at the terminal; Ctrl-C again leaves at once, and what becomes of the payment is not known',
    );
  };
  process.on('SIGINT', interrupt);
  return () => void process.off('SIGINT', interrupt);
}

/** Writes what comes, as text or as JSON lines. */
function sayer(protocol: Protocol, { json, lang }: Options, currency: string) {
  const languages = languagesOf(protocol);
  if (!languages.includes(lang)) {
    throw usage(`${protocol.id} has no texts in ${lang}`, `It has: ${languages.join(', ')}.`);
  }
  const line = (text: string, object: object) =>
    process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`);
  const lineOf = (text: string) => line(`  | ${text}`, { type: 'receipt-line', text });
  const reader = protocol.receipts && receiptReader(protocol.receipts);
  const told = (message: ReadMessage) =>
    Object.fromEntries(message.fields.map((field) => [field.field.name, shownText(field, false)]));
  return {
    progress: (message: ReadMessage) => {
      const text = progressText(protocol, message, lang);
      line(`… ${text}`, { type: 'state', text, message: message.name });
    },
    // Where receipts have marks in them, they are read; elsewhere their lines come as they are.
    ...(reader
      ? {
          paper: (text: string) => {
            for (const { lines } of reader.push(text)) for (const one of lines) lineOf(one.text);
          },
        }
      : { line: lineOf }),
    note: (text: string) => line(`  (${text})`, { type: 'note', text }),
    message: (message: ReadMessage) =>
      line(`  ${facts(message.values, currency)}`, { type: 'payment', told: told(message) }),
    end: ({ outcome, told: values, message, remark }: Belief) => {
      const why = message ? reasonText(protocol, message, lang) : '';
      const known = [values && facts(values, currency), remark].filter((fact) => fact).join(', ');
      const tail = known === '' ? '' : ` (${known})`;
      line(`${outcome}${outcome === 'approved' || why === '' ? '' : `: ${why}`}${tail}`, {
        type: 'end',
        outcome,
        ...(why !== '' && { reason: why }),
        ...(message && { message: message.name, told: told(message) }),
        ...(remark !== undefined && { remark }),
      });
    },
  };
}

/** What names a payment, in words. */
function facts(
  { amount, total, count, stan, 'auth-code': code, reference }: Values,
  currency: string,
): string {
  const money = (minor: string) => formatMoney({ minor: Number(minor), currency });
  return [
    amount && money(amount),
    count && `${count} payments`,
    total && `in all ${money(total)}`,
    stan && `number ${stan}`,
    code && `authorisation ${code}`,
    reference && `reference ${reference}`,
  ]
    .filter((fact) => fact)
    .join(', ');
}
