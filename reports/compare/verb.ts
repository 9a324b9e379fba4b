import { writeFile } from 'node:fs/promises';
import { coloured } from '../../rig/model/colors.ts';
import { EXIT, type Verdict } from '../../rig/model/verdict.ts';
import type { Language } from '../words.ts';
import { type Comparison, compareRuns } from './compare.ts';
import { readCompared } from './evidence.ts';
import { renderConsole, renderPage } from './render.ts';

/**
 * `posrig compare <A> <B>`. Exit code, for gates: 1 when something fails in the second run that did not in the first,
 * 2 when something that passed is no longer proved, the second run was cut off, or the runs have no scenario in common; else 0.
 */
export async function compareVerb(
  first: string,
  second: string,
  options: { readonly html?: string; readonly lang: Language; readonly json?: boolean },
): Promise<void> {
  const [before, after] = [await readCompared(first), await readCompared(second)];
  const comparison = compareRuns(before, after);
  if (options.html !== undefined) await writeFile(options.html, await renderPage(comparison, options.lang));
  const { stdout } = process;
  if (options.json) stdout.write(`${JSON.stringify(comparison, withoutPictures, 2)}\n`);
  else {
    const color = coloured(stdout);
    stdout.write(renderConsole(comparison, { lang: options.lang, color, width: stdout.columns ?? 120 }));
  }
  process.exitCode = exitCodeOf(comparison);
}

/** For gates. What the second run does not have at all, or tests in another way, is no longer proved either. */
export function exitCodeOf({
  counts,
  scenarios,
  after,
  common,
}: Omit<Comparison, 'before' | 'differs'>): number {
  const isNewFailure = scenarios.some(({ change, after: now }) => change === 'added' && failed(now));
  if (counts['newly-failing'] > 0 || isNewFailure) return EXIT.failed;
  const isUnproved = scenarios.some(
    ({ change, before, after: now }) =>
      before === 'passed' && (change === 'removed' || (change === 'not-comparable' && now !== 'passed')),
  );
  return isUnproved || counts['newly-doubtful'] > 0 || after.interrupted || common === 0
    ? EXIT.broken
    : EXIT.ok;
}

const failed = (verdict: Verdict | undefined): boolean => verdict === 'failed' || verdict === 'invalid';

/** The page has the pictures; machines get the numbers. */
const withoutPictures = (key: string, value: unknown): unknown => (key === 'picture' ? undefined : value);
