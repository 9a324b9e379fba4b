import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { formatMoney, numericCode, parseAmount } from '../../rig/model/money.ts';
import { type Clock, makeClock } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { LANGUAGES, resultName, statusName } from '../codec/zvt/catalogue.ts';
import type { Tee } from '../transport/tee.ts';
import { openStream, type Place } from './stream.ts';
import * as commands from './zvt/commands.ts';
import { toldBy } from './zvt/dialogue.ts';
import { type Before, type Belief, beliefOf, recover } from './zvt/payment.ts';
import { openSession, type Session } from './zvt/session.ts';

const Options = z.object({
  port: z.string().optional(),
  baud: z.coerce.number({ error: '--baud takes a number' }).int().min(300).max(4_000_000).default(9600),
  form: z
    .string()
    .regex(/^[78][NEO][12]$/, '--form is data bits, parity and stop bits, such as 8N2')
    .default('8N2'),
  tcp: z.string().optional(),
  currency: z.string().default('EUR'),
  password: z.string().regex(/^\d{1,6}$/, '--password takes up to six digits'),
  register: z.boolean().default(false),
  lang: z.enum(LANGUAGES, { error: `--lang must be one of ${LANGUAGES.join(', ')}` }),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

const NO_TEE: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
const ZVT_PORT = 20_007;

/** A command of the verb: its values, what is sent, and whether money is in it. */
interface Verb {
  readonly values: readonly ('amount' | 'receipt')[];
  readonly money: boolean;
  build(at: { readonly minor: number; readonly receipt: string; readonly options: Options }): Uint8Array;
}

const currencyIn = ({ currency }: Options): string => numericCode(currency);
const VERBS: Readonly<Record<string, Verb>> = {
  register: { values: [], money: false, build: ({ options }) => registrationOf(options) },
  pay: {
    values: ['amount'],
    money: true,
    build: ({ minor, options }) => commands.authorisation(minor, currencyIn(options)),
  },
  refund: {
    values: ['amount'],
    money: true,
    build: ({ minor, options }) => commands.refund(options.password, minor, currencyIn(options)),
  },
  void: {
    values: ['receipt'],
    money: true,
    build: ({ receipt, options }) => commands.reversal(options.password, receipt),
  },
  'pre-auth': {
    values: ['amount'],
    money: true,
    build: ({ minor, options }) => commands.preAuthorisation(minor, currencyIn(options)),
  },
  book: {
    values: ['receipt', 'amount'],
    money: true,
    build: ({ minor, receipt, options }) => commands.bookTotal(receipt, minor, currencyIn(options)),
  },
  release: {
    values: ['receipt', 'amount'],
    money: true,
    build: ({ minor, receipt, options }) => commands.partialReversal(receipt, minor, currencyIn(options)),
  },
  'pre-auth-void': {
    values: ['receipt'],
    money: true,
    build: ({ receipt }) => commands.preAuthReversal(receipt),
  },
  holds: { values: [], money: false, build: () => commands.openPreAuthorisations() },
  totals: { values: [], money: false, build: ({ options }) => commands.turnoverTotals(options.password) },
  'end-of-day': { values: [], money: false, build: ({ options }) => commands.endOfDay(options.password) },
  'repeat-receipt': {
    values: [],
    money: false,
    build: ({ options }) => commands.repeatReceipt(options.password, 'both'),
  },
  status: { values: [], money: false, build: () => commands.statusEnquiry() },
  diagnosis: { values: [], money: false, build: () => commands.diagnosis() },
  initialise: { values: [], money: false, build: ({ options }) => commands.initialisation(options.password) },
  'log-off': { values: [], money: false, build: () => commands.logOff() },
  abort: { values: [], money: false, build: () => commands.abort() },
};

const { payments, administration, states, lines } = commands.CONFIG;
const registrationOf = (options: Options): Uint8Array =>
  commands.registration({
    password: options.password,
    config: payments | administration | states | lines,
    currency: currencyIn(options),
  });

/**
 * `posrig till zvt`: one command to a terminal. What the terminal says is written as it comes. Errors: USAGE, TRANSPORT_OPEN.
 * Resolves with the exit code: 0 done, 1 refused, 2 nobody knows.
 */
export async function tillVerb(
  protocol: string,
  name: string,
  values: readonly string[],
  given: Record<string, unknown>,
): Promise<number> {
  const read = Options.safeParse(given);
  if (!read.success) throw usage(read.error.issues[0]?.message ?? 'the options are not understood');
  const options = read.data;
  if (protocol !== 'zvt') throw usage(`the till protocol "${protocol}" is not known`, 'There is: zvt.');
  const verb = VERBS[name];
  if (!verb)
    throw usage(`there is no till command "${name}"`, `There are: ${Object.keys(VERBS).join(', ')}.`);
  const place = placeOf(options);
  const at = { ...valuesOf(name, verb, values, options), options };
  const command = verb.build(at);
  const say = sayer(options);
  const clock = makeClock(1);
  const open = async () => openSession(await openStream(place, NO_TEE), clock, say);
  const session = await open();
  const release = onInterrupt(session);
  try {
    if (options.register) await session.run(registrationOf(options));
    const before = verb.money ? await lastBefore(session, options) : undefined;
    const result = await session.run(command);
    let belief = beliefOf(result);
    if (belief.outcome === 'unknown' && before) {
      await session.close();
      say.note(`no result (${belief.remark ?? ''}): the terminal is asked what became of it`);
      belief = await recoverIn(
        clock,
        options,
        verb.values.includes('amount') ? at.minor : undefined,
        before,
        open,
      );
    }
    say.end(belief);
    return belief.outcome === 'approved'
      ? EXIT.ok
      : belief.outcome === 'declined'
        ? EXIT.failed
        : EXIT.broken;
  } finally {
    release();
    await session.close();
  }
}

const recoverIn = (
  clock: Clock,
  { password }: Options,
  minor: number | undefined,
  before: Before,
  open: () => Promise<Session>,
) => recover({ clock, password, minor, before, open });

/** The receipt that is the last one before this payment. */
async function lastBefore(session: Session, { password }: Options): Promise<Before> {
  const { statuses } = await session.run(commands.repeatReceipt(password));
  const told = statuses[0] && toldBy(statuses[0]);
  return { receipt: told?.receipt, trace: told?.trace };
}

/** The first Ctrl-C asks the terminal, which then tells how it ends; the second leaves. */
function onInterrupt(session: Session): () => void {
  let asked = false;
  const interrupt = () => {
    if (asked) process.exit(EXIT.broken);
    asked = true;
    process.stderr.write('asking the terminal to give up; Ctrl-C again leaves at once\n');
    session.abort();
  };
  process.on('SIGINT', interrupt);
  return () => void process.off('SIGINT', interrupt);
}

function placeOf({ port, baud, form, tcp }: Options): Place {
  if ((port === undefined) === (tcp === undefined)) {
    throw usage('say where the terminal is', 'Either --port /dev/ttyUSB0, or --tcp HOST[:PORT].');
  }
  if (port !== undefined) return { port, baud, form };
  const match = /^(?:tcp:)?(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(tcp ?? '');
  const number = Number(match?.[2] ?? ZVT_PORT);
  if (!match?.[1] || number < 1 || number > 65_535) throw usage(`--tcp ${tcp} is not HOST[:PORT]`);
  return { host: match[1].replace(/^\[|\]$/g, ''), tcp: number };
}

function valuesOf(name: string, verb: Verb, values: readonly string[], { currency }: Options) {
  if (values.length !== verb.values.length) {
    const wants = verb.values.length === 0 ? 'no values' : verb.values.join(' and ');
    throw usage(`${name} takes ${wants}, not ${values.length === 0 ? 'nothing' : `"${values.join(' ')}"`}`);
  }
  let minor = 0;
  let receipt = '';
  for (const [i, kind] of verb.values.entries()) {
    const value = values[i] ?? '';
    if (kind === 'amount') {
      minor = parseAmount(value, currency).minor;
      if (minor <= 0 || minor > 999_999_999_999) throw usage(`${value} is not an amount that can be paid`);
    } else {
      if (!/^\d{1,4}$/.test(value)) throw usage(`a receipt number has up to four digits, not "${value}"`);
      receipt = value.padStart(4, '0');
    }
  }
  return { minor, receipt };
}

const usage = (message: string, hint?: string): RigError =>
  new RigError('USAGE', 'file', message, hint === undefined ? {} : { hint });

/** Writes what comes, as text or as JSON lines. */
function sayer({ json, lang, currency }: Options) {
  const line = (text: string, object: object) =>
    process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`);
  return {
    state: ({ code, text, minutes }: { code: number; text: string | undefined; minutes: number }) => {
      const says = text ?? statusName(code)[lang];
      line(`… ${says}`, { type: 'state', code, text: says, ...(minutes > 0 && { minutes }) });
    },
    line: (text: string) => line(`  | ${text}`, { type: 'receipt-line', text }),
    note: (text: string) => line(`  (${text})`, { type: 'note', text }),
    end: ({ outcome, code, told, remark }: Belief) => {
      const amount = told?.amount === undefined ? undefined : formatMoney({ minor: told.amount, currency });
      const why = code === undefined || code === 0 ? '' : `: ${resultName(code)[lang]}`;
      const facts = [
        amount,
        told?.receipt && `receipt ${told.receipt}`,
        told?.trace && `trace ${told.trace}`,
        remark,
      ];
      const tail = facts.filter((fact) => fact).join(', ');
      line(`${outcome}${why}${tail === '' ? '' : ` (${tail})`}`, {
        type: 'end',
        outcome,
        ...(code !== undefined && { code, reason: resultName(code)[lang] }),
        ...(told && { told }),
        ...(remark !== undefined && { remark }),
      });
    },
  };
}
