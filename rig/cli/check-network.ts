import { type BenchLookups, loadBench } from '../bench/load.ts';
import { readYaml } from '../bench/load-yaml.ts';
import type { Fault } from '../model/fault.ts';
import { kindOf } from '../scenario/kinds.ts';

/**
 * What the networks of the bench files among `files` say of a fault: why it is a contradiction there, with the bench's id.
 * Undefined when no such bench has anything to say. Benches that are wrong themselves say nothing.
 */
export async function contradictionsOn(
  files: readonly string[],
  lookups: BenchLookups,
): Promise<((fault: Fault) => string | undefined) | undefined> {
  const sayings: ((fault: Fault) => string | undefined)[] = [];
  for (const file of files) {
    const { source } = readYaml(file);
    if (!source || kindOf(source.value) !== 'bench') continue;
    const { value: bench } = await loadBench(file, lookups);
    const use = bench?.value.planes.network;
    const entry = lookups.drivers?.find(({ name, plane }) => plane === 'network' && name === use?.driver);
    const contradicts = (await entry?.load())?.contradicts;
    if (!bench || !use || !contradicts) continue;
    sayings.push((fault) => {
      const why = contradicts(use, fault);
      return why === undefined ? undefined : `on bench ${bench.value.id}: ${why}`;
    });
  }
  if (sayings.length === 0) return undefined;
  return (fault) => sayings.map((say) => say(fault)).find((why) => why !== undefined);
}
