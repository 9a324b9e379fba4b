import { isRigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { framingOf, isMarked, linkOf, progressFrame } from '../../codec/ecr/framing.ts';
import { type ReadMessage, readMessage, writeMessage } from '../../codec/ecr/message.ts';
import type { Exchange, Protocol } from '../../codec/ecr/protocol.ts';
import { receiptTexts } from '../../codec/ecr/receipt.ts';
import type { Values } from '../../codec/ecr/values.ts';
import { deframe } from '../../codec/framing/scanner.ts';
import type { LinkEvent } from '../../codec/link/link.ts';
import type { TerminalBody } from '../terminal/body.ts';
import type { TillOperation, TillResult, TillTransaction } from '../terminal/till/request.ts';
import { senseOf, stateOf, valuesOf, wordsOf } from './ecr-words.ts';
import type { TillCable } from './zvt-conversation.ts';
import { slipLines } from './zvt-slip.ts';

/** What the terminal keeps of a till link beyond one cable: it stands in its memory. */
export interface EcrMemory {
  /** The last result that was told, and the last transaction there was then. */
  last?: { readonly values: Values; readonly echo: Echo; readonly stan: string | undefined };
  /** Of use to a bug alone: the last transaction that the till has acknowledged. */
  acknowledged?: TillTransaction | undefined;
  /** The till's own numbers, by the terminal's. */
  readonly references: Map<string, string>;
  /** Receipts of the next operation go to the till. */
  tillPrints: boolean;
}
type Echo = Readonly<Record<string, string>>;

export const ecrMemory = (): EcrMemory => ({ references: new Map(), tillPrints: false });

const OPERATIONS: Readonly<Partial<Record<Exchange['does'], TillOperation>>> = {
  sale: 'sale',
  'pre-auth': 'pre-auth',
  void: 'void',
  refund: 'refund',
  settle: 'settle',
  'sign-on': 'sign-on',
};

/** What begins with an amount, and how much this model takes: ten digits, as its keys do; fen. */
const WITH_AMOUNT: ReadonlySet<TillOperation> = new Set(['sale', 'pre-auth', 'refund']);
const MOST = 9_999_999_999;

/** A state that lasts is told again after this, nominal ms: well within what tills wait. */
const STILL_THERE = 60_000;
/** Something that the terminal has to say. */
interface Speech {
  readonly payload: Uint8Array;
  readonly progress: boolean;
  /** Of no use any more when nobody listened. */
  readonly passing: boolean;
  /** The transaction whose result it is. */
  readonly made: TillTransaction | undefined;
}

/** How long after the end of an operation the next one is waited with rather than refused, and how often it is tried, nominal ms. */
const CARD_OUT = 3000;
const ONCE_MORE = 100;
/** Silence in the middle of a message after which it is given up, nominal ms. */
const BROKEN_OFF = 5000;
/** More than a terminal that says one thing after the other has waiting; a till that asks faster than it listens is not heard. */
const MOST_WAITING = 32;
/** Numbers of tills that are remembered beside transactions: more than a batch has. */
const MOST_REFERENCES = 10_000;
const LEAST_SILENCE_WALL_MS = 20;
/** An answer that a machine gives by itself is waited for at least so long, wall ms, however fast the clock runs. */
const LEAST_ANSWER_WALL_MS = 150;

/**
 * The terminal's end of a protocol that a file describes, on one cable. The returned function ends it; what the terminal is
 * doing it goes on with.
 */
export function attachEcr(
  protocol: Protocol,
  memory: EcrMemory,
  cable: TillCable,
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
): () => void {
  const setup = (cable.serial ? protocol.links.serial : protocol.links.tcp) ?? protocol.links.serial;
  if (!setup) return () => {};
  const { till } = terminal;
  const deframer = deframe(framingOf(setup.framing));
  let open = true;
  const timers = { silence: () => {}, link: () => {}, gap: () => {}, again: () => {} };
  /** When the last operation of the till was over, nominal ms. */
  let overAt: number | undefined;

  const readRequest = (payload: Uint8Array) => {
    const message = readMessage(protocol, payload, 'till');
    const exchange =
      message && Object.values(protocol.exchanges).find(({ request }) => request === message.name);
    return message && exchange ? { message, exchange } : undefined;
  };
  const isBusy = ({ does }: Exchange): boolean =>
    till.state !== 'idle' && does !== 'nothing' && does !== 'status' && does !== 'receipts';
  const overrun = () => speech.length >= MOST_WAITING;
  const newLink = () =>
    linkOf(setup, 'terminal', (payload) => {
      const request = readRequest(payload);
      const refused = overrun() || (protocol.busy === 'nak' && request && isBusy(request.exchange));
      return request !== undefined && !refused;
    });
  let link = newLink();
  const forget = () => {
    link = newLink();
    speech.length = 0;
    speaking = undefined;
    for (const stop of Object.values(timers)) stop();
  };

  const onLink = (event: LinkEvent): void => {
    // A terminal without power neither hears nor speaks, and forgets what it was about to say.
    if (till.state === 'off') forget();
    if (!open || till.state === 'off') return;
    const step = link.on(event);
    link = step.link;
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'write':
          cable.write(effect.bytes);
          break;
        case 'deliver':
          heard(effect.payload);
          break;
        case 'timer':
          timers.link();
          timers.link =
            effect.ms === undefined
              ? () => {}
              : clock.after(Math.max(effect.ms, LEAST_ANSWER_WALL_MS * clock.rate), () =>
                  onLink({ type: 'timeout' }),
                );
          break;
        case 'sent':
          if (speaking?.made) memory.acknowledged = speaking.made;
          goOn();
          break;
        case 'failed':
          // Nobody listens: what the till no longer needs is left out, what ended the payment is said all the same.
          for (let i = speech.length - 1; i >= 0; i--) if (speech[i]?.passing) speech.splice(i, 1);
          goOn();
          break;
        case 'note':
          break;
      }
    }
  };

  /** What the terminal has to say, one after the other. */
  const speech: Speech[] = [];
  let speaking: Speech | undefined;
  const say = (
    name: string | undefined,
    values: Values,
    echo: Echo,
    { passing = false, made }: Pick<Partial<Speech>, 'passing' | 'made'> = {},
  ): void => {
    if (name === undefined) return;
    const more = { passing, made };
    try {
      const payload = writeMessage(protocol, name, { values, echo });
      speech.push({ payload, progress: protocol.messages[name]?.form === 'progress', ...more });
    } catch (error) {
      // A value of the till's own that its own protocol has no room for: told back as far as possible.
      if (!isRigError(error)) throw error;
      speech.push({ payload: writeMessage(protocol, name, { values }), progress: false, ...more });
    }
    if (!speaking) goOn();
  };
  const goOn = () => {
    const next = speech.shift();
    speaking = next;
    if (!next) return;
    timers.gap = clock.after(setup.gap, () => {
      if (!open || till.state === 'off') forget();
      else if (next.progress) {
        cable.write(progressFrame(next.payload));
        goOn();
      } else onLink({ type: 'send', payload: next.payload });
    });
  };

  const heard = (payload: Uint8Array): void => {
    const request = readRequest(payload);
    if (!request || overrun()) return;
    const { message, exchange } = request;
    if (isBusy(exchange)) {
      // A till may ask for the next payment as soon as one is over, while people still take the card out.
      const soon = overAt !== undefined && clock.now() - overAt < CARD_OUT;
      if (soon && protocol.busy === 'answer' && till.state === 'busy') {
        timers.again();
        timers.again = clock.after(ONCE_MORE, () => open && heard(payload));
        return;
      }
      if (protocol.busy === 'answer')
        tell(exchange, { result: 'busy', reason: 'busy', text: 'BUSY' }, message.raw);
      return;
    }
    obey(exchange, message);
  };

  /** The answer of an exchange, with who the terminal is. */
  const tell = (exchange: Exchange, values: Values, echo: Echo, made?: TillTransaction): void => {
    const { terminalId, merchantId } = till.identity ?? { terminalId: '', merchantId: '' };
    const full = { ...values, 'terminal-id': terminalId, 'merchant-id': merchantId };
    const bad = values.result !== 'approved' && exchange.refusal !== undefined;
    say(bad ? exchange.refusal : exchange.reply, full, echo, { made });
  };

  const obey = (exchange: Exchange, { values, raw }: ReadMessage) => {
    const operation = OPERATIONS[exchange.does];
    if (operation) return begin(exchange, operation, values, raw);
    switch (exchange.does) {
      case 'last':
        return tell(exchange, lastTransaction(), raw);
      case 'last-result': {
        const { last } = memory;
        const kept = last && last.stan === till.last()?.stan ? last : undefined;
        return tell(exchange, kept?.values ?? lastTransaction(), { ...raw, ...kept?.echo });
      }
      case 'totals': {
        const batch = till.batch();
        const total = batch.reduce((sum, made) => sum + signed(made), 0);
        const sums = { count: String(batch.length), total: String(Math.max(0, total)) };
        return tell(exchange, { result: 'approved', ...sums }, raw);
      }
      case 'batch':
        for (const made of till.batch()) {
          const { terminalId, merchantId } = till.identity ?? { terminalId: '', merchantId: '' };
          const who = { 'terminal-id': terminalId, 'merchant-id': merchantId };
          const values = { result: 'approved', ...who, ...ofTransaction(made) };
          say(exchange.each, values, raw, { passing: true });
        }
        return tell(exchange, { result: 'approved' }, raw);
      case 'receipts':
        memory.tillPrints = values.prints !== 'terminal';
        return;
      case 'last-receipt':
        return printAgain(exchange, values.prints === 'till', raw);
      case 'status':
        return tell(exchange, { result: 'approved', time: timeNow(clock) }, raw);
    }
  };

  /** Every copy of the last slip again, marked as such; what cannot be had is not printed. */
  const printAgain = ({ receipt }: Exchange, onTill: boolean, raw: Echo): void => {
    const { receipts } = protocol;
    const paper = async (slip: Uint8Array) => {
      if (!receipts) return false;
      for (const lines of slipLines(slip))
        for (const text of receiptTexts(receipts, lines, protocol.text)) say(receipt, { receipt: text }, raw);
      return true;
    };
    till.request({
      operation: 'reprint',
      ...(onTill && receipt !== undefined && { paper }),
      onScreen: () => {},
      onResult: () => {},
      onOver: () => {},
    });
  };

  const ofTransaction = (made: TillTransaction): Values => {
    const reference = memory.references.get(made.stan);
    return { ...valuesOf(made), ...(reference !== undefined && { reference }) };
  };
  const lastTransaction = (): Values => {
    const last = till.bug('till-last-only-when-told') ? memory.acknowledged : till.last();
    return last
      ? { result: 'approved', ...ofTransaction(last) }
      : { result: 'not-found', reason: 'not-found' };
  };

  const begin = (exchange: Exchange, operation: TillOperation, asked: Values, raw: Echo) => {
    const amount = asked.amount === undefined ? undefined : Number(asked.amount);
    const voucher = operation === 'void' ? voucherOf(asked) : undefined;
    const end = (values: Values, made?: TillTransaction) => {
      const kept = { ...values, ...(asked.reference !== undefined && { reference: asked.reference }) };
      memory.last = { values: kept, echo: raw, stan: till.last()?.stan };
      tell(exchange, kept, raw, made);
    };
    if (operation === 'void' && voucher === undefined) {
      return end({ result: 'not-found', reason: 'not-found', text: 'NO SUCH PAYMENT' });
    }
    if (WITH_AMOUNT.has(operation) && (!amount || amount > MOST)) {
      return end({ result: 'format', reason: 'format', text: 'WRONG AMOUNT' });
    }
    const told = Object.entries(exchange['progress-when']).every(([name, wanted]) => raw[name] === wanted);
    let state: string | undefined;
    let result: TillResult | undefined;
    let repeating = () => {};
    /** While people take their time the till hears of the state again, or it would give up. */
    const { cycle } = till;
    const sayState = (values: Values): void => {
      repeating();
      // What the terminal was doing ends with its power, and nobody says so.
      if (result || till.cycle !== cycle) return;
      say(exchange.progress, values, raw, { passing: true });
      if (!till.bug('till-not-kept-waiting')) repeating = clock.after(STILL_THERE, () => sayState(values));
    };
    const { receipts } = protocol;
    const ticket = exchange.receipt;
    let finished = false;
    const tickets: string[] = [];
    /** Tells the result, once, and behind it the receipts that are there. */
    const finish = (): void => {
      if (!finished) tellResult();
      finished = true;
      for (const text of tickets.splice(0)) say(ticket, { receipt: text }, raw);
    };
    const tellResult = (): void => {
      if (result?.done) {
        const { transaction } = result;
        const amount = asked.amount === undefined ? {} : { amount: asked.amount };
        end({ result: 'approved', ...amount, ...(transaction && valuesOf(transaction)) }, transaction);
        return;
      }
      const sense = result ? senseOf(result.lines) : 'error';
      end({ result: sense, reason: sense, text: wordsOf(result?.lines ?? []) });
    };
    const prints = memory.tillPrints && receipts && ticket !== undefined;
    const taken = till.request({
      operation,
      ...(prints && {
        paper: async (slip: Uint8Array) => {
          for (const lines of slipLines(slip)) tickets.push(...receiptTexts(receipts, lines, protocol.text));
          // The result comes before its receipts; that of a settlement is known later.
          if (result) finish();
          return true;
        },
      }),
      ...(amount !== undefined && { amount }),
      ...(voucher !== undefined && { voucher }),
      onScreen: (lines) => {
        const next = stateOf(lines);
        if (!told || result || next === undefined || next === state) return;
        state = next;
        sayState({ state: next, text: wordsOf(lines.slice(1)) || wordsOf(lines) });
      },
      onResult: (came) => {
        repeating();
        result = came;
        // From now on the number of the till stands beside the transaction, whatever becomes of the cable.
        if (came.done && came.transaction && asked.reference !== undefined) {
          remember(memory, came.transaction.stan, asked.reference);
        }
      },
      onOver: () => {
        repeating();
        overAt = clock.now();
        memory.tillPrints = false;
        finish();
      },
    });
    if (!taken) tell(exchange, { result: 'busy', reason: 'busy', text: 'BUSY' }, raw);
  };

  /** The payment that is to be taken back: by its number; zeros, or no number at all, mean the last one, of that amount. */
  const voucherOf = ({ voucher, amount }: Values): string | undefined => {
    if (voucher !== undefined && !/^0*$/.test(voucher)) return till.find(voucher)?.stan;
    const last = till.last();
    if (last?.kind !== 'sale') return undefined;
    return amount === undefined || Number(amount) === last.amount ? last.stan : undefined;
  };

  cable.onData((bytes) => {
    timers.silence();
    for (const item of deframer.push(bytes)) onLink({ type: 'item', item });
    // Over TCP nothing gets lost: half a message is waited for.
    if (deframer.held === 0 || (!cable.serial && !deframer.whole)) return;
    const marked = isMarked(setup.framing);
    const silence = deframer.whole || marked ? setup.silence : BROKEN_OFF;
    timers.silence = clock.after(Math.max(silence, LEAST_SILENCE_WALL_MS * clock.rate), () => {
      for (const item of deframer.flush()) onLink({ type: 'item', item });
    });
  });
  return () => {
    open = false;
    forget();
  };
}

/** Keeps the till's own number of a transaction, as long as there are not too many. */
function remember({ references }: EcrMemory, stan: string, reference: string): void {
  references.delete(stan);
  references.set(stan, reference);
  const [oldest] = references.keys();
  if (references.size > MOST_REFERENCES && oldest !== undefined) references.delete(oldest);
}

/** What a transaction adds to the till's total. */
const signed = ({ kind, amount }: TillTransaction): number =>
  kind === 'void' || kind === 'refund' ? -amount : kind === 'sale' ? amount : 0;

/** `YYYYMMDDhhmmss`. */
const timeNow = (clock: Clock): string => clock.wallTime().replaceAll(/\D/g, '').slice(0, 14);
