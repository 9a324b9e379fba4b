import type { Bench } from '../bench/bench.ts';
import { type FileOf, loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { PLANES } from '../model/event.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { skipReason } from '../scenario/select.ts';

/** A bench with the scenarios that fall to it. */
export interface Share {
  readonly bench: FileOf<Bench>;
  readonly ids: readonly string[];
}

/** Whether a bench can show a scenario, as far as its file tells. */
export type Fits = (scenario: Scenario, bench: FileOf<Bench>) => boolean;

/** @param by what enters the transactions, when it was chosen for all */
export function fitsBy(by: 'keypad' | 'till' | undefined): Fits {
  return (scenario, bench) => {
    const profile = valueOrThrow(loadProfile(bench.value.profile, bench.file)).value;
    const planes = PLANES.filter((plane) => bench.value.planes[plane]);
    const offer = { profile, planes, hand: by ?? bench.value.hand, simulatedHost: true };
    return skipReason(scenario, offer) === undefined;
  };
}

/**
 * Shares scenarios out among benches: each to one that fits, those with the least choice first, always to the bench with
 * the least to do. What fits none goes to the first, which will say why it is skipped; nothing is lost silently. Within a
 * share the order stays.
 */
export function shareOut(
  scenarios: readonly Scenario[],
  benches: readonly FileOf<Bench>[],
  fits: Fits,
): readonly Share[] {
  const shares = benches.map((bench) => ({ bench, ids: new Set<string>() }));
  const choices = scenarios.map((scenario) => {
    const fitting = shares.filter(({ bench }) => fits(scenario, bench));
    return { scenario, fitting: fitting.length > 0 ? fitting : shares.slice(0, 1) };
  });
  for (const { scenario, fitting } of choices.toSorted((a, b) => a.fitting.length - b.fitting.length)) {
    const [least] = fitting.toSorted((a, b) => a.ids.size - b.ids.size);
    least?.ids.add(scenario.id);
  }
  return shares.map(({ bench, ids }) => ({
    bench,
    ids: scenarios.flatMap(({ id }) => (ids.has(id) ? [id] : [])),
  }));
}
