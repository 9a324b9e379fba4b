import { z } from 'zod';
import type { DriverContext, TillOrder, TillPlane } from '../../../rig/bench/planes.ts';
import type { TillRecord } from '../../../rig/model/book.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { numericCode } from '../../../rig/model/money.ts';
import { isControlField, statusName } from '../../codec/zvt/catalogue.ts';
import { teeInto } from '../../transport/tee.ts';
import * as commands from './commands.ts';
import { toldBy } from './dialogue.ts';
import { type Before, type Belief, beliefOf, recover } from './payment.ts';
import { openSession, type Session } from './session.ts';
import { openStream, type Place } from './stream.ts';

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

/**
 * A till on the bench. Nothing is connected before the first order, and every order has a connection of its own: a till that
 * is switched on for each payment. What it is told stands in its record; where it was told nothing, it asks.
 * Errors of `order`: TRANSPORT_OPEN; TERMINAL_UNSUPPORTED for what ZVT has no command for.
 */
export async function open(given: ZvtOptions, context: DriverContext): Promise<TillPlane> {
  const { clock, recorder } = context;
  const place = placeOf(given);
  // The catalogue is read now, not while the terminal waits for an answer.
  isControlField(0x06, 0x01);
  const records: TillRecord[] = [];
  const connect = async (): Promise<Session> => {
    const stream = await openStream(place, teeInto(recorder, 'till', 'zvt'));
    const note = (text: string) => recorder.record({ type: 'note', level: 'info', text: `till: ${text}` });
    return openSession(stream, clock, {
      state: ({ code, text }) => note(text ?? statusName(code).en),
      note,
    });
  };

  const underWay = new Set<Promise<unknown>>();
  const carryOut = async (wanted: TillOrder): Promise<TillRecord> => {
    const command = commandOf(wanted, given);
    let session = await connect();
    let belief: Belief;
    try {
      let before = await lastReceipt(session, given.password);
      for (let tries = 1; !before && tries < 5; tries++) {
        await session.close();
        session = await connect();
        before = await lastReceipt(session, given.password);
      }
      if (!before) throw new RigError('TRANSPORT_TIMEOUT', 'bench', 'the terminal does not answer the till');
      belief = beliefOf(await session.run(command));
      if (belief.outcome === 'unknown') {
        await session.close();
        const minor = wanted.amount?.minor ?? 0;
        belief = await recover({ clock, password: given.password, minor, before, open: connect });
      }
    } finally {
      await session.close();
    }
    const { outcome, told } = belief;
    const record: TillRecord = {
      reference: told?.receipt ?? String(records.length + 1),
      outcome,
      amount: { minor: told?.amount ?? wanted.amount?.minor ?? 0, currency: given.currency },
      ...(told?.trace !== undefined && outcome === 'approved' && { stan: told.trace }),
      at: clock.now(),
    };
    // Only a sale is money that the host must hold: what is held, voided or settled is judged by the other books.
    if (wanted.kind === 'sale') records.push(record);
    return record;
  };

  const order = (wanted: TillOrder): Promise<TillRecord> => {
    const done = carryOut(wanted);
    const seen = done.catch(() => {}).finally(() => underWay.delete(seen));
    underWay.add(seen);
    return done;
  };
  return {
    facts: { till: given.port ?? given.tcp ?? '' },
    order,
    records: () => records,
    settled: async () => void (await Promise.all(underWay)),
    close: async () => {},
  };
}

async function lastReceipt(session: Session, password: string): Promise<Before | undefined> {
  const { statuses, end } = await session.run(commands.repeatReceipt(password));
  if (end.how === 'lost') return undefined;
  const told = statuses[0] && toldBy(statuses[0]);
  return { receipt: told?.receipt, trace: told?.trace };
}

function commandOf({ kind, amount, receipt }: TillOrder, { password, currency }: ZvtOptions): Uint8Array {
  const numeric = numericCode(currency);
  if (kind === 'sale' && amount) return commands.authorisation(amount.minor, numeric);
  if (kind === 'pre-auth' && amount) return commands.preAuthorisation(amount.minor, numeric);
  if (kind === 'void' && receipt !== undefined)
    return commands.reversal(password, receipt.slice(-4).padStart(4, '0'));
  if (kind === 'settlement') return commands.endOfDay(password);
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
