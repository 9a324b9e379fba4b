import { deframe } from './scanner.ts';
import { SAMPLES } from './testing/framings.ts';

/**
 * Any bytes into every framing: nothing is thrown, nothing lost, memory is bounded, and behind every stream a good frame is
 * still found once the line has been quiet. A byte in six is one that framings live on.
 */
export async function fuzz({
  count,
  seed,
  progress,
}: {
  readonly count: number;
  readonly seed: number;
  readonly progress: (done: number) => void;
}): Promise<string> {
  const random = generator(seed);
  const samples = Object.entries(SAMPLES);
  for (let run = 0; run < count; run++) {
    const [name, sample] = samples[run % samples.length] ?? [];
    if (!name || !sample) throw new Error('there is no framing');
    const { framing, make } = sample;
    const deframer = deframe(framing);
    let fed = 0;
    let told = 0;
    const take = (items: readonly { readonly raw: Uint8Array }[]) => {
      for (const { raw } of items) told += raw.length;
    };
    for (let piece = random(8); piece >= 0; piece--) {
      const bytes = Uint8Array.from({ length: random(200) }, () =>
        random(6) === 0 ? (TRAPS[random(TRAPS.length)] ?? 0) : random(256),
      );
      const chunk = random(4) === 0 ? make(bytes).wire : bytes;
      fed += chunk.length;
      take(deframer.push(chunk));
      if (deframer.held >= framing.longest) throw new Error(`${name}: holds ${deframer.held} bytes`);
    }
    take(deframer.flush());
    if (told !== fed) throw new Error(`${name}: of ${fed} bytes ${told} came out (run ${run}, seed ${seed})`);
    const last = make(Uint8Array.from({ length: random(100) }, () => random(256)));
    const items = [...deframer.push(last.wire), ...deframer.flush()];
    const good = items.some((item) => item.type === 'frame' && same(item.payload, last.payload));
    if (!good) throw new Error(`${name}: a good frame was not found (run ${run}, seed ${seed})`);
    if (run % 1000 === 0) {
      progress(run);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return `${count} streams through ${samples.length} framings`;
}

const TRAPS = [
  0x10, 0x02, 0x03, 0x06, 0x15, 0x01, 0x04, 0x05, 0x55, 0xaa, 0xcc, 0x33, 0x43, 0x5a, 0x00, 0xff,
];

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whole numbers below a bound; xorshift32. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
