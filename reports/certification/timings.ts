import type { Verdict } from '../../rig/model/verdict.ts';
import type { ScenarioView } from '../model.ts';
import type { CertifiedCase } from './view.ts';

/** A time that was measured against a limit, as the journal has it. */
export interface TimingRow {
  readonly id: string;
  readonly attempt: number;
  readonly step: number;
  readonly limit: string;
  readonly measured: string;
  /** Half width of the interval in which the true value lies. */
  readonly uncertainty: string;
  readonly verdict: Verdict;
}

/** Every limit on a time of a case, over all its attempts. */
export const timingsOf = ({ attempts }: Pick<CertifiedCase, 'attempts'>): readonly TimingRow[] =>
  attempts.flatMap(timingsOfAttempt);

function timingsOfAttempt({ id, attempt, steps, expectations }: ScenarioView): readonly TimingRow[] {
  return [...steps.flatMap((step) => step.expectations), ...expectations].flatMap(
    ({ path, step, expected, observed, verdict }) => {
      if (!/expect\.within$/.test(path)) return [];
      const [, limit] = /^within (.+)$/.exec(expected) ?? [];
      const [, measured, uncertainty] = /^(.+?) ± ([^:]+)/.exec(observed) ?? [];
      return [
        {
          id,
          attempt,
          step,
          limit: limit ?? expected,
          measured: measured ?? observed,
          uncertainty: uncertainty ?? '–',
          verdict,
        },
      ];
    },
  );
}
