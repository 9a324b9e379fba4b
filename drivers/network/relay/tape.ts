import { type RigError, toRigError } from '../../../rig/model/errors.ts';
import type { EventBody, LateEvent, Recorder } from '../../../rig/model/event.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { untilExactly } from './exact-timer.ts';
import { type Reader, Reel } from './tape-reel.ts';

/**
 * While bytes go on coming, evidence may take this share of the time, measured by what it really took; what is left of it
 * may be saved up for a while. A terminal's pace needs far less.
 */
const SHARE = 0.03;
const SAVED_WALL_MS = 40;

/** What may wait, and for how long; beyond it the relay is as slow as its evidence. A relay that is killed loses no more. */
export const BEHIND_WALL_MS = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 500_000;

/** How often it is looked at whether there is time, and how long evidence is written at a stretch, wall ms. */
const LOOK_WALL_MS = 20;
const STRETCH_WALL_MS = 1;
/**
 * So many looks in a row at which nothing had come, and all time may go to evidence. A busy machine makes pauses in a flood
 * too, and what a flood has left takes long; what little a dialogue has left does not.
 */
const QUIET_LOOKS = 3;
const QUIET_LOOKS_OF_FLOOD = 15;
const FLOOD = 1000;
/**
 * While delays are asked for, evidence waits for a moment at which it delays nothing itself: a pause of so many wall ms, or
 * one until the next release in which there is the time to write an entry; at the latest so many wall ms.
 */
const PAUSE_WALL_MS = 2;
const ROOM_WALL_MS = 0.5;
const PATIENCE_WALL_MS = 20;
/** Entries that are written together. */
const TOGETHER = 8;

/**
 * The evidence of a relay on its way to the journal, complete and in order, each with the time at which it was seen. Events
 * are told at once as long as they come no faster than a terminal talks. When thousands come in a second, bytes are only
 * copied, and are decoded, masked and written when the relay has time, at the latest after ten seconds or when the tape is full:
 * evidence does not hold up a burst, and is never thrown away; a flood that goes on for longer is as fast as its evidence.
 */
export class Tape {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #lost: (error: RigError) => void;
  readonly #behindWallMs: number;
  readonly #exact: () => boolean;
  readonly #reel = new Reel();
  /** Wall ms that evidence may take, and when that was true. */
  #credit = SAVED_WALL_MS;
  #creditAt = performance.now();
  #look: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** Entries since the last look. */
  #came = 0;
  #quiet = 0;
  #closed = false;

  /**
   * @param lost is told when the recorder fails while nobody waits for it
   * @param behindWallMs how long evidence of a flood may wait
   * @param exact true while bytes are to be let go at an exact time, so that nothing may stand in their way
   */
  constructor(
    recorder: Recorder,
    clock: Clock,
    lost: (error: RigError) => void,
    behindWallMs = BEHIND_WALL_MS,
    exact: () => boolean = () => false,
  ) {
    this.#lost = lost;
    this.#behindWallMs = behindWallMs;
    this.#exact = exact;
    this.#recorder = recorder;
    this.#clock = clock;
  }

  /** Entries that were seen and are not told yet. */
  get backlog(): number {
    return this.#reel.length;
  }

  record(event: EventBody): void {
    if (this.#tellsNow()) this.#spend(() => this.#recorder.record(event));
    else this.#keep(event);
  }

  /** Bytes that crossed; they are copied, or read before it returns. */
  bytes(reader: Reader, bytes: Uint8Array): void {
    if (this.#tellsNow()) {
      this.#spend(() => {
        for (const event of reader.read(bytes)) this.#recorder.record(event);
      });
      return;
    }
    this.#keep(reader, bytes);
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
    return this.backlog === 0 && (this.#closed || (!this.#exact() && this.#hasCredit()));
  }

  #hasCredit(): boolean {
    const now = performance.now();
    this.#credit = Math.min(SAVED_WALL_MS, this.#credit + (now - this.#creditAt) * SHARE);
    this.#creditAt = now;
    return this.#credit > 0;
  }

  #spend(work: () => void): void {
    const since = performance.now();
    work();
    this.#credit -= performance.now() - since;
  }

  #keep(what: Reader | EventBody, bytes?: Uint8Array): void {
    const now = this.#clock.now();
    this.#reel.put(now, what, bytes);
    this.#came++;
    this.#payFor(now);
    this.#tellDue(now);
    if (this.#look === undefined && this.#turn === undefined && !this.#closed) this.#lookLater();
  }

  /**
   * From half of the time that evidence may wait, each entry that comes pays for others, the more the longer they have waited:
   * a flood that lasts becomes slower bit by bit, and seldom stands still while all that is due is told.
   */
  #payFor(now: number): void {
    const may = this.#behindWallMs * this.#clock.rate;
    const share = (now - (this.#reel.oldest ?? now)) / may;
    if (share > 0.5) this.#tellSome(Math.min(TOGETHER, Math.ceil((share - 0.5) * 2 * TOGETHER)));
  }

  /** Tells what may wait no longer. What comes next is told behind it, so that a flood cannot run away from its evidence. */
  #tellDue(now: number): void {
    const dueBefore = now - this.#behindWallMs * this.#clock.rate;
    while (
      this.#reel.bytes > MOST_BYTES ||
      this.backlog > MOST_ENTRIES ||
      (this.#reel.oldest ?? Number.POSITIVE_INFINITY) < dueBefore
    )
      this.#tellSome(TOGETHER);
  }

  #lookLater(): void {
    this.#came = 0;
    const pause = this.#exact() && this.backlog < FLOOD && this.#hasCredit();
    this.#look = setTimeout(() => this.#lookNow(), pause ? PAUSE_WALL_MS : LOOK_WALL_MS);
  }

  #lookNow(): void {
    this.#look = undefined;
    this.#quiet = this.#came === 0 ? this.#quiet + 1 : 0;
    if (this.#quiet >= (this.backlog < FLOOD ? QUIET_LOOKS : QUIET_LOOKS_OF_FLOOD)) {
      this.#tellOn();
      return;
    }
    this.#tellDue(this.#clock.now());
    while (this.backlog > 0 && this.#hasCredit() && this.#isInNobodysWay())
      this.#spend(() => this.#tellSome(1));
    if (this.backlog > 0) this.#lookLater();
  }

  #isInNobodysWay(): boolean {
    if (!this.#exact()) return true;
    const oldest = this.#reel.oldest ?? Number.POSITIVE_INFINITY;
    if (this.#clock.now() - oldest > PATIENCE_WALL_MS * this.#clock.rate) return true;
    const left = untilExactly();
    return left === undefined ? this.#came === 0 : left > ROOM_WALL_MS;
  }

  /** Writes in short stretches until something comes. */
  #tellOn(): void {
    this.#turn = undefined;
    const left = this.#exact() ? untilExactly() : undefined;
    if (left !== undefined && left < STRETCH_WALL_MS + ROOM_WALL_MS) {
      this.#lookLater();
      return;
    }
    this.#tell(STRETCH_WALL_MS);
    if (this.backlog === 0) return;
    if (this.#came > 0) this.#lookLater();
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
    for (let i = 0; i < count && this.backlog > 0; i++) late.push(...this.#reel.take());
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

  #stop(): void {
    clearTimeout(this.#look);
    clearImmediate(this.#turn);
    this.#look = undefined;
    this.#turn = undefined;
  }
}
