import assert from 'node:assert/strict';
import type { EventBody, LateEvent, Recorder } from '../../../rig/model/event.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { afterExactly } from './exact-timer.ts';
import { Tape } from './tape.ts';
import type { Reader } from './tape-reel.ts';

const note = (text: string): EventBody => ({ type: 'note', level: 'warning', text });
const reader: Reader = { read: (bytes) => [note(Buffer.from(bytes).toString('hex'))] };

/** Keeps texts in the order in which they came, and when they are said to have been seen. */
class Diary implements Recorder {
  readonly texts: string[] = [];
  readonly times: number[] = [];
  late = 0;

  record(event: EventBody): void {
    if (event.type === 'note') this.texts.push(event.text);
  }

  recordLate(events: readonly LateEvent[]): void {
    this.late += events.length;
    for (const { event, at } of events) {
      this.record(event);
      this.times.push(at);
    }
  }

  attach(): never {
    throw new Error('nothing to attach');
  }
}

/** Evidence that takes longer than a relay may spend on it while bytes go on coming. */
const costly: Reader = {
  read: () => {
    const until = performance.now() + 200;
    while (performance.now() < until);
    return [];
  },
};

/** A tape that has no time left to tell anything at once. */
function spent(
  diary: Diary,
  clock = makeClock(1),
  lost: (error: Error) => void = fails,
  behindWallMs?: number,
): Tape {
  const tape = new Tape(diary, clock, lost, behindWallMs);
  tape.bytes(costly, Uint8Array.of(0));
  return tape;
}

const fails = (error: Error) => {
  throw error;
};

describe('the tape of a relay', () => {
  it('tells at once what comes as a terminal talks', () => {
    const diary = new Diary();
    const tape = new Tape(diary, makeClock(1), fails);
    tape.record(note('first'));
    tape.bytes(reader, Uint8Array.of(1, 2));
    assert.deepEqual(diary.texts, ['first', '0102']);
    assert.equal(tape.backlog, 0);
  });

  it('keeps a flood, copied, and tells all of it in order with the time of each when it is closed', async () => {
    const diary = new Diary();
    const clock = makeClock(1);
    const tape = spent(diary, clock);
    const wanted: string[] = [];
    const chunk = new Uint8Array(2);
    const began = clock.now();
    for (let i = 0; i < 20_000; i++) {
      // The same memory again and again, as a socket may have it.
      chunk.set([i >> 8, i & 0xff]);
      tape.bytes(reader, chunk);
      wanted.push(Buffer.from(chunk).toString('hex'));
      if (i % 1000 === 0) {
        tape.record(note(`event ${i}`));
        wanted.push(`event ${i}`);
      }
    }
    const ended = clock.now();
    assert.ok(tape.backlog > 10_000);
    await tape.close();
    assert.equal(tape.backlog, 0);
    assert.deepEqual(diary.texts, wanted);
    assert.ok(diary.late > 10_000);
    assert.deepEqual(
      diary.times,
      [...diary.times].sort((a, b) => a - b),
    );
    assert.ok((diary.times[0] ?? 0) >= began && (diary.times.at(-1) ?? 0) <= ended);
  });

  it('tells what waits by itself once nothing more comes', async () => {
    const diary = new Diary();
    const tape = spent(diary);
    for (let i = 0; i < 5000; i++) tape.bytes(reader, Uint8Array.of(i & 0xff));
    while (tape.backlog > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(diary.texts.length, 5000);
  });

  it('is as slow as its evidence when it is full, and loses nothing', () => {
    const diary = new Diary();
    const tape = spent(diary);
    const chunk = new Uint8Array(8 * 1024 * 1024);
    const sized: Reader = { read: (bytes) => [note(String(bytes.length))] };
    for (let i = 0; i < 100; i++) tape.bytes(sized, chunk.subarray(0, i < 80 ? 1 : chunk.length));
    assert.ok(tape.backlog * chunk.length <= 64 * 1024 * 1024 + chunk.length);
    assert.ok(diary.late > 0);
  });

  it('keeps nothing longer than it may, however fast more comes', () => {
    const diary = new Diary();
    let now = 0;
    for (const rate of [1, 20]) {
      const tape = spent(diary, { ...makeClock(rate), now: () => now }, fails, 1000);
      diary.texts.length = 0;
      for (let i = 0; i < 1000; i++) tape.bytes(reader, Uint8Array.of(i & 0xff));
      assert.equal(diary.texts.length, 0);
      now += 1001 * rate;
      tape.bytes(reader, Uint8Array.of(0));
      assert.equal(diary.texts.length, 1000);
      assert.equal(tape.backlog, 1);
    }
  });

  it('lets a flood pay for what waits, the more the longer it has waited', () => {
    const diary = new Diary();
    let now = 0;
    const tape = spent(diary, { ...makeClock(1), now: () => now }, fails, 1000);
    for (let i = 0; i < 100; i++) tape.bytes(reader, Uint8Array.of(0));
    let told = 0;
    for (const [at, pays] of [
      [499, 0],
      [510, 1],
      [760, 5],
      [1000, 8],
    ] as const) {
      now = at;
      tape.bytes(reader, Uint8Array.of(0));
      told += pays;
      assert.equal(diary.texts.length, told, `at ${at} ms`);
    }
  });

  it('tells nothing in the way of bytes that are due at an exact time, but by itself soon after', async () => {
    const diary = new Diary();
    const clock = makeClock(1);
    const tape = new Tape(diary, clock, fails, undefined, () => true);
    const wanted: string[] = [];
    for (let i = 0; i < 50; i++) {
      tape.bytes(reader, Uint8Array.of(i));
      wanted.push(Buffer.of(i).toString('hex'));
    }
    tape.record(note('last'));
    assert.deepEqual(diary.texts, []);
    // All through this time something is due in less than an entry takes.
    await new Promise<void>((resolve) => {
      let left = 30;
      const next = () => (left-- === 0 ? resolve() : void afterExactly(clock, 0.3, next));
      next();
    });
    while (tape.backlog > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.deepEqual(diary.texts, [...wanted, 'last']);
    tape.bytes(reader, Uint8Array.of(9));
    await tape.close();
    assert.equal(diary.texts.at(-1), '09');
  });

  it('tells who is concerned when the recorder fails while nobody waits for it', async () => {
    const lost: Error[] = [];
    const diary = new Diary();
    diary.recordLate = () => {
      throw new Error('the disk is full');
    };
    const tape = spent(diary, makeClock(1), (error) => lost.push(error));
    for (let i = 0; i < 3000; i++) tape.record(note('x'));
    await tape.close();
    assert.match(lost[0]?.message ?? '', /disk is full/);
  });
});
