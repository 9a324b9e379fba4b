import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { ArtefactRef, EventBody, JournalEvent, Recorder } from '../model/event.ts';
import type { Clock } from '../model/time.ts';
import { Chain } from './chain.ts';
import { Masker } from './masker.ts';

export const JOURNAL_FILE = 'journal.jsonl';

export type JournalListener = (event: JournalEvent) => void;

/** The open journal of a run. */
export interface Journal extends Recorder {
  /** The run's folder; artefact paths are relative to it. */
  readonly folder: string;
  readonly path: string;
  /** Names the scenario that following events belong to; undefined between scenarios. */
  setScenario(id: string | undefined): void;
  /** Calls back with every later event as it was written (masked). A listener that throws is dropped, and a note says so. */
  subscribe(listener: JournalListener): () => void;
  /** Writes what masking held back, brings the file to the disk and closes it. Idempotent; later events are dropped. */
  close(): Promise<void>;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'text/plain': 'txt',
  'text/html': 'html',
  'application/json': 'json',
};

/**
 * Opens the journal of a new run in `folder` (made if needed), under the usual name unless `file` says another. An event is in the file when `record` returns, so a
 * killed rig loses nothing but bytes that masking still held back; the disk itself is synced at every scenario's end.
 * Throws JOURNAL_DAMAGED when there is a journal already or the disk does not take it.
 */
export function openJournal(
  folder: string,
  options: { readonly clock: Clock; readonly cards: readonly TestCard[]; readonly file?: string },
): Journal {
  return new JournalFile(folder, options.file ?? JOURNAL_FILE, options.clock, options.cards);
}

class JournalFile implements Journal {
  readonly folder: string;
  readonly path: string;
  readonly #clock: Clock;
  readonly #origin: number;
  readonly #masker: Masker;
  readonly #listeners = new Set<JournalListener>();
  #file: number | undefined;
  readonly #chain = new Chain();
  #n = 0;
  #t = 0;
  #scenario: string | undefined;
  #syncing: Promise<void> = Promise.resolve();

  constructor(folder: string, file: string, clock: Clock, cards: readonly TestCard[]) {
    this.folder = folder;
    this.path = join(folder, file);
    this.#clock = clock;
    this.#origin = clock.now();
    this.#masker = new Masker(cards);
    this.#file = onDisk(`open ${this.path}`, () => {
      mkdirSync(folder, { recursive: true });
      return openSync(this.path, 'ax');
    });
  }

  record(body: EventBody): void {
    if (this.#file === undefined) return;
    if (body.type === 'link') {
      this.#release((bytes) => bytes.plane === body.plane && bytes.stream === body.stream);
    } else if (body.type === 'scenario.end' || body.type === 'run.end') {
      this.#release();
    }
    const masked = this.#masker.event(body);
    if (masked) this.#write(masked);
    if (body.type === 'scenario.end') this.#sync();
  }

  attach(name: string, mime: string, content: string | Uint8Array): ArtefactRef {
    const masked = Buffer.from(this.#masker.artefact(mime, content));
    const sha256 = createHash('sha256').update(masked).digest('hex');
    const path = `artefacts/${sha256}.${EXTENSIONS[mime] ?? 'bin'}`;
    const artefact: ArtefactRef = { id: sha256.slice(0, 16), path, mime, bytes: masked.length, sha256 };
    if (this.#file === undefined) return artefact;
    onDisk(`write ${path}`, () => {
      const target = join(this.folder, path);
      if (existsSync(target)) return;
      mkdirSync(join(this.folder, 'artefacts'), { recursive: true });
      writeFileSync(`${target}.part`, masked);
      renameSync(`${target}.part`, target);
    });
    this.record({ type: 'artefact', name, artefact });
    return artefact;
  }

  setScenario(id: string | undefined): void {
    if (id === this.#scenario) return;
    this.#release();
    this.#scenario = id;
  }

  subscribe(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return this.#syncing;
    this.#release();
    this.#file = undefined;
    this.#listeners.clear();
    this.#syncing = this.#syncing.then(() => syncFile(file)).finally(() => closeSync(file));
    return this.#syncing;
  }

  #release(of?: Parameters<Masker['release']>[0]): void {
    for (const event of this.#masker.release(of)) this.#write(event);
  }

  #write(body: EventBody): void {
    if (this.#file === undefined) return;
    // The clock is monotonic; a second clock handed in by a test may not be.
    this.#t = Math.max(this.#t, Math.round((this.#clock.now() - this.#origin) * 1000) / 1000);
    const event: JournalEvent = {
      n: this.#n + 1,
      t: this.#t,
      wall: this.#clock.wallTime(),
      ...(this.#scenario === undefined ? {} : { scenario: this.#masker.text(this.#scenario) }),
      ...body,
    };
    this.#append(this.#file, `${this.#chain.link(JSON.stringify(event))}\n`);
    this.#n += 1;
    this.#tell(event);
  }

  #append(file: number, line: string): void {
    onDisk(`write to ${this.path}`, () => {
      const bytes = Buffer.from(line, 'utf8');
      for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
    });
  }

  #tell(event: JournalEvent): void {
    const failed: string[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        this.#listeners.delete(listener);
        failed.push(thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
    for (const why of failed) {
      this.record({
        type: 'note',
        level: 'warning',
        text: `A live view failed and was switched off: ${why}`,
      });
    }
  }

  /** Syncs in the background: a slow disk must not hold up the bench. */
  #sync(): void {
    const file = this.#file;
    if (file !== undefined) this.#syncing = this.#syncing.then(() => syncFile(file));
  }
}

/** Errors are left to the next write, which cannot miss them. Some file systems know no sync. */
const syncFile = (file: number) => new Promise<void>((resolve) => fdatasync(file, () => resolve()));

function onDisk<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new RigError('JOURNAL_DAMAGED', 'bench', `Could not ${what}: ${why}`, {
      cause: thrown,
      hint: 'Every run needs a folder of its own on a disk with room; give another one with --out.',
    });
  }
}
