import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileForStreams, StreamMasker } from '../../rig/journal/stream-masker.ts';
import type { TestCard } from '../../rig/model/card.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import type { PrinterRequest } from '../codec/escpos/decoder.ts';
import { renderReceipt } from '../codec/escpos/render/render.ts';
import { readableLines, textLines } from '../codec/escpos/text-lines.ts';
import type { PrinterFault } from './answering/condition.ts';
import { withoutDots } from './dots-veil.ts';
import { maskReceipt } from './forbidden.ts';
import { LiveMask } from './live-mask.ts';
import { NumberVeil } from './number-veil.ts';
import { pictureReader } from './ocr/reader.ts';
import { shownBytes } from './shown.ts';
import type { ReceiptLayout } from './slip.ts';

/** What one sender does, as it is shown and kept. */
export interface Job {
  bytes(chunk: Uint8Array): void;
  /** Lines of a receipt as they come out. */
  lines(lines: readonly string[]): void;
  receipt(receipt: Receipt): void;
  request(request: PrinterRequest, answer: Uint8Array | undefined): void;
  fault(fault: PrinterFault, begins: boolean): void;
  stray(unknown: Receipt['unknown']): void;
  end(): void;
}

/** Where the paper falls: shows receipts as they come, and keeps them in a folder if there is one. Card data is masked. */
export interface Tray {
  listening(address: string, model: string): void;
  job(from: string): Job;
  note(text: string): void;
  /** Resolves when everything is written. */
  settled(): Promise<void>;
}

/** Bytes of masked hex: a hidden byte is an asterisk, half a byte F. */
const starred = (hex: string) =>
  Buffer.from(
    hex.replace(/(..)/g, (pair) => (pair === '**' ? '2a' : pair.replaceAll('*', 'f'))),
    'hex',
  );
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

export interface TrayOptions {
  readonly out?: string | undefined;
  readonly json: boolean;
  /** Their numbers are neither shown nor kept in clear. */
  readonly cards: readonly TestCard[];
  /** Words that may stand in pictures of text: they are read before they are kept, for what they say may be a card number. */
  readonly layout: ReceiptLayout;
}

/** Numbers count up from 1 over all senders: `job-0001.bin`, `receipt-0001.png`, `receipt-0001.txt`. */
export function makeTray({ out, json, cards, layout }: TrayOptions): Tray {
  const compiled = compileForStreams(cards);
  const { bytes: shownOf, unknown: unknownShown } = shownBytes(cards);
  let jobs = 0;
  let receipts = 0;
  /** The receipt whose lines were shown last. */
  let shown = '';
  const writing = new Set<Promise<unknown>>();
  const put = (event: Readonly<Record<string, unknown>>, text: string) => {
    process.stdout.write(`${json ? JSON.stringify(event) : text}\n`);
  };
  const note = (text: string) => put({ type: 'note', text }, text);
  const reader = pictureReader(layout, {
    record: (event) => {
      if (event.type === 'note') note(event.text);
    },
  });
  const keep = (name: string, content: string | Uint8Array) => {
    if (out === undefined) return;
    const written = writeFile(join(out, name), content)
      .catch((error: Error) => note(`${name} cannot be written: ${error.message}`))
      .finally(() => writing.delete(written));
    writing.add(written);
  };

  const job = (from: string): Job => {
    const number = ++jobs;
    const name = `job-${String(number).padStart(4, '0')}`;
    let file: WriteStream | undefined;
    const [apart, raw] = [new NumberVeil(cards), new StreamMasker(compiled)];
    const live = new LiveMask(cards);
    let count = 0;
    /** The receipt that has begun. */
    let begun: string | undefined;
    const current = () => {
      begun ??= `receipt-${String(++receipts).padStart(4, '0')}`;
      return begun;
    };
    /** Whose lines follow, wherever another receipt came between. */
    const head = (id: string) => {
      if (shown === id) return '';
      shown = id;
      return `${shown} (job ${number})\n`;
    };
    const write = (bytes: Uint8Array) => file?.write(starred(raw.push(hexOf(bytes))));
    /** A number may be drawn: of pictures the capture has their size alone, and white paper. */
    const undrawn = withoutDots({
      bytes: (_, chunk) => void write(chunk),
      withheld: (_, length) => void write(new Uint8Array(length)),
      link: () => {},
      unseen: () => {},
    });
    const came = (id: string, clear: Receipt) => {
      const receipt = { ...maskReceipt(clear, cards), unknown: unknownShown(clear.unknown) };
      const title = head(id);
      const lines = readableLines(receipt);
      keep(`${id}.png`, renderReceipt(receipt));
      keep(`${id}.txt`, `${lines.join('\n')}\n`);
      const event = {
        type: 'receipt',
        job: number,
        receipt: id,
        end: receipt.end,
        width: receipt.width,
        height: receipt.height,
        lines: textLines(receipt),
        barcodes: receipt.barcodes.map(({ symbology, payload }) => ({ symbology, payload })),
        images: receipt.images.length,
        unknown: receipt.unknown,
      };
      const foot = `--- ${id}: ${receipt.end === 'cut' ? 'cut' : 'end'} ---`;
      const unknown = receipt.unknown.map(({ offset, hex }) => `unknown at offset ${offset}: ${hex}`);
      // Its lines have been shown as they came.
      const pictures = receipt.images
        .filter(({ character }) => character === undefined)
        .map((image) => `[picture ${image.width} x ${image.height} dots]`);
      put(event, title + [...pictures, foot, ...unknown].join('\n'));
    };
    put({ type: 'sender', job: number, from, state: 'connected' }, `${from} connected (job ${number})`);
    return {
      bytes(chunk) {
        count += chunk.length;
        if (out === undefined) return;
        if (!file) {
          file = createWriteStream(join(out, `${name}.bin`));
          file.on('error', (error) => note(`${name}.bin cannot be written: ${error.message}`));
        }
        undrawn.bytes('in', apart.push(chunk));
      },
      lines(clear) {
        const receipt = current();
        const lines = live.next(clear);
        put({ type: 'lines', job: number, receipt, lines }, head(receipt) + lines.join('\n'));
      },
      receipt(clear) {
        live.end();
        // Behind a cut more may have come; behind a pause nothing has.
        if (clear.end !== 'cut') undrawn.receiptOver();
        const id = current();
        begun = undefined;
        reader.read(clear, (read) => came(id, read));
      },
      request({ command, title, bytes }, answer) {
        const said = answer ? hexOf(answer) : null;
        const hex = hexOf(shownOf(bytes));
        put(
          { type: 'request', job: number, command, hex, answer: said },
          `asked: ${command} (${title}) ${hex}, answered ${said ?? 'nothing'}`,
        );
      },
      fault: (fault, begins) =>
        put({ type: 'fault', job: number, fault, begins }, `${fault} ${begins ? 'begins' : 'ends'}`),
      stray: (unknown) => {
        for (const { offset, hex } of unknownShown(unknown))
          put({ type: 'unknown', job: number, offset, hex }, `unknown at offset ${offset}: ${hex}`);
      },
      end() {
        if (file) {
          const stream = file;
          undrawn.bytes('in', apart.flush());
          stream.write(starred(raw.flush()));
          const closed = new Promise<void>((resolve) => stream.end(() => resolve())).finally(() =>
            writing.delete(closed),
          );
          writing.add(closed);
        }
        put(
          { type: 'sender', job: number, from, state: 'gone', bytes: count },
          `${from} gone, ${count} bytes`,
        );
      },
    };
  };

  return {
    listening: (address, model) =>
      put({ type: 'listening', address, model }, `${model} ready on ${address}; Ctrl-C ends it`),
    job,
    note,
    async settled() {
      await reader.settled();
      await Promise.all(writing);
    },
  };
}
