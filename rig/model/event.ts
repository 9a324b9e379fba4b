import type { LedgerEntry, Settlement } from './book.ts';
import type { FaultProof } from './fault.ts';
import type { DialogueMessage } from './message.ts';
import type { Copy, ReceiptSource, Slip } from './receipt.ts';
import type { TillFaultProof } from './till-fault.ts';
import type { Blame, Finding, Verdict } from './verdict.ts';

export const PLANES = [
  'keypad',
  'card',
  'till',
  'display',
  'printer',
  'network',
  'host',
  'power',
  'operator',
] as const;
export type PlaneName = (typeof PLANES)[number];

export interface Titles {
  readonly en: string;
  readonly zh: string;
}

/** A file kept beside the journal, e.g. a receipt as picture. Path is relative to the run's folder. */
export interface ArtefactRef {
  readonly id: string;
  readonly path: string;
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A place on a slip that a verdict is about: its text, cropped, and a picture of it; both masked. */
export interface PaperPlace {
  readonly copy: Copy;
  /** Which evidence backs it: bytes of the printer, text of the till link, a photo. */
  readonly source: ReceiptSource;
  /** Lines around the place; those that the verdict is about begin with `>`. */
  readonly lines: readonly string[];
  /** Id of an artefact. */
  readonly picture?: string;
  /** The slip was compared with a picture that was kept: where that lies, and the artefact that could take its place. */
  readonly golden?: { readonly file: string; readonly picture: string };
}

/** Which plan named the scenarios of a run. */
export interface PlanStamp {
  readonly id: string;
  readonly title: Titles;
  readonly sha256: string;
}

/** What can stand in the journal. Drivers write `bytes` … `receipt`; the runner writes the rest. */
export type EventBody =
  | {
      readonly type: 'run.start';
      readonly posrig: string;
      /** Commit of the working tree that ran, and hash of the sources that were compiled, where they are known. */
      readonly commit?: string;
      readonly sources?: string;
      readonly seed: number;
      readonly rate: number;
      readonly by: string;
      readonly bench: { readonly id: string; readonly title: string; readonly sha256: string };
      readonly profile: {
        readonly id: string;
        readonly title: string;
        readonly maker: string;
        readonly model: string;
        readonly sha256: string;
      };
      /** What whoever brought the terminal answered about it (its conformance statement), in the questionnaire's order. */
      readonly answers?: readonly {
        readonly id: string;
        readonly title: Titles;
        readonly answer: 'yes' | 'no';
      }[];
      readonly underTest: readonly string[];
      /** Version of the firmware under test, as the person or program that started the run named it. */
      readonly firmware?: string;
      /** Serial number of the terminal that was tested, as the bench file names it. */
      readonly serial?: string;
      /** What the fields and values of messages are called in Chinese, by their English names; what is missing stays English. */
      readonly fieldNames?: Readonly<Record<string, string>>;
      /** Other files that decided what was tested or how it was judged: cards, regions, policies. */
      readonly files?: readonly { readonly name: string; readonly sha256: string }[];
      readonly planes: readonly { readonly plane: PlaneName; readonly driver: string }[];
      readonly machine: Readonly<Record<string, string>>;
      readonly argv: readonly string[];
      readonly scenarios: number;
      readonly plan?: PlanStamp;
      /** Attempts more that were allowed at scenarios that were broken or inconclusive. */
      readonly retry?: number;
    }
  | {
      readonly type: 'run.end';
      readonly counts: Readonly<Record<Verdict, number>>;
      readonly exitCode: number;
      readonly wallMs: number;
    }
  | {
      readonly type: 'scenario.start';
      readonly id: string;
      readonly title: Titles;
      readonly theme: string;
      readonly file: string;
      readonly sha256: string;
      readonly proves: readonly string[];
      readonly parameters: Readonly<Record<string, string>>;
      readonly given: Readonly<Record<string, string>>;
      readonly index: number;
      readonly of: number;
    }
  | {
      readonly type: 'scenario.end';
      readonly id: string;
      readonly verdict: Verdict;
      readonly blame?: Blame;
      readonly reason?: string;
      readonly hint?: string;
      readonly findings: readonly Finding[];
      /** Planes that were really observed, and books that could be closed. */
      readonly observed: readonly PlaneName[];
      readonly books: readonly string[];
      readonly wallMs: number;
      readonly nominalMs: number;
      /**
       * Wall ms in which the rig itself was at work (its event loop was not idle); the rest was waiting for terminal and
       * fixtures. On a busy machine this counts the time in which other programs had the processor.
       */
      readonly rigMs?: number;
      /** Processor ms that the rig's process used meanwhile, all its threads together, whatever else the machine did. */
      readonly rigCpuMs?: number;
    }
  | { readonly type: 'step.start'; readonly step: number; readonly action: string; readonly title: string }
  | { readonly type: 'step.end'; readonly step: number; readonly outcome: string; readonly nominalMs: number }
  | {
      readonly type: 'bytes';
      readonly plane: PlaneName;
      /** Names one stream of the plane: a port, a connection. */
      readonly stream: string;
      /** `in` = towards the rig (or terminal → host on a path), `out` = from the rig (or host → terminal). */
      readonly dir: 'in' | 'out';
      /** Hex, masked. Empty when withheld. */
      readonly hex: string;
      readonly count: number;
      /** Why bytes are not shown, e.g. `pin`: motion commands that would spell a PIN. */
      readonly withheld?: string;
    }
  | {
      readonly type: 'link';
      readonly plane: PlaneName;
      readonly stream: string;
      readonly state: string;
      readonly detail?: string;
    }
  | {
      readonly type: 'message';
      /** Where it was seen. */
      readonly plane: 'network' | 'host';
      readonly connection: string;
      readonly message: DialogueMessage;
      readonly bytes: number;
      /** Checks that needed clear data, done before masking. */
      readonly checks?: Readonly<Record<string, string>>;
      /** Set by misbehaviour or fault: how this message was tampered with or that it was not delivered. */
      readonly note?: string;
    }
  | {
      readonly type: 'fault';
      readonly phase: 'asked' | 'armed' | 'struck' | 'healed' | 'closed';
      readonly proof: FaultProof | TillFaultProof;
    }
  | {
      readonly type: 'path';
      readonly region: string;
      readonly access: string;
      readonly egress: string;
      readonly rttMs: number;
      readonly jitterMs: number;
      /** Acquirer entry point that is reached from here. */
      readonly entry?: string;
      /** What a modem here would report: country, network, area, cell. */
      readonly cell?: string;
    }
  | {
      readonly type: 'key';
      /** The key's name; `*` for a PIN digit. */
      readonly key: string;
      readonly position?: { readonly x: number; readonly y: number };
      readonly dwellMs: number;
      /** How the press was verified; `unverified` is said openly. */
      readonly verified: 'screen' | 'unverified' | 'missed' | 'wrong';
      readonly attempt: number;
    }
  | {
      readonly type: 'card';
      readonly action: 'insert' | 'remove' | 'swipe' | 'tap' | 'show';
      readonly card: string;
    }
  | { readonly type: 'power'; readonly state: 'on' | 'off' }
  | {
      readonly type: 'screen';
      readonly seq: number;
      readonly lit: boolean;
      readonly lines: readonly string[];
      readonly state?: string;
    }
  | {
      readonly type: 'receipt';
      readonly slip: Omit<Slip, 'receipt'>;
      readonly width: number;
      readonly height: number;
      readonly forbidden: readonly string[];
    }
  | {
      readonly type: 'expectation';
      readonly step: number;
      /** Path in the scenario, e.g. `steps[1].expect.receipt.merchant.amount`. */
      readonly path: string;
      readonly expected: string;
      readonly observed: string;
      readonly verdict: Verdict;
      readonly blame?: Blame;
      /** The receipt rule behind it: `pack/rule`, what it asks and where that is written. */
      readonly rule?: { readonly id: string; readonly title: Titles; readonly source: string };
      /** What stands on the paper at the place that the verdict is about. */
      readonly paper?: PaperPlace;
    }
  | {
      readonly type: 'ledger';
      readonly entries: readonly LedgerEntry[];
      readonly settlements: readonly Settlement[];
    }
  | {
      readonly type: 'invariant';
      readonly name: string;
      /** What it says, for people. */
      readonly title?: Titles;
      readonly verdict: Verdict;
      readonly blame?: Blame;
      readonly reason: string;
    }
  | {
      /** Written by `attach`: what an artefact id stands for. */
      readonly type: 'artefact';
      readonly name: string;
      readonly artefact: ArtefactRef;
    }
  | { readonly type: 'note'; readonly level: 'info' | 'warning'; readonly text: string };

export type EventType = EventBody['type'];
export type EventOf<T extends EventType> = Extract<EventBody, { type: T }>;

/** An event as it stands in the journal: one JSON object a line. */
export type JournalEvent = EventBody & {
  /** Running number from 1; no gaps. */
  readonly n: number;
  /** Nominal ms since the run started; monotonic. */
  readonly t: number;
  /** Wall clock, ISO 8601 UTC. */
  readonly wall: string;
  /** Id of the scenario that was running, if one was. */
  readonly scenario?: string;
};

/** What drivers and the runner write to. Masking happens inside; callers pass clear data. */
/** An event and when it was seen, nominal ms of the run's clock. */
export interface LateEvent {
  readonly event: EventBody;
  readonly at: number;
}

export interface Recorder {
  record(event: EventBody): void;
  /**
   * Events that were seen some time ago, in their order: what a driver had no time to tell when they were many. They are
   * in the file together when it returns. Absent: they are recorded one by one, as of now.
   */
  recordLate?(events: readonly LateEvent[]): void;
  /** Stores a file beside the journal; returns its reference at once (the file is complete when the run ends). */
  attach(name: string, mime: string, content: string | Uint8Array): ArtefactRef;
  /** Brings everything recorded so far into the file; for an act that no event may tell of yet. */
  flush?(): void;
}
