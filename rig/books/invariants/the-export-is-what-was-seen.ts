import type { LedgerEntry } from '../../model/book.ts';
import { sameMoney } from '../../model/money.ts';
import { count, type Invariant, no, notAsked, yes } from '../invariant.ts';
import { quoteEntry } from '../words.ts';

/**
 * In front of a real host: what the acquirer's own export says of an entry is what an observer saw the host answer.
 * Where no answer was seen the export decides, and there is nothing to disagree with.
 */
export const theExportIsWhatWasSeen: Invariant = {
  name: 'the-export-is-what-was-seen',
  title: { en: "The acquirer's export is what was seen", zh: '收单导出账与所见报文一致' },
  needs: ['host'],
  judge(facts) {
    const exported = facts.entries.filter((entry) => entry.seen !== undefined);
    if (exported.length === 0)
      return notAsked("no entry of the ledger comes from the acquirer's own export.");
    for (const entry of exported) {
      if (entry.seen === 'nothing') {
        if (!gave(entry)) continue;
        return no('acquirer', `its export has ${quoteEntry(entry)}, of which nothing was seen to pass.`);
      }
      if (!entry.seen || entry.seen.state === 'unknown' || agrees(entry, entry.seen)) continue;
      return no(
        'acquirer',
        `its export has ${quoteEntry(entry)}, but what was seen is ${quoteEntry({ ...entry, ...entry.seen })}.`,
      );
    }
    return yes(
      `${count(exported.length, 'entry').replace(/entrys$/, 'entries')} of the export, all as seen.`,
    );
  },
};

/** The host decided to book it, whatever became of it since. */
const gave = ({ state }: Pick<LedgerEntry, 'state'>) => state !== 'declined' && state !== 'refused';

const agrees = (entry: LedgerEntry, seen: Exclude<LedgerEntry['seen'], 'nothing' | undefined>) =>
  gave(entry) === gave(seen) &&
  (entry.state === 'reversed') === (seen.state === 'reversed') &&
  (!gave(entry) || sameMoney(entry.booked, seen.booked)) &&
  (entry.rrn === '' || seen.rrn === '' || entry.rrn === seen.rrn);
