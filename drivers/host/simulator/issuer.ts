import { type Account, CARD_STATES, type HostPolicy } from '../../../rig/bench/policy.ts';
import type { TestCard } from '../../../rig/model/card.ts';
import { minorOf } from './amounts.ts';
import { SPENDING } from './kinds.ts';
import type { Ledger } from './ledger.ts';
import type { Request } from './request.ts';

/** What a card whose balance nobody has stated tells when it is asked: ten thousand, less what it has spent. */
const UNSTATED_BALANCE = 10_000;

/** ISO 8583:1987 F39: security violation. */
const SECURITY_VIOLATION = '63';

/** The issuers of all test cards: status, available balance and PIN tries, from when the policy came into force. */
export class Issuer {
  private readonly accounts: Readonly<Record<string, Account>>;
  private readonly tries: number | undefined;
  private readonly wrongCode: string | undefined;
  private readonly ledger: Ledger;
  private readonly spentBefore = new Map<string, number>();
  private readonly wrong = new Map<string, number>();

  constructor(policy: HostPolicy, ledger: Ledger, cards: Iterable<TestCard>) {
    this.accounts = policy.accounts ?? {};
    this.tries = policy['pin-tries'];
    this.wrongCode = policy['wrong-cryptogram'];
    this.ledger = ledger;
    for (const { id, pan } of cards) {
      if (this.accounts[id]?.balance !== undefined) this.spentBefore.set(pan, ledger.spent(pan));
    }
  }

  /** Why the issuer declines; `needs`: what a payment takes of the balance, minor units. Undefined: it does not. */
  judge(request: Request, needs: number): { readonly code: string; readonly text: string } | undefined {
    const { card, kind } = request;
    const account = card && this.accounts[card.id];
    if (!account) return undefined;
    const { status, code, text = '' } = account;
    // Money that is given back is not kept from a card that may not pay.
    if (status !== 'active' && (SPENDING.includes(kind) || kind === 'balance')) {
      return { code: code ?? CARD_STATES[status], text };
    }
    if (account.balance === undefined || !SPENDING.includes(kind)) return undefined;
    return needs > this.available(card, request.currency) ? { code: '51', text } : undefined;
  }

  /** The code for a chip whose cryptogram is not its card's; undefined for all others, and when rules are to judge. */
  cryptogramRefusal({ checks: { cryptogram } }: Request): string | undefined {
    if (cryptogram !== 'wrong' && cryptogram !== 'malformed') return undefined;
    return this.wrongCode === '00' ? undefined : (this.wrongCode ?? SECURITY_VIOLATION);
  }

  /** The code for a PIN that was wrong: 55, or 75 once it was wrong too often in a row. */
  wrongPin(card: TestCard): string {
    const count = (this.wrong.get(card.id) ?? 0) + 1;
    this.wrong.set(card.id, count);
    return this.tries !== undefined && count > this.tries ? '75' : '55';
  }

  /** A right PIN: 75 if the tries are used up, else they begin anew. */
  rightPin(card: TestCard): string | undefined {
    if (this.tries !== undefined && (this.wrong.get(card.id) ?? 0) >= this.tries) return '75';
    this.wrong.delete(card.id);
    return undefined;
  }

  /** Available balance in minor units; negative when more was spent, e.g. offline. */
  available({ id, pan }: TestCard, currency: string): number {
    const stated = this.accounts[id]?.balance;
    const since = this.ledger.spent(pan) - (this.spentBefore.get(pan) ?? 0);
    return minorOf(stated ?? UNSTATED_BALANCE, currency) - since;
  }
}
