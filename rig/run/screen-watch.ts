import type { DisplayPlane } from '../bench/planes.ts';
import type { Profile } from '../bench/profile.ts';
import { quote, recognise, type SeenScreen } from '../bench/screens.ts';
import { stateOn, strategyOf } from '../bench/strategy.ts';
import { RigError } from '../model/errors.ts';
import { type Clock, formatDuration } from '../model/time.ts';
import { watchReader } from './misread.ts';

export { quote, type SeenScreen };

/**
 * Wall time that every wait for a screen allows on top of the terminal's own time, ms: what ports, processes and a busy
 * machine may cost. On a fast clock a terminal's second is a few wall milliseconds, and a stall must never look like a
 * terminal that did nothing.
 */
export const GRACE_WALL_MS = 1500;
/** A screen that is dark, or that the profile does not know, is looked at again so soon, nominal ms, but never sooner than this machine can. */
const LOOK_AGAIN = { after: 300, afterWallMs: 10, times: 60 } as const;

/**
 * Every screen of the terminal, in order and named, from the moment the watch starts. Readers hold a cursor into the
 * history, so that a screen that came and went while the rig was busy is never missed.
 */
export class ScreenWatch {
  readonly #profile: Profile;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #history: SeenScreen[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #unsubscribe: () => void;
  readonly #display: DisplayPlane;
  #cancelLook = () => {};
  #closed = false;

  constructor(display: DisplayPlane, profile: Profile, clock: Clock, signal: AbortSignal) {
    this.#display = display;
    this.#profile = profile;
    this.#clock = clock;
    this.#signal = signal;
    this.#history.push(recognise(profile, display.current()));
    this.#unsubscribe = display.onChange((screen) => {
      const [earlier, before] = [this.#history.at(-2), this.current];
      this.#history.push(recognise(profile, screen));
      const booting = () => stateOn(strategyOf(profile), this.current) === 'booting';
      watchReader(display, earlier, before, this.current, booting);
      this.#lookAgain(LOOK_AGAIN.times);
      for (const wake of [...this.#waiters]) wake();
    });
    this.#lookAgain(LOOK_AGAIN.times);
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelLook();
  }

  /**
   * What no screen of the profile fits may have been misread, and so may darkness: a person would look again. What is seen then comes as any other
   * screen does. A display that cannot be asked says so itself.
   */
  #lookAgain(times: number): void {
    this.#cancelLook();
    const { id, lit, told } = this.current;
    if ((id !== undefined && lit) || told || times === 0) return;
    const { after, afterWallMs } = LOOK_AGAIN;
    this.#cancelLook = this.#clock.after(Math.max(after, afterWallMs * this.#clock.rate), () => {
      const { seq } = this.current;
      const goOn = () => {
        if (!this.#closed && this.current.seq === seq) this.#lookAgain(times - 1);
      };
      this.#display.refresh().then(goOn, () => {});
    });
  }

  /** The newest screen. */
  get current(): SeenScreen {
    const newest = this.#history.at(-1);
    if (!newest) throw new RigError('RIG_DEFECT', 'rig', 'the screen history is empty');
    return newest;
  }

  /** Position behind the newest screen: what comes later stands at or behind it. */
  get mark(): number {
    return this.#history.length;
  }

  since(mark: number): readonly SeenScreen[] {
    return this.#history.slice(mark);
  }

  /** Asks the display device whether something newer exists and returns what shows now. */
  async refresh(): Promise<SeenScreen> {
    return recognise(this.#profile, await this.#display.refresh());
  }

  /** Calls back for every screen from now on; for interrupts that strike on a screen. */
  onScreen(listener: (screen: SeenScreen) => void): () => void {
    let cursor = this.mark;
    const wake = () => {
      for (const screen of this.since(cursor)) {
        cursor++;
        listener(screen);
      }
    };
    this.#waiters.add(wake);
    return () => this.#waiters.delete(wake);
  }

  /**
   * The first screen at or behind `mark` that satisfies `test`, with its position; undefined when `ms` (and the
   * grace of the machine) pass first.
   * Rejects when the scenario is aborted.
   */
  find(
    mark: number,
    test: (screen: SeenScreen) => boolean,
    ms: number,
  ): Promise<{ screen: SeenScreen; at: number } | undefined> {
    return new Promise((resolve, reject) => {
      let cursor = mark;
      const done = (finish: () => void) => {
        cancel();
        this.#waiters.delete(look);
        this.#signal.removeEventListener('abort', onAbort);
        finish();
      };
      const look = () => {
        for (; cursor < this.#history.length; cursor++) {
          const screen = this.#history[cursor];
          if (!screen || !test(screen)) continue;
          const at = cursor;
          return done(() => resolve({ screen, at }));
        }
      };
      const onAbort = () => done(() => reject(this.#signal.reason));
      const grace = GRACE_WALL_MS * this.#clock.rate;
      const cancel = this.#clock.after(ms + grace, () => done(() => resolve(undefined)));
      if (this.#signal.aborted) return onAbort();
      this.#signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(look);
      look();
    });
  }

  /**
   * Like `find`, but a screen that does not come is an error of the terminal: says what was awaited and what shows.
   * Before the terminal is blamed, the display device has to answer (one that does not is its own error), and the
   * terminal gets the machine's grace once more: what was stalled on the bench until now must have had its time.
   */
  async expect(
    mark: number,
    test: (screen: SeenScreen) => boolean,
    ms: number,
    what: string,
  ): Promise<{ screen: SeenScreen; at: number }> {
    const found = await this.find(mark, test, ms);
    if (found) return found;
    await this.refresh();
    const late = await this.find(mark, test, 0);
    if (late) return late;
    throw new RigError(
      'TERMINAL_SCREEN',
      'terminal',
      `waited ${formatDuration(ms)} for ${what}; the terminal shows ${quote(this.current)}`,
    );
  }
}
