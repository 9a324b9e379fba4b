import { type RigError, toRigError } from '../../../rig/model/errors.ts';
import type { EventBody, LateEvent, Recorder } from '../../../rig/model/event.ts';
import type { Clock } from '../../../rig/model/time.ts';

/** Makes events of bytes that crossed: when there is time for it. */
export interface Reader {
  /** @param bytes only valid during the call */
  read(bytes: Uint8Array): readonly EventBody[];
}

/** So many entries are told at once, however close they come; then so many a second. */
const AT_ONCE = 400;
const AT_ONCE_PER_SECOND = 100;

/** What may wait; beyond it the relay is as slow as its evidence. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 500_000;

const BLOCK = 1024 * 1024;

/** How often it is looked at whether there is time, and how long evidence is written at a stretch, wall ms. */
const LOOK_WALL_MS = 20;
const STRETCH_WALL_MS = 1;
/** Events that are written together. */
const TOGETHER = 16;

/**
 * So many entries between two looks, and the relay is busy. A busy machine lets a dialogue pause as well: it takes several
 * quiet looks before evidence may take its time.
 */
const MANY = 4;
const QUIET_LOOKS = 3;
/** While the relay is busy, one entry is told for so many that come. */
const ONE_FOR = 64;

/** What waits: an event, or the place of its bytes and who reads them. */
interface Entry {
  readonly at: number;
  readonly event: EventBody | undefined;
  readonly reader: Reader | undefined;
  readonly block: Uint8Array;
  readonly from: number;
  readonly to: number;
}

const NOTHING = new Uint8Array();

/**
 * The evidence of a relay on its way to the journal, complete and in order, each with the time at which it was seen. Events
 * are told at once as long as they come no faster than a terminal talks. When thousands come in a second, bytes are only
 * copied, and are decoded, masked and written when the relay has time, at the latest when the tape is full: evidence never
 * holds up the dialogue, and is never thrown away.
 */
export class Tape {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #lost: (error: RigError) => void;
  #entries: Entry[] = [];
  #first = 0;
  #waiting = 0;
  #block = NOTHING;
  #used = 0;
  #mayTell = AT_ONCE;
  #grantedAt: number;
  #look: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** Entries since the last look. */
  #came = 0;
  #quiet = 0;
  #closed = false;

  /** @param lost is told when the recorder fails while nobody waits for it */
  constructor(recorder: Recorder, clock: Clock, lost: (error: RigError) => void) {
    this.#lost = lost;
    this.#recorder = recorder;
    this.#clock = clock;
    this.#grantedAt = performance.now();
  }

  /** Entries that were seen and are not told yet. */
  get backlog(): number {
    return this.#entries.length - this.#first;
  }

  record(event: EventBody): void {
    if (this.#tellsNow()) this.#recorder.record(event);
    else this.#keep({ at: this.#clock.now(), event, reader: undefined, block: NOTHING, from: 0, to: 0 });
  }

  /** Bytes that crossed; they are copied, or read before it returns. */
  bytes(reader: Reader, bytes: Uint8Array): void {
    if (this.#tellsNow()) {
      for (const event of reader.read(bytes)) this.#recorder.record(event);
      return;
    }
    if (this.#used + bytes.length > this.#block.length) {
      this.#block = new Uint8Array(Math.max(BLOCK, bytes.length));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += bytes.length;
    this.#block.set(bytes, from);
    const at = this.#clock.now();
    this.#keep({ at, event: undefined, reader, block: this.#block, from, to: this.#used });
  }

  /** Tells all that waits; what comes later is told at once. Other work of the process goes on meanwhile. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    while (this.backlog > 0) {
      this.#tell(STRETCH_WALL_MS * 20);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #tellsNow(): boolean {
    if (this.backlog > 0) return false;
    if (this.#closed) return true;
    if (this.#mayTell < 1) {
      const now = performance.now();
      this.#mayTell = Math.min(AT_ONCE, ((now - this.#grantedAt) * AT_ONCE_PER_SECOND) / 1000);
      if (this.#mayTell < 1) return false;
      this.#grantedAt = now;
    }
    this.#mayTell--;
    return true;
  }

  #keep(entry: Entry): void {
    this.#entries.push(entry);
    this.#came++;
    this.#waiting += entry.to - entry.from;
    while (this.#waiting > MOST_BYTES || this.backlog > MOST_ENTRIES) this.#tell(0);
    if (this.#look === undefined && this.#turn === undefined && !this.#closed) this.#lookLater();
  }

  #lookLater(): void {
    this.#came = 0;
    this.#look = setTimeout(() => this.#lookNow(), LOOK_WALL_MS);
  }

  #lookNow(): void {
    this.#look = undefined;
    if (this.#came < MANY) {
      this.#quiet++;
    } else {
      this.#quiet = 0;
      this.#tellSome(Math.ceil(this.#came / ONE_FOR));
    }
    if (this.#quiet >= QUIET_LOOKS) this.#tellOn();
    else if (this.backlog > 0) this.#lookLater();
  }

  /** Writes in short stretches, so that bytes that come meanwhile wait for none of them long. */
  #tellOn(): void {
    this.#turn = undefined;
    this.#tell(STRETCH_WALL_MS);
    if (this.backlog === 0) return;
    if (this.#came >= MANY) this.#lookLater();
    else this.#turn = setImmediate(() => this.#tellOn());
  }

  /** Tells the oldest entries, for about so many wall ms and at least some. */
  #tell(ms: number): void {
    const since = performance.now();
    do this.#tellSome(TOGETHER);
    while (this.backlog > 0 && performance.now() - since < ms);
  }

  #tellSome(count: number): void {
    const late: LateEvent[] = [];
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[this.#first];
      if (!entry) break;
      this.#first++;
      this.#waiting -= entry.to - entry.from;
      const { at } = entry;
      if (entry.event) late.push({ event: entry.event, at });
      else if (entry.reader) {
        const bytes = entry.block.subarray(entry.from, entry.to);
        for (const event of entry.reader.read(bytes)) late.push({ event, at });
      }
    }
    this.#forgetTold();
    this.#recordLate(late);
  }

  #recordLate(late: readonly LateEvent[]): void {
    if (late.length === 0) return;
    try {
      if (this.#recorder.recordLate) this.#recorder.recordLate(late);
      else for (const { event } of late) this.#recorder.record(event);
    } catch (error) {
      this.#lost(toRigError(error));
    }
  }

  #forgetTold(): void {
    if (this.#first === this.#entries.length) {
      this.#entries = [];
      this.#first = 0;
      this.#block = NOTHING;
      this.#used = 0;
    } else if (this.#first > 4096 && this.#first > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  #stop(): void {
    clearTimeout(this.#look);
    clearImmediate(this.#turn);
    this.#look = undefined;
    this.#turn = undefined;
  }
}
