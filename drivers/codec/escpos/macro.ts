/** Bytes that a printer keeps of a macro; the rest is printed and not recorded. */
const MACRO_MAX = 2048;

const NOTHING = new Uint8Array(0);

/** The macro of a printer: what is sent between two `GS :` is printed, and recorded to be printed again by `GS ^`. */
export class Macro {
  #recording = false;
  #kept = NOTHING;
  #used = 0;

  get isRecording(): boolean {
    return this.#recording;
  }

  /** Begins recording, which forgets the last macro, or ends it. */
  toggle(): void {
    this.#recording = !this.#recording;
    if (!this.#recording) return;
    this.#kept = new Uint8Array(MACRO_MAX);
    this.#used = 0;
  }

  record(bytes: Uint8Array): void {
    const taken = bytes.subarray(0, MACRO_MAX - this.#used);
    this.#kept.set(taken, this.#used);
    this.#used += taken.length;
  }

  /** What is to be printed again. Asked for while it is being recorded it is void, as printers have it. */
  take(): Uint8Array {
    if (this.#recording) this.#used = 0;
    this.#recording = false;
    return this.#kept.slice(0, this.#used);
  }
}
