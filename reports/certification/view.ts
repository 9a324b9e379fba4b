import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { verifyEvidence } from '../../rig/journal/seal/index.ts';
import type { CertificationBasis } from '../../rig/model/certification.ts';
import { RigError } from '../../rig/model/errors.ts';
import type { Titles } from '../../rig/model/event.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import { dataUrl, type Pictures, readPictures } from '../certificate/figures.ts';
import { readRun } from '../fold.ts';
import { type CaseView, casesOf, type RunView, type ScenarioView, worstOf } from '../model.ts';
import { type TimingRow, timingsOf } from './timings.ts';

/** A run of the campaign with what its sheets need. */
export interface CertifiedRun {
  /** From 1, as the report numbers its evidence. */
  readonly number: number;
  readonly name: string;
  readonly head: string;
  readonly run: RunView;
  readonly pictures: Pictures;
}

/** A scenario of the campaign: every attempt of every run, numbered through, and where each was made. */
export interface CertifiedCase extends CaseView {
  readonly runs: ReadonlyMap<ScenarioView, CertifiedRun>;
}

export interface RequirementRow {
  readonly id: string;
  readonly title: Titles;
  /** `met`, `not-met`, `open` (a scenario is undecided or was not run), or `uncovered` (no applicable scenario proves it). */
  readonly state: 'met' | 'not-met' | 'open' | 'uncovered';
  readonly cases: readonly CertifiedCase[];
  /** Scenarios of the plan that prove it and were not run. */
  readonly notRun: readonly string[];
}

/** All that a certification report says, gathered; everything about results comes from the journals. */
export interface Certification {
  readonly basis: CertificationBasis;
  readonly runs: readonly CertifiedRun[];
  readonly cases: readonly CertifiedCase[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cases that do not apply, with the reason of each. */
  readonly notApplicable: readonly CertifiedCase[];
  /** Scenarios of the plan without any attempt, or skipped because a bench was out. */
  readonly notRun: readonly { readonly id: string; readonly title: Titles }[];
  readonly requirements: readonly RequirementRow[];
  readonly timings: readonly TimingRow[];
  readonly photos: readonly { readonly url: string; readonly caption: string }[];
  readonly notes: readonly string[];
  /** First and last day of the tests; undefined without runs. */
  readonly period: readonly [string, string] | undefined;
}

/** Skipped because the scenario does not apply; a scenario that a dead bench skipped is still to be done. */
export const isNotApplicable = ({ verdict, findings }: ScenarioView): boolean =>
  verdict === 'skipped' && findings.some(({ code }) => code === 'not-applicable');

/**
 * Reads every run of a campaign. Each must be as it was when it was added: JOURNAL_DAMAGED otherwise, with the place.
 */
export async function readCertification(basis: CertificationBasis): Promise<Certification> {
  const runs: CertifiedRun[] = [];
  for (const [i, { folder, collected }] of basis.runs.entries()) {
    const { damage } = await verifyEvidence(folder, { head: collected.head });
    const [first] = damage;
    if (first)
      throw new RigError('JOURNAL_DAMAGED', 'rig', `${collected.run}: ${first.place}: ${first.what}.`, {
        hint: 'Restore the run from its sealed bag or a copy; nothing is certified from damaged evidence.',
      });
    const run = await readRun(folder);
    const pictures = readPictures(folder, run.artefacts.values());
    runs.push({ number: i + 1, name: collected.run, head: collected.head, run, pictures });
  }
  const cases = casesOfRuns(runs);
  const counts = { invalid: 0, failed: 0, broken: 0, inconclusive: 0, passed: 0, skipped: 0 };
  for (const { decisive } of cases) counts[decisive.verdict] += 1;
  const attempted = new Set(
    cases
      .filter(({ decisive }) => decisive.verdict !== 'skipped' || isNotApplicable(decisive))
      .map(({ id }) => id),
  );
  const notRun = basis.planned.filter(({ id }) => !attempted.has(id));
  const { photos, notes } = await readPhotos(basis);
  return {
    basis,
    runs,
    cases,
    counts,
    notApplicable: cases.filter(({ decisive }) => isNotApplicable(decisive)),
    notRun,
    requirements: requirementsOf(basis, cases, notRun),
    timings: cases.flatMap(timingsOf),
    photos,
    notes,
    period: periodOf(cases),
  };
}

/** Attempts are numbered through over all runs: what was the first of its run may be the third of the campaign. */
function casesOfRuns(runs: readonly CertifiedRun[]): readonly CertifiedCase[] {
  const where = new Map<ScenarioView, CertifiedRun>();
  const tried = new Map<string, number>();
  const all = runs.flatMap((certified) =>
    certified.run.scenarios.map((scenario) => {
      const attempt = (tried.get(scenario.id) ?? 0) + 1;
      tried.set(scenario.id, attempt);
      const numbered = { ...scenario, attempt };
      where.set(numbered, certified);
      return numbered;
    }),
  );
  return casesOf(all).map((one) => ({ ...one, runs: where }));
}

function requirementsOf(
  { claims }: CertificationBasis,
  cases: readonly CertifiedCase[],
  notRun: CertificationBasis['planned'],
): readonly RequirementRow[] {
  const known = new Map<string, Titles>(claims.map(({ id, title }) => [id, title]));
  for (const { decisive } of cases)
    for (const id of decisive.start.proves) if (!known.has(id)) known.set(id, { en: id, zh: id });
  return [...known].map(([id, title]) => {
    const proving = cases.filter(({ decisive }) => decisive.start.proves.includes(id));
    const open = notRun.filter(({ proves }) => proves.includes(id)).map((scenario) => scenario.id);
    return { id, title, cases: proving, notRun: open, state: stateOf(proving, open) };
  });
}

function stateOf(cases: readonly CertifiedCase[], notRun: readonly string[]): RequirementRow['state'] {
  const worst = worstOf(cases.map(({ decisive }) => decisive.verdict));
  if (worst === 'failed') return 'not-met';
  if (notRun.length > 0) return 'open';
  if (worst === undefined || worst === 'skipped') return 'uncovered';
  return worst === 'passed' ? 'met' : 'open';
}

function periodOf(cases: readonly CertifiedCase[]): Certification['period'] {
  const days = cases
    .flatMap(({ attempts }) => attempts.flatMap(({ startedWall, endedWall }) => [startedWall, endedWall]))
    .map((wall) => wall.slice(0, 10))
    .sort();
  const [first] = days;
  const last = days.at(-1);
  return first === undefined || last === undefined ? undefined : [first, last];
}

const LARGEST_PHOTO = 8 * 1024 * 1024;
const MOST_PHOTOS = 12;

/** Photos of the item; one that cannot be shown becomes a note. */
async function readPhotos({
  campaign,
  file,
}: CertificationBasis): Promise<Pick<Certification, 'photos' | 'notes'>> {
  const photos: { url: string; caption: string }[] = [];
  const notes: string[] = [];
  for (const { file: name, caption } of (campaign.item?.photos ?? []).slice(0, MOST_PHOTOS)) {
    const path = resolve(file, '..', name);
    const mime = { '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg' }[
      extname(name).toLowerCase()
    ];
    const size = await stat(path).then(
      (found) => (found.isFile() ? found.size : undefined),
      () => undefined,
    );
    if (mime === undefined) notes.push(`The photo ${name} is neither PNG nor JPEG.`);
    else if (size === undefined) notes.push(`There is no photo ${path}.`);
    else if (size > LARGEST_PHOTO)
      notes.push(`The photo ${name} has ${size} bytes; at most ${LARGEST_PHOTO} are shown.`);
    else photos.push({ url: dataUrl(mime, await readFile(path)), caption: caption || name });
  }
  return { photos, notes };
}
