import type { TillFault, TillFaultProof } from '../../rig/model/till-fault.ts';
import { type Clock, parseDuration } from '../../rig/model/time.ts';
import type { LinkStream } from './stream.ts';

/** A fault of the cable that waits for its byte, or stands. */
export interface ArmedCableFault {
  proof(): TillFaultProof;
  /** Makes the cable whole; what a TCP connection has kept is delivered. Idempotent. */
  heal(): void;
}

/** The cable of a till: every connection of the till goes through it, and faults strike on it. */
export interface Cable {
  /** An order begins: bytes are counted from here on, and faults strike. */
  begin(): void;
  /** It is over, or is asked about afterwards: nothing strikes any more; what stands goes on. */
  end(): void;
  /** A connection, as it goes through this cable. */
  through(stream: LinkStream): LinkStream;
  arm(fault: TillFault): ArmedCableFault;
}

type End = 'till' | 'terminal';
const ACK = 0x06;
const NAK = Uint8Array.of(0x15);
/** No mark of any framing among them, and none missing: a receiver must find its way back by itself. */
const GARBAGE = Uint8Array.of(0x41, 0x10, 0x02, 0x55, 0xff, 0x00, 0x7e);
const LATE = 5000;
/** TCP delivers what was sent or nothing: what a bad line does to bytes cannot happen there, and never strikes. */
const ON_SERIAL_ONLY: ReadonlySet<TillFault['do']> = new Set(['garbage', 'nak', 'baud-mismatch']);

interface Standing {
  readonly fault: TillFault;
  readonly end: End;
  readonly byte: number;
  struckAt: number | undefined;
  healedAt: number | undefined;
  touched: number;
}

/** @param note hears when a fault strikes, and when the cable is whole again */
export function makeCable(clock: Clock, note: (text: string) => void = () => {}): Cable {
  const faults: Standing[] = [];
  let counting = false;
  const said: Record<End, number> = { till: 0, terminal: 0 };
  /** What waits for the cable to come back; of the connections that live. */
  const held = new Map<Deliver, Uint8Array[]>();
  const closers = new Set<() => void>();

  const standing = (does: TillFault['do'], end?: End) =>
    faults.find(
      (one) =>
        one.fault.do === does &&
        one.struckAt !== undefined &&
        one.healedAt === undefined &&
        (end === undefined || one.end === end),
    );
  const heal = (one: Standing) => {
    if (one.healedAt !== undefined) return;
    one.healedAt = clock.now();
    if (one.struckAt === undefined) return;
    note(`the cable of the till is whole again (${one.fault.do})`);
    if (standing('cut')) return;
    for (const [deliver, chunks] of held) for (const chunk of chunks.splice(0)) deliver(chunk);
  };
  const strike = (one: Standing) => {
    one.struckAt = clock.now();
    note(`fault on the cable of the till: ${one.fault.do} at ${one.fault.at}`);
    const ms = parseDuration(one.fault.for ?? '');
    const lasting = ['cut', 'baud-mismatch', 'late-ack', 'restart'].includes(one.fault.do);
    if (!lasting) one.healedAt = one.struckAt;
    else if (ms !== undefined && one.fault.do !== 'late-ack') clock.after(ms, () => heal(one));
    if (one.fault.do === 'restart') for (const close of [...closers]) close();
  };

  /** Bytes of one end on their way to the other, cut where a fault strikes. */
  const carry = (end: End, chunk: Uint8Array, serial: boolean, deliver: Deliver): void => {
    const due = faults.find(
      (one) =>
        counting &&
        one.struckAt === undefined &&
        one.healedAt === undefined &&
        one.end === end &&
        (serial || !ON_SERIAL_ONLY.has(one.fault.do)) &&
        one.byte <= said[end] + chunk.length,
    );
    if (!due) {
      pass(end, chunk, serial, deliver);
      return;
    }
    const at = Math.max(0, due.byte - said[end]);
    pass(end, chunk.subarray(0, at), serial, deliver);
    strike(due);
    const rest = chunk.subarray(at);
    const { do: does } = due.fault;
    if (does === 'garbage') deliver(GARBAGE);
    if (does === 'nak') deliver(NAK);
    if (rest.length > 0) carry(end, rest, serial, deliver);
    // What stands whole in this chunk: a frame that the till writes, or what has come of one.
    if (does === 'repeat') deliver(rest.length > 0 ? rest : chunk);
  };

  const pass = (end: End, chunk: Uint8Array, serial: boolean, deliver: Deliver): void => {
    if (chunk.length === 0) return;
    said[end] += chunk.length;
    const cut = standing('cut') ?? standing('restart');
    if (cut) {
      cut.touched += chunk.length;
      if (!serial) held.set(deliver, [...(held.get(deliver) ?? []), chunk.slice()]);
      return;
    }
    const other = standing('baud-mismatch', end);
    if (other) {
      other.touched += chunk.length;
      // What a receiver makes of bits that are too long or too short: something else, each time the same.
      deliver(chunk.map((byte) => ((byte << 1) | 0x81) & 0xff));
      return;
    }
    const late = chunk.length <= 3 && chunk[0] === ACK ? standing('late-ack', end) : undefined;
    if (late) {
      late.touched += chunk.length;
      const copy = chunk.slice();
      clock.after(parseDuration(late.fault.for ?? '') ?? LATE, () => deliver(copy));
      return;
    }
    deliver(chunk);
  };

  return {
    begin: () => {
      counting = true;
      said.till = 0;
      said.terminal = 0;
    },
    end: () => {
      counting = false;
    },
    through: (stream) => {
      const write: Deliver = (bytes) => stream.write(bytes);
      let dropped = false;
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
      const forget = () => {
        closers.delete(close);
        held.delete(write);
      };
      void stream.closed.then(forget);
      return {
        serial: stream.serial,
        write: (bytes) => carry('till', bytes, stream.serial, write),
        onData: (listener) => {
          const deliver: Deliver = (bytes) => {
            if (!dropped) listener(bytes);
          };
          void stream.closed.then(() => held.delete(deliver));
          stream.onData((bytes) => carry('terminal', bytes, stream.serial, deliver));
        },
        closed: Promise.race([stream.closed, gone]),
        close: () => stream.close(),
      };
    },
    arm: (fault) => {
      const match = /^(till|terminal)\.byte\((\d+)\)$/.exec(fault.at);
      const one: Standing = {
        fault,
        end: match?.[1] === 'terminal' ? 'terminal' : 'till',
        byte: Number(match?.[2] ?? 0),
        struckAt: undefined,
        healedAt: undefined,
        touched: 0,
      };
      faults.push(one);
      return {
        heal: () => heal(one),
        proof: () => ({
          fault,
          state: one.struckAt === undefined ? 'not-in-force' : 'in-force',
          ...(one.struckAt !== undefined && { struckAt: one.struckAt }),
          ...(one.healedAt !== undefined && { healedAt: one.healedAt }),
          touched: one.touched,
          summary:
            one.struckAt === undefined
              ? `the ${one.end} has not said ${one.byte} bytes in an order since then`
              : `${fault.do} at ${fault.at}, ${one.touched} bytes touched`,
        }),
      };
    },
  };
}

type Deliver = (bytes: Uint8Array) => void;
