import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { OPERATIONS, type Profile } from '../bench/profile.ts';
import { ENTRY_MODES } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import { packaged } from '../model/package-root.ts';
import { EXIT } from '../model/verdict.ts';
import { type Readiness, readinessFor } from '../scenario/readiness.ts';
import { selectScenarios } from '../scenario/select.ts';
import { type StrategyGaps, strategyGaps } from '../scenario/strategy-gaps.ts';
import type { House } from './house.ts';
import { knownNames, namesToCheck } from './known.ts';
import { skeleton } from './profile-skeleton.ts';

const usage = (message: string, hint: string): RigError => new RigError('USAGE', 'file', message, { hint });

const words = <T extends string>(option: string, all: readonly T[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((word) => word.trim()))
    .pipe(
      z
        .array(
          z.enum(all as unknown as readonly [T, ...T[]], {
            error: `${option} takes some of: ${all.join(', ')}`,
          }),
        )
        .min(1),
    );

const NewOptions = z.object({
  maker: z.string().min(1),
  model: z.string().min(1).optional(),
  entry: words('--entry', ENTRY_MODES),
  operations: words('--operations', OPERATIONS),
  dialect: z.string().min(1),
  labels: z.string(),
  display: z.string().regex(/^\d{1,2}x\d{1,3}$/, '--display takes ROWSxCOLUMNS, such as 4x20'),
  out: z.string().optional(),
});

/** `posrig profile new`: writes a profile to be filled in. Resolves with the exit code. Errors: USAGE. */
export function newProfile(name: string, given: Record<string, unknown>): number {
  // Who names the file has named the model.
  const named = /^(.*?)([^/\\]+)\.ya?ml$/.exec(name);
  const id = named?.[2] ?? name;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw usage(
      `"${id}" is no id of a profile`,
      'Lower case letters, digits and hyphens, such as acme-s920.',
    );
  const read = NewOptions.safeParse(given);
  if (!read.success)
    throw usage(read.error.issues[0]?.message ?? 'the options are not understood', 'See --help.');
  const { maker, model, entry, operations, dialect, labels, display, out } = read.data;
  const file = out ?? (named ? name : `${id}.yaml`);
  if (existsSync(file)) throw usage(`${file} is there already`, 'Name another file with --out.');
  const [rows = 4, columns = 20] = display.split('x').map(Number);
  const sets = labels
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const text = skeleton({
    id,
    maker,
    model: model ?? id,
    entry,
    operations,
    dialect,
    labels: sets,
    rows,
    columns,
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${file} is written. What is still to be found out: posrig profile check ${file}\n`);
  return EXIT.ok;
}

/** How many scenarios are named for one thing that is missing. */
const NAMED = 8;

/**
 * `posrig profile check`: for which scenarios a profile is ready, what is missing for the others, and what its way back to
 * idle lacks. Resolves with 0 when
 * nothing is missing for what the model can do, 1 when something is. Throws for a file that is no profile.
 */
export function checkProfile(
  reference: string,
  paths: readonly string[],
  { json }: { readonly json?: boolean },
  house: House,
): number {
  const profile: Profile = valueOrThrow(loadProfile(reference)).value;
  const lookups = { ...namesToCheck(knownNames(house), []), screens: new Set(Object.keys(profile.screens)) };
  const wanted = paths.length > 0 ? paths : [packaged('scenarios/plans/full.yaml')];
  // Screens at which the power is cut are looked at one by one below.
  const { screens: _, ...known } = lookups;
  const found = readinessFor(profile, valueOrThrow(selectScenarios(wanted, { lookups: known })));
  const lacking = found.filter(({ cannot, missing }) => cannot.length === 0 && missing.length > 0);
  const strategy = strategyGaps(profile);
  process.stdout.write(json ? asJson(profile, found, strategy) : inWords(profile, found, strategy));
  return lacking.length > 0 || strategy.missing.length > 0 ? EXIT.failed : EXIT.ok;
}

const stateOf = ({ cannot, missing }: Readiness): 'ready' | 'not-applicable' | 'lacking' =>
  cannot.length > 0 ? 'not-applicable' : missing.length > 0 ? 'lacking' : 'ready';

function asJson({ id }: Profile, found: readonly Readiness[], strategy: StrategyGaps): string {
  const scenarios = found.map((one) => ({
    id: one.scenario.id,
    state: stateOf(one),
    ...(one.cannot.length > 0 ? { because: one.cannot } : {}),
    ...(stateOf(one) === 'lacking' ? { missing: one.missing } : {}),
  }));
  return `${JSON.stringify({ profile: id, scenarios, strategy }, null, 2)}\n`;
}

function inWords({ id }: Profile, found: readonly Readiness[], strategy: StrategyGaps): string {
  const count = (state: string) => found.filter((one) => stateOf(one) === state).length;
  const byThing = new Map<string, string[]>();
  for (const one of found)
    if (stateOf(one) === 'lacking')
      for (const thing of one.missing) byThing.set(thing, [...(byThing.get(thing) ?? []), one.scenario.id]);
  // What holds up most scenarios comes first.
  const things = [...byThing].sort(([, a], [, b]) => b.length - a.length);
  const lines = things.map(([thing, ids]) => {
    const named = ids.length > NAMED ? `${ids.length} scenarios` : ids.join(', ');
    return `  ${thing}\n      for ${named}`;
  });
  const skipped = found.filter((one) => stateOf(one) === 'not-applicable');
  return [
    `Profile ${id}: ready for ${count('ready')} of ${found.length} scenarios`,
    ...(skipped.length > 0 ? [`${skipped.length} do not apply: ${reasons(skipped)}`] : []),
    ...(lines.length > 0 ? [`${count('lacking')} lack something:`, ...lines] : ['Nothing is missing.']),
    ...strategyInWords(strategy),
    '',
  ].join('\n');
}

/** What the way back to idle lacks; nothing when it lacks nothing. */
const strategyInWords = ({ missing, advice }: StrategyGaps): readonly string[] => [
  ...(missing.length > 0
    ? ['The way back to idle (strategy) lacks:', ...missing.map((one) => `  ${one}`)]
    : []),
  ...(advice.length > 0 ? ['Of use to the strategy:', ...advice.map((one) => `  ${one}`)] : []),
];

const reasons = (skipped: readonly Readiness[]): string =>
  [...new Set(skipped.flatMap(({ cannot }) => cannot))].join(', ');
