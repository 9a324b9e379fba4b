import type { HostExchange } from '../../bench/planes.ts';
import { type Facts, sameVoucher } from '../facts.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { approves, ISSUER_DECIDES, NOTICES, ONLINE } from '../kinds.ts';
import { quoteMessage } from '../words.ts';

/**
 * What a terminal has decided by itself it tells until it is answered: a notice that found no answer is repeated, with its
 * voucher number, before anything else goes online; one that was answered is not told again.
 */
export const storedAndForwarded: Invariant = {
  name: 'stored-and-forwarded',
  title: { en: 'Stored and forwarded, once', zh: '存储转发,只上送一次' },
  needs: ['host'],
  judge(facts) {
    const told = facts.exchanges.filter(({ request }) => NOTICES.includes(request.kind));
    let doubt: string | undefined;
    for (const exchange of told) {
      const after = facts.exchanges.slice(facts.exchanges.indexOf(exchange) + 1);
      const same = (other: HostExchange) =>
        other.request.kind === exchange.request.kind && sameVoucher(other.request, exchange.request);
      const again = after.find(same);
      if (declined(exchange)) continue;
      if (!heard(facts, exchange)) {
        const next = after.find(({ request }) => ONLINE.includes(request.kind));
        if (next && !same(next)) {
          return no(
            'terminal',
            `the ${quoteMessage(exchange.request)} found no answer, but the next online message was not its repetition: ${quoteMessage(next.request)}.`,
          );
        }
      } else if (again) {
        // What a fault took away was not heard, and copies are the network's.
        const disturbed = facts.disturbed(exchange);
        if (disturbed === 'surely') continue;
        if (disturbed === 'maybe') {
          doubt ??= `the ${quoteMessage(exchange.request)} was answered and told again, but a fault stood in the way: whether the answer was heard in time, nobody can say.`;
          continue;
        }
        return no(
          'terminal',
          `the ${quoteMessage(exchange.request)} was answered (${exchange.response ? quoteMessage(exchange.response) : 'no answer'}) and told again: ${quoteMessage(again.request)}.`,
        );
      }
    }
    if (doubt !== undefined) return unknown(doubt);
    return yes(`${count(told.length, 'notice')} told, each until it was answered and no longer.`);
  },
};

/** Declined for good, or told to come again after a sign-on: that is the terminal's to say, and what is owed the books tell. */
const declined = ({ response, answeredAt }: HostExchange): boolean =>
  ISSUER_DECIDES.includes(response?.code ?? '') && answeredAt !== undefined;

/** An answer left the host; whether it arrived only the terminal knows, unless the rig saw to it that it did not. */
const heard = (facts: Facts, { response, answeredAt }: HostExchange): boolean =>
  approves(response?.code) && answeredAt !== undefined && !facts.told('wrong-mac');
