import type { FaultAction } from '../../../rig/model/fault-actions.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import { formatDuration } from '../../../rig/model/time.ts';
import { overruled } from './overruled.ts';
import type { Strike } from './relay-fault.ts';

/** Actions that let an end wait: when it gives up before they are done, they were in force for as long as there was anybody. */
const PACING: readonly FaultAction[] = ['delay', 'stall', 'bandwidth', 'split'];

/** Nominal ms by which paced bytes may end later than asked; more is a fault of another length, which nobody asked for. */
const LATE_MS = 10_000;

/**
 * The way of one struck message: counts what of it the kernel took, and settles its strikes when everything that was to be
 * done is done and the fate of every byte that was to be handed on is known.
 */
export class Delivery {
  readonly strikes: readonly Strike[];
  readonly #direction: MessageDirection;
  #open = 1;
  #lost = 0;
  #trouble: string | undefined;
  #ended = false;
  /** When the next paced bytes are due. */
  #due: number | undefined;

  constructor(strikes: readonly Strike[], direction: MessageDirection) {
    this.strikes = strikes;
    this.#direction = direction;
  }

  /** Something is under way; call what comes back when it is done, with the bytes that it was about. */
  expect(bytes: number): (taken: boolean) => void {
    this.#open++;
    return (taken) => {
      if (!taken) this.#lost += bytes;
      else for (const { fault } of this.strikes) fault.handedOn[this.#direction] += bytes;
      this.#done();
    };
  }

  /**
   * How long to wait, nominal ms, before bytes that are to come `ms` after the ones before them. Counted from when those
   * were due, not from when they went: what one wait was late the next ones make up, and a busy machine does not stretch
   * a row of many short pauses.
   */
  pace(ms: number, now: number): number {
    this.#due = (this.#due ?? now) + ms;
    return this.#due - now;
  }

  /** Something else has held the bytes for as long as was asked: the row of pauses begins again. */
  paceAnew(): void {
    this.#due = undefined;
  }

  /** All bytes have gone. A machine that made them last much longer than asked has done another fault than that. */
  judgePace(now: number): void {
    const late = this.#due === undefined ? 0 : now - this.#due;
    if (late > LATE_MS) this.doubt(`this machine made it last ${formatDuration(late)} longer than was asked`);
  }

  /** Something cannot be vouched for. */
  doubt(trouble: string): void {
    this.#trouble ??= trouble;
  }

  /** An end gave the connection up before everything was done. */
  ended(): void {
    this.#ended = true;
  }

  /** Nothing more will be under way. */
  planned(): void {
    this.#done();
  }

  #done(): void {
    this.#open--;
    if (this.#open > 0) return;
    const idle = overruled(this.strikes, this.#direction);
    for (const strike of this.strikes) {
      const { fault } = strike;
      fault.settle(this.#trouble ?? idle.get(strike) ?? this.#troubleOf(fault.fault.do));
    }
  }

  #troubleOf(action: FaultAction): string | undefined {
    if (PACING.includes(action) && (this.#ended || this.#lost > 0)) return undefined;
    if (this.#ended) return 'the connection ended while the fault was at work';
    return this.#lost > 0
      ? `${this.#lost} bytes that were to be handed on were not taken by the receiver`
      : undefined;
  }
}
