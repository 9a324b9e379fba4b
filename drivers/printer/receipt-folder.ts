import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CapturedSlip, DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { compareGolden } from './golden.ts';
import { excerptOf, pictureOf } from './picture.ts';
import { receiptsOfFile } from './receipt-file.ts';
import { recordSlip } from './record-slip.ts';
import { slipsOn } from './slips-on-one-paper.ts';

/** Options of the driver `receipt-folder` in a bench file. */
export const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('folder in which receipts arrive as files, or one file that is written anew'),
});
export type ReceiptFolderOptions = z.infer<typeof options>;

/** How often the folder is looked at, wall ms. A file is complete when it did not change between two looks. */
const LOOK_MS = 250;
/** Larger files are no receipts. */
const SIZE_MAX = 16 << 20;
/** More files than this in one folder are not looked at. */
const FILES_MAX = 10_000;

/** A file as it was at the last look. */
interface Seen {
  readonly version: string;
  /** It has been read, or was there before the bench. */
  readonly done: boolean;
  /** Nominal time at which it appeared. */
  readonly at: number;
}

/**
 * Receipts that others put into a folder: photos of the paper (PNG, JPEG), captured printer bytes, text. What lay there
 * before is left alone; a file that is written anew is a new receipt. Folders are looked at rather than watched: network
 * drives and cameras tell of nothing. Errors: TRANSPORT_OPEN; TRANSPORT_LOST when the folder goes.
 */
export async function open({ path }: ReceiptFolderOptions, context: DriverContext): Promise<PrinterPlane> {
  const { clock, recorder, profile, cards } = context;
  const layout = profile.receipt;
  const slips: CapturedSlip[] = [];
  const listeners = new Set<(slip: CapturedSlip) => void>();
  let seen = new Map<string, Seen>();
  const first = await versionsIn(path).catch((cause: unknown) => {
    throw new RigError('TRANSPORT_OPEN', 'bench', `the receipts in ${path} cannot be read`, {
      cause,
      hint: 'Name a folder (or a file) that is there and may be read.',
    });
  });
  for (const [file, version] of first) seen.set(file, { version, done: true, at: clock.now() });

  const warn = (text: string) => recorder.record({ type: 'note', level: 'warning', text });
  const safe = (name: string) => name.replace(/[^a-z0-9-]+/gi, '-');

  async function take(file: string, at: number): Promise<void> {
    try {
      const { source, receipts, warning } = await receiptsOfFile(await readFile(file), layout);
      if (warning) warn(`receipts in ${path}: ${warning}`);
      for (const receipt of receipts.flatMap((one) => slipsOn(one, layout, context.cards))) {
        const slip = recordSlip({ receipt, at, source, number: slips.length + 1 }, context);
        slips.push(slip);
        for (const listener of [...listeners]) listener(slip);
      }
    } catch (error) {
      warn(
        `receipts in ${path}: a file was not read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** One look; true when a file is still being written. */
  async function look(): Promise<boolean> {
    const now = await versionsIn(path);
    const next = new Map<string, Seen>();
    const complete: [file: string, at: number][] = [];
    for (const [file, version] of now) {
      const before = seen.get(file);
      const same = before?.version === version;
      if (same && !before.done) complete.push([file, before.at]);
      next.set(file, { version, done: same, at: same ? before.at : clock.now() });
    }
    seen = next;
    for (const [file, at] of complete) await take(file, at);
    return [...seen.values()].some(({ done }) => !done);
  }

  let closing = false;
  let looking: Promise<boolean> = Promise.resolve(false);
  const lost = (cause: unknown) => {
    if (closing) return;
    closing = true;
    clearInterval(timer);
    context.lost(
      new RigError('TRANSPORT_LOST', 'bench', `the receipts in ${path} cannot be read any more`, { cause }),
    );
  };
  /** Looks follow each other, however long one takes. */
  const lookOnce = () => {
    looking = looking.then(() => (closing ? false : look()));
    return looking.catch((error: unknown) => {
      looking = Promise.resolve(false);
      lost(error);
      return false;
    });
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void lookOnce().finally(() => {
      busy = false;
    });
  }, LOOK_MS);

  return {
    facts: { folder: path },
    slips: () => slips,
    printing: () => [...seen.values()].some(({ done }) => !done),
    async settled() {
      // What has just come needs a second look to be complete.
      while (await lookOnce()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    },
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
    hold: async () => {
      throw new RigError('PLANE_MISSING', 'bench', 'receipts that arrive as files cannot be held back', {
        hint: 'Scenarios that interrupt the printing need a bench that captures the printer.',
      });
    },
    async close() {
      clearInterval(timer);
      await lookOnce();
      closing = true;
    },
  };
}

/** The files of a folder, or the one file, with what changes when they are written: size and time. */
async function versionsIn(path: string): Promise<Map<string, string>> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder
    ? (await readdir(path))
        .sort()
        .slice(0, FILES_MAX)
        .map((name) => join(path, name))
    : [path];
  const versions = new Map<string, string>();
  for (const name of names) {
    // A file may be gone again; the name of one that is still being copied often begins with a dot.
    const found = await stat(name).catch(() => undefined);
    if (found?.isFile() && found.size > 0 && found.size <= SIZE_MAX && !/(^|\/)\.[^/]*$/.test(name))
      versions.set(name, `${found.size} ${found.mtimeMs} ${found.ino}`);
  }
  return versions;
}
