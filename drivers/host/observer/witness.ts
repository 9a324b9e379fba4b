import type { TestCard } from '../../../rig/model/card.ts';
import { maskPan } from '../../../rig/model/card.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import type { DialogueMessage } from '../../../rig/model/message.ts';
import type { Clock } from '../../../rig/model/time.ts';
import {
  asAnswerTo,
  type DecodedMessage,
  type Dialect,
  ruleOf,
  toDialogueMessage,
  unpackDetails,
} from '../../codec/iso8583/index.ts';
import { claimedTotals } from '../simulator/totals-fields.ts';
import type { Framing } from '../wire/framing.ts';
import type { Attempt, Heard } from './attempt.ts';
import { Ear } from './ear.ts';
import type { KeyRing } from './key-ring.ts';
import type { Transcript } from './transcript.ts';

/** Requests of one connection that may wait for their answers; the oldest is given up for a further one. */
const MOST_WAITING = 64;

/** What all witnesses of an observer share. */
export interface Court {
  readonly clock: Clock;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly dialect: Dialect;
  readonly framing: Framing;
  readonly keys: KeyRing;
  readonly cards: readonly TestCard[];
  readonly transcript: Transcript;
}

export type Towards = 'in' | 'out';

/**
 * Watches one connection: writes its bytes, messages and links into the journal, and finds the answer to each request.
 * `in` is terminal → host, `out` host → terminal.
 */
export class Witness {
  readonly #court: Court;
  readonly #id: string;
  readonly #region: string;
  readonly #ears: Readonly<Record<Towards, Ear>>;
  readonly #stillUnread: Partial<Record<Towards, (at: number) => void>> = {};
  readonly #waiting: Attempt[] = [];

  constructor(court: Court, id: string, region: string) {
    this.#court = court;
    this.#id = id;
    this.#region = region;
    const ear = (towards: Towards) =>
      new Ear(court.dialect, court.framing, towards === 'in' ? 'request' : 'response', {
        heard: (message) => this.#heard(message, towards),
        unread: (why, deaf) => this.#unread(towards, why, deaf),
      });
    this.#ears = { in: ear('in'), out: ear('out') };
  }

  /** These bytes have passed. */
  passed(towards: Towards, bytes: Uint8Array): void {
    const { recorder, clock } = this.#court;
    recorder.record({
      type: 'bytes',
      plane: 'host',
      stream: this.#id,
      dir: towards,
      hex: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
      count: bytes.length,
    });
    this.#stillUnread[towards]?.(clock.now());
    this.#ears[towards].listen(bytes);
  }

  /** Something happened to the line. */
  link(state: string, detail?: string): void {
    const { recorder } = this.#court;
    recorder.record({
      type: 'link',
      plane: 'host',
      stream: this.#id,
      state,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** One direction was closed, or the whole line. */
  ended(towards: Towards): void {
    const left = this.#ears[towards].ended();
    if (left !== undefined) this.link('incomplete', `${directionOf(towards)}: ${left}`);
  }

  /** The line is gone: what was not answered will not be. */
  closed(): void {
    for (const attempt of this.#waiting.splice(0)) this.#court.transcript.over(attempt);
  }

  #heard(message: DecodedMessage, towards: Towards): void {
    const heard = this.#read(message);
    // Who sent it decides what it is: a host may ask as well, and what it asks is no business of the books.
    const asked = heard.message.direction === 'request';
    if (towards === 'in' && asked) {
      this.#request(heard, message);
      return;
    }
    const attempt = towards === 'out' && !asked ? this.#attemptOf(heard.message) : undefined;
    if (!attempt) {
      this.#record(heard, message, asked ? 'sent by the host' : 'answers no request that was seen');
      return;
    }
    const learned = this.#learn(message, attempt, heard.message.code);
    const answer = {
      ...heard,
      message: asAnswerTo(attempt.request.message, heard.message),
      ...(learned !== undefined && { checks: { ...heard.checks, keys: learned } }),
    };
    this.#record(answer, message);
    attempt.answer = answer;
    attempt.answeredAt = this.#court.clock.now();
    this.#court.transcript.over(attempt);
  }

  #request(heard: Heard, message: DecodedMessage): void {
    const { clock, transcript } = this.#court;
    this.#record(heard, message);
    const attempt: Attempt = { request: heard, region: this.#region, at: clock.now() };
    transcript.begin(attempt);
    this.#waiting.push(attempt);
    if (this.#waiting.length > MOST_WAITING) {
      const given = this.#waiting.shift();
      if (given) transcript.over(given);
    }
  }

  #read(message: DecodedMessage): Heard {
    const { dialect, keys } = this.#court;
    const dialogue = toDialogueMessage(dialect, message);
    const terminal = message.fields[dialect.dialogue.terminal] ?? '';
    const pan = keys.panOf(message, terminal);
    const currency = dialogue.amount?.currency ?? dialect.currency;
    const field48 = message.fields['48'];
    const uploads = dialogue.kind === 'batch-upload' && dialogue.direction === 'request';
    const totals = dialogue.kind === 'settlement' ? claimedTotals({ message, currency }) : undefined;
    const listed =
      uploads && field48 !== undefined
        ? attempt(() => unpackDetails(field48))?.map(({ stan, minor }) => ({
            stan,
            amount: { minor, currency },
          }))
        : undefined;
    const single =
      uploads && field48 === undefined && dialogue.stan !== undefined && dialogue.amount
        ? [{ stan: dialogue.stan, amount: dialogue.amount }]
        : undefined;
    const details = listed ?? single;
    return {
      message: dialogue,
      checks: keys.check(message, terminal, ruleOf(dialect, message)?.mac ?? false),
      pan: pan === '' ? '' : maskPan(pan),
      date: message.fields['15'] ?? message.fields['13'] ?? '',
      ...(totals && { totals: { totals, result: message.fields['66'] ?? message.fields['48.5'] ?? '' } }),
      ...(details && { details }),
    };
  }

  #learn(message: DecodedMessage, { request }: Attempt, code: string | undefined): string | undefined {
    const { dialect, keys } = this.#court;
    if (request.message.kind !== 'sign-on' || code !== '00') return undefined;
    const terminal = message.fields[dialect.dialogue.terminal] ?? request.message.terminal ?? '';
    return keys.learn(message, terminal);
  }

  /** The oldest request that this message answers; it waits no longer. */
  #attemptOf(answer: DialogueMessage): Attempt | undefined {
    const index = this.#waiting.findIndex(({ request: { message } }) => answers(answer, message));
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  #record({ message, checks }: Heard, { bytes }: DecodedMessage, note?: string): void {
    this.#court.recorder.record({
      type: 'message',
      plane: 'host',
      connection: this.#id,
      message,
      bytes: bytes.length,
      ...(Object.keys(checks).length > 0 && { checks }),
      ...(note !== undefined && { note }),
    });
  }

  #unread(towards: Towards, why: string, deaf: boolean): void {
    const { clock, transcript } = this.#court;
    const still = transcript.gap(this.#id, why, clock.now());
    if (deaf) this.#stillUnread[towards] = still;
    this.link('undecodable', `${directionOf(towards)}: ${why}${deaf ? '; it passes unread from here' : ''}`);
  }
}

const directionOf = (towards: Towards) => (towards === 'in' ? 'terminal → host' : 'host → terminal');

/** Same class and origin by the MTI (0210 answers 0200 and 0201), same STAN and terminal where both name one. */
function answers(answer: DialogueMessage, request: DialogueMessage): boolean {
  const [a, q] = [answer.mti, request.mti];
  const same = (one: string | undefined, other: string | undefined) =>
    one === undefined || other === undefined || one === other;
  return (
    a.slice(0, 2) === q.slice(0, 2) &&
    Number(a[2]) === Number(q[2]) + 1 &&
    same(answer.stan, request.stan) &&
    same(answer.terminal, request.terminal)
  );
}

/** A field that is not what it should be is the business of whoever it was sent to. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}
