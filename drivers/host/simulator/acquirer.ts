import type { HostPolicy } from '../../../rig/bench/policy.ts';
import type { LedgerEntry, Settlement } from '../../../rig/model/book.ts';
import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { encodeMessage } from '../../codec/iso8583/index.ts';
import { type Answer, responseTo } from './answer.ts';
import { BusinessCalendar } from './calendar.ts';
import { type Desk, financial } from './financial.ts';
import { Ledger } from './ledger.ts';
import { checkPolicy, LENIENT, latenessOf, Misbehaviour } from './policy.ts';
import { type Request, readRequest, type Surroundings } from './request.ts';
import { reversal } from './reversal.ts';
import { Session } from './session.ts';
import { batchUpload, batchUploadEnd, SettlementBook, settlement } from './settlement.ts';
import { signOn } from './sign-on.ts';

export interface AcquirerSetup extends Surroundings {
  /** F32 and the second half of F44. */
  readonly acquirerId: string;
  /** Civil time at nominal time 0. */
  readonly start: Date;
}

/** What becomes of a request: the answer's bytes, when to send them, and what was done to them. */
export interface Reply {
  readonly checks: Readonly<Record<string, string>>;
  /** Absent for a message that calls for no answer. */
  readonly frame?: Uint8Array;
  /** Nominal ms to wait before it is sent; `never`: it is booked and not sent. */
  readonly delay: number | 'never';
  readonly note?: string;
}

/**
 * The acquirer without its wires: message in, message out. Knows no socket, no clock and no journal; times are handed in.
 * Everything it decides stands in its ledger and its settlements.
 */
export class Acquirer {
  private readonly setup: AcquirerSetup;
  private readonly ledgerBook = new Ledger();
  private readonly settlementBook = new SettlementBook();
  private readonly calendar: BusinessCalendar;
  private readonly sessions = new Map<string, Session>();
  private policy: HostPolicy = LENIENT;
  private misbehaviour = new Misbehaviour(LENIENT);

  constructor(setup: AcquirerSetup) {
    this.setup = setup;
    this.calendar = new BusinessCalendar(setup.start);
  }

  /** Replaces the policy; misbehaviour counts its requests from here. Throws FILE_INVALID and keeps the old one. */
  configure(policy: HostPolicy): void {
    checkPolicy(policy, this.setup.dialect.currency);
    this.policy = policy;
    this.misbehaviour = new Misbehaviour(policy);
  }

  nextDay(): void {
    this.calendar.nextDay();
  }

  ledger(): readonly LedgerEntry[] {
    return this.ledgerBook.entries();
  }

  settlements(): readonly Settlement[] {
    return this.settlementBook.all();
  }

  /** Decides on a decoded message that came from `region` at nominal time `at`. Never throws on a message that decodes. */
  answer(message: DecodedMessage, seen: { readonly region: string; readonly at: number }): Reply {
    const request = readRequest(this.setup, message, seen);
    const { checks } = request;
    // An answer sent to us, or a message type that has none: nothing to say.
    if (Number(message.mti[2]) % 2 === 1) return { checks, delay: 'never', note: 'not a request' };
    const misdeeds = this.misbehaviour.next(request.kind);
    const does = (what: string) => misdeeds.find((misdeed) => misdeed.do === what);
    const answer = this.decide(request, does('mislay') !== undefined);
    const frame = this.encode(request, answer, does('wrong-mac') !== undefined);
    const late = does('late');
    const note = misdeeds.map((misdeed) => misdeed.do).join(', ');
    return {
      checks,
      frame,
      delay: does('no-answer') ? 'never' : late ? latenessOf(late) : 0,
      ...(note && { note }),
    };
  }

  private decide(request: Request, mislay: boolean): Answer {
    const { calendar, settlementBook: book, ledgerBook: ledger } = this;
    const desk: Desk = { ledger, calendar, policy: this.policy };
    const turnedAway = (code: string): Answer => ({ code, rrn: calendar.nextRrn(request.at) });
    const { terminal, kind } = request;
    if (!terminal) return turnedAway('97');
    const session = this.session(terminal.id);
    const refusal = this.admission(request, session);
    switch (kind) {
      case 'sale':
      case 'void':
      case 'refund':
        return financial(desk, request, { refusal, mislay });
      case 'reversal':
        return reversal(desk, request, refusal);
    }
    if (refusal !== undefined) return turnedAway(refusal);
    switch (kind) {
      case 'sign-on':
        return signOn(request, session, terminal, this.setup.keys.working, calendar);
      case 'sign-off':
        session.signedOn = false;
        return turnedAway('00');
      case 'echo':
        return turnedAway('00');
      case 'settlement':
        return settlement({ ledger, calendar, book }, request, session);
      case 'batch-upload':
        return batchUpload({ ledger, calendar, book }, request);
      case 'batch-upload-end':
        return batchUploadEnd({ ledger, calendar, book }, request, session);
      default:
        return turnedAway('40');
    }
  }

  /** Why a request is turned away before anybody looks at what it wants; undefined when it is admitted. */
  private admission(request: Request, session: Session): string | undefined {
    const { kind, rule, checks, terminal, merchantId, stan, amount } = request;
    if (merchantId !== terminal?.merchant) return '03';
    if (stan === '') return '30';
    if (rule?.mac && checks.mac !== 'ok') return 'A0';
    const movesMoney = kind === 'sale' || kind === 'void' || kind === 'refund';
    if ((movesMoney || kind === 'reversal') && !amount) return '30';
    // Reversals are heard whatever state the session is in: money must be given back.
    if (movesMoney && (!session.signedOn || session.settled || request.batch !== session.batch)) return '77';
    return undefined;
  }

  private session(terminal: string): Session {
    const known = this.sessions.get(terminal);
    if (known) return known;
    const session = new Session();
    this.sessions.set(terminal, session);
    return session;
  }

  private encode(request: Request, answer: Answer, wrongMac: boolean): Uint8Array {
    const { dialect, keys, acquirerId } = this.setup;
    const response = responseTo(request, answer, {
      time: this.calendar.time(request.at),
      date: this.calendar.date,
      acquirer: acquirerId,
    });
    const withMac = request.rule?.mac && request.terminal && dialect.mac;
    const frame = encodeMessage(dialect, response, withMac ? { mak: keys.working.mak } : {});
    if (wrongMac && withMac) {
      // The MAC stands last and is hex text in this family of dialects: another character, still text.
      const last = frame.length - 1;
      frame[last] = frame[last] === 0x30 ? 0x31 : 0x30;
    }
    return frame;
  }
}
