import Mocha from 'mocha';
import type { Verdict } from '../model/verdict.ts';

/** One scenario as mocha sees it. */
export interface MochaCase {
  readonly theme: string;
  readonly id: string;
  readonly title: string;
  run(): Promise<CaseResult>;
}

export interface CaseResult {
  readonly verdict: Verdict;
  readonly blame?: string;
  readonly reason?: string;
}

/** What a scenario that did not pass throws into mocha: the verdict stands in the error. */
export class VerdictError extends Error {
  override readonly name = 'VerdictError';
  readonly verdict: Verdict;

  constructor(result: CaseResult) {
    super(
      `${result.verdict}${result.blame ? ` (${result.blame})` : ''}: ${result.reason ?? 'no reason given'}`,
    );
    this.verdict = result.verdict;
    // The stack of the bridge says nothing about a terminal.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Reports come from the journal, never from mocha. */
class Quiet {}

/**
 * Runs scenarios one after the other as mocha tests in suites by theme, in the order given. Passed passes, skipped is
 * pending, everything else fails with its verdict in the error. Timeouts and retries are off: deadlines are the rig's
 * own, and no retry may turn a failure into a pass. Resolves to the number of failures when the last test has ended.
 */
export function runWithMocha(
  cases: readonly MochaCase[],
  options: { readonly bail: boolean },
): Promise<number> {
  const mocha = new Mocha({
    timeout: 0,
    retries: 0,
    bail: options.bail,
    reporter: Quiet as unknown as Mocha.ReporterConstructor,
  });
  const suites = new Map<string, Mocha.Suite>();
  for (const scenario of cases) {
    let suite = suites.get(scenario.theme);
    if (!suite) {
      suite = Mocha.Suite.create(mocha.suite, scenario.theme);
      suites.set(scenario.theme, suite);
    }
    suite.addTest(
      new Mocha.Test(`${scenario.id} ${scenario.title}`, async function (this: Mocha.Context) {
        const result = await scenario.run();
        if (result.verdict === 'skipped') this.skip();
        if (result.verdict !== 'passed') throw new VerdictError(result);
      }),
    );
  }
  return new Promise((resolve) => {
    mocha.run((failures) => resolve(failures));
  });
}
