import type { ArmedFault, DriverContext } from '../../../rig/bench/planes.ts';
import { toRigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { checkFault } from './fault-point.ts';
import type { Deed } from './flow.ts';
import { RelayFault } from './relay-fault.ts';

/** How long the last bytes that a fault lets through may take beyond the delay of the path, wall ms. */
const SETTLING_WALL_MS = 2_000;

/** What faults do to the path; the relay does it. */
export interface FaultedPath {
  /** Ends the connections that this fault cut; resolves when they are gone. */
  endCut(fault: RelayFault): Promise<void>;
  /** Opens or closes the port as things stand; resolves when that is verified. */
  matchListener(): Promise<void>;
  /** The longest that bytes may be under way at present, nominal ms. */
  longestDelay(): number;
}

/** What a new connection meets. */
export interface Reception {
  readonly cutBy: RelayFault | undefined;
  /** The way to the host is opened when this resolves. */
  readonly hold: Promise<void> | undefined;
}

/** The faults that are armed or in force: shows them messages and connections, carries out what they do, heals them. */
export class FaultDesk {
  readonly #context: Pick<DriverContext, 'clock' | 'recorder' | 'lost'>;
  readonly #path: FaultedPath;
  #faults: RelayFault[] = [];
  #count = 0;
  #closed = false;

  constructor(context: Pick<DriverContext, 'clock' | 'recorder' | 'lost'>, path: FaultedPath) {
    this.#context = context;
    this.#path = path;
  }

  /** Refusals that stand: nothing may listen. */
  get refusals(): readonly RelayFault[] {
    return this.#faults.filter((fault) => fault.stands && fault.fault.do === 'refuse');
  }

  /**
   * Arms a fault; resolves when it waits for its trigger, a refusal when it was seen to refuse.
   * @throws NETWORK_FAULT for a fault that could never be shown to be in force
   */
  async arm(asked: Fault): Promise<ArmedFault> {
    const { clock } = this.#context;
    const fault = new RelayFault(`fault-${++this.#count}`, asked, clock.now());
    checkFault(asked);
    this.#record('asked', fault);
    fault.phase = 'armed';
    this.#faults.push(fault);
    try {
      await this.#refuseIfDue();
    } catch (error) {
      await this.#healNow(fault).catch(() => {});
      throw error;
    }
    fault.armedAt = clock.now();
    this.#record('armed', fault);
    if (fault.struck) this.#struck(fault);
    return {
      id: fault.id,
      proof: () => fault.proof(),
      heal: () => this.#heal(fault),
    };
  }

  /** True when an armed fault waits for a message of this direction, so that it must be held until it can be read. */
  concerns(direction: MessageDirection): boolean {
    return this.#faults.some((fault) => fault.concerns(direction));
  }

  /** Shows the faults a new connection. Those that heal on one are healed first, in this turn. */
  receive(): Reception {
    for (const fault of this.#faults) {
      const { heal } = fault.fault;
      if (fault.stands && typeof heal === 'object' && 'on' in heal) this.#inBackground(this.#healNow(fault));
    }
    const holds: Promise<void>[] = [];
    for (const fault of this.#faults) {
      if (!fault.meetsConnection()) continue;
      if (fault.fault.do === 'delay') holds.push(this.#holdFor(fault));
      this.#struck(fault);
    }
    this.#inBackground(this.#refuseIfDue());
    return {
      cutBy: this.#faults.find((fault) => fault.stands && fault.fault.do === 'cut'),
      hold: holds.length > 0 ? Promise.all(holds).then(() => {}) : undefined,
    };
  }

  /** Shows the faults a message that is held complete at the gate; returns what is to be done to it. */
  judge(direction: MessageDirection, message: DialogueMessage | undefined, bytes: number): Deed[] {
    const deeds: Deed[] = [];
    for (const fault of this.#faults) {
      if (!fault.meets(direction, message, bytes, this.#context.clock.now())) continue;
      const at = fault.point.at === 'message' ? fault.point.byte : 0;
      if (fault.fault.do === 'cut') {
        deeds.push({ at, fault, do: 'cut' });
      } else if (fault.fault.do === 'delay') {
        deeds.push({ at, fault, do: 'hold', until: () => this.#holdFor(fault) });
        this.#struck(fault);
      } else {
        deeds.push({ at, fault, do: 'hold', until: () => this.#confirmRefusal(fault) });
      }
    }
    return deeds.sort((a, b) => a.at - b.at);
  }

  /** The moment of a cut has come: `cut` does it, unless the fault was healed while its message was held for another. */
  cutNow(fault: RelayFault, cut: () => void): void {
    if (!fault.stands) return;
    cut();
    this.#struck(fault);
  }

  /** Ends all faults and writes down how they stand. */
  close(): void {
    this.#closed = true;
    for (const fault of this.#faults.splice(0)) {
      fault.cancelHeal();
      fault.release();
      this.#record('closed', fault);
    }
  }

  /** Holds for the fault's delay, or until it is healed. */
  async #holdFor(fault: RelayFault): Promise<void> {
    const { clock } = this.#context;
    const since = clock.now();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(fault.delay, resolve);
      fault.release = () => {
        cancel();
        resolve();
      };
    });
    fault.heldMs = clock.now() - since;
  }

  /** The message that sets off a refusal goes on only when the port is seen to be closed. */
  async #confirmRefusal(fault: RelayFault): Promise<void> {
    try {
      await this.#path.matchListener();
    } catch (error) {
      fault.fail(toRigError(error));
    }
    this.#struck(fault);
  }

  async #refuseIfDue(): Promise<void> {
    const due = this.#faults.filter((fault) => fault.mustRefuseNext());
    if (due.length === 0) return;
    for (const fault of due) fault.strikeBeforehand();
    await this.#path.matchListener();
    for (const fault of due) if (fault.armedAt !== undefined) this.#struck(fault);
  }

  #struck(fault: RelayFault): void {
    this.#record('struck', fault);
    const { heal } = fault.fault;
    if (typeof heal === 'object' && 'after' in heal) {
      const ms = parseDuration(heal.after) ?? 0;
      fault.cancelHeal = this.#context.clock.after(ms, () => this.#inBackground(this.#heal(fault)));
    }
  }

  async #heal(fault: RelayFault): Promise<FaultProof> {
    if (fault.phase !== 'healed' && fault.struck && fault.fault.do === 'cut') {
      await this.#settled(fault);
    }
    await this.#healNow(fault);
    return fault.proof();
  }

  /** Bytes that the fault lets through may still be under way when it is healed. */
  async #settled(fault: RelayFault): Promise<void> {
    const { clock } = this.#context;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(this.#path.longestDelay() + SETTLING_WALL_MS * clock.rate, resolve);
    });
    await Promise.race([fault.settled, late]);
    cancel();
  }

  /** Ends a fault. The path is whole in this turn; resolves when that is verified. */
  #healNow(fault: RelayFault): Promise<void> {
    fault.healing ??= this.#undo(fault);
    return fault.healing;
  }

  async #undo(fault: RelayFault): Promise<void> {
    const refused = fault.stands && fault.fault.do === 'refuse';
    fault.phase = 'healed';
    fault.cancelHeal();
    fault.release();
    this.#faults = this.#faults.filter((other) => other !== fault);
    if (this.#closed) return;
    await this.#path.endCut(fault);
    if (refused) await this.#path.matchListener();
    fault.healedAt = this.#context.clock.now();
    this.#record('healed', fault);
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error) => this.#context.lost(toRigError(error)));
  }

  #record(phase: 'asked' | 'armed' | 'struck' | 'healed' | 'closed', fault: RelayFault): void {
    this.#context.recorder.record({ type: 'fault', phase, proof: fault.proof() });
  }
}
