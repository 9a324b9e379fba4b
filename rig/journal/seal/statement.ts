import { z } from 'zod';
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

/** Name of the subject that is the head of the hash chain: its digest covers every event of the journal in order. */
export const HEAD_SUBJECT = `data/${JOURNAL_FILE}#head`;

export function statementOf(facts: RunFacts, payload: readonly Entry[]): Statement {
  const having = (...verdicts: readonly Verdict[]) =>
    facts.verdicts.flatMap(({ id, verdict }) => (verdicts.includes(verdict) ? [id] : []));
  const exit = exitCodeOf(facts.verdicts.map(({ verdict }) => verdict));
  const failed = exit === EXIT.failed || exit === EXIT.invalid;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      ...payload.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } })),
      ...(facts.head === undefined
        ? []
        : [
            {
              name: HEAD_SUBJECT,
              digest: { sha256: toHex(facts.head) },
              annotations: { events: facts.events },
            },
          ]),
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

/** A link of the chain as the hexadecimal digest that it is. */
export const toHex = (link: string): string => Buffer.from(link, 'base64url').toString('hex');
