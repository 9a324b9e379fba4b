import { count, type Invariant, no, yes } from '../invariant.ts';
import { quoteMessage } from '../words.ts';

/**
 * What the parts of a request say of card, PIN, chip and way agrees: whoever watches the host's line has looked at the clear
 * bytes, by the rules of the dialect, and noted in words what does not (check `form`). Acquirers price, route and decline by
 * these fields; a request may well be approved all the same, until the day on which somebody looks. What a fault of the rig has
 * altered on its way, or anybody whose MAC is wrong, is not held against the terminal here.
 */
export const noRequestContradictsItself: Invariant = {
  name: 'no-request-contradicts-itself',
  title: { en: 'No request contradicts itself', zh: '请求报文内容前后一致' },
  needs: ['host'],
  judge(facts) {
    for (const exchange of facts.exchanges) {
      const { request, checks } = exchange;
      const found = checks['form'];
      if (found === undefined || checks['mac'] === 'wrong') continue;
      if (facts.disturbed(exchange) === 'surely') continue;
      return no('terminal', `the ${quoteMessage(request)} contradicts itself: ${found}.`);
    }
    return yes(`${count(facts.exchanges.length, 'request')} looked at.`);
  },
};
