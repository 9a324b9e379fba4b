import iconv from 'iconv-lite';
import { z } from 'zod';
import type { DriverModule } from '../../../rig/bench/manifest.ts';
import type { DriverContext, TillOrder, TillPlane } from '../../../rig/bench/planes.ts';
import type { TillRecord } from '../../../rig/model/book.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { PlaneName } from '../../../rig/model/event.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { numericCode } from '../../../rig/model/money.ts';
import type { TillWay } from '../../../rig/model/till-ways.ts';
import type { Beginning, Protocol } from '../../codec/ecr/protocol.ts';
import { type PaperLine, receiptReader, type Told } from '../../codec/ecr/receipt.ts';
import type { Values } from '../../codec/ecr/values.ts';
import { receiptOfText } from '../../printer/text-receipt.ts';
import { teeInto } from '../../transport/tee.ts';
import { cableUnable, makeCable } from '../cable.ts';
import { ecrLanguage } from '../cable-language.ts';
import { LRC_VARIANTS, placeFor, withLrc } from '../place.ts';
import { loadProtocol } from '../protocol-file.ts';
import { tillReceipts } from '../receipts-bus.ts';
import { type LinkStream, openStream } from '../stream.ts';
import {
  type Before,
  type Belief,
  beliefOf,
  identityIn,
  lastOf,
  recover,
  recoverEndOfDay,
  recoveryOf,
  sumBefore,
} from './belief.ts';
import { openSession, type Session } from './session.ts';
import { progressText } from './show.ts';

const Common = {
  port: z.string().min(1).optional().describe('serial port of the terminal, best as /dev/serial/by-id/…'),
  baud: z
    .int()
    .min(300)
    .max(4_000_000)
    .optional()
    .describe('of the serial port; else as the protocol has it'),
  form: z
    .string()
    .regex(/^[78][NEO][12]$/)
    .optional()
    .describe('data bits, parity, stop bits of the serial port; else as the protocol has it'),
  tcp: z.string().min(3).optional().describe('address of the terminal, HOST:PORT'),
  at: z.string().min(3).optional().describe('port or address, whichever it is'),
  currency: z.string().length(3).default('CNY').describe('ISO 4217'),
  lrc: z.enum(LRC_VARIANTS).optional().describe('what the checksum runs over; else as the protocol has it'),
  'till-id': z.string().min(1).max(20).optional().describe('number that the till gives itself'),
};

/** Options of a till with a protocol that ships. */
const Named = z.strictObject(Common);
/** Options of a till whose protocol is a file of the lab. */
const OfFile = Named.extend({
  protocol: z.string().min(1).describe('file that describes the protocol, or the name of a shipped one'),
});
type Options = z.infer<typeof Named> & { readonly protocol?: string | undefined };

/** What orders are called in protocols. */
const DOES: Readonly<Partial<Record<MessageKind, Beginning>>> = {
  sale: 'sale',
  'pre-auth': 'pre-auth',
  void: 'void',
  refund: 'refund',
  settlement: 'settle',
};

/** The driver of a shipped protocol, or of the one that the options name. */
export const tillDriver = (shipped?: string): DriverModule<TillPlane, Options> => ({
  options: shipped === undefined ? OfFile : Named,
  open: (given, context) => open(given, context, shipped),
  besides: (given, others, resolve) => {
    const name = shipped ?? given.protocol ?? '';
    if (name.includes('${')) return undefined;
    try {
      return unfitFor(loadProtocol(shipped ?? pathOf(name, resolve)), others);
    } catch (error) {
      // What is wrong with the file itself is told elsewhere.
      if (error instanceof RigError) return undefined;
      throw error;
    }
  },
  files: (given, resolve) => {
    try {
      loadProtocol(shipped ?? pathOf(given.protocol ?? '', resolve));
      return [];
    } catch (error) {
      return error instanceof RigError ? [{ option: ['protocol'], error }] : [];
    }
  },
});

/** What a protocol cannot do for the planes that see the terminal by its till alone. */
function unfitFor(
  protocol: Protocol,
  { display, printer }: Readonly<Partial<Record<PlaneName, string>>>,
): string | undefined {
  const { id, exchanges } = protocol;
  if (display === 'till-status') {
    const tells = Object.values(exchanges).some(({ does, progress }) => does === 'sale' && progress);
    return tells
      ? `the till driver hands on none of the states that ${id} tells: the display driver till-status needs a till with the driver zvt`
      : `${id} has no message about what the terminal is doing: the display driver till-status sees nothing here`;
  }
  const prints = protocol.receipts && exchangeNamed(protocol, 'receipts') !== undefined;
  return printer === 'till-receipts' && !prints
    ? `${id} tells no receipts to the till: the printer driver till-receipts gets none here`
    : undefined;
}

/** A name stays a name; a path is one of the bench file. */
const pathOf = (protocol: string, resolve: (path: string) => string): string =>
  /[\\/:]|\.ya?ml$/.test(protocol) ? resolve(protocol) : protocol;

/**
 * A till on the bench. Nothing is connected before the first order, and every order has a connection of its own: a till that
 * is switched on for each payment. What it is told stands in its record; where it was told nothing, it asks.
 * Errors of `order`: TRANSPORT_OPEN; TERMINAL_UNSUPPORTED for what the protocol has no exchange for.
 */
async function open(given: Options, context: DriverContext, shipped?: string): Promise<TillPlane> {
  const name = shipped ?? pathOf(given.protocol ?? '', context.resolve);
  const protocol = withLrc(loadProtocol(name), given.lrc);
  const place = placeFor(protocol, given);
  const tee = () => teeInto(context.recorder, 'till', protocol.id);
  const { columns } = context.profile.receipt;
  return makeTill(protocol, given, { ...context, bus: tillReceipts(context), columns }, () =>
    openStream(place, tee()),
  );
}

/** What is said of a till besides where its terminal is. */
type TillOptions = Pick<Options, 'currency' | 'till-id' | 'port' | 'tcp' | 'at'>;

/** What a till needs of the bench: where receipts go that come over the link, and how wide paper is. */
export interface EcrContext extends Pick<DriverContext, 'clock' | 'recorder'> {
  readonly bus?: Pick<ReturnType<typeof tillReceipts>, 'wanted' | 'underWay' | 'publish'>;
  readonly columns?: number;
}
const NO_PRINTER = { wanted: false, underWay: false, publish: () => {} };

/** The till of a protocol over connections that somebody opens. */
export function makeTill(
  protocol: Protocol,
  given: TillOptions,
  { clock, recorder, bus = NO_PRINTER, columns = 32 }: EcrContext,
  openLink: () => Promise<LinkStream>,
): TillPlane {
  const records: TillRecord[] = [];
  const references = numbers();
  /** Amount of what was approved, by the terminal's number or ours: some protocols take back by amount. */
  const amounts = new Map<string, number>();
  const note = (text: string) => recorder.record({ type: 'note', level: 'info', text: `till: ${text}` });
  const cable = makeCable(clock, ecrLanguage(protocol), (phase, proof) =>
    recorder.record({ type: 'fault', phase, proof }),
  );
  const { receipts } = protocol;
  const asksForPaper = exchangeNamed(protocol, 'receipts');
  /** The receipt that is coming, and since when. */
  let paper: PaperLine[] = [];
  let from: number | undefined;
  /** How many receipts the till has printed, and whether what comes now has been asked for again. */
  let count = 0;
  let repeating = false;
  const printed = ({ lines, over }: Told): void => {
    from ??= clock.now();
    bus.underWay = !over;
    if (paper.length < LINES_MAX) paper.push(...lines);
    if (!over) return;
    const wide = Math.max(columns, ...paper.map(({ text, wide = 1 }) => text.length * wide));
    if (paper.length > 0) {
      bus.publish(receiptOfText(paper, { columns: wide, ...lettersOf(protocol) }), from, repeating);
      count++;
    }
    [paper, from] = [[], undefined];
  };
  /** The last receipts again, on the till's paper. What does not come is missing there, as it would be in a shop. */
  const printAgain = async (exchange: string): Promise<void> => {
    [paper, from, repeating] = [[], undefined, true];
    try {
      const session = await connect();
      const { end } = await session.run(exchange, { prints: 'till' }, undefined, true);
      await session.close();
      if (end.how === 'lost') note(`no receipt: ${end.why}`);
    } catch (thrown) {
      if (!(thrown instanceof RigError)) throw thrown;
      note(`no receipt: ${thrown.message}`);
    } finally {
      [paper, from, repeating, bus.underWay] = [[], undefined, false, false];
    }
  };
  const connect = async (): Promise<Session> => {
    const reader = receipts && receiptReader(receipts);
    return openSession(
      protocol,
      cable.through(await openLink()),
      clock,
      {
        progress: (message) => note(progressText(protocol, message, 'en')),
        paper: (text) => {
          for (const told of reader?.push(text) ?? []) printed(told);
        },
        note,
      },
      given.currency,
    );
  };
  /** Asks the terminal for the receipts of what it is about to do, where somebody wants them. */
  const askForPaper = async (session: Session): Promise<boolean> => {
    if (!bus.wanted || asksForPaper === undefined) return false;
    const { end } = await session.run(asksForPaper, { prints: 'till' });
    if (end.how === 'lost') note(`the terminal does not tell its receipts: ${end.why}`);
    return end.how !== 'lost';
  };

  const carryOut = async (wanted: TillOrder): Promise<TillRecord> => {
    // What is told without the terminal's number belongs to what was being done when it was asked for.
    const at = clock.now();
    if (bus.wanted && (!receipts || asksForPaper === undefined)) throw tellsNoReceipts(protocol);
    const exchange = exchangeFor(protocol, wanted.kind);
    const asked = valuesOf(wanted, given, references(), amounts);
    let before: Before | undefined;
    const asks = wanted.kind !== 'settlement' && recoveryOf(protocol) !== undefined;
    let recovered = false;
    if (asks) {
      const last = await lastOf(protocol, clock, connect, READY);
      if ('failed' in last) {
        throw new RigError(
          'TRANSPORT_TIMEOUT',
          'bench',
          `the terminal does not answer the till: ${last.failed}`,
        );
      }
      before = { identity: identityIn(last) };
    }
    const sum = wanted.kind === 'settlement' ? await sumBefore(protocol, clock, connect, READY) : undefined;
    const session = await connect();
    const countBefore = count;
    let prints = false;
    let belief: Belief;
    try {
      prints = await askForPaper(session);
      cable.begin();
      belief = beliefOf(protocol, await session.run(exchange, asked, undefined, prints));
    } finally {
      cable.end();
      await session.close();
    }
    if (belief.outcome === 'unknown' && wanted.kind === 'settlement' && hasTotals(protocol)) {
      recovered = true;
      note(`no result (${belief.remark ?? ''}); the terminal is asked for its totals`);
      belief = await recoverEndOfDay({ protocol, clock, open: connect, before: sum });
    }
    if (belief.outcome === 'unknown' && asks) {
      recovered = true;
      note(`no result (${belief.remark ?? ''}); the terminal is asked what became of it`);
      belief = await recover({ protocol, clock, asked, before, open: connect });
    }
    // Receipts that a cable has broken off are had again; without a way to ask, what has come of them is all there is.
    const missing = belief.outcome === 'approved' && (paper.length > 0 || count === countBefore);
    const again = exchangeNamed(protocol, 'last-receipt');
    if (prints && missing && again !== undefined && tellsReceiptOf(protocol, wanted.kind))
      await printAgain(again);
    else if (paper.length > 0) printed({ lines: [], over: true });
    const { outcome, told } = belief;
    note(`${wanted.kind} ${outcome}${belief.remark === undefined ? '' : ` (${belief.remark})`}`);
    const amount = told?.amount ?? told?.total ?? asked.amount;
    const minor = Number(amount ?? 0);
    const stan = told?.stan;
    if (outcome === 'approved') amounts.set(stan?.padStart(6, '0') ?? '', minor);
    const record: TillRecord = {
      kind: wanted.kind,
      reference: asked.reference ?? stan ?? String(records.length + 1),
      outcome,
      amount: { minor, currency: given.currency },
      ...(stan !== undefined && outcome === 'approved' && { stan }),
      ...(recovered && { recovered }),
      at: stan === undefined ? at : clock.now(),
    };
    // What is taken back may have been paid before this till was there: without its amount there is nothing to compare.
    if (amount !== undefined || wanted.kind === 'settlement') records.push(record);
    return record;
  };

  const underWay = new Set<Promise<unknown>>();
  const order = (wanted: TillOrder): Promise<TillRecord> => {
    const done = carryOut(wanted);
    const seen = done.catch(() => {}).finally(() => underWay.delete(seen));
    underWay.add(seen);
    return done;
  };
  const can = (Object.keys(DOES) as MessageKind[]).filter((kind) => canDo(protocol, kind));
  return {
    facts: { till: given.port ?? given.tcp ?? given.at ?? '', protocol: protocol.id },
    orders: can,
    ways: waysOf(protocol),
    receipts: can.filter((kind) => tellsReceiptOf(protocol, kind)),
    order,
    arm: (fault) => cable.arm(fault),
    unable: (fault) => cableUnable(fault, (given.port ?? given.at ?? '').startsWith('/')),
    records: () => records,
    settled: async () => void (await Promise.all(underWay)),
    close: async () => {},
  };
}

const tellsNoReceipts = ({ id }: Protocol): RigError =>
  new RigError('TERMINAL_UNSUPPORTED', 'file', `${id} tells no receipts to the till`, {
    hint: 'The printer driver till-receipts needs a till that is told them, such as zvt or ecr17.',
  });

/** What an encoding of one byte a letter can say of a receipt: a slip in Chinese arrives without its characters. */
const lettersOf = ({ text }: Protocol): { readonly letters?: 'latin' } =>
  iconv.encode('中', text).length === 1 ? { letters: 'latin' } : {};

/** More lines than any receipt has. */
const LINES_MAX = 5000;
/** How long a terminal may take to be ready for the next payment, nominal ms. */
const READY = 120_000;

/** Numbers of payments, none twice within a day. */
function numbers(): () => string {
  let next = Math.floor(Date.now() / 100) % 1_000_000;
  return () => {
    next = (next + 1) % 1_000_000;
    return String(next).padStart(6, '0');
  };
}

/** What a scenario may count on beyond orders and their results. */
function waysOf(protocol: Protocol): readonly TillWay[] {
  const exchanges = Object.values(protocol.exchanges);
  return [
    ...(exchanges.some(({ does, progress }) => does === 'sale' && progress !== undefined)
      ? ['progress' as const]
      : []),
    ...(exchanges.some(({ does }) => does === 'last' || does === 'last-result') ? ['last' as const] : []),
    ...(hasTotals(protocol) ? ['totals' as const] : []),
  ];
}

const hasTotals = ({ exchanges }: Protocol): boolean =>
  Object.values(exchanges).some(({ does }) => does === 'totals');

const exchangeNamed = ({ exchanges }: Protocol, does: Beginning | undefined): string | undefined =>
  Object.entries(exchanges).find(([, exchange]) => exchange.does === does)?.[0];

/** A void that says only the amount takes the last payment back: that is for keys to decide, where they can. */
const canDo = (protocol: Protocol, kind: MessageKind): boolean => {
  const name = exchangeNamed(protocol, DOES[kind]);
  if (name === undefined) return false;
  const request = protocol.exchanges[name]?.request ?? '';
  return (
    kind !== 'void' || (protocol.messages[request]?.fields.some(({ holds }) => holds === 'voucher') ?? false)
  );
};

/** A protocol may tell the receipts of some of its exchanges alone. */
const tellsReceiptOf = (protocol: Protocol, kind: MessageKind): boolean =>
  protocol.exchanges[exchangeNamed(protocol, DOES[kind]) ?? '']?.receipt !== undefined;

function exchangeFor(protocol: Protocol, kind: MessageKind): string {
  const name = exchangeNamed(protocol, DOES[kind]);
  if (name !== undefined) return name;
  throw new RigError('TERMINAL_UNSUPPORTED', 'bench', `${protocol.id} has no exchange for: ${kind}`);
}

function valuesOf(
  { amount, receipt }: TillOrder,
  options: TillOptions,
  reference: string,
  amounts: ReadonlyMap<string, number>,
): Values {
  const voided = receipt === undefined ? undefined : amounts.get(receipt.padStart(6, '0'));
  const minor = amount?.minor ?? voided;
  return {
    reference,
    currency: numericCode(options.currency),
    ...(minor !== undefined && { amount: String(minor) }),
    ...(receipt !== undefined && { voucher: receipt }),
    ...(options['till-id'] !== undefined && { 'till-id': options['till-id'] }),
  };
}
