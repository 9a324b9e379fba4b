import { loadCards, SHIPPED } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import type { TestCard } from '../../rig/model/card.ts';
import { legibleDigits } from '../../rig/model/mask-policy.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { maskReceipt } from './forbidden.ts';

/** Receipts as a console may show them: card data of the shipped test cards, and of `more`, hidden. */
export function shownReceipts(
  receipts: readonly Receipt[],
  more: readonly TestCard[] = [],
): readonly Receipt[] {
  const { cards } = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value;
  return receipts.map((receipt) => maskReceipt(receipt, [...cards, ...more]));
}

/** A number in full where the card number belongs is one, even if no card file knows it. */
export function clearNumber(printed: string | undefined): TestCard[] {
  const digits = legibleDigits(printed ?? '');
  if (!digits || digits.hides || !/^\d{12,19}$/.test(digits.last)) return [];
  return [{ ...UNKNOWN_CARD, pan: digits.last }];
}

/** A card of which nothing but the number is known; what else it says stands on no paper. */
const UNKNOWN_CARD: Omit<TestCard, 'pan'> = {
  id: 'unknown',
  title: { en: 'unknown card', zh: '未知卡' },
  scheme: '',
  expiry: '9999',
  sequence: '1',
  'service-code': '999',
  pin: '',
  entry: ['chip'],
  issuer: '',
  cvn: 10,
};
