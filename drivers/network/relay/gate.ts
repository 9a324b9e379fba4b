import { Aside, emittedBy, type Planned } from './aside.ts';
import type { Course, CourseHost } from './course.ts';
import { Delivery } from './delivery.ts';
import type { FlowHost } from './flow-host.ts';
import { concat, type Op, planMessage } from './plan.ts';
import type { Strike } from './relay-fault.ts';
import type { Piece } from './splitter.ts';

/** What the gate asks of its flow besides what a course does. */
export interface GateHost extends CourseHost {
  /** When the bytes came that are taken up now, nominal ms. */
  arrived(): number;
  /** Bytes held of a message that will never be complete, or that nobody waits for, go on their way. */
  passOn(bytes: Uint8Array): void;
}

/**
 * The gate of one direction: holds a message from its first byte until it is complete, shows it to the faults, and lets it
 * go as they want it. A message whose head says that no fault can mean it is let go at its head.
 */
export class Gate {
  readonly #flow: GateHost;
  readonly #faults: FlowHost;
  readonly #course: Course;
  readonly #longest: number;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #since: number | undefined;
  #aside: Aside | undefined;

  /** @param longest the most that may be held, bytes */
  constructor(flow: GateHost, faults: FlowHost, course: Course, longest: number) {
    this.#flow = flow;
    this.#faults = faults;
    this.#course = course;
    this.#longest = longest;
  }

  /** Nothing is held here, and nothing waits. */
  get isOpen(): boolean {
    return this.#since === undefined && this.#aside === undefined;
  }

  /** A message has begun to be held. */
  get isHolding(): boolean {
    return this.#since !== undefined;
  }

  /** A message that begins here must be held. */
  get isWanted(): boolean {
    return this.#aside !== undefined || this.#faults.concerns();
  }

  /** Holds a piece; the one that completes its message shows it to the faults. */
  take(piece: Piece): void {
    this.#since ??= this.#flow.now();
    this.#held.push(piece.bytes);
    this.#bytes += piece.bytes.length;
    if (piece.completes) this.#judge(piece.frame, this.#since);
    else if (this.#bytes > this.#longest || this.#nobodyWaits()) this.letGo();
  }

  /** Bytes held of a message that will not be complete here go on their way. */
  letGo(): void {
    const held = this.#held;
    this.#forgetHeld();
    for (const bytes of held) this.#flow.passOn(bytes);
  }

  /** The message that waits for another one goes on alone. */
  letAsideGo(why: string): void {
    const aside = this.#aside;
    this.#aside = undefined;
    aside?.alone(why);
  }

  destroy(): void {
    this.#aside?.drop('the connection ended before another message came');
    this.#aside = undefined;
  }

  #nobodyWaits(): boolean {
    return this.#aside === undefined && this.#faults.passes(concat(this.#held));
  }

  #judge(frame: Uint8Array | undefined, since: number): void {
    const complete = this.#flow.arrived();
    const wire = concat(this.#held);
    this.#forgetHeld();
    const message = frame && this.#faults.decode(frame);
    const aside = this.#aside;
    const swallowed = this.#flow.isSwallowed();
    const strikes = swallowed ? [] : this.#faults.judge(message, wire.length, aside !== undefined);
    if (message) this.#faults.heard(message, wire.length, noteOn(strikes, wire.length, swallowed));
    const delivery = new Delivery(strikes, this.#flow.direction);
    const planned = { ops: planMessage(wire, strikes), delivery, since };
    const waits = strikes.find(({ fault }) => fault.fault.do === 'reorder' || fault.fault.do === 'coalesce');
    if (waits && isCopied(waits, strikes)) this.#asOne(planned);
    else if (waits) this.#setAside(waits, planned);
    else if (aside) {
      this.#aside = undefined;
      aside.meet(planned);
    } else this.#course.run(planned.ops, delivery, since, undefined, complete);
  }

  /** A message that is coalesced with its own copies waits for nobody. */
  #asOne({ ops, delivery, since }: Planned): void {
    const bytes = emittedBy(ops);
    if (bytes === undefined) delivery.doubt('another fault kept the copies apart');
    const one: readonly Op[] = bytes === undefined ? ops : [{ do: 'emit', bytes, offset: 0 }];
    this.#course.run(one, delivery, since);
  }

  #setAside(strike: Strike, planned: Planned): void {
    const aside: Aside = new Aside(strike, planned, this.#course, this.#flow, () => {
      if (this.#aside === aside) this.#aside = undefined;
    });
    this.#aside = aside;
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#bytes = 0;
    this.#since = undefined;
  }
}

/** After these nothing of the message crosses any more. */
const ENDING: readonly string[] = ['cut', 'reset', 'fin', 'half-open'];

function noteOn(strikes: readonly Strike[], bytes: number, swallowed: boolean): string | undefined {
  if (swallowed) return `not delivered: 0 of ${bytes} bytes handed on`;
  const ends = strikes.find(({ fault }) => ENDING.includes(fault.fault.do));
  if (ends) return `not delivered: ${ends.from} of ${bytes} bytes handed on`;
  return strikes.length === 0
    ? undefined
    : strikes.map(({ fault }) => `${fault.id}: ${fault.fault.do}`).join(', ');
}

const isCopied = (waits: Strike, strikes: readonly Strike[]): boolean =>
  waits.fault.fault.do === 'coalesce' && strikes.some(({ fault }) => fault.fault.do === 'duplicate');
