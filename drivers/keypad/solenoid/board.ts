/** A board whose outputs drive solenoids or stand in for key contacts. Outputs count from 1. */
export interface OutputBoard {
  readonly facts: Readonly<Record<string, string>>;
  /** Most outputs it has, if it says so. */
  readonly outputs: number;
  /**
   * One output on for `ms` nominal milliseconds, then off. Resolves when it is off again, as far as the board can tell.
   * Rejects with the reason; `Untouched` when it is certain that nothing was switched.
   */
  pulse(output: number, ms: number): Promise<void>;
  /** All outputs off, read back where that is possible. */
  allOff(): Promise<void>;
  /** From now until the returned function is called, only counts of bytes are recorded. */
  withhold(reason: string): () => void;
  close(): Promise<void>;
}

/** What a driver of a board gets. */
export interface BoardOptions {
  /** For messages: `solenoid board 1`. */
  readonly what: string;
  /** Outputs that keys hang on. */
  readonly used: readonly number[];
  /** The connection has died by itself. */
  lost(error: Error): void;
}
