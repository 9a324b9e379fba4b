import type { MessageKind } from '../../../rig/model/message.ts';

/** Kinds by how the acquirer treats them. What each is on the wire stands in the dialect. */

/** Written into the ledger, whatever becomes of them. Reversals are, too, in their own way. */
export const BOOKED: readonly MessageKind[] = [
  'sale',
  'moto',
  'instalment',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'completion-void',
  'completion-notice',
  'offline-sale',
  'adjust',
];

/** Told when it is done already: nobody is asked, and a repetition is answered as the first was. */
export const ADVICES: readonly MessageKind[] = ['completion-notice', 'offline-sale', 'adjust'];

/** Payments that the cardholder asks for: single and daily limit and another amount apply. */
export const PAYMENTS: readonly MessageKind[] = ['sale', 'moto', 'instalment'];

/** Take from what the card has. A completion takes no more than what its hold did not. */
export const SPENDING: readonly MessageKind[] = [...PAYMENTS, 'pre-auth', 'completion'];

/** Answered without an entry in the ledger, but with the same admission as money: signed on, batch in force, MAC. */
export const ENQUIRIES: readonly MessageKind[] = ['balance', 'code-query'];

/** Kinds whose cryptogram the issuer sees; a reversal only repeats that of its original. */
export const seenByIssuer = (kind: MessageKind): boolean => BOOKED.includes(kind) || ENQUIRIES.includes(kind);

/** What a void, an adjustment and a completion may refer to. */
export const ORIGINALS: Readonly<Partial<Record<MessageKind, readonly MessageKind[]>>> = {
  void: PAYMENTS,
  adjust: ['sale', 'offline-sale'],
  'completion-void': ['completion'],
  'pre-auth-void': ['pre-auth'],
  completion: ['pre-auth'],
  'completion-notice': ['pre-auth'],
};

/** A completion may exceed its hold by so much: the rule in China. */
export const COMPLETION_LIMIT = 1.15;

/** Kinds that rules without `kind` hold for: all that ask for money, or to give it back. */
export const asksForMoney = (kind: MessageKind): boolean => BOOKED.includes(kind) && !ADVICES.includes(kind);
