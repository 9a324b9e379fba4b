import type { MessageDirection } from '../../../rig/model/message.ts';
import type { Delivery } from './delivery.ts';
import type { Taken } from './flow-host.ts';
import { Hold } from './holding.ts';
import type { Op } from './plan.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

/** What carrying out asks of the flow. */
export interface CourseHost {
  readonly direction: MessageDirection;
  now(): number;
  after(ms: number, act: () => void): () => void;
  /** Hands bytes on, or swallows them when nothing crosses any more. */
  pass(bytes: Uint8Array, fate: Taken | undefined): void;
  /** Writes bytes down that were left out. */
  leftOut(bytes: Uint8Array): void;
  /** @param since when what waits was there; default: now */
  act(strike: Strike, since?: number): Hold | undefined;
  /** Lets everything of the direction wait for `until`, then calls `then`, then goes on. */
  holdFor(until: Hold, then: () => void): void;
  isSwallowed(): boolean;
  isOver(): boolean;
}

/** Carries out the operations that faults make of a message, one after the other, and keeps count of what became of them. */
export class Course {
  readonly #host: CourseHost;

  constructor(host: CourseHost) {
    this.#host = host;
  }

  /**
   * @param since when the message was first held
   * @param then called when the last operation is done; bytes may still be on their way
   * @param complete when the whole message was there, if that is now but for the time that it took to read it: what waits
   *   before its first byte has waited since then
   */
  run(
    ops: readonly Op[],
    delivery: Delivery,
    since: number,
    then: () => void = () => {},
    complete?: number,
  ): void {
    this.#from(0, ops, delivery, since, then, complete);
  }

  #from(
    first: number,
    ops: readonly Op[],
    delivery: Delivery,
    since: number,
    then: () => void,
    complete?: number,
  ): void {
    for (let i = first; i < ops.length; i++) {
      const op = ops[i];
      if (!op || this.#host.isOver()) break;
      const waited = this.#do(op, delivery, since, i === 0 ? complete : undefined);
      if (!waited) continue;
      this.#host.holdFor(waited, () => this.#from(i + 1, ops, delivery, since, then));
      return;
    }
    if (this.#host.isOver() && first < ops.length) delivery.ended();
    else delivery.judgePace(this.#host.now());
    delivery.planned();
    then();
  }

  #do(op: Op, delivery: Delivery, since: number, complete: number | undefined): Hold | undefined {
    const host = this.#host;
    switch (op.do) {
      case 'emit':
        for (const { fault, from } of delivery.strikes) if (op.offset >= from) this.effect(fault);
        host.pass(op.bytes, this.fateIn(delivery, op.bytes.length));
        return undefined;
      case 'leave-out':
        this.effect(op.strike.fault);
        op.strike.fault.swallowed[host.direction] += op.bytes.length;
        host.leftOut(op.bytes);
        return undefined;
      case 'pace': {
        const wait = delivery.pace(op.ms, host.now());
        if (wait <= 0) return undefined;
        const hold = new Hold();
        host.after(wait, () => hold.end());
        return hold;
      }
      case 'act': {
        const { fault } = op.strike;
        this.effect(fault);
        fault.heldMs ??= host.now() - since;
        const began = host.now();
        const hold = host.act(op.strike, complete);
        hold?.whenOver(() => {
          delivery.paceAnew();
          fault.heldMs = host.now() - (fault.fault.do === 'stall' ? began : since);
        });
        return hold;
      }
    }
  }

  /** What is swallowed is what a fault wants: nothing of it was to be handed on. */
  fateIn(delivery: Delivery, bytes: number): Taken | undefined {
    return this.#host.isSwallowed() || delivery.strikes.length === 0 ? undefined : delivery.expect(bytes);
  }

  effect(fault: RelayFault): void {
    fault.firstEffectAt ??= this.#host.now();
  }
}
