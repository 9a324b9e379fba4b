import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decide } from '../../model/attempts.ts';
import type { JournalEvent } from '../../model/event.ts';
import { EXIT, exitCodeOf, type Verdict } from '../../model/verdict.ts';
import { JOURNAL_FILE } from '../journal.ts';
import { readJournal } from '../read.ts';
import type { Entry } from './manifest.ts';

/** What a journal says of its run, as far as a seal needs it. */
export interface RunFacts {
  readonly posrig: string;
  readonly startedAt: string;
  /** False when the run ended without saying so: killed, or the disk was full. */
  readonly complete: boolean;
  /** Something stands after the last whole record: what was written when the run ended, or what is left of one. */
  readonly cut: boolean;
  readonly events: number;
  /** Newest link of the hash chain, base64url; undefined when the journal has no chain. */
  readonly head: string | undefined;
  /** Files that decided what was tested, by what they are. */
  readonly configuration: readonly Entry[];
  readonly verdicts: readonly { readonly id: string; readonly verdict: Verdict }[];
  readonly artefacts: readonly Entry[];
}

/** Reads the facts of a run's journal, and so checks its chain. Throws as `readJournal` does. */
export async function factsOf(folder: string): Promise<RunFacts> {
  const seen = { posrig: '', startedAt: '', complete: false, cut: false };
  const configuration = new Map<string, string>();
  const verdicts: { id: string; verdict: Verdict }[] = [];
  const artefacts = new Map<string, string>();
  let head: string | undefined;
  let events = 0;
  const note = (event: JournalEvent) => {
    if (event.type === 'run.start') {
      seen.posrig = event.posrig;
      seen.startedAt = event.wall;
      configuration.set(`bench ${event.bench.id}`, event.bench.sha256);
      configuration.set(`profile ${event.profile.id}`, event.profile.sha256);
      if (event.plan) configuration.set(`plan ${event.plan.id}`, event.plan.sha256);
      for (const { name, sha256 } of event.files ?? []) configuration.set(name, sha256);
      if (event.sources !== undefined) configuration.set('posrig sources', event.sources);
    } else if (event.type === 'scenario.start') configuration.set(`scenario ${event.file}`, event.sha256);
    else if (event.type === 'scenario.end') verdicts.push({ id: event.id, verdict: event.verdict });
    else if (event.type === 'artefact') artefacts.set(event.artefact.path, event.artefact.sha256);
    else if (event.type === 'run.end') seen.complete = true;
  };
  const options = {
    onCut: () => {
      seen.cut = true;
    },
    onHead: (last: string | undefined, count: number) => {
      head = last;
      events = count;
    },
  };
  for await (const event of readJournal(folder, options)) note(event);
  return {
    posrig: seen.posrig,
    startedAt: seen.startedAt,
    complete: seen.complete && !seen.cut,
    cut: seen.cut,
    events,
    head,
    configuration: entriesOf(configuration),
    verdicts,
    artefacts: entriesOf(artefacts),
  };
}

const entriesOf = (map: ReadonlyMap<string, string>): readonly Entry[] =>
  [...map].map(([path, sha256]) => ({ path, sha256 }));

const Resource = z.strictObject({
  name: z.string(),
  digest: z.strictObject({ sha256: z.string() }),
  annotations: z.record(z.string(), z.unknown()).optional(),
});

/**
 * An in-toto Statement (v1) with the predicate test-result (v0.1). The predicate knows passed, warned and failed only:
 * whatever is neither passed nor failed is warned, and a run is PASSED only when everything that ran passed and it came to
 * its end. https://in-toto.io/attestation/test-result/v0.1
 */
export const Statement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(Resource).min(1),
  predicateType: z.literal('https://in-toto.io/attestation/test-result/v0.1'),
  predicate: z.strictObject({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    configuration: z.array(Resource),
    passedTests: z.array(z.string()),
    warnedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
  }),
});
export type Statement = z.infer<typeof Statement>;

/** Name of the subject that is the head of a journal's hash chain: its digest covers every event of it in order. */
export const headSubject = (journal: string): string => `${journal}#head`;

/** A run within a bag: the path of its journal there, and what that says. */
export interface BaggedRun {
  readonly journal: string;
  readonly facts: RunFacts;
}

/**
 * One value for several runs: SHA-256 over their heads in order, as lines of hexadecimal digits. With it, whoever holds a
 * report can tell whether the evidence that is presented is all of it, unaltered. Heads are hexadecimal, and so is the value.
 */
export const headOfRuns = (heads: readonly string[]): string =>
  createHash('sha256')
    .update(heads.map((head) => `${head}\n`).join(''))
    .digest('hex');

/** What the runs of a campaign say together: all attempts at a scenario are decided together, as in its report. */
export function factsOfRuns(runs: readonly BaggedRun[]): RunFacts | undefined {
  const [first] = runs;
  // A bag of one run has its journal at the top; what lies deeper belongs to a campaign, also when it is the only one.
  if (!first || first.journal === `data/${JOURNAL_FILE}`) return first?.facts;
  const all = runs.map(({ facts }) => facts);
  const byId = new Map<string, { verdict: Verdict }[]>();
  for (const { id, verdict } of all.flatMap(({ verdicts }) => verdicts))
    byId.set(id, [...(byId.get(id) ?? []), { verdict }]);
  const heads = all.flatMap(({ head }) => (head === undefined ? [] : [toHex(head)]));
  return {
    ...first.facts,
    complete: all.every(({ complete }) => complete),
    cut: all.some(({ cut }) => cut),
    events: all.reduce((sum, { events }) => sum + events, 0),
    head:
      heads.length === all.length ? Buffer.from(headOfRuns(heads), 'hex').toString('base64url') : undefined,
    configuration: [
      ...new Map(
        all.flatMap(({ configuration }) => configuration).map((one) => [`${one.path} ${one.sha256}`, one]),
      ).values(),
    ],
    verdicts: [...byId].flatMap(([id, attempts]) => {
      const decision = decide(attempts);
      return decision ? [{ id, verdict: decision.decisive.verdict }] : [];
    }),
    artefacts: [],
  };
}

/** The statement over the payload of a bag and over the head of each journal in it. */
export function statementOf(runs: readonly BaggedRun[], payload: readonly Entry[]): Statement {
  const facts = factsOfRuns(runs) ?? NO_FACTS;
  const having = (...verdicts: readonly Verdict[]) =>
    facts.verdicts.flatMap(({ id, verdict }) => (verdicts.includes(verdict) ? [id] : []));
  const exit = exitCodeOf(facts.verdicts.map(({ verdict }) => verdict));
  const failed = exit === EXIT.failed || exit === EXIT.invalid;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      ...payload.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } })),
      ...runs.flatMap(({ journal, facts: { head, events } }) =>
        head === undefined
          ? []
          : [{ name: headSubject(journal), digest: { sha256: toHex(head) }, annotations: { events } }],
      ),
    ],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: failed ? 'FAILED' : exit === EXIT.ok && facts.complete ? 'PASSED' : 'WARNED',
      configuration: facts.configuration.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } })),
      passedTests: having('passed'),
      warnedTests: having('inconclusive', 'broken', 'skipped'),
      failedTests: having('failed', 'invalid'),
    },
  };
}

/** Of a campaign without a run. */
const NO_FACTS: RunFacts = {
  posrig: '',
  startedAt: '',
  complete: false,
  cut: false,
  events: 0,
  head: undefined,
  configuration: [],
  verdicts: [],
  artefacts: [],
};

/** A link of the chain as the hexadecimal digest that it is. */
export const toHex = (link: string): string => Buffer.from(link, 'base64url').toString('hex');
