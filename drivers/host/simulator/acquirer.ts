import type { HostPolicy } from '../../../rig/bench/policy.ts';
import type { LedgerEntry, Settlement } from '../../../rig/model/book.ts';
import type { TestCard } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { DecodedMessage, Dialect, WorkingKeys } from '../../codec/iso8583/index.ts';
import { CardIssuers } from '../card-issuers.ts';
import { codeIn, type ResponseCodes, withResponseCodes } from '../response-codes.ts';
import type { Answer } from './answer.ts';
import { balance } from './balance.ts';
import { BusinessCalendar } from './calendar.ts';
import { type CodePayment, codeQuery, payCode } from './code-payments.ts';
import { type Downloads, download, NO_DOWNLOADS } from './downloads.ts';
import { type Desk, financial } from './financial.ts';
import { Issuer } from './issuer.ts';
import type { HostKeys } from './keys.ts';
import { ADVICES, BOOKED, ENQUIRIES } from './kinds.ts';
import { Ledger } from './ledger.ts';
import { Misbehaviour, type Misdeeds } from './misbehaviour.ts';
import { type Signature, scriptResult, signature } from './notices.ts';
import { Outbox } from './outbox.ts';
import { checkPolicy, type InForce, LENIENT } from './policy.ts';
import { isForged, type Request, readRequest } from './request.ts';
import { reversal } from './reversal.ts';
import { Rulebook, type Ruling } from './rulebook.ts';
import { Session } from './session.ts';
import { batchUpload, batchUploadEnd, SettlementBook, settlement } from './settlement.ts';
import { signOn } from './sign-on.ts';
import { type Delivery, SILENCE } from './wire.ts';

export interface AcquirerSetup {
  readonly dialect: Dialect;
  readonly keys: HostKeys;
  readonly cards: readonly TestCard[];
  /** Meanings of F39, and which of its codes stands for what is decided; without it the dialect's and every code itself. */
  readonly codes?: ResponseCodes;
  /** F32 and the second half of F44. */
  readonly acquirerId: string;
  /** Civil time at nominal time 0. */
  readonly start: Date;
  readonly downloads?: Downloads;
  /** Entries of closed batches, and settlements, to remember; without it all of them, as books need it. */
  readonly keep?: number;
}

/** What becomes of a request: the answer, how it goes out, and what was found and done. */
export interface Reply {
  readonly checks: Readonly<Record<string, string>>;
  /** The answer as it was meant, MAC and falsified fields included, before it was damaged; absent when there is none. */
  readonly frame?: Uint8Array;
  readonly delivery: Delivery;
  /** Misdeeds and anything else that is worth a remark. */
  readonly note?: string;
  readonly signature?: Signature;
}

interface Decision {
  readonly answer: Answer;
  readonly signed?: Signature | undefined;
  /** The request itself was at fault, whatever the policy says: another merchant, a wrong MAC, nothing that it refers to. */
  readonly earned: boolean;
}

const NO_CODES: ResponseCodes = { id: 'none', title: { en: '', zh: '' }, codes: {} };

/**
 * The acquirer without its wires: message in, message out. Knows no socket, no clock and no journal; times are handed in.
 * Everything it decides stands in its ledger and its settlements.
 */
export class Acquirer {
  /** With the meanings of this acquirer's response codes. */
  readonly dialect: Dialect;
  private readonly keys: HostKeys;
  private readonly downloads: Downloads;
  private readonly codes: ResponseCodes;
  private readonly cards: ReadonlyMap<string, TestCard>;
  private readonly issuers: CardIssuers;
  private readonly ledgerBook: Ledger;
  private readonly settlementBook: SettlementBook;
  private readonly calendar: BusinessCalendar;
  private readonly sessions = new Map<string, Session>();
  private readonly outbox: Outbox;
  private inForce: InForce;
  /** Sign-ons that are yet to bring new keys. */
  private renewals = 0;
  private misbehaviour = new Misbehaviour(LENIENT);

  constructor(setup: AcquirerSetup) {
    const codes = setup.codes ?? NO_CODES;
    this.dialect = setup.codes ? withResponseCodes(setup.dialect, setup.codes) : setup.dialect;
    this.codes = codes;
    this.keys = setup.keys;
    this.issuers = new CardIssuers(setup.keys.issuers);
    this.ledgerBook = new Ledger(setup.keep);
    this.settlementBook = new SettlementBook(setup.keep);
    this.downloads = setup.downloads ?? NO_DOWNLOADS;
    this.cards = new Map(setup.cards.map((card) => [card.pan, card]));
    this.calendar = new BusinessCalendar(setup.start);
    const letterhead = { dialect: this.dialect, codes, calendar: this.calendar, acquirer: setup.acquirerId };
    this.outbox = new Outbox(letterhead, (terminal) => this.workingKeys(terminal));
    this.inForce = this.putInForce(LENIENT);
  }

  /** Replaces the policy; misbehaviour, rules and balances count from here. Throws FILE_INVALID and keeps the old one. */
  configure(policy: HostPolicy): void {
    checkPolicy(policy, this.dialect.currency);
    this.inForce = this.putInForce(policy);
    this.misbehaviour = new Misbehaviour(policy);
    this.renewals = policy['renew-keys'] ?? 0;
  }

  private putInForce(policy: HostPolicy): InForce {
    const issuer = new Issuer(policy, this.ledgerBook, this.cards.values());
    return { policy, issuer, rulebook: new Rulebook(policy.rules ?? [], (at) => this.calendar.time(at)) };
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

  /** A customer's wallet pays the code that a terminal shows. Errors: CARD_UNKNOWN. */
  payCode(text: string, cardId: string, at: number): CodePayment {
    const card = [...this.cards.values()].find(({ id }) => id === cardId);
    if (!card) throw new RigError('CARD_UNKNOWN', 'file', `there is no card "${cardId}" in the card file`);
    const desk: Desk = { ...this.inForce, ledger: this.ledgerBook, calendar: this.calendar };
    const takes = (terminal: string, batch: string) => {
      const { signedOn, settled, batch: open } = this.session(terminal);
      return signedOn && !settled && batch === open;
    };
    const { dialect, keys } = this;
    return payCode(text, card, { desk, dialect, terminals: keys.terminals, takes, at });
  }

  /** Decides on a decoded message that came from `region` at nominal time `at`. Never throws on a message that decodes. */
  answer(message: DecodedMessage, seen: { readonly region: string; readonly at: number }): Reply {
    const { dialect, keys, cards, issuers } = this;
    const working = this.workingKeys(message.fields[dialect.dialogue.terminal] ?? '');
    const read = readRequest({ dialect, keys: { ...keys, working }, cards, issuers }, message, seen);
    // An answer sent to us, or a message type that has none: nothing to say.
    if (Number(message.mti[2]) % 2 === 1) {
      return { checks: read.checks, delivery: SILENCE, note: 'not a request' };
    }
    const request = this.completed(read);
    const misdeeds = this.misbehaviour.next(request.kind);
    if (misdeeds.has('cut-over')) this.nextDay();
    const { answer, signed, earned } = this.decide(request, misdeeds);
    const { requirement = this.inForce.policy.requirement } = answer;
    const told = { ...answer, ...(requirement !== undefined && { requirement }) };
    return {
      checks: { ...request.checks, ...answer.checks, ...(earned && { admission: 'refused' }) },
      ...this.outbox.replyTo(request, told, misdeeds),
      ...(signed && { signature: signed }),
    };
  }

  /** Dialects without batch numbers, and requests without a merchant id, mean those that the host has. */
  private completed(request: Request): Request {
    const { terminal } = request;
    if (this.hasBatches || !terminal) return request;
    return {
      ...request,
      batch: this.session(terminal.id).batch,
      merchantId: request.merchantId.trim() === '' ? terminal.merchant : request.merchantId,
    };
  }

  /** Terminals of this dialect keep batches, and sign on before they transact. */
  private get hasBatches(): boolean {
    return this.dialect.dialogue.batch !== undefined;
  }

  private decide(request: Request, misdeeds: Misdeeds): Decision {
    const { terminal, kind } = request;
    const turnedAway = (code: string, beside: Partial<Answer> = {}) => ({
      answer: { ...beside, code, rrn: this.calendar.nextRrn(request.at) },
    });
    if (!terminal) return { ...turnedAway('97'), earned: true };
    const session = this.session(terminal.id);
    const refusal = this.admission(request, session);
    const earned = refusal !== undefined;
    const desk: Desk = { ...this.inForce, ledger: this.ledgerBook, calendar: this.calendar };
    const books = {
      mislay: misdeeds.has('mislay'),
      nothing: misdeeds.has('book-nothing'),
      twice: misdeeds.has('book-twice'),
    };
    if (BOOKED.includes(kind)) {
      const answer = financial(desk, request, { refusal, books });
      return { answer: earned ? answer : this.authenticated(request, answer, misdeeds), earned };
    }
    const ruling = this.ruling(request);
    const declined = ruling.code !== undefined && ruling.code !== '00' ? ruling.code : undefined;
    if (kind === 'reversal') {
      return {
        answer: { ...besides(ruling), ...reversal(desk, request, refusal ?? declined, books) },
        earned,
      };
    }
    const no = refusal ?? declined;
    if (no !== undefined) return { ...turnedAway(no, earned ? {} : besides(ruling)), earned };
    const { batch } = session;
    const { answer, signed } = this.serve(request, session, terminal, ruling);
    if (session.batch !== batch) this.ledgerBook.close(terminal.id, batch);
    // Of what books nothing, only an enquiry is the issuer's to decline; the others fail by what the request says.
    const faulty = answer.code !== '00' && (!ENQUIRIES.includes(kind) || isForged(request));
    const told = { ...besides(ruling), ...answer };
    return {
      answer: kind === 'balance' ? this.authenticated(request, told, misdeeds) : told,
      signed,
      earned: faulty,
    };
  }

  /** The answer with what the issuer has to say to a chip that proved itself (tag 91); a rule's own tag goes before. */
  private authenticated(request: Request, answer: Answer, misdeeds: Misdeeds): Answer {
    const { card, checks, kind, emv } = request;
    if (!card || checks.cryptogram !== 'ok' || ADVICES.includes(kind)) return answer;
    const told = codeIn(this.codes, answer.code);
    const code = told.length === 2 ? told : answer.code;
    const data = this.issuers.authentication(card, emv, code);
    if (!data) return answer;
    if (misdeeds.has('wrong-arpc')) data[0] = (data[0] ?? 0) ^ 0xff;
    return { ...answer, tags: { '91': Buffer.from(data).toString('hex').toUpperCase(), ...answer.tags } };
  }

  private ruling(request: Request): Ruling {
    const amount = request.amount ?? { minor: 0, currency: request.currency };
    return this.inForce.rulebook.judge(request, amount, () => ({ count: 0, minor: 0 }));
  }

  /** Everything that books nothing. */
  private serve(
    request: Request,
    session: Session,
    terminal: NonNullable<Request['terminal']>,
    { parameters }: Ruling,
  ): { readonly answer: Answer; readonly signed?: Signature | undefined } {
    const { calendar, settlementBook: book, ledgerBook: ledger } = this;
    const desk = { ledger, calendar, book };
    const rrn = () => calendar.nextRrn(request.at);
    switch (request.kind) {
      case 'balance':
        return { answer: balance(this.inForce.issuer, request, rrn()) };
      case 'code-query':
        return { answer: codeQuery(ledger, request, rrn()) };
      case 'sign-on':
        return { answer: this.signOn(request, session, terminal) };
      case 'sign-off':
        session.signedOn = false;
        return { answer: { code: '00', rrn: rrn() } };
      case 'echo':
        return { answer: { code: '00', rrn: rrn() } };
      case 'settlement':
        return { answer: settlement(desk, request, session) };
      case 'batch-upload':
        return { answer: batchUpload(desk, request) };
      case 'batch-upload-end':
        return { answer: batchUploadEnd(desk, request, session) };
      case 'parameters':
      case 'aid-parameters':
      case 'ca-keys':
        return { answer: download(withParameters(this.downloads, parameters), request, rrn()) };
      case 'script-result':
        return { answer: scriptResult(ledger, request, rrn()) };
      case 'signature': {
        const { answer, signature: signed } = signature(ledger, request, rrn());
        return { answer, signed };
      }
      default:
        return { answer: { code: '40', rrn: rrn() } };
    }
  }

  /** A sign-on that is taken brings the keys of the key file, or new ones while the policy says so. */
  private signOn(request: Request, session: Session, terminal: NonNullable<Request['terminal']>): Answer {
    const { working } = this.keys;
    const fresh = this.renewals > 0 ? session.freshKeys(working) : undefined;
    const answer = signOn(request, session, terminal, fresh ?? working, this.calendar);
    if (answer.code !== '00') return answer;
    if (fresh) this.renewals--;
    session.keys = fresh;
    return answer;
  }

  /** Working keys in force for a terminal. */
  private workingKeys(terminal: string): WorkingKeys {
    return this.sessions.get(terminal)?.keys ?? this.keys.working;
  }

  /** Why a request is turned away before anybody looks at what it wants; undefined when it is admitted. */
  private admission(request: Request, session: Session): string | undefined {
    const { kind, rule, checks, terminal, merchantId, stan, amount, batch } = request;
    if (merchantId !== terminal?.merchant) return '03';
    if (stan === '') return '30';
    if (rule?.mac && checks.mac !== 'ok') return 'A0';
    const booked = BOOKED.includes(kind);
    if ((booked || kind === 'reversal') && !amount) return '30';
    // Reversals are heard whatever state the session is in: money must be given back.
    const inBatch = booked || ENQUIRIES.includes(kind);
    if (inBatch && this.hasBatches && (!session.signedOn || session.settled || batch !== session.batch))
      return '77';
    return undefined;
  }

  private session(terminal: string): Session {
    const known = this.sessions.get(terminal);
    if (known) return known;
    const session = new Session();
    this.sessions.set(terminal, session);
    return session;
  }
}

const withParameters = (downloads: Downloads, own: Ruling['parameters']): Downloads =>
  own ? { ...downloads, parameters: { ...downloads.parameters, ...own } } : downloads;

const besides = ({ text, requirement, tags }: Ruling): Partial<Answer> => ({
  ...(text !== undefined && { text }),
  ...(requirement !== undefined && { requirement }),
  ...(tags && { tags }),
});
