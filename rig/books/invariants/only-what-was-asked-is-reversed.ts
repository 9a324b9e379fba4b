import type { HostExchange } from '../../bench/planes.ts';
import { type Facts, sameVoucher } from '../facts.ts';
import type { StepAccount } from '../input.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { approves, REVERSIBLE } from '../kinds.ts';
import { quoteMessage } from '../words.ts';

/**
 * A reversal takes back something that was asked for: a request that reached the host, or one that got lost on its way, of which
 * each operation can have had only one. A reversal of anything else names a voucher that nobody has made: another host may
 * have that voucher number of tomorrow's sale. One that was answered as done is not sent again.
 */
export const onlyWhatWasAskedIsReversed: Invariant = {
  name: 'only-what-was-asked-is-reversed',
  title: { en: 'Only what was asked for is reversed, once', zh: '只冲正已发起的交易,且只冲一次' },
  needs: ['host'],
  judge(facts) {
    const reversals = facts.exchanges.filter(({ request }) => request.kind === 'reversal');
    const lost = [...facts.input.steps].filter((step) => mayHaveBeenLost(facts, step));
    const named: HostExchange[] = [];
    for (const reversal of reversals) {
      const again = named.find(({ request }) => sameVoucher(request, reversal.request));
      if (again && heard(facts, again))
        return no(
          'terminal',
          `the ${quoteMessage(again.request)} was answered as done and sent again: ${quoteMessage(reversal.request)}.`,
        );
      const known = again !== undefined || reached(facts, reversal);
      named.push(reversal);
      if (known) continue;
      const of = lost.findIndex(({ from }) => from <= reversal.at);
      if (of === -1)
        return no(
          'terminal',
          `the ${quoteMessage(reversal.request)} names a voucher of which no request reached the host, and every operation before it ` +
            'has its own there: it takes back what nobody asked for.',
        );
      lost.splice(of, 1);
    }
    return yes(`${count(reversals.length, 'reversal')}, each of something that was asked for.`);
  },
};

/** Its original is among the requests, or stands in the ledger from before. */
const reached = (facts: Facts, { request }: HostExchange): boolean =>
  facts.exchanges.some(
    (other) => REVERSIBLE.includes(other.request.kind) && sameVoucher(other.request, request),
  ) || facts.ledger.some((entry) => REVERSIBLE.includes(entry.kind) && sameVoucher(entry, request));

/**
 * An operation that makes a reversible request, and of which none reached the host while it lasted; or in which a fault took
 * away another message than those that did: a terminal may have tried more than once.
 */
function mayHaveBeenLost(facts: Facts, { asked, from, to }: StepAccount): boolean {
  if (asked === undefined || !REVERSIBLE.includes(asked.kind)) return false;
  const during = facts.exchanges.filter(({ at }) => from <= at && at <= to);
  if (!during.some(({ request }) => request.kind === asked.kind)) return true;
  return (facts.input.disturbed ?? []).some(
    ({ message, spoilt, from: since }) =>
      spoilt &&
      from <= since &&
      since <= to &&
      !during.some(({ request }) => request.stan !== undefined && request.stan === message?.stan),
  );
}

/** The answer left an honest host whole, and no fault of the rig was near it. */
const heard = (facts: Facts, exchange: HostExchange): boolean =>
  exchange.answeredAt !== undefined &&
  approves(exchange.response?.code) &&
  facts.disturbed(exchange) === undefined &&
  (facts.input.acquirerTold ?? []).length === 0;
