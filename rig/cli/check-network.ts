import type { Bench } from '../bench/bench.ts';
import { type BenchLookups, type FileOf, loadBench } from '../bench/load.ts';
import { readYaml } from '../bench/load-yaml.ts';
import type { Fault } from '../model/fault.ts';
import { kindOf } from '../scenario/kinds.ts';

/** The bench files among `files`. Those that are wrong themselves are left out. */
export async function benchesAmong(
  files: readonly string[],
  lookups: BenchLookups,
): Promise<readonly FileOf<Bench>[]> {
  const benches: FileOf<Bench>[] = [];
  for (const file of files) {
    const { source } = readYaml(file);
    if (!source || kindOf(source.value) !== 'bench') continue;
    const { value } = await loadBench(file, lookups);
    if (value) benches.push(value);
  }
  return benches;
}

/**
 * What the networks of benches say of a fault: why it is a contradiction there, with the bench's id. Undefined when no such
 * bench has anything to say.
 */
export async function contradictionsOn(
  benches: readonly FileOf<Bench>[],
  lookups: BenchLookups,
): Promise<((fault: Fault) => string | undefined) | undefined> {
  const sayings: ((fault: Fault) => string | undefined)[] = [];
  for (const bench of benches) {
    const use = bench.value.planes.network;
    const entry = lookups.drivers?.find(({ name, plane }) => plane === 'network' && name === use?.driver);
    const contradicts = (await entry?.load())?.contradicts;
    if (!use || !contradicts) continue;
    sayings.push((fault) => {
      const why = contradicts(use, fault);
      return why === undefined ? undefined : `on bench ${bench.value.id}: ${why}`;
    });
  }
  if (sayings.length === 0) return undefined;
  return (fault) => sayings.map((say) => say(fault)).find((why) => why !== undefined);
}
