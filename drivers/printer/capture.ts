import { z } from 'zod';
import type { CapturedSlip, DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import type { RigError } from '../../rig/model/errors.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { parseDuration } from '../../rig/model/time.ts';
import { type Decoded, makeEscPosDecoder } from '../codec/escpos/decoder.ts';
import { answerTo, tellsOnline } from './answering/answers.ts';
import { automaticStatus, type Condition } from './answering/condition.ts';
import { compareGolden } from './golden.ts';
import { pictureReader } from './ocr/reader.ts';
import { excerptOf, pictureOf } from './picture.ts';
import { afterSilence } from './quiet.ts';
import { recordSlip } from './record-slip.ts';
import { slipsOn } from './slips-on-one-paper.ts';

/** What every way of capturing lets a bench file say. */
export const captureOptions = {
  idle: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { message: 'expected a duration such as "1500 ms"' })
    .default('1500 ms')
    .describe('a receipt without a cut ends when nothing more of it has come for so long'),
  maker: z.string().max(32).default('EPSON').describe('what the printer says it is, where the terminal asks'),
  model: z.string().max(32).default('TM-T88V'),
  firmware: z.string().max(32).default('1.00 ESC/POS'),
};
const Capture = z.object(captureOptions);
export type CaptureOptions = z.infer<typeof Capture>;

/** Where the terminal's bytes come in: a serial line, a network port, a device file. */
export interface PrinterPort {
  /** What the plane says about itself besides the printer's model. */
  readonly facts: Readonly<Record<string, string>>;
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (chunk: Uint8Array) => void): unknown;
  /** Tells the terminal to wait, or to go on, in the way of the line. */
  holdBack(on: boolean): Promise<void>;
  /** Resolves once when the port is over: with the error that ended it, or undefined after `close()`. */
  readonly closed: Promise<RigError | undefined>;
  /** Nothing more of a receipt comes: a command that was never finished ends here. */
  receiptOver(): void;
  close(): Promise<void>;
}

const IN_ORDER: Condition = new Set();
const HELD: Condition = new Set(['offline']);
const ESC_AT = [0x1b, 0x40] as const;

/** For names of artefacts. */
const safe = (name: string) => name.replace(/[^a-z0-9-]+/gi, '-');

/** However fast the nominal clock runs: the machine may keep sender or rig waiting for so long. */
const IDLE_FLOOR_WALL_MS = 500;

/**
 * Stands in the place of the terminal's printer: captures what is printed, and answers what a printer is asked, since
 * many terminals print nothing before they got an answer. A receipt ends at a cut, or when nothing more of it comes (a
 * power cut, a printer that is torn off by hand). Status traffic does not keep a receipt open.
 */
export function capture(stream: PrinterPort, options: CaptureOptions, context: DriverContext): PrinterPlane {
  const { clock, recorder, profile, cards } = context;
  const layout = profile.receipt;
  const idle = Math.max(parseDuration(options.idle) ?? 1500, 0);
  const wait = Math.max(idle, IDLE_FLOOR_WALL_MS * clock.rate);
  const decoder = makeEscPosDecoder({ charset: layout.charset, width: layout.width });
  const identity = { ...options, charset: layout.charset };

  const slips: CapturedSlip[] = [];
  const listeners = new Set<(slip: CapturedSlip) => void>();
  let begunAt = 0;
  let contentAt = 0;
  let cancelIdle: (() => void) | undefined;
  let holds = 0;
  let wantsOnline = false;

  /** A lost port is reported by `closed`; a failed write has nothing to add. */
  const send = (bytes: Uint8Array) => stream.write(bytes).catch(() => {});

  const reader = pictureReader(layout, recorder);

  const deliver = (receipt: Receipt, at: number) => {
    const slip = recordSlip({ receipt, at, source: 'printer', number: slips.length + 1 }, context);
    unexplained(receipt.unknown);
    slips.push(slip);
    for (const listener of [...listeners]) listener(slip);
  };

  const unexplained = (unknown: Receipt['unknown']) => {
    if (unknown.length === 0) return;
    const count = unknown.reduce((sum, { hex }) => sum + hex.length / 2, 0);
    const text = `receipt printer: ${count} bytes are no printer command, the first at offset ${unknown[0]?.offset}`;
    recorder.record({ type: 'note', level: 'warning', text });
  };

  const follow = (decoded: Decoded) => {
    for (const request of decoded.requests) {
      if (request.command === 'GS a') wantsOnline = tellsOnline(request);
      const answer = answerTo(request, identity, holds > 0 ? HELD : IN_ORDER);
      if (answer) void send(answer);
    }
    const at = begunAt;
    for (const receipt of decoded.receipts)
      reader.read(receipt, (read) => {
        for (const slip of slipsOn(read, layout, cards)) deliver(slip, at);
      });
    unexplained(decoded.stray);
  };

  const endByIdle = () => {
    cancelIdle?.();
    cancelIdle = undefined;
    if (!decoder.hasBegun) return;
    stream.receiptOver();
    follow(decoder.end());
  };

  /** A held receipt is not finished, however long it takes. */
  const watchIdle = () => {
    cancelIdle?.();
    cancelIdle = decoder.hasBegun && holds === 0 ? afterSilence(clock, wait, endByIdle) : undefined;
  };

  stream.onData((chunk) => {
    const now = clock.now();
    // A terminal that starts anew after a pause has been switched off in the middle of a receipt.
    const anew = chunk[0] === ESC_AT[0] && chunk[1] === ESC_AT[1] && now - contentAt >= idle;
    if (anew && holds === 0) endByIdle();
    if (!decoder.hasBegun) begunAt = now;
    const decoded = decoder.write(chunk);
    follow(decoded);
    // What begins behind a cut in the same chunk begins now.
    if (decoded.receipts.length > 0) begunAt = now;
    if (decoded.content === 0) return;
    contentAt = now;
    watchIdle();
  });

  let closing = false;
  void stream.closed.then((error) => {
    cancelIdle?.();
    if (error && !closing) context.lost(error);
  });

  return {
    facts: { ...stream.facts, model: `${options.maker} ${options.model}` },
    slips: () => slips,
    printing: () => decoder.hasBegun,
    settled: () => reader.settled(),
    onSlip(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    picture(slip, lines, name) {
      const png = pictureOf(slip.receipt, layout, cards, lines);
      return recorder.attach(`receipt-${safe(name)}`, 'image/png', png);
    },
    excerpt: (slip, lines) => excerptOf(slip.receipt, layout, cards, lines),
    compareGolden: (slip, golden, name) =>
      compareGolden(slip, golden, { cards, recorder, name: `receipt-${safe(name)}` }),
    async hold() {
      if (holds++ === 0) {
        cancelIdle?.();
        cancelIdle = undefined;
        await stream.holdBack(true);
        if (wantsOnline) await stream.write(automaticStatus(HELD));
      }
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        if (--holds > 0) return;
        watchIdle();
        if (wantsOnline) await stream.write(automaticStatus(IN_ORDER));
        await stream.holdBack(false);
      };
    },
    async close() {
      closing = true;
      endByIdle();
      await reader.settled();
      // A terminal that is still being held would never print again.
      if (holds > 0) await stream.holdBack(false).catch(() => {});
      await stream.close();
    },
  };
}
