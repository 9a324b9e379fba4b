import type { RigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { isMeant, type PlacedPoint, placePoint } from './fault-point.ts';

type Phase = 'asked' | 'armed' | 'struck' | 'spent' | 'healed';

/** The bookkeeping of one fault: what set it off, what it did to bytes, and what can be proved of it. No I/O. */
export class RelayFault {
  readonly id: string;
  readonly fault: Fault;
  readonly point: PlacedPoint;
  /** Nominal ms; 0 unless the fault is a delay. */
  readonly delay: number;
  readonly handedOn = { request: 0, response: 0 };
  readonly swallowed = { request: 0, response: 0 };
  phase: Phase = 'asked';
  struck = false;
  /** A refusal was seen from outside. */
  confirmed = false;
  /** Set when the fault ends a hold early. */
  release: () => void = () => {};
  /** Cancels a heal that is due later. */
  cancelHeal: () => void = () => {};
  heldMs: number | undefined;
  /** The heal under way or done. */
  healing: Promise<void> | undefined;
  cutConnections = 0;
  trouble: string | undefined;
  armedAt: number | undefined;
  healedAt: number | undefined;
  /** Resolves when the bytes that the fault lets through have met their fate, or nothing more can be known of them. */
  readonly settled: Promise<void>;
  #settle: () => void = () => {};
  readonly #askedAt: number;
  #seen = 0;
  #trigger: FaultProof['trigger'];

  constructor(id: string, fault: Fault, askedAt: number) {
    this.id = id;
    this.fault = fault;
    this.point = placePoint(fault.at);
    this.delay = parseDuration(fault.for ?? '') ?? 0;
    this.#askedAt = askedAt;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Bytes of the triggering message were taken by the kernel of the receiver's side, or were lost before that. */
  countHandedOn(direction: MessageDirection, bytes: number, taken: boolean): void {
    if (taken) this.handedOn[direction] += bytes;
    if (!taken || this.#allowanceUsed()) this.#settle();
  }

  #allowanceUsed(): boolean {
    return this.point.at === 'connect' || this.handedOn[this.point.direction] >= this.point.byte;
  }

  /** Waits for something of this direction, so that a message of it has to be held until it can be read. */
  concerns(direction: MessageDirection): boolean {
    return this.phase === 'armed' && this.point.at === 'message' && this.point.direction === direction;
  }

  /**
   * Shows the fault a complete message of `bytes` bytes. True when it strikes now. A message that is too short for
   * `byte(n)` spends the fault: striking at a later message would not be what was asked for.
   */
  meets(
    direction: MessageDirection,
    message: DialogueMessage | undefined,
    bytes: number,
    at: number,
  ): boolean {
    if (!this.concerns(direction) || this.point.at !== 'message' || !message) return false;
    if (!isMeant(this.fault, message.kind)) return false;
    this.#seen++;
    if (this.#seen < this.fault.nth) return false;
    this.#trigger = {
      kind: message.kind,
      mti: message.mti,
      ...(message.stan === undefined ? {} : { stan: message.stan }),
      bytes,
      at,
    };
    if (this.point.byte > bytes) {
      this.phase = 'spent';
      this.trouble = `the message has only ${bytes} bytes`;
      return false;
    }
    this.#strike();
    return true;
  }

  /** Shows the fault a new connection. True when a fault at `connect` strikes now. */
  meetsConnection(): boolean {
    if (this.phase !== 'armed' || this.point.at !== 'connect') return false;
    this.#seen++;
    if (this.#seen < this.fault.nth) return false;
    this.#strike();
    return true;
  }

  /** A refusal at `connect` must stand before the attempt comes, since a refused attempt is never seen here. */
  mustRefuseNext(): boolean {
    return (
      this.phase === 'armed' &&
      this.point.at === 'connect' &&
      this.fault.do === 'refuse' &&
      this.#seen === this.fault.nth - 1
    );
  }

  strikeBeforehand(): void {
    this.#strike();
  }

  #strike(): void {
    if (this.#allowanceUsed()) this.#settle();
    this.struck = true;
    this.phase = 'struck';
  }

  /** True while the fault does something to the path. */
  get stands(): boolean {
    return this.phase === 'struck';
  }

  fail(error: RigError): void {
    this.trouble = error.message;
  }

  #state(): FaultProof['state'] {
    if (!this.struck) return 'not-in-force';
    if (this.trouble !== undefined) return 'unknown';
    if (this.fault.do === 'refuse') return this.confirmed ? 'in-force' : 'unknown';
    if (this.fault.do === 'delay') return (this.heldMs ?? -1) >= this.delay ? 'in-force' : 'unknown';
    if (this.point.at === 'connect') return 'in-force';
    const { direction, byte } = this.point;
    const other = direction === 'request' ? 'response' : 'request';
    // Exactly what was asked for: n bytes of that message, taken by the kernel, and nothing more in either direction.
    return this.handedOn[direction] === byte && this.handedOn[other] === 0 ? 'in-force' : 'unknown';
  }

  proof(): FaultProof {
    return {
      id: this.id,
      fault: this.fault,
      state: this.#state(),
      askedAt: this.#askedAt,
      ...(this.armedAt === undefined ? {} : { armedAt: this.armedAt }),
      ...(this.#trigger === undefined ? {} : { trigger: this.#trigger }),
      ...(this.heldMs === undefined ? {} : { heldMs: this.heldMs }),
      handedOn: { ...this.handedOn },
      swallowed: { ...this.swallowed },
      // The kernel refuses on a port where nothing listens, and tells nobody.
      refusedConnections: 0,
      ...(this.healedAt === undefined ? {} : { healedAt: this.healedAt }),
      summary: this.#summary(),
    };
  }

  #summary(): string {
    const what = `${this.fault.do} at ${this.fault.at}`;
    const waited = this.fault.on ?? (this.point.at === 'connect' ? 'connection' : 'financial message');
    if (!this.struck) {
      const seen = this.#seen === 0 ? `no ${waited} came` : `${this.#seen} of ${this.fault.nth} came`;
      return `${what} never struck: ${this.trouble ?? seen}.`;
    }
    const trigger = this.#trigger;
    const by = trigger
      ? ` by the ${trigger.kind} ${trigger.mti}${trigger.stan ? `, STAN ${trigger.stan}` : ''} (${trigger.bytes} bytes)`
      : '';
    const open = this.trouble === undefined ? '' : ` Not certain: ${this.trouble}.`;
    if (this.fault.do === 'refuse') {
      return `${what}: set off${by}; the port was closed, and an attempt of the relay's own was refused.${open}`;
    }
    if (this.fault.do === 'delay') {
      return `${what}: set off${by}; held for ${Math.round(this.heldMs ?? 0)} ms of ${this.delay} ms.${open}`;
    }
    const { handedOn, swallowed } = this;
    return (
      `${what}: set off${by}; since then ${handedOn.request} bytes of requests and ${handedOn.response} of responses were handed on, ` +
      `${swallowed.request} and ${swallowed.response} swallowed, on ${this.cutConnections} connections.${open}`
    );
  }
}
