import type { ArmedFault, CapturedSlip, HostExchange, NetworkPlane } from '../bench/planes.ts';
import type { TestCard } from '../model/card.ts';
import type { MessageKind } from '../model/message.ts';
import type { Money } from '../model/money.ts';
import type { StepOutcome } from '../scenario/registry.ts';
import type { Step } from '../scenario/scenario.ts';
import type { SeenScreen } from './screen-watch.ts';
import type { Seen } from './stage.ts';

/** Connections that the terminal opened, and bytes from it (request) and to it (response). */
export type Traffic = ReturnType<NetworkPlane['traffic']>;

/** What one step really was: what was asked for, what was seen on every plane, when. Expectations and books read this. */
export interface StepRecord {
  readonly step: Step;
  /** The message that the action is meant to send, if any. */
  readonly kind: MessageKind | undefined;
  readonly asked: Money | undefined;
  readonly card: TestCard | undefined;
  /** Undefined for actions on the bench. */
  readonly outcome: StepOutcome | undefined;
  readonly code: string | undefined;
  /** Why nobody watched its paper, though the bench has a printer plane; absent: it was watched, or there is no such plane. */
  readonly unwatched?: string | undefined;
  readonly screens: readonly SeenScreen[];
  readonly seen: Seen;
  /** Of what the host saw: messages of earlier steps that reached it only in this one. */
  readonly late?: readonly HostExchange[];
  /** Of what was printed: copies of the step before that were on their way when it ended. */
  readonly latePaper?: readonly CapturedSlip[];
  /** Net change of the ledger in minor units. */
  readonly moved: number;
  /** Change of what is held, minor units. */
  readonly held: number;
  /** What it cost on the line; undefined where no network plane counted. */
  readonly traffic?: Traffic | undefined;
  readonly faults: readonly ArmedFault[];
  /** Nominal times of its start and end. */
  readonly from: number;
  readonly to: number;
  /** Nominal ms from the first key or act to the outcome, and by how much scheduling could have falsified it. */
  readonly took: number;
  readonly uncertainty: number;
  /** All stalls of this machine in it together, nominal ms: by so much what took many turns may have been drawn out. */
  readonly drawnOut?: number;
}

/**
 * The dialogue of the step's own operation, as the host saw it: the first of its kind that is not left over from an earlier
 * step; undefined when nothing arrived.
 */
export const madeIn = ({ kind, seen, late = [] }: StepRecord): HostExchange | undefined =>
  seen.exchanges.find((exchange) => exchange.request.kind === kind && !late.includes(exchange));

/** STAN of the transaction that a step made, as the host saw it; undefined when nothing arrived. */
export const stanOf = (record: StepRecord): string | undefined => madeIn(record)?.request.stan;

/** What the step itself had printed. */
export const paperOf = ({ seen, latePaper = [] }: StepRecord): readonly CapturedSlip[] =>
  latePaper.length === 0 ? seen.slips : seen.slips.filter((slip) => !latePaper.includes(slip));
