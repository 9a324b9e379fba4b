import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { RigError } from '../../rig/model/errors.ts';
import { makeClock, parseDuration } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { isPrinterFault } from './answering/condition.ts';
import { openDevice } from './answering/device-file.ts';
import { parseFault } from './answering/fault-option.ts';
import { type Link, listen, listenAddress } from './answering/listener.ts';
import { printerModel } from './answering/models.ts';
import { AnsweringPrinter } from './answering/printer.ts';
import { checkCharset, widthOf } from './decode-escpos.ts';
import { makeTray } from './printer-tray.ts';
import { knownCards } from './shown.ts';

const Options = z.object({
  listen: z.string(),
  device: z.string().optional(),
  out: z.string().optional(),
  profile: z.string(),
  charset: z.string().optional(),
  width: z.string().optional(),
  fault: z.array(z.string()).default([]),
  slowRate: z.coerce.number({ error: '--slow-rate takes a number of bytes' }).min(1).max(1_000_000),
  idle: z.string(),
  cards: z.string().optional(),
  json: z.boolean().default(false),
});

/** Whose words are expected in pictures of text: a Chinese and English terminal's. */
const LABELS = 'vt-4';

/** `posrig printer`: a receipt printer until Ctrl-C. Errors: USAGE, TRANSPORT_OPEN, FILE_UNREADABLE. */
export async function printerVerb(given: Record<string, unknown>): Promise<number> {
  const options = Options.parse(given);
  const model = printerModel(options.profile);
  const charset = options.charset ?? model.charset;
  checkCharset(charset);
  const width = options.width === undefined ? model.width : widthOf(options.width);
  const idle = parseDuration(options.idle);
  if (idle === undefined)
    throw new RigError('USAGE', 'file', `--idle ${options.idle} is not a duration`, { hint: 'Write 2 s.' });
  const faults = options.fault.map(parseFault);
  if (options.out !== undefined)
    await mkdir(options.out, { recursive: true }).catch((cause: unknown) => {
      throw new RigError('FILE_UNREADABLE', 'file', `the folder ${options.out} cannot be made`, { cause });
    });
  const { receipt: layout } = valueOrThrow(loadProfile(LABELS)).value;
  const tray = makeTray({ out: options.out, json: options.json, cards: knownCards(options.cards), layout });

  const clock = makeClock(1);
  const printers = new Map<Link, AnsweringPrinter>();
  const serve = (link: Link) => {
    const job = tray.job(link.from);
    const printer = new AnsweringPrinter({
      printer: { charset, width },
      identity: { maker: model.maker, model: model.model, firmware: model.firmware, charset },
      clock,
      idle,
      faults,
      slowRate: options.slowRate,
      send: (bytes) => link.write(bytes),
      onReceipt: job.receipt,
      onLines: job.lines,
      onRequest: job.request,
      onFault: job.fault,
      onStray: job.stray,
    });
    printers.set(link, printer);
    link.onData(async (chunk) => {
      job.bytes(chunk);
      printer.write(chunk);
      await printer.room();
    });
    void link.ended.then(() => {
      printers.delete(link);
      printer.end();
      job.end();
    });
  };

  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    const [, sign, name = ''] = /^\s*([+-])\s*([a-z-]+)\s*$/.exec(line) ?? [];
    if (sign === undefined || !isPrinterFault(name)) {
      if (line.trim() !== '') tray.note(`"${line.trim()}" is not a change; write +paper-out or -paper-out`);
      return;
    }
    for (const printer of printers.values()) printer.set(name, sign === '+');
    const later = faults.findIndex(({ fault, atLine }) => fault === name && atLine === undefined);
    if (sign === '+' && later < 0) faults.push({ fault: name });
    if (sign === '-' && later >= 0) faults.splice(later, 1);
  });
  try {
    if (options.device === undefined) {
      const listening = await listen(listenAddress(options.listen), serve);
      tray.listening(listening.address, model.model);
      await stopped;
      await listening.close();
    } else {
      const link = await openDevice(options.device);
      tray.listening(options.device, model.model);
      serve(link);
      await Promise.race([stopped, link.ended]);
      link.close();
    }
    await tray.settled();
  } finally {
    commands.close();
    process.stdin.destroy();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  return EXIT.ok;
}
