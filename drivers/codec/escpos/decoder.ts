import type { Receipt } from '../../../rig/model/receipt.ts';
import { CUTS, obey } from './obey.ts';
import { Printer } from './printer.ts';
import type { PrinterOptions } from './settings.ts';
import { makeTokenizer, type Token } from './tokenizer.ts';

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
}

export function makeEscPosDecoder(options: PrinterOptions): EscPosDecoder {
  const printer = new Printer(options);
  const tokenizer = makeTokenizer();

  const follow = (tokens: readonly Token[], written: number) => {
    const receipts: Receipt[] = [];
    const requests: PrinterRequest[] = [];
    let asked = 0;
    for (const token of tokens) {
      const { bytes, offset } = token;
      if (token.kind === 'command' && token.command.asks) {
        const { id, title } = token.command;
        requests.push({ command: id, title, offset, bytes });
        asked += bytes.length;
        continue;
      }
      if (token.kind === 'text') printer.type(bytes, offset);
      else if (token.kind === 'unknown') {
        printer.endText();
        printer.explainNothing(offset, bytes);
      } else {
        obey(printer, token.command.id, bytes, offset);
        if (!CUTS.has(token.command.id) || !printer.settings.selected) continue;
        const receipt = printer.tearOff('cut');
        if (receipt) receipts.push(receipt);
      }
    }
    return { receipts, requests, content: Math.max(0, written - asked), stray: [] };
  };

  return {
    write: (bytes) => follow(tokenizer.write(bytes), bytes.length),
    end() {
      const last = follow(tokenizer.end(), 0);
      const receipt = printer.tearOff('idle');
      return { ...last, receipts: receipt ? [receipt] : [], stray: receipt ? [] : printer.takeUnknown() };
    },
    get hasBegun() {
      return printer.hasBegun || tokenizer.kept > 0;
    },
    get paper() {
      return printer.paper;
    },
  };
}

/** Decodes a whole capture. */
export function decodeEscPos(bytes: Uint8Array, options: PrinterOptions): Decoded {
  const decoder = makeEscPosDecoder(options);
  const body = decoder.write(bytes);
  const tail = decoder.end();
  return {
    receipts: [...body.receipts, ...tail.receipts],
    requests: [...body.requests, ...tail.requests],
    content: body.content + tail.content,
    stray: tail.stray,
  };
}
