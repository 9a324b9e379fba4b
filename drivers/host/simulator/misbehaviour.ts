import type { HostPolicy, Misdeed, MisdeedName } from '../../../rig/bench/policy.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { numericCode } from '../../../rig/model/money.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { minorOf } from './amounts.ts';
import type { Response } from './answer.ts';

/** How late a late answer is when the policy does not say: well behind the response timer of any terminal. */
export const LATE = 90_000;

/** Nominal ms that a misdeed states, or `otherwise`. */
export const afterOf = ({ after }: Misdeed, otherwise: number): number =>
  after === undefined ? otherwise : (parseDuration(after) ?? otherwise);

/** Counts requests by kind and says which of them are to be treated badly. */
export class Misbehaviour {
  private readonly seen = new Map<MessageKind | 'any', number>();
  private readonly misdeeds: readonly Misdeed[];

  constructor(policy: HostPolicy) {
    this.misdeeds = policy.misbehave;
  }

  /** Misdeeds due on the next request of a kind; call once for each request. */
  next(kind: MessageKind): Misdeeds {
    const nth = { [kind]: this.count(kind), any: this.count('any') };
    return new Misdeeds(
      this.misdeeds.filter(
        (misdeed) => misdeed.on in nth && (misdeed.nth === 'every' || misdeed.nth === nth[misdeed.on]),
      ),
    );
  }

  private count(kind: MessageKind | 'any'): number {
    const nth = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, nth);
    return nth;
  }
}

/** What is to be done wrong with one request. */
export class Misdeeds {
  private readonly list: readonly Misdeed[];

  constructor(list: readonly Misdeed[]) {
    this.list = list;
  }

  /** The misdeed of a name, if it is due. */
  of(name: MisdeedName): Misdeed | undefined {
    return this.list.find((misdeed) => misdeed.do === name);
  }

  has(name: MisdeedName): boolean {
    return this.of(name) !== undefined;
  }

  /** Names, for the record; empty when all is well. */
  get note(): string {
    return this.list.map((misdeed) => misdeed.do).join(', ');
  }
}

/** Another STAN than a given one, as long. */
export const otherStan = (stan: string): string =>
  String((Number(stan) + 500_000) % 1_000_000).padStart(stan.length, '0');

/** Another terminal id than a given one, as long. */
const otherId = (id: string): string => id.slice(0, -1) + (id.endsWith('9') ? '8' : '9');

/** The answer to a network message (0810) where one to money is due, and the other way round (0210). */
const otherMti = (mti: string): string =>
  `${mti.charAt(0)}${mti.charAt(1) === '8' ? '2' : '8'}${mti.slice(2)}`;

/** The response with what is to be wrong in it. Its MAC is made afterwards and is right. */
export function falsify(dialect: Dialect, response: Response, misdeeds: Misdeeds): Response {
  const { dialogue } = dialect;
  const fields = { ...response.fields };
  const stan = fields[dialogue.stan];
  if (misdeeds.has('other-stan') && typeof stan === 'string') fields[dialogue.stan] = otherStan(stan);
  const terminal = fields[dialogue.terminal];
  if (misdeeds.has('other-terminal') && typeof terminal === 'string')
    fields[dialogue.terminal] = otherId(terminal);
  const amount = misdeeds.of('other-amount');
  const booked = fields[dialogue.amount];
  if (amount && typeof booked === 'string') {
    const said = amount.amount;
    const minor =
      said === undefined ? Number(booked) + minorOf(1, dialect.currency) : minorOf(said, dialect.currency);
    fields[dialogue.amount] = String(minor).padStart(booked.length, '0').slice(-booked.length);
  }
  const currency = misdeeds.of('other-currency');
  if (currency && fields[dialogue.currency] !== undefined) {
    fields[dialogue.currency] = numericCode(currency.currency ?? 'USD');
  }
  if (misdeeds.has('no-rrn')) delete fields[dialogue.rrn];
  const mti = misdeeds.has('other-type') ? otherMti(response.mti) : response.mti;
  return { ...response, mti, fields };
}
