import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { readApdu, type ZvtApdu } from '../../codec/zvt/apdu.ts';
import { answer, apdu, bmp, holding, tag } from '../../codec/zvt/build.ts';
import { find } from '../../codec/zvt/show.ts';
import type { TerminalBody } from '../terminal/body.ts';
import type {
  TillOperation,
  TillRequest,
  TillResult,
  TillTotals,
  TillTransaction,
} from '../terminal/till/request.ts';
import { type Answered, type Conversation, converse, type TillCable } from './zvt-conversation.ts';
import { type Registration, registered, registrationOf, UNREGISTERED } from './zvt-registration.ts';
import { slipMessages } from './zvt-slip.ts';
import { completionOfState, resultCodeOf, stateOf, statusOf, totalsOf } from './zvt-words.ts';

export type { TillCable } from './zvt-conversation.ts';

/** What the terminal remembers of its till while cables come and go. */
export interface ZvtMemory {
  registration: Registration;
  /** Of use to bugs alone: the last transaction that the till has acknowledged, and totals it was not told the end of. */
  acknowledged?: TillTransaction | undefined;
  /** When the last operation of a till was over, nominal ms: the card may still be in the slot. */
  overAt?: number | undefined;
  stale?: TillTotals | undefined;
  /** Six digits that a till must send wherever a command has them; absent: any will do. */
  password?: string | undefined;
}
export const zvtMemory = (password?: string): ZvtMemory => ({ registration: UNREGISTERED, password });

/** This model sells in this currency (ISO 4217 numeric). */
const CURRENCY = '156';
const TERMINAL_ID = '30001001';
/** While people take their time the till is told so, or its T4 of 180 s would run out; nominal ms. */
const STILL_THERE = 60_000;

const NOT_POSSIBLE = 0x83;
const PROTOCOL_ERROR = 0x9a;
const BUSY = 0x9c;
const NO_REVERSAL = 0xb5;
const NO_RESERVATION = 0xb8;
const WRONG_CURRENCY = 0x6f;
/** Ten digits, as its keys take them; fen. */
const MOST = 9_999_999_999;
const CANCELLED = 0x6c;
const DLE = 0x10;
/** A bug: a frame whose doubled DLEs stand there once. */
const single = (frame: Uint8Array) => frame.filter((byte, at) => byte !== DLE || frame[at - 1] !== DLE);

/** The terminal's end of ZVT on one cable. The returned function ends it; what the terminal is doing it goes on with. */
export function attachZvt(
  cable: TillCable,
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
  memory: ZvtMemory = zvtMemory(),
): () => void {
  const talk = converse(
    {
      ...cable,
      write: (bytes) => cable.write(terminal.till.bug('till-dle-not-doubled') ? single(bytes) : bytes),
    },
    clock,
    () => terminal.till.state !== 'off',
    (bytes) => obey(bytes, { talk, terminal, clock, memory }),
  );
  return () => talk.end();
}

interface Port {
  readonly talk: Conversation;
  readonly terminal: Pick<TerminalBody, 'till'>;
  readonly clock: Clock;
  readonly memory: ZvtMemory;
}

function obey(bytes: Uint8Array, port: Port): unknown {
  const { talk } = port;
  let said: ZvtApdu;
  try {
    said = readApdu(bytes);
  } catch (thrown) {
    if (!(thrown instanceof RigError)) throw thrown;
    return talk.answer(answer(PROTOCOL_ERROR));
  }
  // A bitmap that nobody knows is a function that nobody has (PA00P015, chapter 13).
  if (said.trouble) return talk.answer(answer(NOT_POSSIBLE));
  // Some terminals require the merchant password (chapter 1.2); the specification has no code of its own for a wrong one.
  if (isWrongPassword(said, port)) {
    if (said.control !== '0695') return talk.answer(answer(NOT_POSSIBLE));
    talk.answer(answer());
    return talk.say(apdu('061E', Uint8Array.of(NOT_POSSIBLE)));
  }
  const command = COMMANDS[said.control];
  if (!command) return talk.answer(answer(NOT_POSSIBLE));
  return command(said, port);
}

const digitsOf = ({ fields }: ZvtApdu, name: string): string | undefined => {
  const field = fields.find(({ id }) => id === name);
  return field && Buffer.from(field.value).toString('hex');
};

function isWrongPassword(said: ZvtApdu, { memory }: Port): boolean {
  const given = digitsOf(said, 'password');
  return memory.password !== undefined && given !== undefined && given !== memory.password;
}

/** What it returns is of no use. */
type Command = (said: ZvtApdu, port: Port) => unknown;

/** Answers, and is finished at once. */
const finish =
  (completion: (port: Port) => Uint8Array): Command =>
  (_, port) => {
    port.talk.answer(answer());
    void port.talk.say(completion(port));
  };

const COMMANDS: Readonly<Record<string, Command>> = {
  '0600': (said, { talk, memory }) => {
    const registration = registrationOf(said, CURRENCY);
    if (!registration) return talk.answer(apdu('841E', Uint8Array.of(WRONG_CURRENCY), CURRENCY_BYTES));
    memory.registration = registration;
    talk.answer(answer());
    void talk.say(registered(registration, TERMINAL_ID));
  },
  '0602': (_, { talk, memory }) => {
    memory.registration = UNREGISTERED;
    talk.answer(answer());
  },
  '06B0': (_, { talk, terminal }) => {
    talk.answer(answer());
    terminal.till.cancel();
  },
  '0670': finish(() => apdu('060F')),
  '0693': (_, port) => begin({ operation: 'sign-on' }, port),
  '0695': (said, { talk, memory }) => {
    if (memory.password !== undefined) memory.password = digitsOf(said, 'new-password');
    talk.answer(answer());
    void talk.say(apdu('060F', bmp('27', Uint8Array.of(0))));
  },
  '0679': finish(() => apdu('060F')),
  '0501': (said, { talk, terminal }) => {
    const service = find(said.fields, '03')?.value[0] ?? 0;
    talk.answer(answer());
    void talk.say(
      completionOfState(terminal.till, { version: (service & 2) === 0, more: (service & 4) !== 0 }),
    );
  },
  '0610': (_, { talk, terminal, memory }) => {
    if (terminal.till.state !== 'idle') return talk.answer(answer(BUSY));
    talk.answer(answer());
    const stale = terminal.till.bug('till-totals-stale') ? memory.stale : undefined;
    void talk.say(totalsOf(stale ?? terminal.till.totals(), memory.registration.currency));
    void talk.say(apdu('060F'));
  },
  '0620': repeat,
  '0601': (said, port) => withAmount('sale', said, port),
  '0622': (said, port) => withAmount('pre-auth', said, port),
  '0631': (said, port) => withAmount('refund', said, port),
  '0630': (said, port) => {
    const receipt = receiptOf(said);
    const original = receipt === undefined ? undefined : port.terminal.till.find(receipt);
    const amount = amountOf(said);
    if (!original || (amount !== undefined && amount !== original.amount))
      return port.talk.answer(answer(NO_REVERSAL));
    begin({ operation: 'void', voucher: original.stan }, port);
  },
  '0623': partialReversal,
  '0624': (said, port) => {
    const hold = holdOf(said, port);
    if (!hold) return port.talk.answer(answer(NO_RESERVATION));
    complete(hold, amountOf(said) ?? hold.amount, port);
  },
  '0625': (said, port) => {
    const hold = holdOf(said, port);
    if (!hold) return port.talk.answer(answer(NO_RESERVATION));
    giveBack(hold, port);
  },
  '0650': (_, port) => begin({ operation: 'settle' }, port),
};

const CURRENCY_BYTES = Uint8Array.of(0x01, 0x56);

/** Everything that begins with an amount; one in another currency is refused. */
function withAmount(operation: TillOperation, said: ZvtApdu, port: Port): unknown {
  const amount = amountOf(said);
  const currency = said.fields.find(({ id }) => id === '49');
  if (!amount) return port.talk.answer(answer(PROTOCOL_ERROR));
  // Twelve digits go into the bitmap, and fewer into this model: another amount must not be charged.
  if (amount > MOST) return port.talk.answer(answer(NOT_POSSIBLE));
  if (currency && Buffer.from(currency.value).toString('hex').slice(1) !== CURRENCY) {
    return port.talk.answer(apdu('841E', Uint8Array.of(WRONG_CURRENCY), CURRENCY_BYTES));
  }
  return begin({ operation, amount }, port);
}

/** 06 23 releases a part of a hold by booking the rest; for receipt FFFF it asks which holds there are. */
function partialReversal(said: ZvtApdu, port: Port): unknown {
  const { talk, terminal } = port;
  if (receiptOf(said) === 'ffff') {
    const open = terminal.till.holds();
    talk.answer(answer());
    const receipts = open.map(({ stan }) => stan.slice(-4));
    const first = Buffer.from(receipts[0] ?? 'ffff', 'hex');
    const list =
      receipts.length > 1
        ? [holding('06', holding('23', ...receipts.map((one) => tag('08', Buffer.from(one, 'hex')))))]
        : [];
    return talk.say(apdu('061E', Uint8Array.of(NO_RESERVATION), bmp('87', first), ...list));
  }
  const hold = holdOf(said, port);
  const unused = amountOf(said) ?? 0;
  if (!hold || unused > hold.amount) return talk.answer(answer(hold ? 0xb7 : NO_RESERVATION));
  if (unused === hold.amount) return giveBack(hold, port);
  return complete(hold, hold.amount - unused, port);
}

const complete = ({ authCode, time }: TillTransaction, amount: number, port: Port) =>
  begin({ operation: 'completion', amount, hold: { authCode, date: time.slice(4, 8) } }, port);
const giveBack = ({ authCode, time, amount }: TillTransaction, port: Port) =>
  begin({ operation: 'pre-auth-void', amount, hold: { authCode, date: time.slice(4, 8) } }, port);

/** The last transaction again: as status information where that is asked for, on paper unless that is not. */
function repeat(said: ZvtApdu, port: Port): unknown {
  const { talk, terminal, memory } = port;
  if (terminal.till.state !== 'idle') return talk.answer(answer(BUSY));
  const service = said.fields.find(({ id }) => id === '03')?.value[0] ?? 0;
  const last = terminal.till.bug('till-last-only-when-told') ? memory.acknowledged : terminal.till.last();
  const status = (service & 1) !== 0 && last ? statusOf(last, memory.registration.currency) : undefined;
  if ((service & 2) === 0) return begin({ operation: 'reprint' }, port, status);
  talk.answer(answer());
  if (status) void talk.say(status);
  return talk.say(apdu('060F'));
}

/** How long after the end of an operation the next one is waited with rather than refused, and how often it is tried, nominal ms. */
const CARD_OUT = 3000;
const ONCE_MORE = 100;

/** Begins an operation, and tells the till how it goes. @param status said before the end, instead of the operation's own */
function begin(
  wanted: Pick<TillRequest, 'operation' | 'amount' | 'voucher' | 'hold'>,
  port: Port,
  status?: Uint8Array,
): void {
  const { talk, terminal, clock, memory } = port;
  const { registration } = memory;
  let state: number | undefined;
  let result: TillResult | undefined;
  let repeating = () => {};
  /** A bug: the till has been given up. */
  let unheard = false;
  let told: Promise<unknown> = Promise.resolve();
  const patiently = (said: Promise<Answered>): Promise<Answered> => {
    const enough = clock.after(1000, () => {
      unheard ||= terminal.till.bug('till-waits-too-short');
    });
    return said.finally(enough);
  };
  const { cycle } = terminal.till;
  const sayState = (code: number) => {
    repeating();
    // What the terminal was doing ends with its power, and nobody says so.
    if (!registration.states || terminal.till.cycle !== cycle) return;
    void patiently(talk.say(apdu('04FF', Uint8Array.of(code))));
    if (!terminal.till.bug('till-not-kept-waiting'))
      repeating = clock.after(STILL_THERE, () => sayState(code));
  };
  const forgotten = (came: TillResult) =>
    !came.done && resultCodeOf(came.lines) === CANCELLED && terminal.till.bug('till-not-told-of-cancel');
  if (wanted.operation === 'settle') memory.stale = terminal.till.totals();
  const request = () =>
    terminal.till.request({
      ...wanted,
      ...paperOf(wanted.operation, port),
      onScreen: (lines) => {
        const next = stateOf(lines);
        if (next === undefined || next === state) return;
        state = next;
        sayState(next);
      },
      onResult: (came) => {
        repeating();
        result = came;
        if (wanted.operation === 'reprint') return void (status && talk.say(status));
        const transaction = came.done ? came.transaction : undefined;
        if (transaction && !unheard)
          told = patiently(talk.say(statusOf(transaction, registration.currency))).then((answered) => {
            if (answered === 'yes') memory.acknowledged = transaction;
            unheard ||= answered !== 'yes' && terminal.till.bug('till-unheard-result-aborted');
          });
        if (!came.done && !forgotten(came))
          void talk.say(apdu('040F', bmp('27', Uint8Array.of(resultCodeOf(came.lines)))));
      },
      onOver: () => {
        repeating();
        memory.overAt = clock.now();
        if (result && forgotten(result)) return;
        const code = result ? (result.done ? undefined : resultCodeOf(result.lines)) : 0xff;
        void told.then(async () => {
          const bad = unheard ? CANCELLED : code;
          const answered = await talk.say(
            bad === undefined ? apdu('060F') : apdu('061E', Uint8Array.of(bad)),
          );
          if (answered === 'yes') memory.stale = undefined;
        });
      },
    });
  const attempt = (): void => {
    const taken = request();
    // A till may ask for the next payment as soon as one is over, while people still take the card out.
    const soon = memory.overAt !== undefined && clock.now() - memory.overAt < CARD_OUT;
    if (!taken && soon && terminal.till.state === 'busy') clock.after(ONCE_MORE, attempt);
    else talk.answer(taken ? answer() : answer(BUSY));
  };
  attempt();
}

/** Where the slips of an operation go, as the till has asked for at registration. */
function paperOf(operation: TillOperation, { talk, memory }: Port): Pick<TillRequest, 'paper'> {
  const { registration } = memory;
  const wanted = operation === 'settle' ? registration.administration : registration.payments;
  if (!wanted) return {};
  if (registration.paper === 'none') return { paper: 'none' };
  return {
    paper: async (slip) => {
      for (const message of slipMessages(slip, registration)) {
        if ((await talk.say(message)) !== 'yes') return false;
      }
      return true;
    },
  };
}

function amountOf(said: ZvtApdu): number | undefined {
  const digits = Buffer.from(find(said.fields, '04')?.value ?? []).toString('hex');
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

const receiptOf = (said: ZvtApdu): string | undefined => {
  const field = find(said.fields, '87');
  return field && Buffer.from(field.value).toString('hex');
};

function holdOf(said: ZvtApdu, { terminal }: Port): TillTransaction | undefined {
  const receipt = receiptOf(said);
  return receipt === undefined
    ? undefined
    : terminal.till.holds().findLast(({ stan }) => stan.endsWith(receipt));
}
