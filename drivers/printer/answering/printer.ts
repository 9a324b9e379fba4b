import type { Receipt } from '../../../rig/model/receipt.ts';
import type { Clock } from '../../../rig/model/time.ts';
import {
  type Decoded,
  makeEscPosDecoder,
  type Printed,
  type PrinterOptions,
  type PrinterRequest,
} from '../../codec/escpos/decoder.ts';
import { readableLines } from '../../codec/escpos/text-lines.ts';
import { makeTokenizer, type Token } from '../../codec/escpos/tokenizer.ts';
import { answerTo, type PrinterIdentity } from './answers.ts';
import { automaticStatus, type Condition, isStopped, isToldOf, type PrinterFault } from './condition.ts';

/** Something that goes wrong with a printer. */
export interface PlannedFault {
  readonly fault: PrinterFault;
  /** It begins when so many lines (30 dots) of a receipt are on the paper; absent: at once. */
  readonly atLine?: number;
  /** Ends by itself after so long, nominal ms. */
  readonly for?: number;
}

export interface AnsweringOptions {
  readonly printer: PrinterOptions;
  readonly identity: PrinterIdentity;
  readonly clock: Clock;
  /** A receipt that no cut ends is over when nothing more has come for so long, nominal ms. */
  readonly idle: number;
  readonly faults?: readonly PlannedFault[];
  /** Bytes a second that a slow printer prints. Default 200. */
  readonly slowRate?: number;
  /** Called with what the printer says. */
  send(bytes: Uint8Array): void;
  onReceipt(receipt: Receipt): void;
  /** Called with the lines of a receipt as they come out; all of them have come before `onReceipt`. */
  onLines?(lines: readonly string[]): void;
  onRequest?(request: PrinterRequest, answer: Uint8Array | undefined): void;
  onFault?(fault: PrinterFault, begins: boolean): void;
  onStray?(unknown: Receipt['unknown']): void;
}

/** Received and not yet printed: what a printer's receive buffer holds before it takes no more. */
export const BUFFER = 64 * 1024;
/** A receipt with more than this is ended, and a command that claims more is none: memory has an end. */
const RECEIPT_MAX = 16 * 1024 * 1024;
const LINE = 30;
const SLICE_MS = 100;
const NOTHING_YET: Printed = { runs: 0, barcodes: 0 };

/**
 * A receipt printer as seen from its port: takes bytes, answers, prints receipts, and has faults. Status that is asked in
 * real time (DLE …) is told at once, also while it is off line and what came before still waits; everything else keeps
 * its turn. While it is off line nothing is printed and what comes is kept, up to the size of a receive buffer; then
 * `wantsMore` turns false and whoever holds the line should stop reading, as the printer would.
 */
export class AnsweringPrinter {
  readonly #options: AnsweringOptions;
  readonly #tokenizer = makeTokenizer();
  #decoder;
  #queue: Token[] = [];
  #queued = 0;
  #condition: Set<PrinterFault> = new Set();
  #planned: PlannedFault[];
  #mask = 0;
  #content = 0;
  #shown = NOTHING_YET;
  #cancelIdle: (() => void) | undefined;
  #cancelSlow: (() => void) | undefined;
  readonly #healing = new Map<PrinterFault, () => void>();
  #drained: (() => void)[] = [];

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#decoder = makeEscPosDecoder(options.printer);
    this.#planned = [...(options.faults ?? [])];
    for (const planned of this.#planned.filter(({ atLine }) => atLine === undefined)) this.#strike(planned);
    this.#planned = this.#planned.filter(({ atLine }) => atLine !== undefined);
  }

  get condition(): Condition {
    return this.#condition;
  }
  /** False while the receive buffer is full. */
  get wantsMore(): boolean {
    return this.#queued < BUFFER;
  }
  get isPrinting(): boolean {
    return this.#decoder.hasBegun || this.#queued > 0;
  }

  /** Resolves when the receive buffer has room again. */
  room(): Promise<void> {
    return this.wantsMore ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Takes what came over the line. */
  write(chunk: Uint8Array): void {
    for (const token of this.#tokenizer.write(chunk)) this.#take(token);
    if (this.#tokenizer.kept > RECEIPT_MAX) for (const token of this.#tokenizer.end()) this.#take(token);
    this.#pump();
  }

  /** The sender has gone: what it sent is printed if the printer can, and the receipt is over. */
  end(): void {
    for (const token of this.#tokenizer.end()) this.#take(token);
    this.#cancelSlow?.();
    if (!isStopped(this.#condition)) this.#drain(Number.POSITIVE_INFINITY);
    this.#queue = [];
    this.#queued = 0;
    this.#endReceipt();
    for (const cancel of this.#healing.values()) cancel();
    this.#cancelIdle?.();
    this.#release();
  }

  /** Begins a fault, or ends one. Senders that asked to be told (GS a) are told. */
  set(fault: PrinterFault, on: boolean): void {
    if (this.#condition.has(fault) === on) return;
    const before = new Set(this.#condition);
    if (on) this.#condition.add(fault);
    else this.#condition.delete(fault);
    this.#healing.get(fault)?.();
    this.#healing.delete(fault);
    if (isToldOf(this.#mask, before, this.#condition)) this.#options.send(automaticStatus(this.#condition));
    this.#options.onFault?.(fault, on);
    this.#pump();
  }

  #strike({ fault, for: time }: PlannedFault): void {
    this.set(fault, true);
    if (time !== undefined)
      this.#healing.set(
        fault,
        this.#options.clock.after(time, () => this.set(fault, false)),
      );
  }

  /** Real-time commands do not wait their turn. */
  #take(token: Token): void {
    if (token.kind === 'command' && token.command.id.startsWith('DLE')) {
      // What came before has been printed by now if it could be.
      this.#pump();
      const { id, title } = token.command;
      this.#answer({ command: id, title, offset: token.offset, bytes: token.bytes });
      if (id === 'DLE ENQ') this.set('cutter', false);
      // DLE DC4 8, with its fixed parameters, clears the buffers.
      if (id === 'DLE DC4' && token.bytes[2] === 8) {
        this.#queue = [];
        this.#queued = 0;
      }
      return;
    }
    this.#queue.push(token);
    this.#queued += token.bytes.length;
  }

  #pump(): void {
    if (isStopped(this.#condition)) return;
    if (!this.#condition.has('slow')) this.#drain(Number.POSITIVE_INFINITY);
    else if (!this.#cancelSlow && this.#queue.length > 0) {
      const slice = Math.max(1, Math.round(((this.#options.slowRate ?? 200) * SLICE_MS) / 1000));
      this.#cancelSlow = this.#options.clock.after(SLICE_MS, () => {
        this.#cancelSlow = undefined;
        if (!isStopped(this.#condition)) this.#drain(slice);
        this.#pump();
      });
    }
  }

  /** Prints up to `limit` bytes, and stops where a fault begins. */
  #drain(limit: number): void {
    let printed = 0;
    let at = 0;
    while (at < this.#queue.length && printed < limit && !isStopped(this.#condition)) {
      const token = this.#queue[at];
      if (!token) break;
      const rest = limit - printed;
      const split = token.kind === 'text' && token.bytes.length > rest;
      const bytes = split ? token.bytes.subarray(0, rest) : token.bytes;
      if (split) this.#queue[at] = { ...token, bytes: token.bytes.subarray(rest) };
      else at++;
      printed += bytes.length;
      this.#queued -= bytes.length;
      this.#print(bytes);
    }
    this.#queue.splice(0, at);
    if (printed > 0) this.#release();
  }

  #release(): void {
    if (!this.wantsMore) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  #print(bytes: Uint8Array): void {
    const decoded = this.#decoder.write(bytes);
    this.#follow(decoded);
    if (decoded.content > 0) {
      this.#content = decoded.receipts.length > 0 ? 0 : this.#content + decoded.content;
      if (this.#content > RECEIPT_MAX) this.#endReceipt();
      this.#watchIdle();
    }
    const line = Math.floor(this.#decoder.paper / LINE);
    const due = this.#planned.filter(({ atLine = 0 }) => line >= atLine);
    if (due.length === 0) return;
    this.#planned = this.#planned.filter((planned) => !due.includes(planned));
    for (const planned of due) this.#strike(planned);
  }

  #follow({ receipts, requests, stray }: Decoded): void {
    for (const receipt of receipts) {
      const { runs, barcodes } = this.#shown;
      this.#show({ runs: receipt.runs.slice(runs), barcodes: receipt.barcodes.slice(barcodes) });
      this.#shown = NOTHING_YET;
      this.#options.onReceipt(receipt);
    }
    if (this.#options.onLines) this.#show(this.#decoder.printedSince(this.#shown));
    for (const request of requests) this.#answer(request);
    if (stray.length > 0) this.#options.onStray?.(stray);
  }

  /** Tells what has come out since the last time. */
  #show(part: Pick<Receipt, keyof Printed>): void {
    const { runs, barcodes } = part;
    if (runs.length + barcodes.length === 0) return;
    this.#shown = {
      runs: this.#shown.runs + runs.length,
      barcodes: this.#shown.barcodes + barcodes.length,
    };
    const { width } = this.#options.printer;
    const paper = { ...part, width, height: this.#decoder.paper, dpi: 203, images: [], unknown: [] };
    const lines = readableLines({ ...paper, end: 'idle' });
    if (lines.length > 0) this.#options.onLines?.(lines);
  }

  #answer(request: PrinterRequest): void {
    if (request.command === 'GS a') this.#mask = request.bytes[2] ?? 0;
    const answer = answerTo(request, this.#options.identity, this.#condition);
    if (answer) this.#options.send(answer);
    this.#options.onRequest?.(request, answer);
  }

  #watchIdle(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = this.#decoder.hasBegun
      ? this.#options.clock.after(this.#options.idle, () => {
          // What waits in the buffer is still to come.
          if (this.#queued > 0) this.#watchIdle();
          else this.#endReceipt();
        })
      : undefined;
  }

  #endReceipt(): void {
    this.#content = 0;
    if (this.#decoder.hasBegun) this.#follow(this.#decoder.end());
  }
}
