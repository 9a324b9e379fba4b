import type { HostExchange } from '../../../rig/bench/planes.ts';
import type { Attempt } from './attempt.ts';

/** A stretch of time in which bytes of a connection passed unread. */
interface Gap {
  readonly connection: string;
  readonly why: string;
  last: number;
}

/** Gaps that are kept apart; more of them are told as the last one. */
const MOST_GAPS = 1000;

/** Everything that was seen, in the order in which requests passed, and what was not. */
export class Transcript {
  readonly #keep: number;
  #attempts: Attempt[] = [];
  readonly #gaps: Gap[] = [];
  readonly #heard = new Set<(exchange: HostExchange) => void>();
  #version = 0;

  /** @param keep how many requests are remembered; a bench needs them all, a console does not */
  constructor(keep = Number.POSITIVE_INFINITY) {
    this.#keep = keep;
  }

  /** Rises with every change, for whoever keeps what is worked out from the attempts. */
  get version(): number {
    return this.#version;
  }

  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  exchanges(): readonly HostExchange[] {
    return this.#attempts.map(exchangeOf);
  }

  onExchange(heard: (exchange: HostExchange) => void): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  begin(attempt: Attempt): void {
    this.#version++;
    this.#attempts.push(attempt);
    // In blocks, so that forgetting costs nothing for each request.
    if (this.#attempts.length > this.#keep * 2) this.#attempts = this.#attempts.slice(-this.#keep);
  }

  /** The exchange is over: answered, or certain never to be on this connection. */
  over(attempt: Attempt): void {
    this.#version++;
    for (const listener of this.#heard) listener(exchangeOf(attempt));
  }

  /** Bytes passed unread. Returns a way to say that still more of the same did. */
  gap(connection: string, why: string, at: number): (at: number) => void {
    const known = this.#gaps.length >= MOST_GAPS ? this.#gaps.at(-1) : undefined;
    const gap: Gap = known ?? { connection, why, last: at };
    if (!known) this.#gaps.push(gap);
    gap.last = Math.max(gap.last, at);
    return (later) => {
      gap.last = Math.max(gap.last, later);
    };
  }

  /** Why requests or answers may be missing since a nominal time. */
  unread(since: number): string | undefined {
    const gap = this.#gaps.find(({ last }) => last >= since);
    return gap && `bytes passed on ${gap.connection} that could not be read: ${gap.why}`;
  }
}

function exchangeOf({ request, answer, region, at, answeredAt }: Attempt): HostExchange {
  return {
    request: request.message,
    ...(answer && { response: answer.message }),
    region,
    checks: request.checks,
    at,
    ...(answeredAt !== undefined && { answeredAt }),
  };
}
