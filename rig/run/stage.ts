import type { Bench } from '../bench/bench.ts';
import type { OpenBench } from '../bench/open.ts';
import type { CapturedSlip, HostExchange, PlaneByName, Wallet } from '../bench/planes.ts';
import type { Profile } from '../bench/profile.ts';
import { heldBy, type LedgerEntry, movedBy, type Settlement, type TillRecord } from '../model/book.ts';
import type { TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { PlaneName, Recorder } from '../model/event.ts';
import type { Clock } from '../model/time.ts';
import type { PackedRule } from '../receipts/pack.ts';

/** Everything a scenario runs on: the open bench, the terminal's profile, the clock and the journal. */
export interface Stage {
  readonly bench: Bench;
  readonly open: OpenBench;
  readonly profile: Profile;
  readonly cards: readonly TestCard[];
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** What begins transactions at the terminal. */
  readonly by: 'keypad' | 'till';
  /** Receipt rules of the terminal profile; those of a scenario come on top. */
  readonly rules: readonly PackedRule[];
}

/** Positions in the books of host and printer; what lies behind them belongs to what came after the mark was made. */
export interface Mark {
  readonly exchanges: number;
  readonly ledger: number;
  readonly settlements: number;
  readonly slips: number;
  readonly till: number;
  /** Nominal time of the mark. */
  readonly at: number;
}

export function markOf({ open: { planes }, clock }: Pick<Stage, 'open' | 'clock'>): Mark {
  return {
    exchanges: planes.host?.exchanges().length ?? 0,
    ledger: planes.host?.ledger().length ?? 0,
    settlements: planes.host?.settlements().length ?? 0,
    slips: planes.printer?.slips().length ?? 0,
    till: planes.till?.records().length ?? 0,
    at: clock.now(),
  };
}

/** What host, printer and till have seen since a mark. */
export interface Seen {
  readonly exchanges: readonly HostExchange[];
  readonly ledger: readonly LedgerEntry[];
  readonly settlements: readonly Settlement[];
  readonly slips: readonly CapturedSlip[];
  /** Absent where nobody has looked: no till at all is an empty list. */
  readonly till?: readonly TillRecord[];
}

export function seenSince({ open: { planes } }: Stage, mark: Mark): Seen {
  return {
    exchanges: planes.host?.exchanges().slice(mark.exchanges) ?? [],
    ledger: planes.host?.ledger().slice(mark.ledger) ?? [],
    settlements: planes.host?.settlements().slice(mark.settlements) ?? [],
    slips: planes.printer?.slips().slice(mark.slips) ?? [],
    till: planes.till?.records().slice(mark.till) ?? [],
  };
}

/** Resolves when the till has no order under way; rejects when the scenario is aborted first. */
export async function tillSettled({ open }: Stage, signal: AbortSignal): Promise<void> {
  const { till } = open.planes;
  if (!till) return;
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal }),
  );
  try {
    await Promise.race([till.settled(), aborted]);
  } finally {
    over.abort();
  }
}

/** What the ledger holds for the merchant, minor units. */
export const netOf = (entries: readonly LedgerEntry[]): number =>
  entries.reduce((net, entry) => net + movedBy(entry), 0);

/** What the ledger holds without having moved it, minor units. */
export const holdsOf = (entries: readonly LedgerEntry[]): number =>
  entries.reduce((held, entry) => held + heldBy(entry), 0);

/** The plane, or an error that says which one the bench lacks. */
export function need<P extends PlaneName>(stage: Stage, plane: P): PlaneByName[P] {
  const found = stage.open.planes[plane];
  if (found) return found;
  throw new RigError('PLANE_MISSING', 'bench', `the bench has no ${plane} plane`);
}

/** Who pays codes on this bench: a customer of the simulated acquirer, else a phone of the card plane. */
export const walletOf = ({ card, host }: Partial<PlaneByName>): Wallet | undefined =>
  host?.wallet ?? card?.wallet;
