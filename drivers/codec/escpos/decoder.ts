import type { Receipt } from '../../../rig/model/receipt.ts';
import { type Command, LINE_FEED } from './commands.ts';
import { DrawnCodes } from './drawn-codes.ts';
import { Macro } from './macro.ts';
import { CUTS, obey, obeyLineFeed } from './obey.ts';
import { forgetChunk } from './plain-text.ts';
import { Printer } from './printer.ts';
import type { PrinterOptions } from './settings.ts';
import { makeScanner, type Scanner, type TokenSink } from './tokenizer.ts';

export type { PrinterOptions } from './settings.ts';

/** A command by which the sender asks the printer for something: no part of any receipt. */
export interface PrinterRequest {
  /** As in the command reference: `DLE EOT`, `GS r`, `GS I`, `GS a` … */
  readonly command: string;
  readonly title: string;
  readonly offset: number;
  /** The whole command. */
  readonly bytes: Uint8Array;
}

export interface Decoded {
  readonly receipts: readonly Receipt[];
  readonly requests: readonly PrinterRequest[];
  /** How many of the bytes written were not requests: they show that a receipt goes on. */
  readonly content: number;
  /** Only from `end()`: bytes that nothing explains and that belong to no receipt. */
  readonly stray: Receipt['unknown'];
}

/**
 * Decodes what is sent to a receipt printer, positionally: where each run of text stands, not just what it says. Total
 * and streaming: any bytes, split in any way, give the same receipts. Memory is bounded by what was written.
 */
export interface EscPosDecoder {
  /** Takes the next bytes; returns the receipts that a cut ended, and what the sender asked. */
  write(bytes: Uint8Array): Decoded;
  /**
   * Nothing more comes for now: ends the receipt that has begun. What was sent but still is in the printer's memory (a
   * line without a line feed, a page without a form feed) counts as printed. The decoder can be used on.
   */
  end(): Decoded;
  /** True while a receipt has begun and not ended. */
  readonly hasBegun: boolean;
  /** Dots of paper that the receipt has taken so far. */
  readonly paper: number;
  /** Runs and codes that stand on the paper of the receipt that has begun, but for the first so many of each. */
  printedSince(begin: Printed): Pick<Receipt, keyof Printed>;
}

/** How much of a receipt is on the paper. */
export interface Printed {
  readonly runs: number;
  readonly barcodes: number;
}

export const makeEscPosDecoder = (options: PrinterOptions): EscPosDecoder => new Decoder(options);

class Decoder implements EscPosDecoder, TokenSink {
  readonly #printer: Printer;
  readonly #scanner: Scanner;
  #receipts: Receipt[] = [];
  #requests: PrinterRequest[] = [];
  #asked = 0;
  readonly #macro = new Macro();
  readonly #drawn = new DrawnCodes();
  #sent = 0;

  constructor(options: PrinterOptions) {
    this.#printer = new Printer(options);
    this.#scanner = makeScanner(this);
  }

  get hasBegun(): boolean {
    return this.#printer.hasBegun || this.#scanner.kept > 0;
  }
  get paper(): number {
    return this.#printer.paper;
  }

  printedSince(begin: Printed): Pick<Receipt, keyof Printed> {
    const { runs, barcodes } = this.#printer.onPaper;
    return { runs: runs.slice(begin.runs), barcodes: barcodes.slice(begin.barcodes) };
  }

  write(bytes: Uint8Array): Decoded {
    this.#sent += bytes.length;
    this.#scanner.write(bytes);
    this.#printer.chunkOver();
    forgetChunk();
    return this.#taken(bytes.length);
  }

  end(): Decoded {
    this.#scanner.end();
    const last = this.#taken(0);
    const receipt = this.#printer.tearOff('idle');
    return {
      ...last,
      receipts: receipt ? [this.#drawn.read(receipt, this.#sent)] : [],
      stray: receipt ? [] : this.#printer.takeUnknown(),
    };
  }

  text(chunk: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#macro.isRecording) this.#macro.record(chunk.slice(start, end));
    this.#printer.type(chunk, start, end, offset);
  }

  ahead(chunk: Uint8Array, start: number): number {
    return this.#macro.isRecording ? start : this.#printer.typeAhead(chunk, start);
  }

  unknown(bytes: Uint8Array, offset: number): void {
    this.#printer.endText();
    this.#printer.explainNothing(offset, bytes);
  }

  command(command: Command, bytes: Uint8Array, offset: number): void {
    if (command === LINE_FEED && !this.#macro.isRecording) {
      obeyLineFeed(this.#printer);
      return;
    }
    const { id, title, asks } = command;
    if (asks) {
      this.#requests.push({ command: id, title, offset, bytes: bytes.slice() });
      this.#asked += bytes.length;
      return;
    }
    if (id === 'GS :') this.#macro.toggle();
    else if (id === 'GS ^') this.#replay(bytes, offset);
    else if (this.#macro.isRecording) this.#macro.record(bytes);
    obey(this.#printer, id, bytes, offset);
    if (!CUTS.has(id) || !this.#printer.settings.selected) return;
    const receipt = this.#printer.tearOff('cut');
    if (receipt) this.#receipts.push(this.#drawn.read(receipt, offset + bytes.length));
  }

  /** `GS ^ r t m`: so often; waiting (t) and the button (m) leave nothing on the paper. */
  #replay(bytes: Uint8Array, offset: number): void {
    this.#printer.endText();
    const recorded = this.#macro.take();
    for (let i = 0; i < (bytes[2] ?? 0) && recorded.length > 0; i++) {
      if (!this.#printer.mayReplay()) {
        this.#printer.explainNothing(offset, bytes);
        return;
      }
      const scanner = makeScanner(this);
      scanner.write(recorded);
      scanner.end();
    }
  }

  #taken(written: number): Decoded {
    const content = Math.max(0, written - this.#asked);
    const decoded = { receipts: this.#receipts, requests: this.#requests, content, stray: [] };
    this.#receipts = [];
    this.#requests = [];
    this.#asked = 0;
    return decoded;
  }
}

/** Decodes a whole capture. */
export function decodeEscPos(bytes: Uint8Array, options: PrinterOptions): Decoded {
  const decoder = makeEscPosDecoder(options);
  const body = decoder.write(bytes);
  const tail = decoder.end();
  return {
    receipts: tail.receipts.length > 0 ? [...body.receipts, ...tail.receipts] : body.receipts,
    requests: tail.requests.length > 0 ? [...body.requests, ...tail.requests] : body.requests,
    content: body.content + tail.content,
    stray: tail.stray,
  };
}
