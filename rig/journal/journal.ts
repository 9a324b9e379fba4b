import { createHash } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { ArtefactRef, EventBody, JournalEvent, LateEvent, Recorder } from '../model/event.ts';
import type { Clock } from '../model/time.ts';
import { Chain } from './chain.ts';
import { JOURNAL_FILE } from './lines.ts';
import { Masker } from './masker.ts';

export { JOURNAL_FILE };

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
  /** Brings everything recorded so far into the file, except bytes that masking holds back. */
  flush(): void;
  /**
   * Writes what masking held back, brings the file to the disk and closes it. Idempotent; later events are dropped. Rejects
   * with JOURNAL_DAMAGED when the disk did not take everything.
   */
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
 * Events that only say what was seen or judged. They may wait for the end of the event loop's turn, or for the next event
 * of another type, so that what came together is written together.
 */
const MAY_WAIT: ReadonlySet<EventBody['type']> = new Set<EventBody['type']>([
  'screen',
  'key',
  'card',
  'receipt',
  'artefact',
  'note',
  'step.end',
  'expectation',
  'invariant',
  'ledger',
]);

/**
 * What drivers record, often in the middle of a callback of a port, where nobody could catch anything and an error would end
 * the process with the finger on the key. When the disk has failed they go on, unrecorded, until the rig itself records
 * something, at the latest the end of the step, and ends the run.
 */
const OF_DRIVERS: ReadonlySet<EventBody['type']> = new Set([
  'bytes',
  'link',
  'path',
  'message',
  'fault',
  'key',
  'card',
  'power',
  'screen',
  'receipt',
  'artefact',
  'note',
]);

/** Bytes from a device may wait as well; what goes to one, and what passes between terminal and host, may not. */
const mayWait = (body: EventBody): boolean =>
  body.type === 'bytes' ? body.dir === 'in' && body.plane !== 'network' : MAY_WAIT.has(body.type);

/**
 * Opens the journal of a new run in `folder` (made if needed), under the usual name unless `file` says another. What a
 * killed rig leaves behind: every event that the rig acted on. When `record` returns from an event that tells of an act
 * (bytes to a device, a message, a fault, power, a path, the beginning of a step, the beginning or end of a scenario), it
 * and everything before it is in the file, and it was there before anybody was told of it; so is everything else when the
 * turn of the event loop ends in which it was recorded, and when the process ends by itself in whatever way. Only bytes
 * that masking held back can be missing. The disk itself is synced at every scenario's end.
 * Throws JOURNAL_DAMAGED when there is a journal already or the disk does not take it; a disk that fails at the end of a
 * turn, or while a driver records, is told by the next event of the rig itself.
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
  #scenarioId: string | undefined;
  /** The same as it may be shown. */
  #scenario: string | undefined;
  #syncing: Promise<void> = Promise.resolve();
  /** What every line says of the scenario, as JSON. */
  #place = '';
  /** Lines that are not in the file yet. */
  #lines = '';
  /** Paths of the artefacts that are on the disk. */
  readonly #kept = new Set<string>();
  #turnEnds: NodeJS.Immediate | undefined;
  #failure: RigError | undefined;
  /** Set while events are recorded that were seen earlier: when, and what listeners are to be told of them. */
  #late: { at: number; readonly told: JournalEvent[] } | undefined;
  readonly #atExit = () => this.#endOfTurn();

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
    process.on('exit', this.#atExit);
  }

  record(body: EventBody): void {
    if (this.#file === undefined) return;
    if (this.#failure) {
      if (OF_DRIVERS.has(body.type)) return;
      throw this.#failure;
    }
    try {
      if (body.type === 'link')
        this.#release((bytes) => bytes.plane === body.plane && bytes.stream === body.stream);
      else if (body.type === 'scenario.end' || body.type === 'run.end') this.#release();
      const masked = this.#masker.event(body);
      if (masked) this.#write(masked);
      // Masking may have held the event back; what came before it has to be in the file all the same.
      if (!mayWait(body)) this.#bring();
    } catch (thrown) {
      if (thrown !== this.#failure || !OF_DRIVERS.has(body.type)) throw thrown;
    }
    if (body.type === 'scenario.end') this.#sync();
  }

  recordLate(events: readonly LateEvent[]): void {
    const late = { at: 0, told: [] as JournalEvent[] };
    this.#late = late;
    try {
      for (const { event, at } of events) {
        late.at = at;
        this.record(event);
      }
    } finally {
      this.#late = undefined;
    }
    this.flush();
    for (const event of late.told) this.#tell(event);
  }

  flush(): void {
    // Drivers ask for it before they act: see OF_DRIVERS.
    try {
      this.#bring();
    } catch (error) {
      if (error !== this.#failure) throw error;
    }
  }

  #bring(): void {
    if (this.#late) return;
    if (this.#failure) throw this.#failure;
    const file = this.#file;
    if (file === undefined || this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    try {
      appendTo(file, lines);
    } catch (thrown) {
      // Nothing may follow a line that is not whole.
      this.#failure = damaged(`write to ${this.path}`, thrown);
      throw this.#failure;
    }
  }

  attach(name: string, mime: string, content: string | Uint8Array): ArtefactRef {
    const masked = Buffer.from(this.#masker.artefact(mime, content));
    const sha256 = createHash('sha256').update(masked).digest('hex');
    const path = `artefacts/${sha256}.${EXTENSIONS[mime] ?? 'bin'}`;
    const artefact: ArtefactRef = { id: sha256.slice(0, 16), path, mime, bytes: masked.length, sha256 };
    if (this.#file === undefined) return artefact;
    try {
      if (!this.#kept.has(path)) this.#keep(path, masked);
    } catch (thrown) {
      // An event must not name what is not there.
      this.#failure ??= damaged(`write ${path}`, thrown);
      return artefact;
    }
    this.record({ type: 'artefact', name, artefact });
    return artefact;
  }

  #keep(path: string, content: Uint8Array): void {
    const target = join(this.folder, path);
    if (this.#kept.size === 0) mkdirSync(join(this.folder, 'artefacts'), { recursive: true });
    writeFileSync(`${target}.part`, content);
    renameSync(`${target}.part`, target);
    this.#kept.add(path);
  }

  setScenario(id: string | undefined): void {
    if (id === this.#scenarioId) return;
    this.#release();
    this.#scenarioId = id;
    this.#scenario = id === undefined ? undefined : this.#masker.text(id);
    this.#place = this.#scenario === undefined ? '' : `"scenario":${JSON.stringify(this.#scenario)},`;
  }

  subscribe(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return this.#syncing;
    process.off('exit', this.#atExit);
    this.#release();
    this.#endOfTurn();
    this.#file = undefined;
    this.#listeners.clear();
    this.#syncing = this.#syncing.then(() => syncFile(file)).finally(() => closeSync(file));
    await this.#syncing;
    if (this.#failure) throw this.#failure;
  }

  #release(of?: Parameters<Masker['release']>[0]): void {
    for (const event of this.#masker.release(of)) this.#write(event);
  }

  #write(body: EventBody): void {
    if (this.#file === undefined) return;
    // The clock is monotonic; a second clock handed in by a test may not be.
    const late = this.#late;
    const at = late ? late.at : this.#clock.now();
    this.#t = Math.max(this.#t, Math.round((at - this.#origin) * 1000) / 1000);
    this.#n += 1;
    const head = { n: this.#n, t: this.#t, wall: late ? this.#wallAt(at) : this.#clock.wallTime() };
    const json = `{"n":${head.n},"t":${head.t},"wall":"${head.wall}",${this.#place}${membersOf(body)}`;
    this.#lines += `${this.#chain.link(json)}\n`;
    this.#turnEnds ??= setImmediate(() => this.#endOfTurn());
    // In the file before anybody is told: what a console has shown, a killed rig has kept.
    if (!mayWait(body)) this.#bring();
    if (this.#listeners.size === 0) return;
    // The body first: a copy of what an object literal begins with costs a tenth of one that comes later.
    const scenario = this.#scenario;
    const event = scenario === undefined ? { ...body, ...head } : { ...body, ...head, scenario };
    if (late) late.told.push(event);
    else this.#tell(event);
  }

  /** The wall clock as it was. */
  #wallAt(at: number): string {
    const ago = Math.max(0, this.#clock.now() - at) / this.#clock.rate;
    return new Date(Date.parse(this.#clock.wallTime()) - ago).toISOString();
  }

  /** Nobody is there to be told of a disk that fails now; the rig's next event is, or `close`. */
  #endOfTurn(): void {
    this.#turnEnds = undefined;
    this.flush();
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

/** Text that JSON writes as it stands. */
const PLAIN = /^[\w .:*/-]*$/;

/**
 * The members of an event as JSON, behind the opening brace. Most events of a run are bytes, and most of such an event is
 * hex, in which there is nothing to escape: put together, they cost a tenth of what writing any object does.
 */
function membersOf(body: EventBody): string {
  if (body.type === 'bytes' && body.withheld === undefined && PLAIN.test(body.hex) && PLAIN.test(body.stream))
    return `"type":"bytes","plane":"${body.plane}","stream":"${body.stream}","dir":"${body.dir}","hex":"${body.hex}","count":${body.count}}`;
  return JSON.stringify(body).slice(1);
}

/** Writes all of a text. As a rule the kernel takes it at once; a disk that fills up takes less first, then nothing. */
function appendTo(file: number, text: string): void {
  const taken = writeSync(file, text);
  if (taken === Buffer.byteLength(text)) return;
  const bytes = Buffer.from(text);
  for (let from = taken; from < bytes.length; ) from += writeSync(file, bytes, from);
}

/** Errors are left to the next write, which cannot miss them. Some file systems know no sync. */
const syncFile = (file: number) => new Promise<void>((resolve) => fdatasync(file, () => resolve()));

function onDisk<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw damaged(what, thrown);
  }
}

function damaged(what: string, cause: unknown): RigError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RigError('JOURNAL_DAMAGED', 'bench', `Could not ${what}: ${why}`, {
    cause,
    hint: 'Every run needs a folder of its own on a disk with room; give another one with --out.',
  });
}
