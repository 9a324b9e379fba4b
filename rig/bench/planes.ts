import type { LedgerEntry, Settlement, TillRecord } from '../model/book.ts';
import type { CodeFlaw, EntryMode, TestCard } from '../model/card.ts';
import type { ArtefactRef, Recorder } from '../model/event.ts';
import type { Fault, FaultProof, LiveConnections } from '../model/fault.ts';
import type { DialogueMessage, MessageKind } from '../model/message.ts';
import type { Money } from '../model/money.ts';
import type { PaperBox, Slip } from '../model/receipt.ts';
import type { TillFault, TillFaultProof } from '../model/till-fault.ts';
import type { TillWay } from '../model/till-ways.ts';
import type { Clock } from '../model/time.ts';
import type { HostPolicy } from './policy.ts';
import type { Profile } from './profile.ts';

/**
 * The planes of a bench: each a small interface that one driver implements. All durations are nominal milliseconds.
 * Every method that waits has a deadline of its own or takes one; every error is a RigError with blame.
 */

/** Something that was opened and must be closed. Closing is idempotent, bounded, and leaves the fixture safe. */
export interface Opened {
  /** What was found there: firmware string, addresses, settings hash; for the journal and for `${plane.name}` in bench files. */
  readonly facts: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A finger on the keys. Keys are named by the terminal profile. */
export interface KeypadPlane extends Opened {
  /** Presses and releases `key` once. `secret` keeps the key's identity and its coordinates out of every record. */
  press(key: string, options?: { readonly secret?: boolean }): Promise<KeyPress>;
  /** Lifts the finger and moves it off the keys (and out of a camera's view). */
  park(): Promise<void>;
}

export interface KeyPress {
  /** Position reached, machine mm, as the controller reports it; absent for secret presses and hands without coordinates. */
  readonly position?: { readonly x: number; readonly y: number };
  readonly dwellMs: number;
}

export interface CardPlane extends Opened {
  /** Card ids that this actuator can present, with the ways it can present them. */
  readonly cards: ReadonlyMap<string, readonly EntryMode[]>;
  insert(card: string): Promise<void>;
  /** Removes whatever is inserted; no error when nothing is. */
  remove(): Promise<void>;
  swipe(card: string): Promise<void>;
  tap(card: string): Promise<void>;
  /**
   * Shows the card's payment code to the terminal's scanner for as long as a customer would, and takes it away again;
   * resolves when it is away. With a flaw: what no terminal may take for it. Absent: nothing here shows codes.
   */
  show?(card: string, flaw?: CodeFlaw): Promise<void>;
  /** A customer's phone of this bench that pays codes. Absent: none here does. */
  readonly wallet?: Wallet;
}

/** What a customer's wallet was told when it paid. */
export interface WalletAnswer {
  readonly accepted: boolean;
  /** Response code, where the wallet was told one. */
  readonly code?: string;
  /** What the code asked for, where that is known. */
  readonly amount?: Money;
  /** In words, without card data. */
  readonly text: string;
}

/** Pays codes that terminals show, as a customer's phone does. */
export interface Wallet {
  /** It reads the screen of the terminal by itself: it pays the code that stands there, while it does, and no other. */
  readonly readsItself?: true;
  /** Pays a code with the account of a card; resolves also when it is refused. Errors: those of the bench. */
  pay(card: string, code: string): Promise<WalletAnswer>;
}

export interface Screen {
  /** Rises with every change. */
  readonly seq: number;
  readonly lit: boolean;
  /** Top to bottom, trailing blanks removed. */
  readonly lines: readonly string[];
  /** Nominal time at which the rig learned of it. */
  readonly at: number;
  /** The lines are what the terminal told its till, not what it shows: the profile knows them by `status`. */
  readonly told?: true;
}

export interface DisplayPlane extends Opened {
  current(): Screen;
  /** Calls back for every later change, in order; the returned function unsubscribes. */
  onChange(listener: (screen: Screen) => void): () => void;
  /** Resolves when the device has answered that nothing newer than what was delivered exists. */
  refresh(): Promise<Screen>;
  /** `states`: what a till has begun is seen, what keys do is not. Absent: everything that the terminal shows is. */
  readonly tells?: 'states';
  /**
   * Sees which digit stands on which key of a pad that is shuffled: key by digit. Must not be recorded. Absent: this
   * display shows texts only. Errors: DISPLAY_UNSURE when the picture leaves a choice.
   */
  readPad?(): Promise<ReadonlyMap<string, string>>;
  /**
   * Reads the QR code that the screen shows out of a picture of it, as a customer's phone would. Absent: this display sees texts
   * only. Errors: DISPLAY_UNSURE when no code can be read.
   */
  readCode?(): Promise<string>;
}

export interface PrinterPlane extends Opened {
  /**
   * `ordered`: only receipts of what the till of this bench has begun come here; what keys begin is printed where nobody looks.
   * Absent: everything that the terminal prints is captured.
   */
  readonly captures?: 'ordered';
  /** All slips captured since the plane was opened, oldest first. */
  slips(): readonly CapturedSlip[];
  /** True while a receipt has begun and not ended. */
  printing(): boolean;
  onSlip(listener: (slip: CapturedSlip) => void): () => void;
  /**
   * Resolves when every slip that has come out has been read, also one that is a picture. That takes the machine's time,
   * not the terminal's. Absent: slips are read as they come.
   */
  settled?(): Promise<void>;
  /**
   * Holds the terminal's printing back, as a printer that is busy does; resolves when the terminal has been told. The
   * returned function lets it go on; idempotent. Holds nest. Errors: PLANE_MISSING where paper cannot be held, as on a till.
   */
  hold(): Promise<() => Promise<void>>;
  /**
   * Draws a part of a slip, masked, with lines highlighted, and keeps the picture as an artefact. Without lines: the
   * whole slip. Undefined when there is nothing to draw.
   */
  picture?(slip: CapturedSlip, lines: readonly number[], name: string): ArtefactRef | undefined;
  /** Some lines of a slip as text, masked, with their neighbours; those asked for begin with `> `, the others with two blanks. */
  excerpt?(slip: CapturedSlip, lines: readonly number[]): readonly string[];
  /**
   * Compares a slip, drawn masked, dot by dot with a picture that was kept of an earlier one. Keeps what could take that
   * picture's place as an artefact and, where they differ, a picture of both and of the difference.
   */
  compareGolden?(slip: CapturedSlip, golden: GoldenQuestion, name: string): GoldenAnswer;
}

/** A picture that was kept of a slip, and how closely another must look like it. */
export interface GoldenQuestion {
  /** A PNG file; what is neither black nor white in it is not compared. Undefined: there is none yet. */
  readonly content: Uint8Array | undefined;
  /** Fields whose values, and boxes that, are not compared. */
  readonly mask: readonly (string | PaperBox)[];
  /** Dots that may differ in each line of the paper. */
  readonly budget: number;
  /** Places with a budget of their own: fields (their lines), boxes. */
  readonly regions: readonly { readonly place: string | PaperBox; readonly budget: number }[];
}

export interface GoldenAnswer {
  /** What of the slip could take the picture's place: places that are not compared are grey. */
  readonly picture: ArtefactRef;
  /** The kept picture, the slip, and both over each other with what differs in red. */
  readonly difference?: ArtefactRef;
  /** Places where more dots differ than may. */
  readonly differences: readonly GoldenDifference[];
  /** Dots that differ in all, within their budgets too. */
  readonly differing: number;
  /** Why the file is no picture to compare with. */
  readonly unreadable?: string;
}

export interface GoldenDifference {
  /** `line 7`, a field's name, or a box. */
  readonly place: string;
  readonly differing: number;
  readonly budget: number;
  /** Lines of the slip there. */
  readonly lines: readonly number[];
}

/** A slip with what was checked on the clear bytes before masking. */
export interface CapturedSlip extends Slip {
  /** Findings of forbidden content: `pan` (full PAN of a test card), `track`, `pin`, … ; empty = none. Never the content itself. */
  readonly forbidden: readonly string[];
  /** What may be forbidden content, if a character of a picture was misread; never in `forbidden` too. */
  readonly suspected?: readonly string[];
  /** Lines on which each finding stands; a finding in a code or picture stands on none. */
  readonly forbiddenLines?: Readonly<Record<string, readonly number[]>>;
  /** The bench has had it printed again, which no step has asked for: that it is marked as a reprint is right. */
  readonly again?: true;
}

/** Where the terminal is to be; on the first call of a run with both. */
export interface PathWanted {
  readonly region?: string;
  readonly access?: string;
  readonly live?: LiveConnections;
}

export interface NetworkPlane extends Opened {
  /** Address that the terminal dials. */
  readonly address: { readonly host: string; readonly port: number };
  readonly regions: readonly string[];
  readonly accesses: readonly string[];
  /**
   * Moves the terminal: source address, delay, service of the region. What is not named stays as it is; `live` says what
   * becomes of live connections when that changes anything (default `fin`: they are closed).
   */
  setPath(path: PathWanted): Promise<void>;
  /**
   * Why this path can never show such a fault (no TLS on it, no look-ups, a layer that is missing); undefined when it can.
   * Scenarios that ask for it are skipped with the reason.
   */
  unable?(fault: Fault): string | undefined;
  /** Arms a fault and resolves when it is armed and read back. */
  arm(fault: Fault): Promise<ArmedFault>;
  /** Connections of the terminal that stand at this moment. Absent: this path does not know. */
  live?(): number;
  /** Bytes and connections since the plane was opened. */
  traffic(): { readonly connections: number; readonly request: number; readonly response: number };
}

export interface ArmedFault {
  readonly id: string;
  proof(): FaultProof;
  /** Ends the fault; resolves when the path is whole again (verified). Idempotent. */
  heal(): Promise<FaultProof>;
}

/** What the host plane saw of one request. `message.fields` is masked; clear-data checks are already done. */
export interface HostExchange {
  readonly request: DialogueMessage;
  readonly response?: DialogueMessage;
  /** Region the request came from, by its source address; `unknown` if no region has it. */
  readonly region: string;
  /** Checks on the request: `mac` → `ok` | `wrong` | `absent`, `pin` → `ok` | `wrong` | `absent`, … */
  readonly checks: Readonly<Record<string, string>>;
  /** Nominal times of the request's last byte and of the answer's. */
  readonly at: number;
  readonly answeredAt?: number;
}

export interface HostPlane extends Opened {
  readonly address: { readonly host: string; readonly port: number };
  /** True when the rig is the acquirer and may say how it answers. */
  readonly simulated: boolean;
  /** Replaces the policy and misbehaviour in force. Only when `simulated`. */
  configure(policy: HostPolicy): void;
  /** Moves the host to the next business date (cut-over). Only when `simulated`. */
  nextDay(): void;
  /** All exchanges since the plane was opened, in the order in which requests arrived. */
  exchanges(): readonly HostExchange[];
  onExchange(listener: (exchange: HostExchange) => void): () => void;
  ledger(): readonly LedgerEntry[];
  settlements(): readonly Settlement[];
  /**
   * Why the ledger may lack entries since a nominal time: an observer let bytes pass that it could not read. Undefined
   * when it has read everything. The host's book is then unread, never empty.
   */
  unread?(since: number): string | undefined;
  /** The wallet whose payments reach this acquirer. Only when `simulated`. */
  readonly wallet?: Wallet;
}

export interface PowerPlane extends Opened {
  /** Switches and reads back. */
  set(state: 'on' | 'off'): Promise<void>;
  get(): Promise<'on' | 'off'>;
}

/** What a till asks of the terminal. */
export interface TillOrder {
  /** One of TILL_ORDERS. */
  readonly kind: MessageKind;
  readonly amount?: Money;
  /** Voucher number of the original; of what takes back or completes one. */
  readonly receipt?: string;
}

/** What tills can begin. */
export const TILL_ORDERS: readonly MessageKind[] = [
  'sale',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'settlement',
];

/** A fault of the till's cable that waits for its point, or stands. */
export interface ArmedTillFault {
  proof(): TillFaultProof;
  /** The screen or outcome that it waits for has been seen: it strikes. Idempotent. */
  strike(): void;
  /** Makes the cable whole. Idempotent. */
  heal(): void;
}

/** What a terminal tells its till of its state: `silent` does not answer. */
export type TillState = 'ready' | 'busy' | 'silent';

/** A till on the ECR link. */
export interface TillPlane extends Opened {
  /** What this till has commands for, of TILL_ORDERS; everything else is begun by keys. Absent: sale, pre-auth, void, settlement. */
  readonly orders?: readonly MessageKind[];
  /** What its protocol has of what others lack. Absent: all of it. */
  readonly ways?: readonly TillWay[];
  /** Orders whose receipts the terminal tells this till, where the till prints. Absent: those of all. */
  readonly receipts?: readonly MessageKind[];
  /**
   * Begins an operation at the terminal; card and PIN are for people, or fixtures. Resolves when the till has been told how
   * it ended, or has found out by asking again; a till never asks for the same money twice.
   */
  order(order: TillOrder): Promise<TillRecord>;
  /** Arms a fault of the till's cable for the next order. Absent: this till's cable cannot be made to fail. */
  arm?(fault: TillFault): ArmedTillFault;
  /** Asks the terminal for its state, apart from any order. Absent: the protocol has no such question. Never rejects. */
  state?(): Promise<TillState>;
  /** Why this cable can never have such a fault; undefined when it can. Scenarios that ask for it are skipped with the reason. */
  unable?(fault: TillFault): string | undefined;
  /** What the till was told of every transaction, oldest first. */
  records(): readonly TillRecord[];
  /** Resolves when no order is under way. */
  settled(): Promise<void>;
}

export interface OperatorPlane extends Opened {
  ask(question: string): Promise<string>;
}

export interface PlaneByName {
  readonly keypad: KeypadPlane;
  readonly card: CardPlane;
  readonly till: TillPlane;
  readonly display: DisplayPlane;
  readonly printer: PrinterPlane;
  readonly network: NetworkPlane;
  readonly host: HostPlane;
  readonly power: PowerPlane;
  readonly operator: OperatorPlane;
}

/** What a driver is given when it is opened. */
/** What a driver may know of the bench that it is part of. */
export interface BenchRef {
  readonly id: string;
  readonly file: string;
  /** Region file and file of access networks of the bench: absolute paths; else those that ship. */
  readonly regions?: string;
  readonly access?: string;
}

export interface DriverContext {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly profile: Profile;
  readonly cards: readonly TestCard[];
  readonly seed: number;
  /** Which bench it is; absent where a driver is opened by itself. */
  readonly bench?: BenchRef;
  /** Resolves a path of the bench file: relative to the bench file, or `posrig:path` inside the package. */
  resolve(path: string): string;
  /** Aborted when the run is cancelled hard. */
  readonly signal: AbortSignal;
  /**
   * Reports that this part of the bench has died by itself (port lost, process gone), outside of any call. The running
   * scenario becomes `broken`; the plane must not be used again.
   */
  lost(error: Error): void;
}
