import type { Clock } from '../../../rig/model/time.ts';
import type { ReadMessage } from '../../codec/ecr/message.ts';
import type { Exchange, Protocol } from '../../codec/ecr/protocol.ts';
import { sameReference, type Values } from '../../codec/ecr/values.ts';
import type { ExchangeResult, Session } from './session.ts';

/** What the till believes of a transaction. */
export interface Belief {
  readonly outcome: 'approved' | 'declined' | 'unknown';
  /** What the terminal has told of it. */
  readonly told?: Values;
  readonly message?: ReadMessage;
  /** In words, when the outcome is not known or was asked for afterwards. */
  readonly remark?: string;
}

/** What an exchange that moves money has come to. Only a terminal that says so has approved or declined. */
export function beliefOf(protocol: Protocol, { end }: ExchangeResult): Belief {
  switch (end.how) {
    case 'answered': {
      const { message } = end;
      if (!hasKnownResult(protocol, message)) {
        return {
          outcome: 'unknown',
          message,
          remark: 'the terminal told a result that the protocol does not have',
        };
      }
      // Busy with what? With this very payment, when the request has come twice.
      if (isBusy(message))
        return { outcome: 'unknown', message, remark: 'the terminal says that it is busy' };
      return { outcome: isApproved(message) ? 'approved' : 'declined', told: message.values, message };
    }
    case 'acknowledged':
      return { outcome: 'unknown', remark: 'the terminal has only acknowledged it' };
    case 'lost':
      return { outcome: 'unknown', remark: end.why };
  }
}

/** A code that nobody knows is no refusal: it may be anything, also a message that was damaged. */
const hasKnownResult = ({ tables }: Protocol, { fields }: ReadMessage): boolean =>
  fields.some(({ field: { holds, table }, text }) => {
    if (holds !== 'result') return false;
    return table === undefined || tables[table]?.[text.trim()] !== undefined;
  });

const isApproved = ({ values }: ReadMessage): boolean =>
  values.result === 'approved' && (values.reason === undefined || values.reason === 'approved');

/** The exchange by which this protocol tells of the last payment; undefined when it has none. */
export const recoveryOf = ({ exchanges }: Protocol): string | undefined =>
  Object.entries(exchanges).find(([, { does }]) => does === 'last' || does === 'last-result')?.[0];

/** What tells one payment from another; empty when the terminal tells nothing of the kind. */
export const identityOf = ({ reference, stan, rrn, 'auth-code': code, time }: Values): string =>
  [reference, stan, rrn, code, time].some((part) => part !== undefined)
    ? JSON.stringify([reference, stan, rrn, code, time])
    : '';

/** A question that is not answered by then is asked again, nominal ms: nothing moves by asking. */
const QUESTION = 20_000;
const PATIENCE = 300_000;
const PAUSE = 2000;

/** What the terminal told as its last before a payment: an identity, or that there was none. */
export type Before = { readonly identity: string };

/**
 * The last payment of an idle terminal, asked for until it answers. Undefined: it does not answer for as long as the till
 * has patience.
 */
export async function lastOf(
  protocol: Protocol,
  clock: Clock,
  open: () => Promise<Session>,
  patience = PATIENCE,
): Promise<ReadMessage | { readonly failed: string }> {
  return askFor(protocol, recoveryOf(protocol), clock, open, patience);
}

/** Asks until there is an answer of a terminal that is not busy. */
async function askFor(
  protocol: Protocol,
  exchange: string | undefined,
  clock: Clock,
  open: () => Promise<Session>,
  patience: number,
): Promise<ReadMessage | { readonly failed: string }> {
  if (exchange === undefined) return { failed: `${protocol.id} has no question for that` };
  const deadline = clock.now() + patience;
  let why = 'the terminal could not be reached';
  for (;;) {
    const session = await open().catch((error: Error) => {
      why = error.message;
      return undefined;
    });
    if (session) {
      const { end } = await session.run(exchange, {}, QUESTION);
      await session.close();
      if (end.how === 'answered' && !isBusy(end.message)) return end.message;
      why = end.how === 'lost' ? end.why : 'the terminal is still busy';
    }
    if (clock.now() > deadline) return { failed: why };
    await clock.sleep(PAUSE);
  }
}

const isBusy = ({ values }: ReadMessage): boolean => values.result === 'busy' || values.reason === 'busy';

/** What the terminal told of its last payment. */
export const identityIn = (last: ReadMessage): string => (isApproved(last) ? identityOf(last.values) : '');

export interface RecoveryOptions {
  readonly protocol: Protocol;
  readonly clock: Clock;
  /** What was asked for. */
  readonly asked: Values;
  readonly before: Before | undefined;
  /** Opens the link again. */
  open(): Promise<Session>;
}

/**
 * Finds out what became of a payment whose end was not heard: the terminal is asked for its last one until it answers.
 * Never asks for money again. One that was there before means that there is none of it; a terminal that tells too little to
 * say so leaves it unknown.
 */
export async function recover({ protocol, clock, asked, before, open }: RecoveryOptions): Promise<Belief> {
  const last = await lastOf(protocol, clock, open);
  if ('failed' in last) return { outcome: 'unknown', remark: `not recovered: ${last.failed}` };
  const { values } = last;
  const remark = `asked for by ${recoveryOf(protocol)}`;
  const none: Belief = { outcome: 'declined', remark: `${remark}: none of this payment` };
  if (!isApproved(last)) return none;
  const identity = identityOf(values);
  if (identity === '' || before === undefined) {
    return { outcome: 'unknown', remark: `${remark}: it does not say which payment that was` };
  }
  const ours =
    identity !== before.identity &&
    (values.amount === undefined || values.amount === asked.amount) &&
    (values.reference === undefined ||
      asked.reference === undefined ||
      sameReference(values.reference, asked.reference));
  return ours ? { outcome: 'approved', told: values, message: last, remark } : none;
}

/**
 * Finds out what became of an end of day: when the terminal answers, it holds no payments any more, or it does. Nothing is
 * closed by asking. A protocol that has no totals leaves it unknown, and so does one that tells a sum and no count, unless
 * there was a sum before.
 * @param before sum that the terminal told before, minor units, from a protocol without a count
 */
export async function recoverEndOfDay({
  protocol,
  clock,
  open,
  before,
}: Pick<RecoveryOptions, 'protocol' | 'clock' | 'open'> & {
  readonly before?: number | undefined;
}): Promise<Belief> {
  const exchange = totalsOf(protocol);
  const told = await askFor(protocol, exchange, clock, open, PATIENCE);
  if ('failed' in told) return { outcome: 'unknown', remark: `not recovered: ${told.failed}` };
  const { count, total } = told.values;
  const remark = `asked for by ${exchange}`;
  // A sum of nothing is an empty batch only where there was something in it.
  const held = count ?? ((before ?? 0) === 0 ? undefined : total);
  if (held === undefined || !isApproved(told))
    return { outcome: 'unknown', remark: `${remark}: it does not say` };
  return Number(held) === 0
    ? { outcome: 'approved', remark }
    : { outcome: 'declined', remark: `${remark}: the batch is still open` };
}

const totalsOf = ({ exchanges }: Protocol): string | undefined =>
  Object.entries(exchanges).find(([, { does }]) => does === 'totals')?.[0];

/**
 * The sum that a terminal holds before an end of day, minor units; asked for only where the protocol tells no count, by which
 * one would know of the day without it. Undefined: not to be known.
 */
export async function sumBefore(
  protocol: Protocol,
  clock: Clock,
  open: () => Promise<Session>,
  patience: number,
): Promise<number | undefined> {
  const exchange = totalsOf(protocol);
  const reply = protocol.messages[protocol.exchanges[exchange ?? '']?.reply ?? ''];
  const tells = (meaning: 'count' | 'total') => reply?.fields.some(({ holds }) => holds === meaning);
  if (!tells('total') || tells('count')) return undefined;
  const told = await askFor(protocol, exchange, clock, open, patience);
  return 'failed' in told || !isApproved(told) ? undefined : Number(told.values.total ?? 0);
}

/** Whether a till that lost the end of this can find out about it. */
export const isMoney = ({ does }: Exchange): boolean =>
  does === 'sale' || does === 'pre-auth' || does === 'refund';
