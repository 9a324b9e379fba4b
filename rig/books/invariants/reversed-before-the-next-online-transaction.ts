import type { HostExchange } from '../../bench/planes.ts';
import type { LedgerEntry } from '../../model/book.ts';
import { sameMoney } from '../../model/money.ts';
import { type Facts, sixDigits } from '../facts.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { ONLINE, REVERSIBLE } from '../kinds.ts';
import { quoteEntry, quoteMessage, quoteStep } from '../words.ts';

/**
 * A request that the host booked and the terminal did not take for done is reversed before the terminal sends its next
 * online transaction, and the reversal names the original: same voucher number, batch and amount (an 0400 repeats the
 * original's F11, F4 and F60.2). A reversal that names something else reverses nothing, or somebody else's money.
 */
export const reversedBeforeTheNextOnlineTransaction: Invariant = {
  name: 'reversed-before-the-next-online-transaction',
  title: { en: 'Reversed before the next online transaction', zh: '下一笔联机交易前先冲正' },
  needs: ['host'],
  judge(facts) {
    const owed = facts.entries.filter((entry) => isOwed(facts, entry));
    for (const entry of owed) {
      const broken = judgeOne(facts, entry);
      if (broken) return no('terminal', broken);
    }
    return yes(
      owed.length === 0
        ? 'no reversal was owed.'
        : `${count(owed.length, 'reversal')} owed; none was overtaken by another online transaction.`,
    );
  },
};

function isOwed(facts: Facts, entry: LedgerEntry): boolean {
  if (!REVERSIBLE.includes(entry.kind) || entry.state === 'declined' || entry.state === 'refused')
    return false;
  const step = facts.stepOf(entry);
  if (step?.outcome === 'declined') return false;
  if (facts.accepted(entry, step)) return false;
  // Without an outcome only a slip can tell whether the terminal finished; without the slips nobody can.
  return step?.outcome !== undefined || facts.keeps('slips');
}

function judgeOne(facts: Facts, entry: LedgerEntry): string | undefined {
  const after = later(facts.exchanges, facts.exchangeOf(entry), entry.at);
  const next = after.findIndex(({ request }) => ONLINE.includes(request.kind));
  const between = (next === -1 ? after : after.slice(0, next)).filter(
    ({ request }) => request.kind === 'reversal',
  );
  if (between.some(({ request }) => names(request, entry))) return undefined;
  const step = facts.stepOf(entry);
  const original = `the host booked ${quoteEntry(entry)}${step ? ` for ${quoteStep(step)}` : ''}`;
  const wrong = between[0];
  if (wrong) {
    return `${original}, but the reversal that followed names something else: ${quoteMessage(wrong.request)}.`;
  }
  const following = after[next];
  return following
    ? `${original}, and no reversal of it came before the next online transaction, ${quoteMessage(following.request)}.`
    : undefined;
}

const later = (all: readonly HostExchange[], of: HostExchange | undefined, at: number) =>
  of ? all.slice(all.indexOf(of) + 1) : all.filter((exchange) => exchange.at > at);

function names(request: HostExchange['request'], entry: LedgerEntry): boolean {
  return (
    sixDigits(request.stan) === sixDigits(entry.stan) &&
    (request.batch === undefined || sixDigits(request.batch) === sixDigits(entry.batch)) &&
    (request.amount === undefined || sameMoney(request.amount, entry.requested))
  );
}
