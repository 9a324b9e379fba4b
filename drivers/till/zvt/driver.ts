import { z } from 'zod';
import {
  type DriverContext,
  TILL_ORDERS,
  type TillOrder,
  type TillPlane,
} from '../../../rig/bench/planes.ts';
import type { TillRecord } from '../../../rig/model/book.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { numericCode } from '../../../rig/model/money.ts';
import type { ZvtApdu } from '../../codec/zvt/apdu.ts';
import {
  hexByte,
  isControlField,
  resultName,
  statusName,
  terminalStatusName,
} from '../../codec/zvt/catalogue.ts';
import { find } from '../../codec/zvt/show.ts';
import { receiptOfText } from '../../printer/text-receipt.ts';
import { teeInto } from '../../transport/tee.ts';
import { cableUnable, makeCable } from '../cable.ts';
import { zvtLanguage } from '../cable-language.ts';
import { tillReceipts } from '../receipts-bus.ts';
import { makeStatusBus, type TillStatuses, tillStatuses } from '../status-bus.ts';
import { type LinkStream, openStream, type Place } from '../stream.ts';
import * as commands from './commands.ts';
import { toldBy } from './dialogue.ts';
import {
  askedState,
  type Before,
  type Belief,
  BUSY,
  BUSY_STILL,
  beliefOf,
  busyWith,
  isFresh,
  recover,
  recoverEndOfDay,
} from './payment.ts';
import { openSession, type Session } from './session.ts';

/** Options of the driver `zvt` in a bench file. */
export const options = z
  .strictObject({
    port: z.string().min(1).optional().describe('serial port of the terminal, best as /dev/serial/by-id/…'),
    baud: z.int().min(300).max(4_000_000).default(9600),
    tcp: z.string().min(3).optional().describe('address of the terminal, HOST:PORT'),
    password: z
      .string()
      .regex(/^\d{6}$/)
      .default('000000')
      .describe('merchant password of the terminal'),
    currency: z.string().length(3).default('CNY').describe('ISO 4217'),
  })
  .refine(({ port, tcp }) => (port === undefined) !== (tcp === undefined), {
    message: 'expected either port or tcp',
  });
export type ZvtOptions = z.infer<typeof options>;

/** Configuration that the till registers with: it hears of states, and prints when a plane of the bench wants its receipts. */
const CONFIG = commands.CONFIG;
const PRINTS = CONFIG.payments | CONFIG.administration | CONFIG.lines;
/** Tries to reach a terminal that is there and does not answer. */
const REACH_TRIES = 5;
/** How long a terminal may be busy with what came before, nominal ms, and how often it is asked. */
const READY = 120_000;
const PAUSE = 2000;

/**
 * A till on the bench. Nothing is connected before the first order, and every order has a connection of its own: a till that
 * is switched on for each payment. What it is told stands in its record; where it was told nothing, it asks.
 * Errors of `order`: TRANSPORT_OPEN; TERMINAL_UNSUPPORTED for what ZVT has no command for.
 */
export async function open(given: ZvtOptions, context: DriverContext): Promise<TillPlane> {
  const place = placeOf(given);
  const { columns } = context.profile.receipt;
  return makeZvtTill(
    given,
    { ...context, bus: tillReceipts(context), statuses: tillStatuses(context), columns },
    () => openStream(place, teeInto(context.recorder, 'till', 'zvt')),
  );
}

/** What a till needs of the bench: where receipts go that come over the link, and how wide paper is. */
export interface TillContext extends Pick<DriverContext, 'clock' | 'recorder'> {
  readonly bus: Pick<ReturnType<typeof tillReceipts>, 'wanted' | 'underWay' | 'publish'>;
  /** Where states go, when somebody has nothing else to see the terminal by. */
  readonly statuses?: TillStatuses;
  readonly columns: number;
}

/** The till over connections that somebody opens. */
export function makeZvtTill(
  given: ZvtOptions,
  { clock, recorder, bus, statuses = makeStatusBus(), columns }: TillContext,
  openLink: () => Promise<LinkStream>,
): TillPlane {
  // The catalogue is read now, not while the terminal waits for an answer.
  isControlField(0x06, 0x01);
  const records: TillRecord[] = [];
  const cable = makeCable(clock, zvtLanguage, (phase, proof) =>
    recorder.record({ type: 'fault', phase, proof }),
  );
  /** Hears what the terminal tells of the order that is under way; what is asked before and after it is not news. */
  let heard: ((said: ZvtApdu) => void) | undefined;
  /** How many receipts the till has printed. */
  let printed = 0;
  /** What comes on paper now has been asked for again. */
  let repeating = false;
  const connect = async (): Promise<Session> => {
    const stream = cable.through(await openLink());
    const note = (text: string) => recorder.record({ type: 'note', level: 'info', text: `till: ${text}` });
    let from: number | undefined;
    return openSession(stream, clock, {
      state: ({ code, text }) => {
        note(text ?? statusName(code).en);
        if (heard) statuses.tell([`state ${hexByte(code)} ${statusName(code).en}`, ...(text ? [text] : [])]);
      },
      status: (said) => heard?.(said),
      line: () => {
        from ??= clock.now();
        bus.underWay = true;
      },
      receipt: (lines) => {
        bus.underWay = false;
        printed++;
        const letters = agreed ? {} : { letters: 'latin' as const };
        bus.publish(receiptOfText(lines, { columns, ...letters }), from ?? clock.now(), repeating);
        from = undefined;
      },
      note,
    });
  };
  /** The terminal speaks UTF-8; in CP437 a receipt arrives without Chinese. */
  let agreed = false;
  /** The order before ended in disorder: something of it may still be in the air. */
  let unsure = false;
  /** A session in which the terminal knows who speaks, and the till knows the last receipt. */
  const reach = async (): Promise<{ readonly session: Session; readonly before: Before }> => {
    const deadline = clock.now() + READY;
    for (let tries = 0; tries < REACH_TRIES; ) {
      const session = await connect();
      if (unsure) await session.quiet();
      const registered = await session.run(registrationOf(given, bus.wanted, columns));
      agreed = registered.end.how === 'completed' && agreesToUtf8(registered.end.apdu);
      if (agreed) session.speak('utf-8');
      const before = registered.end.how === 'lost' ? undefined : await lastReceipt(session, given.password);
      if (before && before !== 'busy') return { session, before };
      await session.close();
      // One that is busy answers; it has not told its last receipt yet.
      if (before === 'busy' && clock.now() < deadline) await clock.sleep(PAUSE);
      else tries++;
    }
    throw new RigError('TRANSPORT_TIMEOUT', 'bench', 'the terminal does not answer the till');
  };

  /** The last receipt again, on the till's paper. One that does not come is missing there, as it would be in a shop. */
  const printAgain = async (): Promise<void> => {
    try {
      const { session } = await reach();
      repeating = true;
      await session.run(commands.repeatReceipt(given.password, 'printed'));
      await session.close();
    } catch (thrown) {
      if (!(thrown instanceof RigError)) throw thrown;
      recorder.record({ type: 'note', level: 'info', text: `till: no receipt (${thrown.message})` });
    } finally {
      repeating = false;
    }
  };

  const underWay = new Set<Promise<unknown>>();
  /** Runs the command of an order while the states that it goes through, and its result, are told once. */
  const runAloud = async (wanted: TillOrder, session: Session, command: Uint8Array, before: Before) => {
    const carries = carriesMoney(wanted);
    let told = false;
    const tell = (code: number) => {
      if (!told) statuses.tell([`result ${wanted.kind} ${resultWords(code)}`]);
      told = true;
    };
    heard = (said) => {
      const { result } = toldBy(said);
      // A success that tells of the payment before is not one of this.
      if (result !== 0 || !carries || isFresh(toldBy(said), before)) tell(result);
    };
    try {
      const result = await session.run(command);
      const belief = beliefOf(result, carries ? before : undefined);
      if (belief.outcome !== 'unknown') tell(belief.code ?? 0);
      return belief;
    } finally {
      heard = undefined;
    }
  };
  let asking: Promise<unknown> = Promise.resolve();
  const carryOut = async (wanted: TillOrder): Promise<TillRecord> => {
    await asking;
    const command = commandOf(wanted, given);
    const { session, before } = await reach();
    let belief: Belief;
    let recovered = false;
    const printedBefore = printed;
    try {
      cable.begin();
      belief = await runAloud(wanted, session, command, before);
      unsure = belief.outcome === 'unknown';
      cable.end();
      if (belief.outcome === 'unknown' && wanted.kind !== 'sign-on') {
        recovered = true;
        await session.close();
        recorder.record({
          type: 'note',
          level: 'info',
          text: `till: no result (${belief.remark ?? ''}): the terminal is asked what became of it`,
        });
        const asking = { clock, password: given.password, open: connect };
        belief =
          wanted.kind === 'settlement'
            ? await recoverEndOfDay(asking)
            : await recover({ ...asking, minor: wanted.amount?.minor, before });
      }
      // Lost in the middle, its receipt went to a till that was not there: where the till prints, nobody else has it.
      const lost = belief.outcome === 'approved' && belief.remark !== undefined;
      if (lost && bus.wanted && carriesMoney(wanted) && printed === printedBefore) {
        await session.close();
        await printAgain();
      }
    } finally {
      await session.close();
    }
    const { outcome, told } = belief;
    const record: TillRecord = {
      kind: wanted.kind,
      reference: told?.receipt ?? String(records.length + 1),
      outcome,
      amount: { minor: told?.amount ?? wanted.amount?.minor ?? 0, currency: given.currency },
      ...(told?.trace !== undefined && outcome === 'approved' && { stan: told.trace }),
      ...(recovered && { recovered }),
      at: clock.now(),
    };
    if (wanted.kind !== 'sign-on') records.push(record);
    return record;
  };

  const order = (wanted: TillOrder): Promise<TillRecord> => {
    const done = carryOut(wanted);
    const seen = done.catch(() => {}).finally(() => underWay.delete(seen));
    underWay.add(seen);
    return done;
  };
  /** The terminal's state, asked over a connection of its own that no order is disturbed by. */
  const stateNow = async () => {
    const session = await connect().catch(() => undefined);
    if (!session) return 'not reached';
    try {
      return await askedState(session);
    } finally {
      await session.close();
    }
  };
  statuses.offer(async () => {
    if (underWay.size > 0) return 'ordered';
    const asked = stateNow();
    asking = asked;
    const answer = await asked;
    if (typeof answer === 'string') return 'silent';
    return [`status ${hexByte(answer.state)} ${terminalStatusName(answer.state).en}`];
  });
  return {
    facts: { till: given.port ?? given.tcp ?? '' },
    // Where nobody sees what keys do, the till also has the terminal sign on.
    orders: statuses.wanted ? [...TILL_ORDERS, 'sign-on'] : TILL_ORDERS,
    order,
    arm: (fault) => cable.arm(fault),
    state: async () => {
      await Promise.all(underWay);
      const session = await connect().catch(() => undefined);
      if (!session) return 'silent';
      try {
        const why = await busyWith(session);
        return why === undefined ? 'ready' : why === BUSY_STILL ? 'busy' : 'silent';
      } finally {
        await session.close();
      }
    },
    unable: (fault) => cableUnable(fault, given.port !== undefined),
    records: () => records,
    settled: async () => void (await Promise.all(underWay)),
    close: async () => {},
  };
}

const registrationOf = ({ password, currency }: ZvtOptions, prints: boolean, columns: number): Uint8Array =>
  commands.registration({
    password,
    config: CONFIG.states | (prints ? PRINTS : 0),
    currency: numericCode(currency),
    ...(prints && { columns }),
  });

/** The terminal has taken UTF-8: it names it in its list of character sets (tag 27). */
const agreesToUtf8 = ({ fields }: ZvtApdu): boolean =>
  (find(fields, '27')?.children ?? []).some(({ id, value }) => id === '14' && value[0] === 0xfe);

async function lastReceipt(session: Session, password: string): Promise<Before | 'busy' | undefined> {
  const { statuses, end } = await session.run(commands.repeatReceipt(password));
  if (end.how === 'lost') return undefined;
  if ('code' in end && BUSY.includes(end.code)) return 'busy';
  const told = statuses[0] && toldBy(statuses[0]);
  return { receipt: told?.receipt, trace: told?.trace };
}

/** Results up to this are what the host said, as its number in decimal. */
const HOST_LAST = 99;

/** A result code in words: who decided, the code as that one writes it, its name. */
const resultWords = (code: number): string =>
  code === 0
    ? 'ok 00'
    : code <= HOST_LAST
      ? `host ${String(code).padStart(2, '0')} ${resultName(code).en}`
      : `terminal ${hexByte(code)} ${resultName(code).en}`;

/** Orders whose end a status information tells, with a receipt of its own. */
const carriesMoney = ({ kind }: TillOrder): boolean => kind !== 'settlement' && kind !== 'sign-on';

/** What the till says for an order; receipts have four digits. */
function commandOf({ kind, amount, receipt }: TillOrder, { password, currency }: ZvtOptions): Uint8Array {
  const numeric = numericCode(currency);
  const original = receipt?.slice(-4).padStart(4, '0');
  if (kind === 'sale' && amount) return commands.authorisation(amount.minor, numeric);
  if (kind === 'pre-auth' && amount) return commands.preAuthorisation(amount.minor, numeric);
  if (kind === 'refund' && amount) return commands.refund(password, amount.minor, numeric);
  if (kind === 'void' && original !== undefined) return commands.reversal(password, original);
  if (kind === 'pre-auth-void' && original !== undefined) return commands.preAuthReversal(original);
  if (kind === 'completion' && original !== undefined && amount)
    return commands.bookTotal(original, amount.minor, numeric);
  if (kind === 'settlement') return commands.endOfDay(password);
  if (kind === 'sign-on') return commands.initialisation(password);
  throw new RigError('TERMINAL_UNSUPPORTED', 'bench', `the till has no command for: ${kind}`);
}

function placeOf({ port, baud, tcp }: ZvtOptions): Place {
  if (port !== undefined) return { port, baud };
  const match = /^(?:tcp:)?(.+):(\d{1,5})$/.exec(tcp ?? '');
  if (match?.[1]) return { host: match[1].replace(/^\[|\]$/g, ''), tcp: Number(match[2]) };
  throw new RigError('TRANSPORT_OPEN', 'bench', `${tcp} is not an address of a terminal`, {
    hint: 'Write HOST:PORT.',
  });
}
