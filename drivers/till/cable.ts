import {
  pointOf,
  type TillFault,
  type TillFaultPoint,
  type TillFaultProof,
  tillFaultKind,
} from '../../rig/model/till-fault.ts';
import { type Clock, parseDuration } from '../../rig/model/time.ts';
import type { CableLanguage, ResultEar } from './cable-language.ts';
import type { LinkStream } from './stream.ts';

/** A fault of the cable that waits for its point, or stands. */
export interface ArmedCableFault {
  proof(): TillFaultProof;
  /** What it waits for has been seen at the terminal: it strikes. Idempotent. */
  strike(): void;
  /** Makes the cable whole; what a TCP connection has kept is delivered. Idempotent. */
  heal(): void;
}

/** The cable of a till: every connection of the till goes through it, and faults strike on it. */
export interface Cable {
  /** An order begins: bytes are counted from here on, and faults strike. */
  begin(): void;
  /** It is over, or is asked about afterwards: no byte sets anything off any more; what stands goes on. */
  end(): void;
  /** A connection, as it goes through this cable. */
  through(stream: LinkStream): LinkStream;
  arm(fault: TillFault): ArmedCableFault;
}

type End = 'till' | 'terminal';
type Deliver = (bytes: Uint8Array) => void;
const NAK = Uint8Array.of(0x15);
/** No mark of any framing among them, and none missing: a receiver must find its way back by itself. */
const GARBAGE = Uint8Array.of(0x41, 0x10, 0x02, 0x55, 0xff, 0x00, 0x7e);
const LATE = 5000;
/** TCP delivers what was sent or nothing: what a bad line does to bytes cannot happen there, and never strikes. */
const ON_SERIAL_ONLY: ReadonlySet<TillFault['do']> = new Set(['garbage', 'nak', 'baud-mismatch']);
/** What changes what passes by: it has done nothing as long as nothing has passed. */
const ALTERS: ReadonlySet<TillFault['do']> = new Set(['late-ack', 'baud-mismatch']);

/** Why a cable can never have such a fault; undefined when it can. @param serial a serial line, else TCP */
export function cableUnable({ do: does }: TillFault, serial: boolean): string | undefined {
  if (serial || !ON_SERIAL_ONLY.has(does)) return undefined;
  return `the till of this bench is connected over TCP, where ${does} cannot happen`;
}

interface Standing {
  readonly fault: TillFault;
  readonly point: TillFaultPoint;
  /** Whose words it changes; undefined: both ends'. */
  readonly end: End | undefined;
  readonly id: string;
  readonly askedAt: number;
  confirmedAt: number | undefined;
  struckAt: number | undefined;
  firstEffectAt: number | undefined;
  healedAt: number | undefined;
  touched: number;
  /** It struck when the till had no order under way. */
  outside: boolean;
}

/** One connection on its way through the cable. */
interface Connection {
  readonly serial: boolean;
  /** Takes what an end says to the other one. */
  readonly deliver: Readonly<Record<End, Deliver>>;
  readonly ear: ResultEar | undefined;
}

/** Steps in the life of a fault, as the journal has them. */
export type CablePhase = 'asked' | 'armed' | 'struck' | 'healed' | 'closed';

/** @param tell hears of every step in the life of a fault, with what is known of it then */
export function makeCable(
  clock: Clock,
  language: CableLanguage,
  tell: (phase: CablePhase, proof: TillFaultProof) => void = () => {},
): Cable {
  const faults: Standing[] = [];
  let counting = false;
  const said: Record<End, number> = { till: 0, terminal: 0 };
  /** What waits for the cable to come back; of the connections that live. */
  const held = new Map<Deliver, Uint8Array[]>();
  const closers = new Set<() => void>();
  /** Of every connection that lives, whether it is a serial line. */
  const links: boolean[] = [];

  const standing = (does: TillFault['do'], end?: End) =>
    faults.find(
      (one) =>
        one.fault.do === does &&
        one.struckAt !== undefined &&
        one.healedAt === undefined &&
        (end === undefined || one.end === undefined || one.end === end),
    );
  const out = () => standing('cut') ?? standing('restart');
  const touch = (one: Standing, bytes: number) => {
    one.touched += bytes;
    if (bytes > 0) one.firstEffectAt ??= clock.now();
  };
  const heal = (one: Standing) => {
    if (one.healedAt !== undefined) return;
    one.healedAt = clock.now();
    tell(one.struckAt === undefined ? 'closed' : 'healed', proofOf(one));
    if (one.struckAt === undefined) return;
    if (out()) return;
    for (const [deliver, chunks] of held) for (const chunk of chunks.splice(0)) deliver(chunk);
  };
  const strike = (one: Standing) => {
    if (one.struckAt !== undefined || one.healedAt !== undefined) return;
    one.struckAt = clock.now();
    one.outside = !counting;
    const proof = proofOf(one);
    const isYetToShow = ALTERS.has(one.fault.do) && !one.outside;
    const summary = `till cable: ${one.fault.do} at ${one.fault.at}, for what is said from here on`;
    tell('struck', isYetToShow ? { ...proof, state: 'unknown', summary } : proof);
    const ms = parseDuration(one.fault.for ?? '');
    if (isOverAtOnce(one)) one.healedAt = one.struckAt;
    else if (ms !== undefined && one.fault.do !== 'late-ack') clock.after(ms, () => heal(one));
    if (one.fault.do !== 'restart') return;
    if (closers.size > 0) one.firstEffectAt = one.struckAt;
    for (const close of [...closers]) close();
  };
  /** What comes in where a fault struck. @param again what was being said there */
  const comeIn = (one: Standing, again: Uint8Array, deliver: Deliver) => {
    const bytes = { garbage: GARBAGE, nak: NAK, repeat: again }[one.fault.do as string];
    if (!bytes) return;
    touch(one, bytes.length);
    tell('healed', proofOf(one));
    deliver(bytes);
  };
  /** The fault that this point sets off now. */
  const due = (serial: boolean, strikes: (point: TillFaultPoint) => boolean) =>
    faults.find(
      (one) =>
        counting &&
        one.struckAt === undefined &&
        one.healedAt === undefined &&
        cableUnable(one.fault, serial) === undefined &&
        strikes(one.point),
    );

  /** Bytes of one end on their way to the other, cut where a fault strikes. */
  const carry = (end: End, chunk: Uint8Array, connection: Connection): void => {
    const deliver = connection.deliver[end];
    const one = due(
      connection.serial,
      (point) => point.on === 'byte' && point.end === end && point.byte <= said[end] + chunk.length,
    );
    if (one?.point.on !== 'byte') {
      if (end === 'till') pass(end, chunk, connection);
      else listen(chunk, connection);
      return;
    }
    const at = Math.max(0, one.point.byte - said[end]);
    pass(end, chunk.subarray(0, at), connection);
    strike(one);
    const rest = chunk.subarray(at);
    if (one.fault.do !== 'repeat') comeIn(one, rest, deliver);
    if (rest.length > 0) carry(end, rest, connection);
    // What stands whole in this chunk: a frame that the till writes, or what has come of one.
    if (one.fault.do === 'repeat') comeIn(one, rest.length > 0 ? rest : chunk, deliver);
  };

  /** What the terminal says: when it has told the result, a fault may strike before the till can acknowledge it. */
  const listen = (chunk: Uint8Array, connection: Connection): void => {
    const one = due(connection.serial, ({ on }) => on === 'result');
    const heard = one && !out() ? connection.ear?.(chunk) : undefined;
    if (!one || !heard) {
      pass('terminal', chunk, connection);
      return;
    }
    strike(one);
    said.terminal += heard.end;
    connection.deliver.terminal(chunk.subarray(0, heard.end));
    comeIn(one, heard.raw, connection.deliver.terminal);
    if (heard.end < chunk.length) carry('terminal', chunk.subarray(heard.end), connection);
  };

  const pass = (end: End, chunk: Uint8Array, { serial, deliver: { [end]: deliver } }: Connection): void => {
    if (chunk.length === 0) return;
    said[end] += chunk.length;
    const cut = out();
    if (cut) {
      touch(cut, chunk.length);
      if (!serial) held.set(deliver, [...(held.get(deliver) ?? []), chunk.slice()]);
      return;
    }
    const other = standing('baud-mismatch', end);
    if (other) {
      touch(other, chunk.length);
      // What a receiver makes of bits that are too long or too short: something else, each time the same.
      deliver(chunk.map((byte) => ((byte << 1) | 0x81) & 0xff));
      return;
    }
    const late = standing('late-ack', end);
    const ack = late ? language.acknowledgement(chunk, serial) : 0;
    if (late && ack > 0) {
      touch(late, ack);
      const copy = chunk.slice(0, ack);
      clock.after(parseDuration(late.fault.for ?? '') ?? LATE, () => deliver(copy));
    }
    if (ack < chunk.length) deliver(chunk.subarray(ack));
  };

  const proofOf = (one: Standing): TillFaultProof => ({
    on: 'till',
    id: one.id,
    fault: one.fault,
    ...judged(one, said),
    askedAt: one.askedAt,
    armedAt: one.askedAt,
    ...(one.confirmedAt !== undefined && { confirmedAt: one.confirmedAt }),
    ...(one.firstEffectAt !== undefined && { firstEffectAt: one.firstEffectAt }),
    ...(one.struckAt !== undefined && { struckAt: one.struckAt }),
    ...(one.healedAt !== undefined && { healedAt: one.healedAt }),
    touched: one.touched,
  });

  return {
    begin: () => {
      counting = true;
      said.till = 0;
      said.terminal = 0;
      for (const one of faults) {
        if (one.healedAt !== undefined || one.confirmedAt !== undefined) continue;
        if (links.some((serial) => cableUnable(one.fault, serial) === undefined)) {
          one.confirmedAt = clock.now();
          tell('armed', proofOf(one));
        }
      }
    },
    end: () => {
      counting = false;
    },
    through: (stream) => {
      const write: Deliver = (bytes) => stream.write(bytes);
      let dropped = false;
      let listener: Deliver = () => {};
      const read: Deliver = (bytes) => {
        if (!dropped) listener(bytes);
      };
      const connection: Connection = {
        serial: stream.serial,
        deliver: { till: write, terminal: read },
        ear: language.ear(stream.serial),
      };
      let drop: (why: string) => void = () => {};
      const gone = new Promise<string>((resolve) => {
        drop = resolve;
      });
      const close = () => {
        if (dropped) return;
        dropped = true;
        drop('the till was switched off');
        void stream.close();
      };
      closers.add(close);
      links.push(stream.serial);
      void stream.closed.then(() => {
        links.splice(links.indexOf(stream.serial), 1);
        closers.delete(close);
        held.delete(write);
        held.delete(read);
      });
      return {
        serial: stream.serial,
        write: (bytes) => carry('till', bytes, connection),
        onData: (to) => {
          listener = to;
          stream.onData((bytes) => carry('terminal', bytes, connection));
        },
        closed: Promise.race([stream.closed, gone]),
        close: () => stream.close(),
      };
    },
    arm: (fault) => {
      const point = pointOf(fault);
      const one: Standing = {
        fault,
        point,
        end: point.on === 'byte' ? point.end : fault.do === 'late-ack' ? 'till' : undefined,
        id: `till-${faults.length + 1}`,
        askedAt: clock.now(),
        confirmedAt: undefined,
        struckAt: undefined,
        firstEffectAt: undefined,
        healedAt: undefined,
        touched: 0,
        outside: false,
      };
      faults.push(one);
      tell('asked', proofOf(one));
      return { heal: () => heal(one), strike: () => strike(one), proof: () => proofOf(one) };
    },
  };
}

const isOverAtOnce = ({ fault }: Standing): boolean => tillFaultKind(fault.do).takes.length === 0;

function judged(
  { fault, point, struckAt, touched, outside }: Standing,
  said: Readonly<Record<End, number>>,
): Pick<TillFaultProof, 'state' | 'summary'> {
  if (struckAt === undefined) {
    const why = {
      byte: point.on === 'byte' ? `the ${point.end} has said ${said[point.end]} bytes in its last order` : '',
      result: 'the terminal has told no result that the till has heard',
      screen: `${fault.at} was not seen at the terminal`,
    }[point.on];
    return { state: 'not-in-force', summary: why };
  }
  if (outside)
    return { state: 'unknown', summary: `${fault.at} was seen when the till had no order under way` };
  if (ALTERS.has(fault.do) && touched === 0)
    return { state: 'not-in-force', summary: `nothing was said that ${fault.do} could have changed` };
  const done = touched > 0 ? `, ${touched} bytes touched` : '';
  return { state: 'in-force', summary: `till cable: ${fault.do} at ${fault.at}${done}` };
}
