/** What a fuzzer (`fuzz` of a `*.fuzz.ts`) is given. Count and seed reproduce a run. */
export interface FuzzTask {
  /** Inputs to try; a fuzzer of larger things counts each of them as many. */
  readonly count: number;
  readonly seed: number;
  /** Told now and then, inputs so far: one that says nothing for a while counts as hanging. */
  readonly progress: (done: number) => void;
}
