import type { Course, CourseHost } from './course.ts';
import type { Delivery } from './delivery.ts';
import { concat, type Op } from './plan.ts';
import type { Strike } from './relay-fault.ts';

/** A message with what is to become of it. */
export interface Planned {
  readonly ops: readonly Op[];
  readonly delivery: Delivery;
  /** When it was first held, nominal ms. */
  readonly since: number;
}

/** A message that waits for the next one: to be overtaken by it (`reorder`), or to go with it in one write (`coalesce`). */
export class Aside {
  readonly #strike: Strike;
  readonly #planned: Planned;
  readonly #course: Course;
  readonly #host: CourseHost;
  readonly #cancel: () => void;

  /** @param gone called when it has waited as long as it may, or was let go, and goes on alone */
  constructor(strike: Strike, planned: Planned, course: Course, host: CourseHost, gone: () => void) {
    this.#strike = strike;
    this.#planned = planned;
    this.#course = course;
    this.#host = host;
    const { fault } = strike;
    const letGo = () => {
      this.#cancel();
      gone();
      fault.heldMs = host.now() - planned.since;
      this.alone('no other message came while it waited');
    };
    const cancel = host.after(fault.length ?? 0, letGo);
    fault.releases.add(letGo);
    this.#cancel = () => {
      cancel();
      fault.releases.delete(letGo);
    };
  }

  /** It goes on without another one: it was not what the fault asked for. */
  alone(why: string): void {
    this.#cancel();
    const { ops, delivery, since } = this.#planned;
    delivery.doubt(why);
    this.#course.run(ops, delivery, since);
  }

  /** It goes nowhere any more. */
  drop(why: string): void {
    this.#cancel();
    this.#planned.delivery.doubt(why);
    this.#planned.delivery.planned();
  }

  /** The other message is here. */
  meet(other: Planned): void {
    this.#cancel();
    const { fault } = this.#strike;
    fault.heldMs = this.#host.now() - other.since;
    if (fault.fault.do === 'coalesce') this.#together(other);
    else this.#inTurn(other, this.#planned, other.since);
  }

  /** Both messages in one write. */
  #together(other: Planned): void {
    const mine = this.#planned;
    const emitted = emittedBy(mine.ops);
    const others = emittedBy(other.ops);
    if (emitted === undefined || others === undefined) {
      mine.delivery.doubt('another fault kept the two messages apart');
      this.#inTurn(mine, other, other.since);
      return;
    }
    const fates = [
      this.#course.fateIn(mine.delivery, emitted.length),
      this.#course.fateIn(other.delivery, others.length),
    ];
    this.#course.effect(this.#strike.fault);
    this.#host.pass(concat([emitted, others]), (taken) => {
      for (const fate of fates) fate?.(taken);
    });
    mine.delivery.planned();
    other.delivery.planned();
  }

  #inTurn(first: Planned, second: Planned, since: number): void {
    this.#course.run(first.ops, first.delivery, since, () =>
      this.#course.run(second.ops, second.delivery, since),
    );
  }
}

/** The bytes of a message that is handed on and nothing else; undefined when there is more to it. */
export function emittedBy(ops: readonly Op[]): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const op of ops) {
    if (op.do !== 'emit') return undefined;
    parts.push(op.bytes);
  }
  return concat(parts);
}
