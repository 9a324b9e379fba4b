import type { LedgerEntry, LedgerState } from '../model/book.ts';
import type { BooksInput } from './input.ts';
import { type Judgement, unknown } from './invariant.ts';
import { quoteEntry } from './words.ts';

/** Entries in doubt that are thought through; each doubles the ways in which it may have been. */
const MOST_DOUBTS = 6;

/**
 * The books in every way in which they may stand, when an observer did not see what the host decided: each request
 * without an answer was either carried out or not. One world when nothing is unknown; none when too much is.
 */
export function possibleWorlds(input: BooksInput): readonly BooksInput[] {
  const { host } = input;
  if (host.state !== 'kept') return [input];
  const { ledger } = host.content;
  const doubts = doubtsIn(ledger);
  if (doubts.length === 0) return [input];
  if (doubts.length > MOST_DOUBTS) return [];
  return Array.from({ length: 2 ** doubts.length }, (_, world) => {
    const carriedOut = new Set(doubts.filter((_, i) => (world >> i) & 1).map(({ id }) => id));
    return { ...input, host: { ...host, content: { ...host.content, ledger: decided(ledger, carriedOut) } } };
  });
}

/** What holds however it was. A verdict that one way would change is not given: the reason names what nobody saw. */
export function inAllWorlds(input: BooksInput, judgements: readonly Judgement[]): Judgement {
  const ledger = input.host.state === 'kept' ? input.host.content.ledger : [];
  const [first] = judgements;
  const doubt = doubtsIn(ledger)[0];
  if (!first)
    return unknown(`too many requests were seen without an answer, ${doubt ? quoteEntry(doubt) : ''} first.`);
  const verdict = (judgement: Judgement) =>
    judgement.holds === 'no'
      ? `no, ${judgement.blame}`
      : judgement.holds === 'not-asked'
        ? 'yes'
        : judgement.holds;
  if (judgements.every((judgement) => verdict(judgement) === verdict(first))) {
    return judgements.find(({ holds }) => holds === 'yes') ?? first;
  }
  const bad = judgements.find(({ holds }) => holds !== 'yes' && holds !== 'not-asked');
  return unknown(
    `nobody saw the host's answer to ${doubt ? quoteEntry(doubt) : 'a request'}; it may be that ${bad?.reason ?? first.reason}`,
  );
}

/** Entries whose own decision is unknown, and those of which it is not known whether they were taken back. */
function doubtsIn(ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const undecided = ledger.filter((entry) => entry.state === 'unknown' && entry.responseCode === '');
  const explained = new Set(undecided.map(({ of }) => of));
  for (const entry of ledger) if (explained.has(entry.id)) explained.add(entry.of);
  return ledger.filter(
    (entry) => entry.state === 'unknown' && (entry.responseCode === '' || !explained.has(entry.id)),
  );
}

type Draft = { -readonly [K in keyof LedgerEntry]: LedgerEntry[K] };

/** What an entry that was carried out makes of the one it is about. */
const MAKES: Readonly<Partial<Record<LedgerEntry['kind'], LedgerState>>> = {
  void: 'voided',
  'pre-auth-void': 'released',
  completion: 'captured',
  'completion-notice': 'captured',
  'completion-void': 'voided',
  reversal: 'reversed',
};

const standing = ({ kind }: LedgerEntry): LedgerState => (kind === 'pre-auth' ? 'held' : 'posted');

function decided(ledger: readonly LedgerEntry[], carriedOut: ReadonlySet<string>): readonly LedgerEntry[] {
  const doubts = new Set(doubtsIn(ledger).map(({ id }) => id));
  const inDoubt = new Set(ledger.filter(({ state }) => state === 'unknown').map(({ id }) => id));
  const drafts = new Map<string, Draft>();
  for (const entry of ledger) {
    const draft: Draft = { ...entry };
    drafts.set(entry.id, draft);
    if (!inDoubt.has(entry.id)) continue;
    draft.state = standing(entry);
    if (!doubts.has(entry.id) || carriedOut.has(entry.id)) continue;
    // Decided long ago: then the doubt is whether it was taken back since.
    if (entry.responseCode !== '') draft.state = 'reversed';
    else Object.assign(draft, { state: 'declined', booked: { ...entry.booked, minor: 0 } });
  }
  for (const entry of drafts.values()) {
    if (entry.state === 'declined' || entry.state === 'refused' || entry.of === undefined) continue;
    const about = drafts.get(entry.of);
    if (!about) continue;
    if (inDoubt.has(about.id)) about.state = MAKES[entry.kind] ?? about.state;
    if (entry.kind === 'adjust' && inDoubt.has(entry.id)) about.booked = entry.booked;
    // Taking back what took back: the first one stands again.
    const before = entry.kind === 'reversal' && about.of !== undefined ? drafts.get(about.of) : undefined;
    if (before && inDoubt.has(before.id) && MAKES[about.kind]) before.state = standing(before);
  }
  return [...drafts.values()];
}
