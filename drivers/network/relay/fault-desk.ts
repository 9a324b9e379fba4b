import type { ArmedFault, DriverContext } from '../../../rig/bench/planes.ts';
import { toRigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import type { DialogueMessage, MessageDirection, MessageKind } from '../../../rig/model/message.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { checkFault } from './fault-point.ts';
import type { FaultedPath, Reception } from './faulted-path.ts';
import { Hold, holdFor, letGo, waits } from './holding.ts';
import { RelayFault, type Strike } from './relay-fault.ts';
import type { Tape } from './tape.ts';

/** How long the last bytes that a fault lets through may take beyond the delay of the path, wall ms. */
const SETTLING_WALL_MS = 2_000;

type Context = Pick<DriverContext, 'clock' | 'lost' | 'seed'> & { readonly tape: Tape };

/** The faults that are armed or in force: shows them messages and connections, holds what is to be held, heals them. */
export class FaultDesk {
  readonly #context: Context;
  readonly #path: FaultedPath;
  #faults: RelayFault[] = [];
  #count = 0;
  #closed = false;

  constructor(context: Context, path: FaultedPath) {
    this.#context = context;
    this.#path = path;
  }

  /** No fault is there that could have to do with bytes of a direction. */
  isIdle(direction: MessageDirection): boolean {
    for (const fault of this.#faults) if (fault.regards(direction)) return false;
    return true;
  }

  /** There is a fault that lets bytes wait for a time. */
  get timed(): boolean {
    return this.#faults.some((fault) => fault.timesBytes);
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
    const { clock, seed } = this.#context;
    checkFault(asked, placePoint(asked.at) ?? { class: 'connect' }, this.#path.means);
    const number = ++this.#count;
    const chance = Math.imul(seed, 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35);
    const fault = new RelayFault(`fault-${number}`, asked, clock.now(), chance, this.#path.connections());
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
    // On a relay the table of armed faults is what the gate reads: being in it is being armed.
    fault.confirmedAt = fault.armedAt;
    this.#record('armed', fault);
    if (fault.struck) this.struck(fault);
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

  /** A fault heals on a message of some kind, which must be read when it comes. */
  listens(direction: MessageDirection): boolean {
    return direction === 'request' && this.#faults.some((fault) => fault.healsOnKind && fault.struck);
  }

  /** True when no fault has anything to do with a message, or a piece of it; see `RelayFault.awaits`. */
  passes(
    direction: MessageDirection,
    begins: boolean,
    mti: string | undefined,
    kindsOf: (mti: string) => ReadonlySet<MessageKind>,
  ): boolean {
    for (const fault of this.#faults) if (fault.awaits(direction, begins, mti, kindsOf)) return false;
    return true;
  }

  /** Shows the faults a new connection. Those that heal on one are healed first, in this turn. */
  receive(connection: string): Reception {
    this.#healOn('connect');
    const region = this.#path.region();
    const holds: Hold[] = [];
    const strikes: Strike[] = [];
    for (const fault of this.#faults) fault.countConnection(connection);
    for (const fault of this.#faults) {
      if (fault.fault.do === 'dns') continue;
      const strike = fault.meetsEvent('connect', connection, region);
      if (!strike) continue;
      fault.firstEffectAt ??= this.#context.clock.now();
      if (fault.fault.do === 'delay' || fault.fault.do === 'stall') {
        const hold = holdFor(this.#context.clock, fault);
        hold.whenOver(() => fault.settle());
        holds.push(hold);
      } else {
        strikes.push(strike);
      }
      this.struck(fault);
    }
    this.#inBackground(this.#refuseIfDue());
    return {
      strikes,
      cutBy: this.#faults.find((fault) => fault.stands && fault.fault.do === 'cut'),
      hold: holds.length > 0 ? Hold.until(Promise.all(holds.map((hold) => hold.over()))) : undefined,
    };
  }

  /**
   * Shows the faults a message that is held complete at the gate; returns those that strike it.
   * @param aside another message waits for this one, so it cannot wait itself
   */
  judge(
    connection: string,
    direction: MessageDirection,
    message: DialogueMessage | undefined,
    bytes: number,
    aside: boolean,
  ): Strike[] {
    const now = this.#context.clock.now();
    const region = this.#path.region();
    return this.#faults.flatMap((fault) => {
      if (aside && (fault.fault.do === 'reorder' || fault.fault.do === 'coalesce')) return [];
      const strike = fault.meets(connection, region, direction, message, bytes, now);
      if (strike) this.#struckLater(fault);
      return strike ? [strike] : [];
    });
  }

  /** As `judge`, for bytes of a stream by their number. */
  judgeTotal(connection: string, direction: MessageDirection, from: number, to: number): Strike[] {
    const region = this.#path.region();
    return this.#faults.flatMap((fault) => {
      const strike = fault.meetsTotal(connection, region, direction, from, to);
      if (strike) this.#struckLater(fault);
      return strike ? [strike] : [];
    });
  }

  /** As `judge`, for a close or a TLS handshake. */
  judgeEvent(what: 'close' | 'tls', connection: string, direction?: MessageDirection): Strike[] {
    const region = this.#path.region();
    return this.#faults.flatMap((fault) => {
      const strike = fault.meetsEvent(what, connection, region, direction);
      if (strike) this.#struckLater(fault);
      return strike ? [strike] : [];
    });
  }

  /** The faults on the whole stream of a direction. Asking is meeting them: bytes are there. */
  standing(connection: string, direction: MessageDirection): readonly RelayFault[] {
    if (this.#faults.length === 0) return NONE;
    const region = this.#path.region();
    const found = this.#faults.filter((fault) => fault.meetsStream(connection, region, direction));
    for (const fault of found) {
      if (fault.struck) continue;
      fault.strikeNow(connection, direction);
      fault.settle();
      this.struck(fault);
    }
    return found;
  }

  /** A look-up has come: the fault that makes it fail. One that stands fails every look-up until it is healed. */
  lookUp(): RelayFault | undefined {
    const region = this.#path.region();
    for (const fault of this.#faults) {
      if (fault.fault.do !== 'dns') continue;
      if (fault.stands) return fault;
      if (!fault.meetsEvent('connect', '', region)) continue;
      fault.firstEffectAt ??= this.#context.clock.now();
      fault.settle();
      fault.told = `the look-up failed: ${fault.fault.how}`;
      this.struck(fault);
      return fault;
    }
    return undefined;
  }

  /** A message was heard on the path: faults that heal on its kind are healed. */
  heard(direction: MessageDirection, message: DialogueMessage): void {
    if (direction === 'request' && this.#faults.length > 0) this.#healOn(message.kind);
  }

  /** Ends all faults and writes down how they stand. */
  close(): void {
    this.#closed = true;
    for (const fault of this.#faults.splice(0)) {
      fault.cancelHeal();
      letGo(fault);
      this.#record('closed', fault);
    }
  }

  /** The message that sets off a refusal goes on only when the port is seen to be closed. */
  async confirmRefusal(fault: RelayFault): Promise<void> {
    try {
      await this.#path.matchListener();
    } catch (error) {
      fault.fail(toRigError(error));
    }
  }

  async handover(fault: RelayFault): Promise<void> {
    try {
      await this.#path.handover(fault);
    } catch (error) {
      fault.fail(toRigError(error));
    }
  }

  /** Writes down that a fault has struck, and lets its time run. */
  struck(fault: RelayFault): void {
    // A fault that strikes always would fill the journal: its first strike is told, and how often it struck in the end.
    if (fault.strikes > 1) return;
    this.#record('struck', fault);
    const { heal } = fault.fault;
    if (typeof heal === 'object' && 'after' in heal) {
      const ms = parseDuration(heal.after) ?? 0;
      fault.cancelHeal = this.#context.clock.after(ms, () => this.#inBackground(this.#heal(fault)));
    }
  }

  /** In this turn the flow does what the strike asks for; then it is told. */
  #struckLater(fault: RelayFault): void {
    if (fault.strikes === 1) queueMicrotask(() => this.#closed || this.struck(fault));
  }

  async #refuseIfDue(): Promise<void> {
    const due = this.#faults.filter((fault) => fault.mustRefuseNext());
    if (due.length === 0) return;
    for (const fault of due) fault.strikeNow('');
    await this.#path.matchListener();
    for (const fault of due) {
      fault.settle();
      if (fault.armedAt !== undefined) this.struck(fault);
    }
  }

  #healOn(event: string): void {
    for (const fault of [...this.#faults]) {
      const { heal } = fault.fault;
      if (fault.struck && typeof heal === 'object' && 'on' in heal && heal.on === event)
        this.#inBackground(this.#healNow(fault));
    }
  }

  async #heal(fault: RelayFault): Promise<FaultProof> {
    if (fault.phase !== 'healed' && fault.struck) {
      if (waits(fault)) letGo(fault);
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
    await Promise.race([fault.settled(), late]);
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
    letGo(fault);
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
    this.#context.tape.record({ type: 'fault', phase, proof: fault.proof() });
  }
}

const NONE: readonly RelayFault[] = [];
